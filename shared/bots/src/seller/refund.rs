//! How much is paid back, at the most: what a lying relay cannot raise.

use nanoark_client::wire::jobs::JobView;
use nanoark_client::wire::money::RefundStatus;
use nanoark_domain::job::Status;
use nanoark_nano::{Account, RawAmount};

use super::record::{JobRecord, RefundTo};

/// What the worker's own nodes show of the invoice account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrived {
    /// Everything that arrived.
    pub(super) amount: RawAmount,
    /// Who made the greatest send, or several equal ones.
    pub(super) payers: Vec<Account>,
}

/// What comes of a demand to pay back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// So much goes there.
    Pay {
        /// How much.
        amount: RawAmount,
        /// Where.
        to: Account,
    },
    /// Nothing is owed by our own reckoning.
    NothingOwed,
    /// The relay names another account than the buyer did, or than the one that paid.
    OtherAccount,
}

/// Decides about what the relay says is owed.
///
/// The job's quote must be the one that we signed. Never more is paid than arrived and was not paid back; of a delivered
/// job never more than what exceeds the price; and only to the account that the buyer named when the job was first seen,
/// or, if it named none, to the one that paid most.
pub(super) fn decide(job: &JobView, ours: &JobRecord, arrived: &Arrived) -> Decision {
    let (Some(owed), Some(quote)) = (&job.refunds.owed, &job.quote) else {
        return Decision::NothingOwed;
    };
    let to = owed.to;
    let is_right = match ours.refund_to {
        Some(RefundTo::Account(account)) => to == account,
        Some(RefundTo::Payer) => arrived.payers.contains(&to),
        None => false,
    };
    if !is_right {
        return Decision::OtherAccount;
    }
    let most = match job.status {
        Status::Failed | Status::Cancelled | Status::Expired => arrived.amount,
        Status::Requested
        | Status::Quoted
        | Status::Accepted
        | Status::Running
        | Status::Delivered
        | Status::Declined => minus(arrived.amount, quote.amount_raw),
    };
    // What others of the seller sent back, and the relay found there, counts too.
    let sent_by_others = job.refunds.sent.iter().filter(|shown| {
        shown.status == RefundStatus::Confirmed
            && ours.refunds.iter().all(|refund| refund.hash != Some(shown.block_hash))
    });
    let confirmed = job
        .refunds
        .sent
        .iter()
        .filter(|shown| shown.status == RefundStatus::Confirmed);
    let demanded = plus(owed.amount_raw, sum(confirmed.filter_map(|shown| shown.amount_raw)));
    let sent_back = plus(
        ours.refunded(),
        sum(sent_by_others.filter_map(|shown| shown.amount_raw)),
    );
    let amount = minus(demanded.min(most), sent_back);
    if amount == RawAmount::ZERO {
        Decision::NothingOwed
    } else {
        Decision::Pay { amount, to }
    }
}

fn sum(amounts: impl Iterator<Item = RawAmount>) -> RawAmount {
    amounts.fold(RawAmount::ZERO, plus)
}

fn plus(one: RawAmount, other: RawAmount) -> RawAmount {
    one.checked_add(other).unwrap_or(RawAmount::MAX)
}

