//! Random jobs: every stage with every state of money, few values and those close together, so that what must be equal
//! often is and what must be earlier is earlier by a millisecond.

use std::collections::BTreeMap;

use nanoark_domain::bot::BotId;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{
    Actor, Delivery, Event, ExpiryReason, Fence, HistoryEntry, Job, Lock, LockToken, Outcome, Promise, Quote, Stage,
};
use nanoark_domain::limits::{Count, Limits};
use nanoark_domain::payment::{Finding, Money, Payment, Receipt, Refund, RefundFinding, RefundState, RejectReason};
use nanoark_domain::statement::StatementSignature;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::{Account, BlockHash, RawAmount};
use proptest::prelude::*;
use proptest::sample::select;

/// The instant around which everything happens.
pub(super) const T0: Timestamp = Timestamp::from_millis(1_795_262_400_000);
pub(super) const JOB: JobId = JobId::from_bytes([0x01; 16]);
pub(super) const OFFER: OfferId = OfferId::from_bytes([0x02; 16]);
pub(super) const BUYER: BotId = BotId::from_bytes([0xb1; 32]);
pub(super) const SELLER: BotId = BotId::from_bytes([0x5e; 32]);
pub(super) const STRANGER: BotId = BotId::from_bytes([0x57; 32]);

/// Limits that are soon reached.
pub(super) fn limits() -> Limits {
    Limits {
        history_max: Count(4),
        refunds_max: Count(2),
        ..Limits::default()
    }
}

pub(super) fn token(number: u8) -> LockToken {
    LockToken::from_random([number; 16])
}

pub(super) const fn account(number: u8) -> Account {
    Account::from_bytes([number; 32])
}

pub(super) const fn block(number: u8) -> BlockHash {
    BlockHash::from_bytes([number; 32])
}

pub(super) fn digest(number: u8) -> Sha256Digest {
    Sha256Digest::from_bytes([number; 32])
}

pub(super) const fn signature() -> StatementSignature {
    StatementSignature::from_bytes([0x51; 64])
}

/// One of three accounts, blocks, tokens or digests: often the same one.
pub(super) fn number() -> impl Strategy<Value = u8> {
    1..=3_u8
}

pub(super) fn amount() -> impl Strategy<Value = RawAmount> {
    select(vec![1, 2, 10, u128::MAX]).prop_map(RawAmount::from_raw)
}

/// An instant at most a millisecond from one of a few that matter.
pub(super) fn instant() -> impl Strategy<Value = Timestamp> {
    (select(vec![0, 300_000, 900_000]), 0..=2_u64)
        .prop_map(|(after, jitter)| Timestamp::from_millis(T0.as_millis() + after + jitter - 1))
}

fn quote() -> impl Strategy<Value = Quote> {
    (amount(), number(), instant(), instant()).prop_map(|(amount, invoice, quoted_at, expires_at)| Quote {
        amount,
        invoice: account(invoice),
        quoted_at,
        expires_at,
        signature: signature(),
    })
}

pub(super) fn reason() -> impl Strategy<Value = Option<String>> {
    // Text from outside must never be taken for a part of an expression.
    prop::option::of(select(vec!["", "no", "#status = :v0 \u{0} „ü“"]).prop_map(str::to_owned))
}

pub(super) fn delivery() -> impl Strategy<Value = Delivery> {
    (any::<bool>(), prop::option::of(number()), instant()).prop_map(|(delivered, payment, at)| Delivery {
        outcome: if delivered {
            Outcome::Delivered { output_hash: digest(9) }
        } else {
            Outcome::Failed { error_hash: digest(8) }
        },
        payment_hash: payment.map(block),
        at,
        signature: signature(),
    })
}

fn stage() -> impl Strategy<Value = Stage> {
    let lock = (number(), instant()).prop_map(|(number, lease_expires_at)| Lock {
        token: token(number),
        lease_expires_at,
    });
    let expiry = select(ExpiryReason::ALL.to_vec());
    prop_oneof![
        5 => instant().prop_map(|quote_by| Stage::Requested { quote_by }),
        2 => quote().prop_map(|quote| Stage::Quoted { quote }),
        3 => quote().prop_map(|quote| Stage::Accepted { quote }),
        5 => (quote(), lock).prop_map(|(quote, lock)| Stage::Running { quote, lock }),
        1 => (quote(), delivery()).prop_map(|(quote, delivery)| Stage::Finished { quote, delivery }),
        1 => (prop::option::of(quote()), reason()).prop_map(|(quote, reason)| Stage::Cancelled { quote, reason }),
        1 => reason().prop_map(|reason| Stage::Declined { reason }),
        1 => (prop::option::of(quote()), expiry).prop_map(|(quote, reason)| Stage::Expired { quote, reason }),
    ]
}

