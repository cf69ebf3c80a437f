//! What happened to a job, for its parties to read.

use serde::{Deserialize, Serialize};

use crate::names::names;
use crate::time::Timestamp;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Actor,
    /// What.
    pub event: Event,
    /// What else is worth knowing about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Who did something to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The buyer.
    Buyer,
    /// The seller.
    Seller,
    /// The relay itself.
    Relay,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The job was requested.
    Requested,
    /// A price was named.
    Quoted,
    /// The price was agreed to.
    Accepted,
    /// The seller would not quote.
    Declined,
    /// The buyer withdrew.
    Cancelled,
    /// The buyer named a block that pays.
    PaymentSubmitted,
    /// The relay decided about the payment.
    PaymentJudged,
    /// A worker took the lock.
    Locked,
    /// A worker gave the lock back.
    LockReleased,
    /// A result was handed in.
    Delivered,
    /// The seller said that the work failed.
    Failed,
    /// The seller named a block that sends money back.
    RefundSubmitted,
    /// The relay decided about that block.
    RefundJudged,
    /// A deadline passed.
    Expired,
}

names!(Actor: Buyer = "buyer", Seller = "seller", Relay = "relay");
names!(Event:
    Requested = "requested", Quoted = "quoted", Accepted = "accepted", Declined = "declined", Cancelled = "cancelled",
    PaymentSubmitted = "payment_submitted", PaymentJudged = "payment_judged", Locked = "locked",
    LockReleased = "lock_released", Delivered = "delivered", Failed = "failed", RefundSubmitted = "refund_submitted",
    RefundJudged = "refund_judged", Expired = "expired",
);
