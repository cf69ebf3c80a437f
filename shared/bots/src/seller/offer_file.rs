//! What a seller offers, as it writes it down.

use nanoark_domain::limits::Limits;
use nanoark_domain::offer::{Example, OfferTerms, Pricing};
use nanoark_domain::time::Seconds;
use nanoark_nano::RawAmount;
use serde::Deserialize;
use serde_json::Value;

/// An offer file, read and checked.
///
/// ```
/// use nanoark_bots::seller::OfferFile;
/// let offer = OfferFile::parse(
///     r#"{"title": "Echo", "price_xno": "0.001", "turnaround_seconds": 60, "standing_quote_seconds": 600}"#,
/// )?;
/// assert_eq!(offer.name(), "echo");
/// # Ok::<(), nanoark_bots::seller::InvalidOfferFile>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OfferFile {
    name: String,
    price: OfferedPrice,
    lifetime: Seconds,
    /// The pricing in it is without a standing quote, which takes the key that the offer is published with.
    terms: OfferTerms,
}

/// What an offer says about its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferedPrice {
    /// Every job costs the same.
    Fixed {
        /// So much.
        amount: RawAmount,
        /// How long every quote is promised to stand, where that is promised.
        standing: Option<Seconds>,
    },
    /// Every job is priced by itself.
    PerJob,
}

/// Why a text is no offer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOfferFile {
    /// It is no such JSON: a comma, a field that does not exist, a value of the wrong kind.
    #[error("the offer file cannot be read: {0}")]
    Json(String),
    /// There must be one way of pricing.
    #[error("an offer has exactly one of price_xno, price_raw and \"price_per_job\": true")]
    Price,
    /// The price is no amount of XNO.
    #[error("price_xno: {0}")]
    Xno(String),
    /// Only a fixed price can be promised.
    #[error("standing_quote_seconds goes with price_xno or price_raw, and is 1 to {}", LONGEST_STANDING.0)]
    Standing,
    /// It lives too short or too long.
    #[error("lifetime_seconds is 3600 to 2592000")]
    Lifetime,
    /// It has no name.
    #[error("name is 1 to 60 letters, digits, '-', '_' or '.'")]
    Name,
    /// The relay would refuse it.
    #[error("{}", .0.join("; "))]
    Terms(Vec<String>),
}

/// Leaves room for the slack that a quote gets below the longest that the relay takes.
const LONGEST_STANDING: Seconds = Seconds(3_480);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    name: Option<String>,
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    price_xno: Option<String>,
    #[serde(default)]
    price_raw: Option<RawAmount>,
    #[serde(default)]
    price_per_job: bool,
    #[serde(default)]
    standing_quote_seconds: Option<Seconds>,
    turnaround_seconds: Seconds,
    #[serde(default)]
    lifetime_seconds: Option<Seconds>,
    #[serde(default)]
    input_schema: Option<Value>,
    #[serde(default)]
    output_schema: Option<Value>,
    #[serde(default)]
    example: Option<Example>,
}

impl OfferFile {
    /// Reads an offer file: a JSON object with `title`, `turnaround_seconds`, one of `price_xno`, `price_raw` and
    /// `"price_per_job": true`, and, where wanted, `name`, `description`, `tags`, `standing_quote_seconds`,
    /// `lifetime_seconds`, `input_schema`, `output_schema` and `example`.
    ///
    /// The name tells the seller's offers apart and never changes, or a new offer is published; without one it is made
    /// of the title.
    ///
    /// # Errors
    /// The first thing that is wrong; all that the relay would refuse are given together.
    pub fn parse(text: &str) -> Result<Self, InvalidOfferFile> {
        let written: Written = serde_json::from_str(text).map_err(|error| InvalidOfferFile::Json(error.to_string()))?;
        let amount = match (&written.price_xno, written.price_raw, written.price_per_job) {
            (Some(xno), None, false) => {
                Some(RawAmount::from_xno(xno).map_err(|error| InvalidOfferFile::Xno(error.to_string()))?)
            }
            (None, Some(raw), false) => Some(raw),
            (None, None, true) => None,
            (Some(_) | None, Some(_) | None, true | false) => return Err(InvalidOfferFile::Price),
        };
        let standing = written.standing_quote_seconds;
        if standing.is_some_and(|standing| standing < Seconds(1) || standing > LONGEST_STANDING) {
            return Err(InvalidOfferFile::Standing);
        }
        let (price, pricing) = match (amount, standing) {
            (None, Some(_)) => return Err(InvalidOfferFile::Standing),
            (None, None) => (OfferedPrice::PerJob, Pricing::Quote {}),
            (Some(amount), standing) => fixed(amount, standing),
        };
        let lifetime = written
            .lifetime_seconds
            .unwrap_or(Limits::default().offer_lifetime_default);
        if lifetime < Seconds(3_600) || lifetime > Limits::default().offer_lifetime_max {
            return Err(InvalidOfferFile::Lifetime);
        }
        let name = written.name.unwrap_or_else(|| name_of(&written.title));
        let letters = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        if name.is_empty() || name.len() > 60 || !name.chars().all(letters) {
            return Err(InvalidOfferFile::Name);
        }
        let terms = OfferTerms {
            title: written.title,
            description: written.description,
            tags: written.tags,
            pricing,
            turnaround: written.turnaround_seconds,
            input_schema: written.input_schema,
            output_schema: written.output_schema,
            example: written.example,
        }
        .normalised();
        let faults = terms.faults(&Limits::default());
        if !faults.is_empty() {
            let say = |fault: &nanoark_domain::offer::InvalidTerm| format!("{} {fault}", fault.pointer);
            return Err(InvalidOfferFile::Terms(faults.iter().map(say).collect()));
        }
        Ok(Self {
            name,
            price,
            lifetime,
            terms,
        })
    }

