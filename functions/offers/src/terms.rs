//! What publishing and editing check alike.

use nanoark_domain::id::OfferId;
use nanoark_domain::limits::Limits;
use nanoark_domain::offer::{OfferTerms, Pricing, StandingQuote};
use nanoark_domain::time::Timestamp;
use nanoark_http::problem::{Code, Problem};
use nanoark_runtime::Mutation;

/// Refuses terms that break a limit, naming every one that does.
pub(crate) fn check(terms: &OfferTerms, limits: &Limits) -> Result<(), Problem> {
    let faults = terms.faults(limits);
    if faults.is_empty() {
        return Ok(());
    }
    let problem = Problem::new(Code::InvalidField, "The offer breaks a limit.");
    Err(faults.into_iter().fold(problem, |problem, fault| {
        problem.with_field(fault.pointer, fault.reason)
    }))
}

/// Refuses a standing quote that the seller did not sign for this very offer.
pub(crate) fn check_standing_quote(mutation: &Mutation<'_>, offer: OfferId, pricing: &Pricing) -> Result<(), Problem> {
    match pricing {
        Pricing::Fixed {
            amount_raw,
            standing_quote: Some(standing),
        } => {
            let seller = mutation.caller();
            let statement = StandingQuote::statement(&seller, &offer, *amount_raw, standing.quote_lifetime_seconds);
            mutation.check_statement(&statement, &standing.signature)
        }
        Pricing::Fixed {
            standing_quote: None, ..
        }
        | Pricing::Quote {} => Ok(()),
    }
}

/// The expiry that was asked for, or the default.
pub(crate) fn checked_expiry(wanted: Option<Timestamp>, now: Timestamp, limits: &Limits) -> Result<Timestamp, Problem> {
    let expires_at = wanted.unwrap_or(now.plus(limits.offer_lifetime_default));
    if expires_at > now && expires_at <= now.plus(limits.offer_lifetime_max) {
        return Ok(expires_at);
    }
    let reason = format!(
        "must be in the future, at most {} seconds ahead",
        limits.offer_lifetime_max.0
    );
    Err(Problem::new(Code::InvalidField, "The offer's expiry is out of range.").with_field("/expires_at", reason))
}
