//! An offer as an item, and back.

use aws_sdk_dynamodb::types::AttributeValue;
use nanoark_domain::id::OfferId;
use nanoark_domain::offer::{Offer, OfferCommand, OfferOrder, OfferStatus, OfferTerms, Pricing, StandingQuote};
use nanoark_nano::RawAmount;
use serde_json::Value;

use crate::expression::Expression;
use crate::item::{Item, ItemError, Reader, Writer, instant, number, span, text};
use crate::shard::shard_of;

/// The whole item of a new offer.
pub(super) fn write(offer: &Offer) -> Item {
    let mut item = Writer::default();
    item.put("offer_id", text(offer.id));
    item.put("seller", text(offer.seller));
    item.put("title", text(&offer.terms.title));
    item.put("description", text(&offer.terms.description));
    item.put("tags", tags_value(&offer.terms.tags));
    for (attribute, value) in pricing_values(&offer.terms.pricing) {
        item.put_if_some(attribute, value);
    }
    item.put("turnaround", span(offer.terms.turnaround));
    item.put_if_some("input_schema", offer.terms.input_schema.as_ref().map(text));
    item.put_if_some("output_schema", offer.terms.output_schema.as_ref().map(text));
    item.put_if_some("example", offer.terms.example.as_ref().map(json));
    item.put("status", text(offer.status));
    item.put("revision", number(offer.revision));
    item.put("created_at", instant(offer.created_at));
    item.put("updated_at", instant(offer.updated_at));
    item.put("expires_at", instant(offer.expires_at));
    let shard = shard_of(offer.id.as_bytes());
    if offer.status == OfferStatus::Active {
        item.put("listed", text(&shard));
    }
    item.put("due", text(shard));
    item.put("due_at", instant(offer.expires_at));
    item.finish()
}

/// Adds what the order changes.
pub(super) fn change(expression: &mut Expression, offer: OfferId, order: &OfferOrder) {
    expression.set("updated_at", instant(order.now));
    match &order.command {
        OfferCommand::Edit(edit) => {
            let mut replace = |attribute: &str, value: Option<AttributeValue>| {
                if let Some(value) = value {
                    expression.set(attribute, value);
                }
            };
            replace("title", edit.title.as_ref().map(text));
            replace("description", edit.description.as_ref().map(text));
            replace("tags", edit.tags.as_deref().map(tags_value));
            replace("turnaround", edit.turnaround.map(span));
            replace("input_schema", edit.input_schema.as_ref().map(text));
            replace("output_schema", edit.output_schema.as_ref().map(text));
            replace("example", edit.example.as_ref().map(json));
            replace("expires_at", edit.expires_at.map(instant));
            replace("due_at", edit.expires_at.map(instant));
            if let Some(pricing) = &edit.pricing {
                for (attribute, value) in pricing_values(pricing) {
                    expression.set_or_remove(attribute, value);
                }
            }
            expression.increment("revision");
        }
        OfferCommand::Pause => {
            expression.set("status", text(OfferStatus::Paused));
            expression.remove("listed");
        }
        OfferCommand::Resume => {
            expression.set("status", text(OfferStatus::Active));
            expression.set("listed", text(shard_of(offer.as_bytes())));
        }
        OfferCommand::Cancel => end(expression, OfferStatus::Cancelled),
        OfferCommand::Expire => end(expression, OfferStatus::Expired),
    }
}

fn end(expression: &mut Expression, status: OfferStatus) {
    expression.set("status", text(status));
    for attribute in ["listed", "due", "due_at"] {
        expression.remove(attribute);
    }
}

fn tags_value(tags: &[String]) -> AttributeValue {
    AttributeValue::L(tags.iter().map(text).collect())
}

fn json(value: &impl serde::Serialize) -> AttributeValue {
    // Serialising JSON values has no failing case.
    text(serde_json::to_string(value).unwrap_or_default())
}

fn pricing_values(pricing: &Pricing) -> [(&'static str, Option<AttributeValue>); 3] {
    let standing = pricing.standing_quote();
    [
        ("amount", pricing.fixed_amount().map(text)),
        (
            "standing_lifetime",
            standing.map(|standing| span(standing.quote_lifetime_seconds)),
        ),
        ("standing_signature", standing.map(|standing| text(standing.signature))),
    ]
}

/// An offer from its item. The index of listed offers leaves schemas and examples out.
pub(crate) fn read(item: &Item) -> Result<Offer, ItemError> {
    let reader = Reader(item);
    Ok(Offer {
        id: reader.parse("offer_id")?,
        seller: reader.parse("seller")?,
        terms: OfferTerms {
            title: reader.text("title")?.to_owned(),
            description: reader.text("description")?.to_owned(),
            tags: read_tags(reader)?,
            pricing: read_pricing(reader)?,
            turnaround: reader.span("turnaround")?,
            input_schema: reader.optional_parse::<Value>("input_schema")?,
            output_schema: reader.optional_parse::<Value>("output_schema")?,
            example: reader
                .optional_text("example")?
                .map(|text| serde_json::from_str(text).map_err(|_| ItemError::new("example", "malformed")))
                .transpose()?,
        },
        status: reader.named("status", OfferStatus::named)?,
        revision: reader.number("revision")?,
        created_at: reader.instant("created_at")?,
        updated_at: reader.instant("updated_at")?,
        expires_at: reader.instant("expires_at")?,
    })
}

fn read_tags(reader: Reader<'_>) -> Result<Vec<String>, ItemError> {
    let tag = |value: &AttributeValue| {
        value
            .as_s()
            .cloned()
            .map_err(|_| ItemError::new("tags", "no list of strings"))
    };
    reader.list("tags")?.iter().map(tag).collect()
}

fn read_pricing(reader: Reader<'_>) -> Result<Pricing, ItemError> {
    let Some(amount_raw) = reader.optional_parse::<RawAmount>("amount")? else {
        return Ok(Pricing::Quote {});
    };
    let standing_quote = match reader.optional_span("standing_lifetime")? {
        None => None,
        Some(quote_lifetime_seconds) => Some(StandingQuote {
            quote_lifetime_seconds,
            signature: reader.parse("standing_signature")?,
        }),
    };
    Ok(Pricing::Fixed {
        amount_raw,
        standing_quote,
    })
}
