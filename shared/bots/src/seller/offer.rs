//! Keeping an offer alive: what to do about it, from how it stands.

use nanoark_client::wire::offers::OfferView;
use nanoark_domain::offer::{OfferStatus, OfferTerms};
use nanoark_domain::time::{Seconds, Timestamp};

use super::state::OfferRecord;

/// What to do about an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OfferStep {
    /// Publish it under the key of this generation.
    Publish {
        /// The first that was never published, or the successor of one that ends.
        generation: u32,
        /// Whether the one before is to be withdrawn: it says something that is not meant any more.
        withdraw: bool,
    },
    /// Pause it, to edit it.
    Pause,
    /// Change what it says.
    Edit,
    /// Show it again.
    Resume,
    /// Nothing, until this time at the latest.
    Wait {
        /// When it gets a successor.
        until: Timestamp,
    },
    /// Nothing: the operator paused it.
    LeavePaused,
}

/// What to do about an offer, from how the relay shows it (`None`: it was never published), what it is meant to say, and
/// how long before its end it gets a successor.
pub(super) fn keep(
    shown: Option<&OfferView>,
    meant: &OfferTerms,
    record: OfferRecord,
    overlap: Seconds,
    now: Timestamp,
) -> OfferStep {
    let successor = |withdraw| OfferStep::Publish {
        generation: record.generation.saturating_add(1),
        withdraw,
    };
    let Some(shown) = shown else {
        return OfferStep::Publish {
            generation: record.generation,
            withdraw: false,
        };
    };
    let until = shown.expires_at.minus(overlap);
    match shown.status {
        OfferStatus::Cancelled | OfferStatus::Expired => successor(false),
        OfferStatus::Paused if !record.paused_by_us => OfferStep::LeavePaused,
        OfferStatus::Active | OfferStatus::Paused if shown.expires_at <= now => successor(false),
        OfferStatus::Active | OfferStatus::Paused if loses_a_part(&shown.terms, meant) => successor(true),
        OfferStatus::Active if shown.terms != *meant => OfferStep::Pause,
        OfferStatus::Paused if shown.terms != *meant => OfferStep::Edit,
        OfferStatus::Paused => OfferStep::Resume,
        OfferStatus::Active if until <= now => successor(false),
        OfferStatus::Active => OfferStep::Wait { until },
    }
}

/// Whether something is not meant to be said any more. An edit changes and adds, and cannot take away.
fn loses_a_part(shown: &OfferTerms, meant: &OfferTerms) -> bool {
    (shown.input_schema.is_some() && meant.input_schema.is_none())
        || (shown.output_schema.is_some() && meant.output_schema.is_none())
        || (shown.example.is_some() && meant.example.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::samples::{at, offer};
    use serde_json::json;

    const OVERLAP: Seconds = Seconds(100);

    #[test]
    fn an_offer_is_kept_as_it_is_meant_and_gets_a_successor_before_it_ends() {
        let next = |withdraw| OfferStep::Publish {
            generation: 4,
            withdraw,
        };
        let rows = [
            (
                OfferStatus::Active,
                false,
                0,
                OfferStep::Wait { until: at(900) },
                OfferStep::Pause,
            ),
            (
                OfferStatus::Active,
                false,
                899,
                OfferStep::Wait { until: at(900) },
                OfferStep::Pause,
            ),
            (OfferStatus::Active, false, 900, next(false), OfferStep::Pause),
            (OfferStatus::Active, true, 1_000, next(false), next(false)),
            (
                OfferStatus::Paused,
                false,
                0,
                OfferStep::LeavePaused,
                OfferStep::LeavePaused,
            ),
            (OfferStatus::Paused, true, 0, OfferStep::Resume, OfferStep::Edit),
            (OfferStatus::Paused, true, 1_000, next(false), next(false)),
            (OfferStatus::Cancelled, false, 0, next(false), next(false)),
            (OfferStatus::Expired, true, 0, next(false), next(false)),
        ];
        for (status, paused_by_us, now, same, changed) in rows {
            let record = OfferRecord {
                generation: 3,
                paused_by_us,
            };
            let mut shown = offer(status);
            shown.expires_at = at(1_000);
            let mut meant = shown.terms.clone();
            let step = |meant: &OfferTerms| keep(Some(&shown), meant, record, OVERLAP, at(now));
            assert_eq!(step(&meant), same, "{status} {paused_by_us} at {now}");
            meant.description.push('!');
            assert_eq!(step(&meant), changed, "changed, {status} {paused_by_us} at {now}");
        }
    }

    #[test]
    fn what_was_never_published_is_and_what_an_edit_cannot_take_away_is_replaced() {
        let mut shown = offer(OfferStatus::Active);
        shown.expires_at = at(1_000);
        let meant = shown.terms.clone();
        let record = OfferRecord::default();
        let first = OfferStep::Publish {
            generation: 1,
            withdraw: false,
        };
        assert_eq!(keep(None, &meant, record, OVERLAP, at(0)), first);
        shown.terms.input_schema = Some(json!({}));
        let second = OfferStep::Publish {
            generation: 2,
            withdraw: true,
        };
        assert_eq!(keep(Some(&shown), &meant, record, OVERLAP, at(0)), second);
        // The other way round it is an edit.
        let with_schema = shown.terms.clone();
        shown.terms.input_schema = None;
        assert_eq!(
            keep(Some(&shown), &with_schema, record, OVERLAP, at(0)),
            OfferStep::Pause
        );
    }
}
