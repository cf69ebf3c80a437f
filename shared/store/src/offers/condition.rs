//! The domain's guards as a condition on the offer's item.

use nanoark_domain::offer::{OfferGuard, OfferStatus, Pricing};

use crate::expression::Expression;
use crate::item::{instant, number, span, text};

/// Adds the guard to the condition.
pub(super) fn require(expression: &mut Expression, guard: &OfferGuard) {
    match guard {
        OfferGuard::Exists => expression.require_present("offer_id"),
        // Together with [`OfferGuard::Exists`], which every order has, this never holds.
        OfferGuard::NotForCaller => expression.require_absent("offer_id"),
        OfferGuard::SellerIs(bot) => expression.compare("seller", "=", text(bot)),
        OfferGuard::StatusIn(allowed) => expression.one_of("status", allowed.iter().copied().map(OfferStatus::as_str)),
        OfferGuard::ExpiresAfter(now) => expression.compare("expires_at", ">", instant(*now)),
        OfferGuard::ExpiredBy(now) => expression.compare("expires_at", "<=", instant(*now)),
        OfferGuard::RevisionIs(revision) => expression.compare("revision", "=", number(*revision)),
        OfferGuard::TurnaroundIs(turnaround) => expression.compare("turnaround", "=", span(*turnaround)),
        OfferGuard::PricedAt(Pricing::Quote {}) => expression.require_absent("amount"),
        OfferGuard::PricedAt(Pricing::Fixed {
            amount_raw,
            standing_quote,
        }) => {
            expression.compare("amount", "=", text(amount_raw));
            match standing_quote {
                None => expression.require_absent("standing_lifetime"),
                Some(standing) => {
                    expression.compare("standing_lifetime", "=", span(standing.quote_lifetime_seconds));
                    expression.compare("standing_signature", "=", text(standing.signature));
                }
            }
        }
    }
}
