//! Offers: what sellers publish and buyers search.

mod decision;
#[cfg(test)]
mod samples;
mod search;
mod terms;

use serde::{Deserialize, Serialize};

pub use decision::{OfferCommand, OfferEdit, OfferGuard, OfferOrder, OfferRejection, RelianceOnOffer};
pub use search::{InvalidQuery, Position, Query, Ranked, SearchPage, Sort, search};
pub use terms::{Example, InvalidTerm, OfferTerms, Pricing, StandingQuote};

use crate::bot::BotId;
use crate::id::OfferId;
use crate::names::names;
use crate::time::Timestamp;

/// A published offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Its name.
    pub id: OfferId,
    /// Who sells.
    pub seller: BotId,
    /// What is promised.
    pub terms: OfferTerms,
    /// Where it stands.
    pub status: OfferStatus,
    /// Counts edits, from 1. A buyer names the revision that was read, so nobody buys other terms.
    pub revision: u64,
    /// When it was published.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// From when on it cannot be bought.
    pub expires_at: Timestamp,
}

/// Where an offer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferStatus {
    /// Found by search and open to requests.
    Active,
    /// Hidden for now; may be edited.
    Paused,
    /// Withdrawn for good.
    Cancelled,
    /// Over since its expiry.
    Expired,
}

names!(OfferStatus: Active = "active", Paused = "paused", Cancelled = "cancelled", Expired = "expired");
