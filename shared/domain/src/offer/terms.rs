//! What an offer says.

use nanoark_nano::RawAmount;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bot::BotId;
use crate::canonical;
use crate::id::OfferId;
use crate::limits::Limits;
use crate::statement::{Statement, StatementSignature};
use crate::time::Seconds;

/// Everything a seller promises in an offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferTerms {
    /// What is offered, in one line.
    pub title: String,
    /// What is offered, at length.
    pub description: String,
    /// Lower-case words to find it by, without repeats.
    pub tags: Vec<String>,
    /// What it costs.
    pub pricing: Pricing,
    /// The time from confirmed payment to result that the seller promises.
    #[serde(rename = "turnaround_seconds")]
    pub turnaround: Seconds,
    /// JSON Schema of inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_schema: Option<Value>,
    /// JSON Schema of results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// An input and what comes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// An input and what comes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The input.
    pub input: Value,
    /// The result.
    pub output: Value,
}

/// How an offer is priced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Pricing {
    /// Every job costs the same.
    Fixed {
        /// The price, in raw.
        amount_raw: RawAmount,
        /// The seller's promise to quote every job at this price.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "crate::object::optional"
        )]
        standing_quote: Option<StandingQuote>,
    },
    /// The seller names a price for each job.
    Quote {},
}

/// A seller's signed promise about all quotes under one offer. The relay holds quotes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandingQuote {
    /// Every quote stands at least this long.
    pub quote_lifetime_seconds: Seconds,
    /// The seller's signature over [`StandingQuote::statement`].
    pub signature: StatementSignature,
}

impl StandingQuote {
    /// What the seller signs.
    #[must_use]
    pub fn statement(seller: &BotId, offer: &OfferId, amount: RawAmount, lifetime: Seconds) -> Statement {
        Statement::new("nanoark-standing-quote-v1")
            .line("offer_id", offer)
            .line("seller", seller)
            .line("amount_raw", amount)
            .line("quote_lifetime_seconds", lifetime.0)
    }
}

impl Pricing {
    /// The fixed price, if there is one.
    #[must_use]
    pub const fn fixed_amount(&self) -> Option<RawAmount> {
        match self {
            Self::Fixed { amount_raw, .. } => Some(*amount_raw),
            Self::Quote {} => None,
        }
    }

    /// The standing quote, if there is one.
    #[must_use]
    pub const fn standing_quote(&self) -> Option<&StandingQuote> {
        match self {
            Self::Fixed {
                standing_quote: Some(standing),
                ..
            } => Some(standing),
            Self::Fixed {
                standing_quote: None, ..
            }
            | Self::Quote {} => None,
        }
    }
}

/// A part of an offer that breaks a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidTerm {
    /// Where in the offer, as a JSON pointer (RFC 6901).
    pub pointer: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl OfferTerms {
    /// These terms in their normal form: title and description trimmed, tags lower-case and without repeats.
    #[must_use]
    pub fn normalised(self) -> Self {
        let mut tags: Vec<String> = Vec::with_capacity(self.tags.len());
        for tag in &self.tags {
            let tag = tag.trim().to_lowercase();
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Self {
            title: self.title.trim().to_owned(),
            description: self.description.trim().to_owned(),
            tags,
            ..self
        }
    }

    /// Every way in which these terms break the limits.
    #[must_use]
    pub fn faults(&self, limits: &Limits) -> Vec<InvalidTerm> {
        let mut faults = Vec::new();
        let mut fault = |pointer, reason: String| faults.push(InvalidTerm { pointer, reason });

        if self.title.is_empty() || !limits.offer_title_max.allows(self.title.len()) {
            fault(
                "/title",
                format!("must be 1 to {} bytes long", limits.offer_title_max.0),
            );
        }
        if !limits.offer_description_max.allows(self.description.len()) {
            fault(
                "/description",
                format!("must be at most {} bytes long", limits.offer_description_max.0),
            );
        }
        for (pointer, text) in [("/title", &self.title), ("/description", &self.description)] {
            if text
                .chars()
                .any(|character| character.is_control() && !matches!(character, '\n' | '\t'))
            {
                fault(pointer, "must hold no control characters".to_owned());
            }
        }
        if !limits.offer_tags_max.allows(self.tags.len()) {
            fault("/tags", format!("must be at most {} tags", limits.offer_tags_max.0));
        }
        if self
            .tags
            .iter()
            .any(|tag| !is_tag(tag) || !limits.offer_tag_max.allows(tag.len()))
        {
            fault(
                "/tags",
                format!(
                    "each must be 1 to {} letters, digits, '-', '_' or '.'",
                    limits.offer_tag_max.0
                ),
            );
        }
        if self.turnaround < Seconds(1) || self.turnaround > limits.turnaround_max {
            fault(
                "/turnaround_seconds",
                format!("must be 1 to {}", limits.turnaround_max.0),
            );
        }
        match self.pricing {
            Pricing::Fixed {
                amount_raw,
                standing_quote,
            } => {
                if amount_raw == RawAmount::ZERO {
                    fault("/pricing/amount_raw", "must be at least 1 raw".to_owned());
                }
                if standing_quote.is_some_and(|standing| {
                    standing.quote_lifetime_seconds < Seconds(1)
                        || standing.quote_lifetime_seconds > limits.quote_lifetime_max
                }) {
                    fault(
                        "/pricing/standing_quote/quote_lifetime_seconds",
                        format!("must be 1 to {}", limits.quote_lifetime_max.0),
                    );
                }
            }
            Pricing::Quote {} => {}
        }
        let examples = self.example.as_ref();
        for (pointer, value) in [
            ("/input_schema", self.input_schema.as_ref()),
            ("/output_schema", self.output_schema.as_ref()),
            ("/example/input", examples.map(|example| &example.input)),
            ("/example/output", examples.map(|example| &example.output)),
        ] {
            if value.is_some_and(|value| !limits.offer_schema_max.allows(canonical::json(value).len())) {
                fault(
                    pointer,
                    format!("must be at most {} bytes of JSON", limits.offer_schema_max.0),
                );
            }
        }
        for (pointer, schema) in [
            ("/input_schema", &self.input_schema),
            ("/output_schema", &self.output_schema),
        ] {
            if schema
                .as_ref()
                .is_some_and(|schema| !schema.is_object() && !schema.is_boolean())
            {
                fault(pointer, "must be a JSON Schema: an object or a boolean".to_owned());
            }
        }
        faults
    }
}

fn is_tag(tag: &str) -> bool {
    !tag.is_empty()
        && tag
            .chars()
            .all(|character| character.is_alphanumeric() || matches!(character, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests;
