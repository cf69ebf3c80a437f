//! Why something may not be done to a job.

use nanoark_nano::RawAmount;

use super::{Party, Status};
use crate::payment::PaymentStatus;
use crate::time::{Seconds, Timestamp};

/// Why something may not be done to a job, with what the caller needs to recover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no such job, or the caller is a stranger to it: the two look alike from outside.
    #[error("there is no such job, or you are no party to it")]
    NotFound,
    /// The relay alone does this, or a party alone.
    #[error("this is not for the caller to do")]
    NotForCaller,
    /// Only the other side may do this.
    #[error("only the {needed} may do this")]
    WrongParty {
        /// The side that may.
        needed: Party,
    },
    /// The work is elsewhere.
    #[error("the job is {status}")]
    WrongStatus {
        /// Where it is.
        status: Status,
    },
    /// What was signed or named is not what the job holds.
    #[error("{what} is not the job's")]
    Mismatch {
        /// What differs.
        what: Mismatch,
    },
    /// The offer's price is fixed, and this is another.
    #[error("the offer's price is fixed at {fixed} raw")]
    PriceIsFixed {
        /// The only price that may be quoted.
        fixed: RawAmount,
    },
    /// The seller promised that quotes stand longer.
    #[error("the offer promises that quotes stand at least {} seconds", least.0)]
    StandsTooShort {
        /// The promised time.
        least: Seconds,
    },
    /// The invoice account is the buyer's own.
    #[error("the invoice account is the one where the buyer wants refunds: nobody pays himself")]
    InvoiceIsRefundAccount,
    /// The deadline of this stage has passed.
    #[error("the {status} job's time ended at {ended_at}")]
    TooLate {
        /// The stage.
        status: Status,
        /// Its end.
        ended_at: Timestamp,
    },
    /// A block was named already, and it may still pay.
    #[error("a payment was named already and is {status}")]
    PaymentExists {
        /// What is known of it.
        status: PaymentStatus,
    },
    /// The relay has not confirmed the price.
    #[error("the payment is {status}, not confirmed")]
    PaymentNotConfirmed {
        /// What is known of it.
        status: PaymentStatus,
    },
    /// Another worker works.
    #[error("another worker holds the lock until {lease_expires_at}")]
    Locked {
        /// Until when.
        lease_expires_at: Timestamp,
    },
    /// Another worker took the lock since, or the token never was the job's.
    #[error("this token does not hold the job's lock")]
    LockLost,
    /// The relay's clock has not passed the job's last fencing number.
    #[error("the job was locked in this very millisecond")]
    LockedJustNow,
    /// The job's history is full.
    #[error("the job's history is full")]
    HistoryFull,
    /// Nothing was quoted, so nothing can have been paid.
    #[error("nothing was quoted")]
    NoQuote,
    /// This block is recorded already.
    #[error("this refund is recorded already")]
    RefundExists,
    /// No more refunds fit.
    #[error("no more refunds can be recorded")]
    TooManyRefunds,
    /// Another check of this payment finished first.
    #[error("the job's money changed while it was looked at")]
    Superseded,
    /// The stage's deadline has not come.
    #[error("the job is not due")]
    NotDue,
}

/// What of a job a caller named or signed wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mismatch {
    /// Its offer.
    Offer,
    /// Its buyer.
    Buyer,
    /// The digest of its input.
    InputHash,
    /// Its turnaround.
    Turnaround,
    /// The block that pays it.
    PaymentHash,
}

crate::names::names!(Mismatch:
    Offer = "offer_id", Buyer = "buyer", InputHash = "input_hash", Turnaround = "turnaround_seconds",
    PaymentHash = "payment_hash",
);
