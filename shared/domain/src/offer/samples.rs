//! Offers to test with.

use nanoark_nano::RawAmount;

use super::{Offer, OfferStatus, OfferTerms, Pricing};
use crate::bot::BotId;
use crate::id::OfferId;
use crate::time::{Seconds, Timestamp};

/// Seconds after the beginning of every test here.
pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds.saturating_add(1_000_000))
}

pub(crate) fn terms() -> OfferTerms {
    OfferTerms {
        title: "Title".to_owned(),
        description: String::new(),
        tags: Vec::new(),
        pricing: Pricing::Quote {},
        turnaround: Seconds(600),
        input_schema: None,
        output_schema: None,
        example: None,
    }
}

pub(crate) fn fixed(raw: u128) -> Pricing {
    Pricing::Fixed {
        amount_raw: RawAmount::from_raw(raw),
        standing_quote: None,
    }
}

/// An active offer of this number, published so many seconds after the beginning.
pub(crate) fn offer(number: u8) -> Offer {
    Offer {
        id: OfferId::from_bytes([number; 16]),
        seller: BotId::from_bytes([1; 32]),
        terms: terms(),
        status: OfferStatus::Active,
        revision: 1,
        created_at: at(u64::from(number)),
        updated_at: at(u64::from(number)),
        expires_at: at(100_000),
    }
}
