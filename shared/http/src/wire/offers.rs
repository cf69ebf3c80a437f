//! Bodies about offers.

use nanoark_domain::bot::BotId;
use nanoark_domain::id::OfferId;
use nanoark_domain::object;
use nanoark_domain::offer::{Example, Offer, OfferEdit, OfferStatus, OfferTerms, Pricing};
use nanoark_domain::time::{Seconds, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `POST /v1/offers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishOffer {
    /// What is offered, in one line.
    pub title: String,
    /// What is offered, at length.
    #[serde(default)]
    pub description: String,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What it costs.
    #[serde(deserialize_with = "object::required")]
    pub pricing: Pricing,
    /// The time from confirmed payment to result.
    pub turnaround_seconds: Seconds,
    /// JSON Schema of inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_schema: Option<Value>,
    /// JSON Schema of results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// An input and what comes of it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "object::optional"
    )]
    pub example: Option<Example>,
    /// From when on it cannot be bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// `PATCH /v1/offers/{offer_id}`: what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditOffer {
    /// A new title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A new description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// New tags, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// A new price.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "object::optional"
    )]
    pub pricing: Option<Pricing>,
    /// A new turnaround.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turnaround_seconds: Option<Seconds>,
    /// A new input schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_schema: Option<Value>,
    /// A new output schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// A new example.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "object::optional"
    )]
    pub example: Option<Example>,
    /// A new expiry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// An offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferView {
    /// Its name.
    pub offer_id: OfferId,
    /// Who sells.
    pub seller: BotId,
    /// Where it stands.
    pub status: OfferStatus,
    /// Counts edits, from 1.
    pub revision: u64,
    /// What is promised. Lists leave schemas and examples out.
    #[serde(flatten)]
    pub terms: OfferTerms,
    /// When it was published.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// From when on it cannot be bought.
    pub expires_at: Timestamp,
}

/// The answer to a change of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferChanged {
    /// The offer.
    pub offer_id: OfferId,
    /// Where it stands now.
    pub status: OfferStatus,
    /// When it changed.
    pub updated_at: Timestamp,
}

/// `GET /v1/offers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfferPage {
    /// Offers, best first.
    pub offers: Vec<OfferView>,
    /// Send this to get the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl From<Offer> for OfferView {
    fn from(offer: Offer) -> Self {
        Self {
            offer_id: offer.id,
            seller: offer.seller,
            status: offer.status,
            revision: offer.revision,
            terms: offer.terms,
            created_at: offer.created_at,
            updated_at: offer.updated_at,
            expires_at: offer.expires_at,
        }
    }
}

impl From<EditOffer> for OfferEdit {
    fn from(edit: EditOffer) -> Self {
        Self {
            title: edit.title,
            description: edit.description,
            tags: edit.tags,
            pricing: edit.pricing,
            turnaround: edit.turnaround_seconds,
            input_schema: edit.input_schema,
            output_schema: edit.output_schema,
            example: edit.example,
            expires_at: edit.expires_at,
        }
    }
}
