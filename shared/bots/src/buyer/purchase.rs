//! A purchase: the fixed facts, and how far it is.
//!
//! Every step is written down before it is done, and every name that it needs on the way (the job's id, the keys of the
//! requests, the purposes of the sends) follows from the purchase's key. So a purchase can be killed anywhere and taken
//! up again by anybody who has its state file, its wallet and its bot key.

use std::fmt;
use std::str::FromStr;

use nanoark_client::wire::jobs::OfferAsRead;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::JobId;
use nanoark_domain::payload::Input;
use nanoark_domain::time::Timestamp;
use nanoark_nano::{Account, BlockHash, RawAmount};
use nanoark_wallet::{InvalidPurpose, Purpose};
use serde::{Deserialize, Serialize};

use super::progress::Progress;

/// The name of a purchase: 1 to 64 letters, digits, `-`, `_` or `.`. The caller chooses it, or it is made of 16 random
/// bytes. One bot buys at most one job under one name, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PurchaseKey(String);

/// Why a text is no purchase's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key of a purchase is 1 to 64 letters, digits, '-', '_' or '.'")]
pub struct InvalidPurchaseKey;

/// What is bought. It never changes once it is written down, but that `max` may become less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The offer, as it was read.
    pub offer: OfferAsRead,
    /// Its tags.
    pub tags: Vec<String>,
    /// What to work on.
    pub input: Input,
    /// The most that it may cost, in raw.
    pub max: RawAmount,
    /// Where money is to come back to: an account of the buyer's own.
    pub refund_account: Account,
}

/// A purchase as it is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Purchase {
    /// Its name.
    pub key: PurchaseKey,
    /// Its job, whether or not the relay knows it yet.
    pub job_id: JobId,
    /// What is bought.
    pub order: Order,
    /// How far it is.
    pub progress: Progress,
    /// Counts what was written down.
    pub version: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last went on.
    pub updated_at: Timestamp,
}

/// A quote that passed every check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The price, in raw.
    pub amount: RawAmount,
    /// Where to pay it. No other purchase ever pays there.
    pub invoice: Account,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A send that the wallet is to make. It makes at most one under this job and number, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// 1 for the price; more for what was added to a short payment.
    pub number: u32,
    /// How much, in raw.
    pub amount: RawAmount,
}

/// A send that is signed: from here on the money counts as gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentPayment {
    /// What it is.
    pub payment: Payment,
    /// Its block.
    pub block: BlockHash,
    /// Whether our own nodes have called it final.
    pub confirmed: bool,
}

impl PurchaseKey {
    /// The name made of these bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(hex::encode(bytes))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the idempotency key of a request of this purchase is for; see `Client::key_for`.
    #[must_use]
    pub(super) fn call(&self, call: &str) -> String {
        format!("purchase:{}:{call}", self.0)
    }
}

impl FromStr for PurchaseKey {
    type Err = InvalidPurchaseKey;

    fn from_str(text: &str) -> Result<Self, InvalidPurchaseKey> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if text.is_empty() || text.len() > 64 || !text.bytes().all(fits) {
            return Err(InvalidPurchaseKey);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for PurchaseKey {
    type Error = InvalidPurchaseKey;

    fn try_from(text: String) -> Result<Self, InvalidPurchaseKey> {
        text.parse()
    }
}

impl From<PurchaseKey> for String {
    fn from(key: PurchaseKey) -> Self {
        key.0
    }
}

impl fmt::Display for PurchaseKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Order {
    /// The digest of the input.
    #[must_use]
    pub fn input_hash(&self) -> Sha256Digest {
        self.input.digest()
    }
}

impl Payment {
    /// The wallet's purpose of this send.
    ///
    /// # Errors
    /// None for a job's id, which is short.
    pub fn purpose(&self, job: JobId) -> Result<Purpose, InvalidPurpose> {
        match self.number {
            1 => Purpose::new(format!("payment:{job}")),
            more => Purpose::new(format!("payment:{job}:{more}")),
        }
    }
}

impl Purchase {
    /// What of the budget this purchase takes: what is signed, and what may still be. A pure consequence of order and
    /// progress, so that no way through the purchase can forget it.
    #[must_use]
    pub fn committed(&self) -> RawAmount {
        match &self.progress {
            Progress::Reserved | Progress::Requesting | Progress::Requested => self.order.max,
            Progress::Withdrawing { terms, .. } => terms.map_or(self.order.max, |terms| terms.amount),
            Progress::Agreed { terms } | Progress::Accepted { terms } => terms.amount,
            Progress::Paying { payment, sent, .. } => add(payment.amount, total(sent)),
            Progress::Paid { sent, .. }
            | Progress::Named { sent, .. }
            | Progress::Refunding { sent, .. }
            | Progress::Ended { sent, .. } => total(sent),
        }
    }
}

/// What these sends move in all; an impossible overflow counts as everything there is.
#[must_use]
pub(super) fn total(sent: &[SentPayment]) -> RawAmount {
    sent.iter()
        .fold(RawAmount::ZERO, |sum, one| add(sum, one.payment.amount))
}

/// The sum; an impossible overflow counts as everything there is.
pub(super) fn add(one: RawAmount, other: RawAmount) -> RawAmount {
    one.checked_add(other).unwrap_or(RawAmount::MAX)
}
