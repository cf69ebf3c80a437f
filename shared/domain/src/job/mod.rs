//! Jobs: one piece of work between one buyer and one seller.
//!
//! ```text
//! requested → quoted → accepted → running → delivered | failed          cancelled, declined, expired
//! ```
//!
//! The order of work ([`Stage`]) and the order of money ([`Money`]) are separate facts: money that arrives is never
//! forgotten because a deadline passed.

mod command;
mod deadline;
mod delivery;
mod guard;
mod history;
mod lock;
mod quote;
mod rejection;
mod summary;
#[cfg(test)]
pub(crate) mod tests;
mod transition;

use nanoark_nano::{Account, BlockHash, RawAmount};
use serde::{Deserialize, Serialize};

pub use command::{Caller, Command, JobRequest, Order};
pub use deadline::overdue;
pub use delivery::{Delivery, Outcome, ReceiptSubject};
pub use guard::{Guard, PaymentPurpose};
pub use history::{Actor, Event, HistoryEntry};
pub use lock::{Fence, InvalidLockToken, Lock, LockToken};
pub use quote::{Quote, QuoteFault, QuoteSubject};
pub use rejection::{Mismatch, Rejection};
pub use summary::JobSummary;

use crate::bot::BotId;
use crate::digest::Sha256Digest;
use crate::id::{JobId, OfferId};
use crate::names::names;
use crate::payment::Money;
use crate::time::{Seconds, Timestamp};

/// A job as it is stored, without its payloads.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// The offer it was requested under.
    pub offer_id: OfferId,
    /// Who pays.
    pub buyer: BotId,
    /// Who works.
    pub seller: BotId,
    /// The digest of the input.
    pub input_hash: Sha256Digest,
    /// What the offer promised.
    pub promise: Promise,
    /// Where the buyer wants money back, if it said so; otherwise it goes back to the payer.
    pub refund_account: Option<Account>,
    /// How far the work is.
    pub stage: Stage,
    /// What was paid and sent back.
    pub money: Money,
    /// The last fencing number given out; zero when the job was never locked.
    pub fence: Fence,
    /// When the relay ends this stage if nothing happens; `None` once the work is over.
    pub due_at: Option<Timestamp>,
    /// When the relay next looks at the invoice account; `None` when there is none, or it is watched no more.
    pub watch_at: Option<Timestamp>,
    /// What happened, oldest first.
    pub history: Vec<HistoryEntry>,
    /// Counts changes that a party can see, from 1.
    pub version: u64,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it last changed so that a party can see it.
    pub updated_at: Timestamp,
}

/// What the offer promised about price and time when the job was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// The only price that may be quoted, if the offer had a fixed one.
    pub fixed_amount: Option<RawAmount>,
    /// The least time a quote must stand, if the seller promised one.
    pub quote_lifetime: Option<Seconds>,
    /// The time from confirmed payment to result.
    pub turnaround: Seconds,
}

/// How far the work is, with what is known in that state and no other.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// The seller is asked for a price, until `quote_by`.
    Requested {
        /// When the request expires.
        quote_by: Timestamp,
    },
    /// The seller named its price; the buyer decides until the quote expires.
    Quoted {
        /// The price.
        quote: Quote,
    },
    /// The buyer agreed and pays.
    Accepted {
        /// What was agreed.
        quote: Quote,
    },
    /// A worker of the seller holds the lock.
    Running {
        /// What was agreed.
        quote: Quote,
        /// Who works, and until when nobody else may.
        lock: Lock,
    },
    /// The seller handed in a result, or said that it failed.
    Finished {
        /// What was agreed.
        quote: Quote,
        /// What was handed in.
        delivery: Delivery,
    },
    /// The buyer withdrew before work began.
    Cancelled {
        /// What had been quoted, if anything.
        quote: Option<Quote>,
        /// Why.
        reason: Option<String>,
    },
    /// The seller would not quote.
    Declined {
        /// Why.
        reason: Option<String>,
    },
    /// A deadline passed.
    Expired {
        /// What had been quoted, if anything.
        quote: Option<Quote>,
        /// Which deadline.
        reason: ExpiryReason,
    },
}

/// The name of a [`Stage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// [`Stage::Requested`].
    Requested,
    /// [`Stage::Quoted`].
    Quoted,
    /// [`Stage::Accepted`].
    Accepted,
    /// [`Stage::Running`].
    Running,
    /// [`Stage::Finished`] with a result.
    Delivered,
    /// [`Stage::Finished`] without one.
    Failed,
    /// [`Stage::Cancelled`].
    Cancelled,
    /// [`Stage::Declined`].
    Declined,
    /// [`Stage::Expired`].
    Expired,
}

