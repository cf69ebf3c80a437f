//! Money that is owed back, and the blocks that send it.

use nanoark_nano::{Account, RawAmount};
use serde::{Deserialize, Serialize};

use super::{Observed, PaymentStatus};
use crate::job::{Job, Stage};
use crate::names::names;
use crate::time::Timestamp;

/// A block that the seller says sends money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    /// When it was named.
    pub submitted_at: Timestamp,
    /// What the relay found.
    pub state: RefundState,
}

/// What the relay knows of a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    /// Not decided yet.
    Submitted,
    /// Decided.
    Judged {
        /// What was found.
        finding: RefundFinding,
        /// When.
        decided_at: Timestamp,
    },
}

/// What the relay found about a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundFinding {
    /// It arrived where it is owed.
    Confirmed {
        /// How much.
        amount: RawAmount,
        /// Where.
        to: Account,
    },
    /// It goes somewhere else.
    WrongAccount,
    /// It is no send, or was never found.
    Rejected,
}

/// Money that the seller owes to the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Owed {
    /// How much, in raw.
    pub amount_raw: RawAmount,
    /// Where to: the account the buyer named, or the one that paid most.
    pub to: Account,
    /// Why.
    pub reason: OwedReason,
}

/// Why money is owed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwedReason {
    /// The work failed.
    Failed,
    /// The buyer withdrew.
    Cancelled,
    /// A deadline passed.
    Expired,
    /// It came after its time.
    Late,
    /// More than the price arrived.
    Over,
    /// It was paid again.
    Duplicate,
}

names!(OwedReason:
    Failed = "failed", Cancelled = "cancelled", Expired = "expired", Late = "late", Over = "over",
    Duplicate = "duplicate",
);

/// What the seller owes back as things stand; `None` when it is nothing.
#[must_use]
pub fn owed(job: &Job) -> Option<Owed> {
    let quote = job.stage.quote()?;
    let received = job.money.received();
    let surplus = received.checked_sub(quote.amount).unwrap_or(RawAmount::ZERO);
    let status = job.money.payment.status();
    let surplus_reason = if status == PaymentStatus::Duplicate {
        OwedReason::Duplicate
    } else {
        OwedReason::Over
    };
    let (due, reason) = match &job.stage {
        Stage::Finished { delivery, .. } => match delivery.outcome {
            crate::job::Outcome::Failed { .. } => (received, OwedReason::Failed),
            crate::job::Outcome::Delivered { .. } => (surplus, surplus_reason),
        },
        Stage::Cancelled { .. } => (received, OwedReason::Cancelled),
        Stage::Expired { .. } if status == PaymentStatus::Late => (received, OwedReason::Late),
        Stage::Expired { .. } => (received, OwedReason::Expired),
        Stage::Requested { .. }
        | Stage::Quoted { .. }
        | Stage::Accepted { .. }
        | Stage::Running { .. }
        | Stage::Declined { .. } => (surplus, surplus_reason),
    };
    let amount_raw = due
        .checked_sub(job.money.refunded())
        .filter(|amount| *amount > RawAmount::ZERO)?;
    Some(Owed {
        amount_raw,
        to: refund_destination(job)?,
        reason,
    })
}

/// Where money goes back to: the account the buyer named, or the one that paid most.
fn refund_destination(job: &Job) -> Option<Account> {
    job.refund_account.or_else(|| {
        job.money
            .receipts
            .iter()
            .max_by_key(|receipt| receipt.amount)
            .map(|receipt| receipt.payer)
    })
}

/// Judges a block that is said to send money back; `None` while it must be looked at again.
#[must_use]
pub fn judge_refund(job: &Job, observed: Observed) -> Option<RefundFinding> {
    let expected = refund_destination(job);
    match observed {
        Observed::Missing => None,
        Observed::NotSend | Observed::Legacy => Some(RefundFinding::Rejected),
        Observed::Send { destination, .. } if Some(destination) != expected => Some(RefundFinding::WrongAccount),
        Observed::Send { confirmed: false, .. } => None,
        Observed::Send {
            destination, amount, ..
        } => Some(RefundFinding::Confirmed {
            amount,
            to: destination,
        }),
    }
}
