//! A purchase and its job, for rules that need no relay.

use nanoark_client::Bot;
use nanoark_client::wire::jobs::{JobView, OfferAsRead};
use nanoark_client::wire::money::{PaymentView, RefundsView};
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{Party, Status};
use nanoark_domain::offer::Pricing;
use nanoark_domain::payload::Input;
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::{Account, BlockHash, RawAmount};

use crate::buyer::{Order, Payment, Progress, Purchase, SentPayment, Terms};

pub(in crate::buyer) const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
pub(in crate::buyer) const BUYER: u8 = 1;
pub(in crate::buyer) const SELLER: u8 = 9;
pub(in crate::buyer) const OWN: Account = Account::from_bytes([21; 32]);
pub(in crate::buyer) const INVOICE: Account = Account::from_bytes([22; 32]);
pub(in crate::buyer) const BLOCK: BlockHash = BlockHash::from_bytes([31; 32]);

pub(in crate::buyer) const fn raw(amount: u128) -> RawAmount {
    RawAmount::from_raw(amount)
}

/// A purchase for at most 100 raw.
pub(in crate::buyer) fn purchase(progress: Progress) -> Purchase {
    Purchase {
        key: "sample".parse().unwrap(),
        job_id: JobId::from_bytes([4; 16]),
        order: Order {
            offer: OfferAsRead {
                offer_id: OfferId::from_bytes([5; 16]),
                seller: Bot::from_seed(&[SELLER; 32]).id(),
                revision: 1,
                pricing: Pricing::Quote {},
                turnaround_seconds: Seconds(60),
            },
            tags: vec!["text".to_owned()],
            input: Input::Json("one two".into()),
            max: raw(100),
            refund_account: OWN,
        },
        progress,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// Its job as the relay shows it at first.
pub(in crate::buyer) fn job(purchase: &Purchase) -> JobView {
    let order = &purchase.order;
    JobView {
        job_id: purchase.job_id,
        offer_id: order.offer.offer_id,
        buyer: Bot::from_seed(&[BUYER; 32]).id(),
        seller: order.offer.seller,
        you_are: Party::Buyer,
        status: Status::Requested,
        reason: None,
        expiry_reason: None,
        due_at: None,
        input: Some(order.input.clone()),
        input_hash: order.input_hash(),
        turnaround_seconds: order.offer.turnaround_seconds,
        fixed_amount_raw: None,
        quote_lifetime_seconds: None,
        refund_account: Some(order.refund_account),
        quote: None,
        payment: PaymentView {
            status: PaymentStatus::None,
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
        created_at: NOW,
        updated_at: NOW,
    }
}

/// 80 raw to the invoice account within 15 minutes.
pub(in crate::buyer) fn terms() -> Terms {
    Terms {
        amount: raw(80),
        invoice: INVOICE,
        expires_at: NOW.plus(Seconds(900)),
    }
}

/// The send of the price.
pub(in crate::buyer) fn sent(confirmed: bool) -> SentPayment {
    SentPayment {
        payment: payment(),
        block: BLOCK,
        confirmed,
    }
}

/// The price.
pub(in crate::buyer) fn payment() -> Payment {
    Payment {
        number: 1,
        amount: raw(80),
    }
}
