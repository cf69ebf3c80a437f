//! Where the money is, for every status of the payment × every status of the job.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::type_complexity,
    reason = "a test names what it is about"
)]

use nanoark_client::wire::money::RefundView;
use nanoark_domain::payment::OwedReason;

use super::*;
use crate::buyer::Progress;
use crate::buyer::tests::samples::{BLOCK, INVOICE, NOW, OWN, job, purchase, raw, sent, terms};

const REFUND: BlockHash = BlockHash::from_bytes([77; 32]);
const SELLER_ACCOUNT: Account = Account::from_bytes([78; 32]);

fn report(
    status: Status,
    paid: PaymentStatus,
    own: &[SentPayment],
    change: impl FnOnce(&mut JobView, &mut Sightings),
) -> MoneyReport {
    let mut job = job(&purchase(Progress::Requested));
    job.status = status;
    job.payment.status = paid;
    let mut seen = Sightings::new();
    change(&mut job, &mut seen);
    let terms = terms();
    let record = OwnRecord {
        terms: Some(&terms),
        sent: own,
        refund_account: OWN,
        counted_elsewhere: &BTreeMap::new(),
    };
    let report = money_report(&job, record, &seen);
    assert!(
        report.summary.ends_with('.') || report.summary.ends_with(')'),
        "{}",
        report.summary
    );
    report
}

#[test]
fn every_case_has_its_code() {
    use MoneyCode::{BeingChecked, Late, NotOnRecord, Paid, RefundOwed, Rejected, Short, Spent, WrongAccount};
    // In the order of `PaymentStatus::ALL`: none, submitted, confirmed, short, over, late, duplicate, wrong account, rejected.
    let open = [
        BeingChecked,
        BeingChecked,
        Paid,
        Short,
        Paid,
        Late,
        Paid,
        WrongAccount,
        Rejected,
    ];
    let over = [
        NotOnRecord,
        BeingChecked,
        RefundOwed,
        RefundOwed,
        RefundOwed,
        RefundOwed,
        RefundOwed,
        NotOnRecord,
        NotOnRecord,
    ];
    for status in Status::ALL.iter().copied() {
        let expected = match status {
            Status::Requested | Status::Quoted | Status::Accepted | Status::Running => open,
            Status::Delivered => [Spent; 9],
            Status::Failed | Status::Cancelled | Status::Declined | Status::Expired => over,
        };
        for (paid, code) in PaymentStatus::ALL.iter().copied().zip(expected) {
            let found = report(status, paid, &[sent(true)], |_, _| {});
            assert_eq!(found.code, code, "{status} {paid}");
            assert_eq!(found.sent[0].to, INVOICE);
            let nothing = report(status, paid, &[], |_, _| {});
            assert_eq!(nothing.code, MoneyCode::NothingSent, "{status} {paid}");
        }
    }
}

#[test]
fn our_own_nodes_say_whether_a_send_is_final() {
    let unseen = report(Status::Accepted, PaymentStatus::Submitted, &[sent(false)], |_, _| {});
    assert_eq!(unseen.code, MoneyCode::OnItsWay);
    let seen = report(Status::Accepted, PaymentStatus::Submitted, &[sent(false)], |_, seen| {
        let to = INVOICE;
        seen.insert(
            BLOCK,
            Seen::Final {
                payer: OWN,
                to,
                amount_raw: raw(80),
            },
        );
    });
    assert_eq!(seen.code, MoneyCode::BeingChecked);
}

#[test]
fn a_refund_counts_when_it_is_final_on_our_nodes_and_comes_to_us() {
    let returned = |to, payer, amount| Seen::Final {
        payer,
        to,
        amount_raw: raw(amount),
    };
    let on_its_way = Seen::NotFinal {
        to: OWN,
        amount_raw: raw(80),
    };
    let rows = [
        (
            RefundStatus::Submitted,
            on_its_way.clone(),
            MoneyCode::RefundOnItsWay,
            0,
        ),
        (RefundStatus::Confirmed, on_its_way, MoneyCode::RefundUnverified, 0),
        (RefundStatus::Confirmed, Seen::Missing, MoneyCode::RefundUnverified, 0),
        (RefundStatus::Rejected, Seen::NoSend, MoneyCode::RefundOwed, 0),
        (
            RefundStatus::WrongAccount,
            returned(SELLER_ACCOUNT, OWN, 80),
            MoneyCode::RefundOwed,
            0,
        ),
        (
            RefundStatus::Confirmed,
            returned(OWN, OWN, 80),
            MoneyCode::RefundUnverified,
            0,
        ),
        (
            RefundStatus::Confirmed,
            returned(OWN, SELLER_ACCOUNT, 79),
            MoneyCode::RefundPartial,
            79,
        ),
        (
            RefundStatus::Submitted,
            returned(OWN, SELLER_ACCOUNT, 80),
            MoneyCode::Refunded,
            80,
        ),
        (
            RefundStatus::Confirmed,
            returned(OWN, SELLER_ACCOUNT, 81),
            MoneyCode::Refunded,
            81,
        ),
    ];
    for (relay_says, sighting, code, amount) in rows {
        let label = format!("{relay_says:?} {sighting:?}");
        let found = report(Status::Failed, PaymentStatus::Confirmed, &[sent(true)], |job, seen| {
            job.refunds.owed = Some(OwedView {
                amount_raw: raw(80),
                to: OWN,
                reason: OwedReason::Failed,
            });
            job.refunds.sent.push(RefundView {
                block_hash: REFUND,
                status: relay_says,
                amount_raw: None,
                submitted_at: NOW,
                decided_at: None,
            });
            seen.insert(REFUND, sighting);
        });
        assert_eq!((found.code, found.returned_raw), (code, raw(amount)), "{label}");
    }
}
