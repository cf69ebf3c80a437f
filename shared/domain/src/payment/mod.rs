//! Money: what was paid for a job and what was sent back. Its order is its own, apart from the order of work.

mod judge;
mod recheck;
mod refund;

use std::collections::BTreeMap;

use nanoark_nano::{Account, BlockHash, RawAmount};
use serde::{Deserialize, Serialize};

pub use judge::{InvoiceTerms, Judgement, Observed, Sighting, judge};
pub use recheck::{next_check_delay, next_watch};
pub use refund::{Owed, OwedReason, Refund, RefundFinding, RefundState, judge_refund, owed};

use crate::names::names;
use crate::time::Timestamp;

/// Everything the relay knows about a job's money.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Money {
    /// What the buyer claimed and what the relay found.
    pub payment: Payment,
    /// Every confirmed send to the invoice account, in the order the relay saw them.
    pub receipts: Vec<Receipt>,
    /// Every block that the seller said sends money back.
    pub refunds: BTreeMap<BlockHash, Refund>,
    /// Counts changes of this record, so that a verdict over an older state is refused.
    pub revision: u64,
}

/// The payment of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Payment {
    /// The relay knows of none.
    #[default]
    None,
    /// A block was named for this job, for ever; it is not decided yet.
    Submitted {
        /// The block.
        hash: BlockHash,
        /// When it was named.
        submitted_at: Timestamp,
        /// When the relay first found it on the ledger, confirmed or not.
        first_seen_at: Option<Timestamp>,
    },
    /// The relay decided.
    Judged {
        /// The block that was named, or that was found on the invoice account.
        hash: BlockHash,
        /// What the relay found.
        finding: Finding,
        /// When.
        decided_at: Timestamp,
    },
}

/// A confirmed send to a job's invoice account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The send block.
    pub hash: BlockHash,
    /// The account that paid, read from the ledger.
    pub payer: Account,
    /// What arrived, in raw.
    #[serde(rename = "amount_raw")]
    pub amount: RawAmount,
    /// The earliest time it is known to have existed.
    pub seen_at: Timestamp,
    /// Whether that was in time.
    pub in_time: bool,
}

/// What the relay found about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "status", content = "reason", rename_all = "snake_case")]
pub enum Finding {
    /// Exactly the price arrived in time.
    Confirmed,
    /// Less than the price arrived. More sends to the same account complete it while there is time.
    Short,
    /// More than the price arrived in time, in the sends it took to reach it.
    Over,
    /// The price arrived, but only after its time.
    Late,
    /// The price arrived, and then more was sent.
    Duplicate,
    /// The block sends to another account.
    WrongAccount,
    /// The block pays nothing.
    Rejected(RejectReason),
}

/// Why a block pays nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// No node ever found it.
    NotFound,
    /// The nodes found it and never confirmed it.
    NeverConfirmed,
    /// It receives, opens, changes a representative or upgrades: it is no send.
    NotSend,
    /// It is a legacy block, from before state blocks.
    LegacyBlock,
    /// It sends from the invoice account itself.
    SelfPaid,
    /// It existed before the quote.
    PredatesQuote,
}

/// The name of a [`Payment`]'s state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// [`Payment::None`].
    None,
    /// [`Payment::Submitted`].
    Submitted,
    /// [`Finding::Confirmed`].
    Confirmed,
    /// [`Finding::Short`].
    Short,
    /// [`Finding::Over`].
    Over,
    /// [`Finding::Late`].
    Late,
    /// [`Finding::Duplicate`].
    Duplicate,
    /// [`Finding::WrongAccount`].
    WrongAccount,
    /// [`Finding::Rejected`].
    Rejected,
}

names!(PaymentStatus:
    None = "none", Submitted = "submitted", Confirmed = "confirmed", Short = "short", Over = "over", Late = "late",
    Duplicate = "duplicate", WrongAccount = "wrong_account", Rejected = "rejected",
);
names!(RejectReason:
    NotFound = "not_found", NeverConfirmed = "never_confirmed", NotSend = "not_send", LegacyBlock = "legacy_block",
    SelfPaid = "self_paid", PredatesQuote = "predates_quote",
);

impl PaymentStatus {
    /// The price arrived in time: work may begin.
    pub const PAID: &'static [Self] = &[Self::Confirmed, Self::Over, Self::Duplicate];
    /// The price did not arrive in time, as far as is known: the buyer may name a block, or another one.
    pub const UNPAID: &'static [Self] = &[Self::None, Self::Short, Self::Late, Self::WrongAccount, Self::Rejected];
}

impl Payment {
    /// The state's name.
    #[must_use]
    pub const fn status(&self) -> PaymentStatus {
        match self {
            Self::None => PaymentStatus::None,
            Self::Submitted { .. } => PaymentStatus::Submitted,
            Self::Judged { finding, .. } => finding.status(),
        }
    }

    /// The block that was named or found.
    #[must_use]
    pub const fn hash(&self) -> Option<BlockHash> {
        match self {
            Self::None => None,
            Self::Submitted { hash, .. } | Self::Judged { hash, .. } => Some(*hash),
        }
    }
}

impl Finding {
    /// The finding's name.
    #[must_use]
    pub const fn status(self) -> PaymentStatus {
        match self {
            Self::Confirmed => PaymentStatus::Confirmed,
            Self::Short => PaymentStatus::Short,
            Self::Over => PaymentStatus::Over,
            Self::Late => PaymentStatus::Late,
            Self::Duplicate => PaymentStatus::Duplicate,
            Self::WrongAccount => PaymentStatus::WrongAccount,
            Self::Rejected(_) => PaymentStatus::Rejected,
        }
    }

    /// Why the block pays nothing, where it is rejected.
    #[must_use]
    pub const fn reason(self) -> Option<RejectReason> {
        match self {
            Self::Rejected(reason) => Some(reason),
            Self::Confirmed | Self::Short | Self::Over | Self::Late | Self::Duplicate | Self::WrongAccount => None,
        }
    }
}

impl Money {
    /// What arrived in all; an impossible overflow counts as everything there is.
    #[must_use]
    pub fn received(&self) -> RawAmount {
        total(&self.receipts)
    }

    /// What was sent back and confirmed.
    #[must_use]
    pub fn refunded(&self) -> RawAmount {
        self.refunds
            .values()
            .fold(RawAmount::ZERO, |sum, refund| match refund.state {
                RefundState::Judged {
                    finding: RefundFinding::Confirmed { amount, .. },
                    ..
                } => sum.checked_add(amount).unwrap_or(RawAmount::from_raw(u128::MAX)),
                RefundState::Judged { .. } | RefundState::Submitted => sum,
            })
    }
}

fn total(receipts: &[Receipt]) -> RawAmount {
    receipts.iter().fold(RawAmount::ZERO, |sum, receipt| {
        sum.checked_add(receipt.amount)
            .unwrap_or(RawAmount::from_raw(u128::MAX))
    })
}