pub(super) fn finding() -> impl Strategy<Value = Finding> {
    let rejected = select(RejectReason::ALL.to_vec()).prop_map(Finding::Rejected);
    let plain = select(vec![
        Finding::Confirmed,
        Finding::Short,
        Finding::Over,
        Finding::Late,
        Finding::Duplicate,
        Finding::WrongAccount,
    ]);
    prop_oneof![4 => plain, 1 => rejected]
}

pub(super) fn receipts() -> impl Strategy<Value = Vec<Receipt>> {
    let receipt =
        (number(), number(), amount(), instant(), any::<bool>()).prop_map(|(hash, payer, amount, seen_at, in_time)| {
            Receipt {
                hash: block(hash),
                payer: account(payer),
                amount,
                seen_at,
                in_time,
            }
        });
    prop::collection::vec(receipt, 0..3)
}

pub(super) fn refund_finding() -> impl Strategy<Value = RefundFinding> {
    prop_oneof![
        (amount(), number()).prop_map(|(amount, to)| RefundFinding::Confirmed {
            amount,
            to: account(to)
        }),
        Just(RefundFinding::WrongAccount),
        Just(RefundFinding::Rejected),
    ]
}

fn refunds() -> impl Strategy<Value = BTreeMap<BlockHash, Refund>> {
    let state = prop_oneof![
        2 => Just(RefundState::Submitted),
        1 => (refund_finding(), instant())
            .prop_map(|(finding, decided_at)| RefundState::Judged { finding, decided_at }),
    ];
    let refund = (instant(), state).prop_map(|(submitted_at, state)| Refund { submitted_at, state });
    prop::collection::btree_map(number().prop_map(block), refund, 0..=2)
}

fn money() -> impl Strategy<Value = Money> {
    let submitted =
        (number(), instant(), prop::option::of(instant())).prop_map(|(hash, submitted_at, first_seen_at)| {
            Payment::Submitted {
                hash: block(hash),
                submitted_at,
                first_seen_at,
            }
        });
    let judged = (number(), finding(), instant()).prop_map(|(hash, finding, decided_at)| Payment::Judged {
        hash: block(hash),
        finding,
        decided_at,
    });
    let payment = prop_oneof![1 => Just(Payment::None), 2 => submitted, 3 => judged];
    (payment, receipts(), refunds(), 0..=2_u64).prop_map(|(payment, receipts, refunds, revision)| Money {
        payment,
        receipts,
        refunds,
        revision,
    })
}

fn history() -> impl Strategy<Value = Vec<HistoryEntry>> {
    let entry = (
        instant(),
        select(Actor::ALL.to_vec()),
        select(Event::ALL.to_vec()),
        reason(),
    )
        .prop_map(|(at, by, event, detail)| HistoryEntry { at, by, event, detail });
    prop::collection::vec(entry, 1..=4)
}

/// Any job that keeps the one promise all jobs keep: it has a deadline exactly while the work can still go on.
pub(super) fn any_job() -> impl Strategy<Value = Job> {
    let promise = (
        prop::option::of(amount()),
        prop::option::of(30..=31_u32),
        select(vec![1, 60, 2_592_000]),
    )
        .prop_map(|(fixed_amount, quote_lifetime, turnaround)| Promise {
            fixed_amount,
            quote_lifetime: quote_lifetime.map(Seconds),
            turnaround: Seconds(turnaround),
        });
    let times = (instant(), prop::option::of(instant()), prop::option::of(instant()));
    let parts = (stage(), money(), promise, history(), times);
    (parts, prop::option::weighted(0.3, number()), 1..=3_u64).prop_map(
        |((stage, money, promise, history, (due_at, watch_at, fence)), refund_account, version)| Job {
            id: JOB,
            offer_id: OFFER,
            buyer: BUYER,
            seller: SELLER,
            input_hash: digest(1),
            promise,
            refund_account: refund_account.map(account),
            due_at: stage.status().is_open().then_some(due_at),
            stage,
            money,
            fence: Fence(fence.map_or(0, Timestamp::as_millis)),
            watch_at,
            history,
            version,
            created_at: T0,
            updated_at: T0,
        },
    )
}
