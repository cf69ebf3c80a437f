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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::job::ExpiryReason;
    use crate::job::tests::{at, delivery, job, judged, lock, quote};
    use crate::payment::{Finding, Receipt};
    use nanoark_nano::BlockHash;

    const PAYER: Account = Account::from_bytes([20; 32]);
    const SMALL_PAYER: Account = Account::from_bytes([21; 32]);

    /// A job in this stage whose price of 100 raw was paid by these amounts, the greatest of them from [`PAYER`].
    fn paid(stage: Stage, finding: Finding, amounts: &[u128]) -> Job {
        let mut job = job(stage);
        let greatest = amounts.iter().max().copied();
        job.money.payment = judged(finding);
        job.money.receipts = (1..)
            .zip(amounts)
            .map(|(number, amount)| Receipt {
                hash: BlockHash::from_bytes([number; 32]),
                payer: if Some(*amount) == greatest { PAYER } else { SMALL_PAYER },
                amount: RawAmount::from_raw(*amount),
                seen_at: at(400),
                in_time: true,
            })
            .collect();
        job
    }

    fn refunds(states: &[RefundState]) -> BTreeMap<BlockHash, Refund> {
        let submitted_at = at(2_000);
        (100..)
            .zip(states)
            .map(|(number, state)| {
                let state = *state;
                (BlockHash::from_bytes([number; 32]), Refund { submitted_at, state })
            })
            .collect()
    }

    fn confirmed(amount: u128) -> RefundState {
        RefundState::Judged {
            finding: RefundFinding::Confirmed {
                amount: RawAmount::from_raw(amount),
                to: PAYER,
            },
            decided_at: at(2_100),
        }
    }

    fn finished(delivered: bool) -> Stage {
        Stage::Finished {
            quote: quote(),
            delivery: delivery(delivered),
        }
    }

    #[test]
    fn what_is_owed_follows_from_how_the_work_ended_and_what_arrived() {
        let accepted = || Stage::Accepted { quote: quote() };
        let running = || Stage::Running {
            quote: quote(),
            lock: lock(),
        };
        let cancelled = || Stage::Cancelled {
            quote: Some(quote()),
            reason: None,
        };
        let expired = || Stage::Expired {
            quote: Some(quote()),
            reason: ExpiryReason::NotStarted,
        };
        type Row = (Stage, Finding, &'static [u128], Option<(u128, OwedReason)>);
        let rows: Vec<Row> = vec![
            (accepted(), Finding::Confirmed, &[100], None),
            (accepted(), Finding::Short, &[99], None),
            (accepted(), Finding::Over, &[101], Some((1, OwedReason::Over))),
            (
                accepted(),
                Finding::Duplicate,
                &[100, 60],
                Some((60, OwedReason::Duplicate)),
            ),
            (running(), Finding::Over, &[150], Some((50, OwedReason::Over))),
            (finished(true), Finding::Confirmed, &[100], None),
            (
                finished(true),
                Finding::Duplicate,
                &[100, 100],
                Some((100, OwedReason::Duplicate)),
            ),
            (
                finished(false),
                Finding::Confirmed,
                &[100],
                Some((100, OwedReason::Failed)),
            ),
            (finished(false), Finding::Over, &[150], Some((150, OwedReason::Failed))),
            (
                cancelled(),
                Finding::Confirmed,
                &[100],
                Some((100, OwedReason::Cancelled)),
            ),
            (cancelled(), Finding::Short, &[1], Some((1, OwedReason::Cancelled))),
            (cancelled(), Finding::WrongAccount, &[], None),
            (expired(), Finding::Late, &[100], Some((100, OwedReason::Late))),
            (expired(), Finding::Confirmed, &[100], Some((100, OwedReason::Expired))),
            (expired(), Finding::Short, &[40, 7], Some((47, OwedReason::Expired))),
        ];
        for (stage, finding, amounts, expected) in rows {
            let job = paid(stage, finding, amounts);
            let found = owed(&job).map(|owed| (owed.amount_raw.raw(), owed.reason));
            assert_eq!(found, expected, "{} {finding:?} {amounts:?}", job.status());
            assert!(owed(&job).is_none_or(|owed| owed.to == PAYER), "back to who paid most");
        }
        assert_eq!(owed(&job(Stage::Declined { reason: None })), None);
    }

    #[test]
    fn only_a_confirmed_refund_is_one_and_too_much_owes_nothing() {
        let rejected = RefundState::Judged {
            finding: RefundFinding::Rejected,
            decided_at: at(2_100),
        };
        for (states, left) in [
            (vec![RefundState::Submitted, rejected], Some(100)),
            (vec![confirmed(40), RefundState::Submitted], Some(60)),
            (vec![confirmed(40), confirmed(60)], None),
            (vec![confirmed(101)], None),
            (vec![confirmed(u128::MAX), confirmed(u128::MAX)], None),
        ] {
            let mut job = paid(finished(false), Finding::Confirmed, &[100]);
            job.money.refunds = refunds(&states);
            assert_eq!(owed(&job).map(|owed| owed.amount_raw.raw()), left, "{states:?}");
        }
    }

    #[test]
    fn money_goes_back_to_the_account_the_buyer_named() {
        let named = Account::from_bytes([30; 32]);
        let mut job = paid(finished(false), Finding::Confirmed, &[100]);
        job.refund_account = Some(named);
        assert_eq!(owed(&job).unwrap().to, named);
        let sent = |destination, confirmed| Observed::Send {
            payer: SMALL_PAYER,
            destination,
            amount: RawAmount::from_raw(5),
            confirmed,
        };
        let to_whom_it_is_owed = RefundFinding::Confirmed {
            amount: RawAmount::from_raw(5),
            to: named,
        };
        for (observed, finding) in [
            (Observed::Missing, None),
            (sent(named, false), None),
            (sent(named, true), Some(to_whom_it_is_owed)),
            // Where a block sends is fixed by its hash: confirmed or not, this is no refund.
            (sent(PAYER, false), Some(RefundFinding::WrongAccount)),
            (sent(PAYER, true), Some(RefundFinding::WrongAccount)),
            (Observed::NotSend, Some(RefundFinding::Rejected)),
            (Observed::Legacy, Some(RefundFinding::Rejected)),
        ] {
            assert_eq!(judge_refund(&job, observed), finding, "{observed:?}");
        }
    }
}
