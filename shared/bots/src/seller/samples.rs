//! Jobs and offers for tests.

use nanoark_client::wire::jobs::{JobView, LockView, QuoteView};
use nanoark_client::wire::money::{PaymentView, RefundsView};
use nanoark_client::wire::offers::OfferView;
use nanoark_domain::bot::BotId;
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{Fence, Party, Status};
use nanoark_domain::offer::{OfferStatus, OfferTerms, Pricing};
use nanoark_domain::payload::Input;
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::statement::StatementSignature;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::{Account, BlockHash, RawAmount};
use serde_json::json;

pub(super) const INVOICE: Account = Account::from_bytes([30; 32]);
pub(super) const PAYER: Account = Account::from_bytes([20; 32]);
pub(super) const PRICE: u128 = 100;
pub(super) const JOB: JobId = JobId::from_bytes([1; 16]);
pub(super) const FENCE: Fence = Fence(7_000);

/// So many seconds after the samples' beginning.
pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_795_253_400).plus(Seconds(u32::try_from(seconds).unwrap_or(u32::MAX)))
}

pub(super) fn hash(number: u8) -> BlockHash {
    BlockHash::from_bytes([number; 32])
}

/// A job without a quote, as the seller sees it, requested at 0.
pub(super) fn job(status: Status, payment: PaymentStatus) -> JobView {
    JobView {
        job_id: JOB,
        offer_id: OfferId::from_bytes([2; 16]),
        buyer: BotId::from_bytes([3; 32]),
        seller: BotId::from_bytes([4; 32]),
        you_are: Party::Seller,
        status,
        reason: None,
        expiry_reason: None,
        due_at: Some(at(900)),
        input: Some(Input::Json(json!({"text": "a b"}))),
        input_hash: Input::Json(json!({"text": "a b"})).digest(),
        turnaround_seconds: Seconds(60),
        fixed_amount_raw: None,
        quote_lifetime_seconds: None,
        refund_account: None,
        quote: None,
        payment: PaymentView {
            status: payment,
            reason: None,
            block_hash: None,
            submitted_at: None,
            first_seen_at: None,
            decided_at: None,
            receipts: Vec::new(),
        },
        refunds: RefundsView {
            owed: None,
            sent: Vec::new(),
        },
        lock: None,
        result: None,
        error: None,
        receipt: None,
        history: Vec::new(),
        version: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// A job that was quoted at 0, until 900, and for which block 1 was named; locked until 400 if it runs.
pub(super) fn paid_job(status: Status, payment: PaymentStatus) -> JobView {
    let mut job = job(status, payment);
    job.quote = Some(QuoteView {
        amount_raw: RawAmount::from_raw(PRICE),
        invoice_account: INVOICE,
        quoted_at: at(0),
        expires_at: at(900),
        statement: String::new(),
        signature: StatementSignature::from_bytes([0; 64]),
    });
    job.payment.block_hash = Some(hash(1));
    if status == Status::Running {
        job.lock = Some(LockView {
            fence: FENCE,
            lease_expires_at: at(400),
        });
    }
    job
}

/// An offer at 100 raw.
pub(super) fn offer(status: OfferStatus) -> OfferView {
    OfferView {
        offer_id: OfferId::from_bytes([2; 16]),
        seller: BotId::from_bytes([4; 32]),
        status,
        revision: 1,
        terms: OfferTerms {
            title: "Count words".to_owned(),
            description: "Counts words.".to_owned(),
            tags: vec!["text".to_owned()],
            pricing: Pricing::Fixed {
                amount_raw: RawAmount::from_raw(PRICE),
                standing_quote: None,
            },
            turnaround: Seconds(60),
            input_schema: None,
            output_schema: None,
            example: None,
        },
        created_at: at(0),
        updated_at: at(0),
        expires_at: at(604_800),
    }
}