    /// The same at another fixed price, which replaces what the file says. A promise that quotes stand is kept.
    ///
    /// # Errors
    /// [`InvalidOfferFile::Terms`] for a price of 0.
    pub fn with_price(mut self, amount: RawAmount) -> Result<Self, InvalidOfferFile> {
        if amount == RawAmount::ZERO {
            let zero = "/pricing/amount_raw must be at least 1 raw".to_owned();
            return Err(InvalidOfferFile::Terms(vec![zero]));
        }
        let standing = match self.price {
            OfferedPrice::Fixed { standing, .. } => standing,
            OfferedPrice::PerJob => None,
        };
        (self.price, self.terms.pricing) = fixed(amount, standing);
        Ok(self)
    }

    /// What tells this offer from others of the seller.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says about its price.
    #[must_use]
    pub const fn price(&self) -> OfferedPrice {
        self.price
    }

    /// How long a published offer lives.
    #[must_use]
    pub const fn lifetime(&self) -> Seconds {
        self.lifetime
    }

    /// Everything it promises, but for a standing quote, whose signature takes the published offer's id.
    #[must_use]
    pub const fn terms(&self) -> &OfferTerms {
        &self.terms
    }
}

fn fixed(amount: RawAmount, standing: Option<Seconds>) -> (OfferedPrice, Pricing) {
    let pricing = Pricing::Fixed {
        amount_raw: amount,
        standing_quote: None,
    };
    (OfferedPrice::Fixed { amount, standing }, pricing)
}

fn name_of(title: &str) -> String {
    let letters = title.trim().to_lowercase();
    let letters = letters
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    letters.take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(changes: &Value) -> Result<OfferFile, InvalidOfferFile> {
        let mut file = json!({"title": "Count words", "price_xno": "0.01", "turnaround_seconds": 60});
        for (field, value) in changes.as_object().unwrap() {
            if value.is_null() {
                file.as_object_mut().unwrap().remove(field);
            } else {
                file.as_object_mut().unwrap().insert(field.clone(), value.clone());
            }
        }
        OfferFile::parse(&file.to_string())
    }

    #[test]
    fn a_file_says_one_price_and_gets_defaults_for_the_rest() {
        let offer = with(&json!({"tags": ["Text", "text"]})).unwrap();
        assert_eq!((offer.name(), offer.lifetime()), ("count-words", Seconds(604_800)));
        assert_eq!(offer.terms().tags, ["text"]);
        let amount = RawAmount::from_xno("0.01").unwrap();
        assert_eq!(offer.price(), OfferedPrice::Fixed { amount, standing: None });
        let standing = Some(Seconds(600));
        let offer = with(&json!({"standing_quote_seconds": 600})).unwrap();
        assert_eq!(offer.price(), OfferedPrice::Fixed { amount, standing });
        let offer = offer.with_price(RawAmount::from_raw(5)).unwrap();
        let amount = RawAmount::from_raw(5);
        assert_eq!(offer.price(), OfferedPrice::Fixed { amount, standing });
        let offer = with(&json!({"price_xno": null, "price_per_job": true, "name": "w.2"})).unwrap();
        assert_eq!((offer.name(), offer.price()), ("w.2", OfferedPrice::PerJob));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_before_the_relay_is_asked() {
        let rows = [
            (json!({"price_xno": null}), InvalidOfferFile::Price),
            (json!({"price_raw": "5"}), InvalidOfferFile::Price),
            (json!({"price_per_job": true}), InvalidOfferFile::Price),
            (json!({"standing_quote_seconds": 0}), InvalidOfferFile::Standing),
            (json!({"standing_quote_seconds": 3_500}), InvalidOfferFile::Standing),
            (
                json!({"price_xno": null, "price_per_job": true, "standing_quote_seconds": 600}),
                InvalidOfferFile::Standing,
            ),
            (json!({"lifetime_seconds": 60}), InvalidOfferFile::Lifetime),
            (json!({"lifetime_seconds": 2_592_001}), InvalidOfferFile::Lifetime),
            (json!({"name": ""}), InvalidOfferFile::Name),
            (json!({"name": "a b"}), InvalidOfferFile::Name),
        ];
        for (changes, expected) in rows {
            assert_eq!(with(&changes).unwrap_err(), expected, "{changes}");
        }
        for changes in [
            json!({"title": null}),
            json!({"titel": "x"}),
            json!({"turnaround_seconds": "60"}),
            json!({"price_xno": null, "price_raw": 5}),
            json!({"example": {"input": 1}}),
        ] {
            assert!(matches!(with(&changes), Err(InvalidOfferFile::Json(_))), "{changes}");
        }
        assert!(matches!(
            with(&json!({"price_xno": "1e3"})),
            Err(InvalidOfferFile::Xno(_))
        ));
        let Err(InvalidOfferFile::Terms(faults)) =
            with(&json!({"title": "", "name": "x", "turnaround_seconds": 0, "price_xno": "0"}))
        else {
            panic!("a file with three faults is taken");
        };
        assert_eq!(faults.len(), 3, "{faults:?}");
    }
}
