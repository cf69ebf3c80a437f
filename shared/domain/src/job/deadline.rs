//! The deadlines of a job's stages, and what follows when one has passed.

use super::{Command, ExpiryReason, Job, Quote, Stage};
use crate::limits::Limits;
use crate::payment::PaymentStatus;
use crate::time::Timestamp;

/// Until when an accepted job waits for money.
pub(super) fn paid_by(quote: &Quote, limits: &Limits) -> Timestamp {
    quote.expires_at.plus(limits.payment_grace)
}

/// Until when a job must be delivered whose payment was confirmed, or whose work was begun, at `from`.
pub(super) fn deliver_by(from: Timestamp, job: &Job, limits: &Limits) -> Timestamp {
    from.plus(job.promise.turnaround).plus(limits.delivery_grace)
}

/// What the relay does about a job whose deadline has passed; `None` when none has.
#[must_use]
pub fn overdue(job: &Job, now: Timestamp, limits: &Limits) -> Option<Command> {
    if job.due_at.is_none_or(|due_at| due_at > now) {
        return None;
    }
    let reason = match &job.stage {
        Stage::Requested { .. } => ExpiryReason::NotQuoted,
        Stage::Quoted { .. } => ExpiryReason::NotAccepted,
        Stage::Accepted { quote } => match job.money.payment.status() {
            PaymentStatus::None
            | PaymentStatus::Short
            | PaymentStatus::Late
            | PaymentStatus::WrongAccount
            | PaymentStatus::Rejected => ExpiryReason::NotPaid,
            PaymentStatus::Submitted => {
                // The nodes may be away for a while and money is at stake: a verdict may take as long as a late delivery.
                let until = paid_by(quote, limits).plus(limits.delivery_grace);
                if now < until {
                    return Some(Command::Postpone { until });
                }
                ExpiryReason::PaymentUndecided
            }
            PaymentStatus::Confirmed | PaymentStatus::Over | PaymentStatus::Duplicate => ExpiryReason::NotStarted,
        },
        Stage::Running { .. } => ExpiryReason::NotDelivered,
        Stage::Finished { .. } | Stage::Cancelled { .. } | Stage::Declined { .. } | Stage::Expired { .. } => {
            return None;
        }
    };
    Some(Command::Expire { reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::tests::{at, delivery, job, judged, lock, quote};
    use crate::payment::{Finding, Payment, RejectReason};
    use nanoark_nano::BlockHash;

    fn due(stage: Stage, payment: Payment) -> Job {
        let mut job = job(stage);
        job.due_at = Some(at(1_900));
        job.money.payment = payment;
        job
    }

    #[test]
    fn each_stage_ends_for_its_own_reason_from_its_deadline_on() {
        let (accepted, running) = (
            Stage::Accepted { quote: quote() },
            Stage::Running {
                quote: quote(),
                lock: lock(),
            },
        );
        let rows = [
            (
                Stage::Requested { quote_by: at(1_900) },
                Payment::None,
                ExpiryReason::NotQuoted,
            ),
            (
                Stage::Quoted { quote: quote() },
                Payment::None,
                ExpiryReason::NotAccepted,
            ),
            (accepted.clone(), Payment::None, ExpiryReason::NotPaid),
            (accepted.clone(), judged(Finding::Short), ExpiryReason::NotPaid),
            (accepted.clone(), judged(Finding::Late), ExpiryReason::NotPaid),
            (accepted.clone(), judged(Finding::WrongAccount), ExpiryReason::NotPaid),
            (
                accepted.clone(),
                judged(Finding::Rejected(RejectReason::NotSend)),
                ExpiryReason::NotPaid,
            ),
            (accepted.clone(), judged(Finding::Confirmed), ExpiryReason::NotStarted),
            (accepted.clone(), judged(Finding::Over), ExpiryReason::NotStarted),
            (accepted, judged(Finding::Duplicate), ExpiryReason::NotStarted),
            (running.clone(), Payment::None, ExpiryReason::NotDelivered),
            (running, judged(Finding::Confirmed), ExpiryReason::NotDelivered),
        ];
        let limits = Limits::default();
        for (stage, payment, reason) in rows {
            let job = due(stage, payment);
            assert_eq!(overdue(&job, at(1_899), &limits), None, "{reason}");
            let expire = Some(Command::Expire { reason });
            assert_eq!(overdue(&job, at(1_900), &limits), expire, "{reason}");
        }
    }

    #[test]
    fn an_undecided_payment_gets_as_long_as_a_late_delivery_and_not_longer() {
        let submitted = Payment::Submitted {
            hash: BlockHash::from_bytes([9; 32]),
            submitted_at: at(900),
            first_seen_at: None,
        };
        let limits = Limits::default();
        let job = due(Stage::Accepted { quote: quote() }, submitted);
        let until = at(1_000).plus(limits.payment_grace).plus(limits.delivery_grace);
        let before = Timestamp::from_millis(until.as_millis() - 1);
        assert_eq!(overdue(&job, at(1_900), &limits), Some(Command::Postpone { until }));
        assert_eq!(overdue(&job, before, &limits), Some(Command::Postpone { until }));
        let reason = ExpiryReason::PaymentUndecided;
        assert_eq!(overdue(&job, until, &limits), Some(Command::Expire { reason }));
    }

    #[test]
    fn what_is_over_never_ends_again() {
        let limits = Limits::default();
        for stage in [
            Stage::Finished {
                quote: quote(),
                delivery: delivery(true),
            },
            Stage::Cancelled {
                quote: None,
                reason: None,
            },
            Stage::Declined { reason: None },
            Stage::Expired {
                quote: None,
                reason: ExpiryReason::NotPaid,
            },
        ] {
            assert_eq!(overdue(&due(stage, Payment::None), at(1_000_000), &limits), None);
        }
        let mut endless = due(Stage::Accepted { quote: quote() }, Payment::None);
        endless.due_at = None;
        assert_eq!(overdue(&endless, at(1_000_000), &limits), None);
    }
}
