//! What a worker remembers of a job: all that it could not read again from the relay or the ledger.

use std::fmt;

use nanoark_domain::job::{Fence, Status};
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::Timestamp;
use nanoark_nano::{Account, BlockHash, RawAmount};
use serde::{Deserialize, Serialize};
use zeroize::ZeroizeOnDrop;

/// What a worker remembers of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    /// The last quote that was made, whether or not the relay got it.
    pub quote: Option<QuoteDraft>,
    /// Where the buyer wanted refunds when the job was first seen; a relay that names another later is not believed.
    pub refund_to: Option<RefundTo>,
    /// The lock.
    pub lock: LockRecord,
    /// What the worker's own nodes say about the payment.
    pub payment: PaymentRecord,
    /// The tool.
    pub run: RunRecord,
    /// How the job ended, once that was seen.
    pub settled: Option<Settled>,
    /// The receiving of the money.
    pub pocketed: Pocketed,
    /// What was sent back, oldest first. The place in the list is part of the block's purpose.
    pub refunds: Vec<RefundRecord>,
    /// When to look again at a refund that could not be made.
    pub refund_look_at: Option<Timestamp>,
}

/// A quote as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteDraft {
    /// Counts the quotes made for this job, from 1.
    pub attempt: u32,
    /// The price.
    pub amount: RawAmount,
    /// Where to pay.
    pub invoice: Account,
    /// Until when it stands.
    pub expires_at: Timestamp,
}

/// Where the buyer wants money back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundTo {
    /// To this account.
    Account(Account),
    /// To whoever paid.
    Payer,
}

/// How far the worker is with the lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockRecord {
    /// Never asked for.
    #[default]
    Never,
    /// Asked for with this attempt's key; the answer is not known. The same key finds out.
    Asked {
        /// Counts the intentions to lock, from 1.
        attempt: u32,
        /// Whether it was asked for on the worker's own word.
        own_word: bool,
    },
    /// Asked for and refused: it is not ours, and the attempt's key is still free.
    Refused {
        /// The attempt.
        attempt: u32,
    },
    /// Ours, as far as is known.
    Held(HeldLock),
    /// Given back, or lost to another worker.
    Gone {
        /// The attempt that had it.
        attempt: u32,
    },
}

/// A lock that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldLock {
    /// The attempt that got it.
    pub attempt: u32,
    /// Its secret.
    pub token: Token,
    /// Its fencing number.
    pub fence: Fence,
    /// When the relay gave it.
    pub locked_at: Timestamp,
    /// Until when nobody else can take it, as it was last told.
    pub lease_expires_at: Timestamp,
}

/// A lock's secret. Does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// The secret that the relay gave.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// Its text, for the relay only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// What the worker's own nodes say about the payment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentRecord {
    /// Not looked at.
    #[default]
    Unknown,
    /// Looked at; the price has not arrived, or cannot be proved to have.
    Open {
        /// How often.
        looks: u32,
        /// When to look again.
        look_at: Timestamp,
        /// What the relay said then. When it says something else, there is reason to look at once.
        relay_said: PaymentStatus,
    },
    /// The price arrived and is final.
    Verified {
        /// When that was seen first.
        at: Timestamp,
    },
}

/// How far the tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunRecord {
    /// Not running. It may have run before.
    Idle {
        /// How often it was started.
        started: u32,
        /// How often it failed.
        failed: u32,
    },
    /// Started, and no end of it is known.
    UnderWay {
        /// How often it was started, this time included.
        started: u32,
        /// How often it failed.
        failed: u32,
    },
    /// Its outcome is recorded. Nothing runs it again.
    Finished,
}

impl Default for RunRecord {
    fn default() -> Self {
        Self::Idle { started: 0, failed: 0 }
    }
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Its last status.
    pub status: Status,
    /// Whether the outcome is this worker's.
    pub ours: bool,
}

/// The receiving of the money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pocketed {
    /// Nothing was received.
    #[default]
    Nothing,
    /// It was tried, and nothing was there to receive.
    Tried {
        /// How often.
        times: u32,
        /// When to try again.
        again_at: Timestamp,
    },
    /// Everything was received when the relay knew so many payments.
    Everything {
        /// So many.
        receipts: usize,
    },
}

/// Money that is sent back: written down before it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRecord {
    /// How much.
    pub amount: RawAmount,
    /// Where to.
    pub to: Account,
    /// The block, once it is signed and published.
    pub hash: Option<BlockHash>,
    /// How often the relay was told of it.
    pub named: u32,
}

impl JobRecord {
    /// What all refunds on record come to, sent or not.
    #[must_use]
    pub fn refunded(&self) -> RawAmount {
        self.refunds.iter().fold(RawAmount::ZERO, |sum, refund| {
            sum.checked_add(refund.amount).unwrap_or(RawAmount::MAX)
        })
    }

    /// The lock that is ours, as far as is known.
    #[must_use]
    pub const fn held(&self) -> Option<&HeldLock> {
        match &self.lock {
            LockRecord::Held(held) => Some(held),
            LockRecord::Never | LockRecord::Asked { .. } | LockRecord::Refused { .. } | LockRecord::Gone { .. } => None,
        }
    }
}

impl LockRecord {
    /// The attempt to ask with: an unanswered one again, else a new one.
    #[must_use]
    pub const fn next_attempt(&self) -> u32 {
        match self {
            Self::Never => 1,
            Self::Asked { attempt, .. } | Self::Refused { attempt } => *attempt,
            Self::Held(HeldLock { attempt, .. }) | Self::Gone { attempt } => attempt.saturating_add(1),
        }
    }
}