/// Which deadline ended a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryReason {
    /// The seller did not quote in time.
    NotQuoted,
    /// The buyer did not accept in time.
    NotAccepted,
    /// The buyer did not pay in time, or not enough.
    NotPaid,
    /// The nodes never agreed whether the buyer paid.
    PaymentUndecided,
    /// The seller was paid and did not begin in time.
    NotStarted,
    /// The seller began and did not deliver in time.
    NotDelivered,
}

/// A side of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Who pays.
    Buyer,
    /// Who works.
    Seller,
}

impl Job {
    /// The name of the stage.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.stage.status()
    }

    /// Which side `bot` is on; `None` for a stranger.
    #[must_use]
    pub fn party(&self, bot: &BotId) -> Option<Party> {
        if self.buyer == *bot {
            Some(Party::Buyer)
        } else if self.seller == *bot {
            Some(Party::Seller)
        } else {
            None
        }
    }

    /// What the seller's signature on a quote covers besides the quote.
    #[must_use]
    pub const fn quote_subject(&self) -> QuoteSubject {
        QuoteSubject {
            job_id: self.id,
            offer_id: self.offer_id,
            buyer: self.buyer,
            seller: self.seller,
            input_hash: self.input_hash,
            turnaround: self.promise.turnaround,
        }
    }

    /// What the seller's signature on a receipt covers besides the outcome.
    #[must_use]
    pub const fn receipt_subject(&self, delivery: &Delivery) -> ReceiptSubject {
        ReceiptSubject {
            job_id: self.id,
            buyer: self.buyer,
            seller: self.seller,
            input_hash: self.input_hash,
            payment_hash: delivery.payment_hash,
        }
    }

    /// The block that pays this job, as far as it is known.
    #[must_use]
    pub fn payment_hash(&self) -> Option<BlockHash> {
        self.money.payment.hash()
    }
}

impl Stage {
    /// The stage's name.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Requested { .. } => Status::Requested,
            Self::Quoted { .. } => Status::Quoted,
            Self::Accepted { .. } => Status::Accepted,
            Self::Running { .. } => Status::Running,
            Self::Finished { delivery, .. } => match delivery.outcome {
                Outcome::Delivered { .. } => Status::Delivered,
                Outcome::Failed { .. } => Status::Failed,
            },
            Self::Cancelled { .. } => Status::Cancelled,
            Self::Declined { .. } => Status::Declined,
            Self::Expired { .. } => Status::Expired,
        }
    }

    /// What was quoted, if anything.
    #[must_use]
    pub const fn quote(&self) -> Option<&Quote> {
        match self {
            Self::Quoted { quote }
            | Self::Accepted { quote }
            | Self::Running { quote, .. }
            | Self::Finished { quote, .. } => Some(quote),
            Self::Cancelled { quote, .. } | Self::Expired { quote, .. } => quote.as_ref(),
            Self::Requested { .. } | Self::Declined { .. } => None,
        }
    }
}

impl Status {
    /// Whether the work can still go on.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Requested | Self::Quoted | Self::Accepted | Self::Running => true,
            Self::Delivered | Self::Failed | Self::Cancelled | Self::Declined | Self::Expired => false,
        }
    }

    /// This status as a list of one.
    #[must_use]
    pub const fn alone(self) -> &'static [Self] {
        match self {
            Self::Requested => &[Self::Requested],
            Self::Quoted => &[Self::Quoted],
            Self::Accepted => &[Self::Accepted],
            Self::Running => &[Self::Running],
            Self::Delivered => &[Self::Delivered],
            Self::Failed => &[Self::Failed],
            Self::Cancelled => &[Self::Cancelled],
            Self::Declined => &[Self::Declined],
            Self::Expired => &[Self::Expired],
        }
    }
}

names!(Status:
    Requested = "requested", Quoted = "quoted", Accepted = "accepted", Running = "running", Delivered = "delivered",
    Failed = "failed", Cancelled = "cancelled", Declined = "declined", Expired = "expired",
);
names!(ExpiryReason:
    NotQuoted = "not_quoted", NotAccepted = "not_accepted", NotPaid = "not_paid",
    PaymentUndecided = "payment_undecided", NotStarted = "not_started", NotDelivered = "not_delivered",
);
names!(Party: Buyer = "buyer", Seller = "seller");
