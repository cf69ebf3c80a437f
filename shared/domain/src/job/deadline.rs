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