fn minus(from: RawAmount, amount: RawAmount) -> RawAmount {
    from.checked_sub(amount).unwrap_or(RawAmount::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seller::record::RefundRecord;
    use crate::seller::samples::{PAYER, PRICE, at, hash, paid_job};
    use nanoark_client::wire::money::{OwedView, RefundView};
    use nanoark_domain::payment::{OwedReason, PaymentStatus};

    const OTHER: Account = Account::from_bytes([66; 32]);
    /// Sent as much as the first.
    const SECOND_PAYER: Account = Account::from_bytes([67; 32]);

    fn decided(
        status: Status,
        owed: u128,
        to: Account,
        arrived: u128,
        ours: &[(u8, u128)],
        shown: &[(u8, u128)],
        named: RefundTo,
    ) -> Decision {
        let raw = RawAmount::from_raw;
        let mut job = paid_job(status, PaymentStatus::Over);
        job.refunds.owed = Some(OwedView {
            amount_raw: raw(owed),
            to,
            reason: OwedReason::Over,
        });
        let confirmed = |(number, amount): &(u8, u128)| RefundView {
            block_hash: hash(*number),
            status: RefundStatus::Confirmed,
            amount_raw: Some(raw(*amount)),
            submitted_at: at(0),
            decided_at: None,
        };
        job.refunds.sent = shown.iter().map(confirmed).collect();
        let record = |(number, amount): &(u8, u128)| RefundRecord {
            amount: raw(*amount),
            to,
            hash: Some(hash(*number)),
            named: 1,
        };
        let ours = JobRecord {
            refund_to: Some(named),
            refunds: ours.iter().map(record).collect(),
            ..JobRecord::default()
        };
        let arrived = Arrived {
            amount: raw(arrived),
            payers: vec![SECOND_PAYER, PAYER],
        };
        decide(&job, &ours, &arrived)
    }

    #[test]
    fn no_more_is_paid_than_arrived_and_is_due_whatever_the_relay_demands() {
        let pay = |amount, to| Decision::Pay {
            amount: RawAmount::from_raw(amount),
            to,
        };
        let (failed, delivered) = (Status::Failed, Status::Delivered);
        let payer = RefundTo::Payer;
        let rows: Vec<(Decision, Decision)> = vec![
            (decided(failed, PRICE, PAYER, PRICE, &[], &[], payer), pay(PRICE, PAYER)),
            (
                decided(failed, PRICE * 9, PAYER, PRICE, &[], &[], payer),
                pay(PRICE, PAYER),
            ),
            (decided(failed, PRICE, PAYER, 0, &[], &[], payer), Decision::NothingOwed),
            (decided(delivered, 5, PAYER, PRICE + 5, &[], &[], payer), pay(5, PAYER)),
            (
                decided(delivered, PRICE + 5, PAYER, PRICE + 5, &[], &[], payer),
                pay(5, PAYER),
            ),
            (
                decided(delivered, 5, PAYER, PRICE, &[], &[], payer),
                Decision::NothingOwed,
            ),
            // What was sent back counts, whether the relay has found it or not, and never twice.
            (
                decided(failed, PRICE, PAYER, PRICE, &[(1, PRICE)], &[], payer),
                Decision::NothingOwed,
            ),
            (
                decided(failed, PRICE - 3, PAYER, PRICE, &[(1, 3)], &[(1, 3)], payer),
                pay(PRICE - 3, PAYER),
            ),
            (
                decided(failed, PRICE - 3, PAYER, PRICE, &[], &[(1, 3)], payer),
                pay(PRICE - 3, PAYER),
            ),
            (
                decided(failed, PRICE, PAYER, PRICE, &[(1, 3)], &[(2, 4)], payer),
                pay(PRICE - 7, PAYER),
            ),
            // Of two who paid as much, to the one whom the relay names.
            (
                decided(failed, PRICE, SECOND_PAYER, PRICE, &[], &[], payer),
                pay(PRICE, SECOND_PAYER),
            ),
            // To nobody else.
            (
                decided(failed, PRICE, OTHER, PRICE, &[], &[], payer),
                Decision::OtherAccount,
            ),
            (
                decided(failed, PRICE, OTHER, PRICE, &[], &[], RefundTo::Account(OTHER)),
                pay(PRICE, OTHER),
            ),
            (
                decided(failed, PRICE, PAYER, PRICE, &[], &[], RefundTo::Account(OTHER)),
                Decision::OtherAccount,
            ),
        ];
        for (number, (found, expected)) in rows.into_iter().enumerate() {
            assert_eq!(found, expected, "row {number}");
        }
    }
}
