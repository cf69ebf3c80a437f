//! How far a purchase is, and how it ends.

use nanoark_domain::job::ExpiryReason;
use nanoark_nano::{BlockHash, RawAmount};
use serde::{Deserialize, Serialize};

use super::purchase::{Payment, SentPayment, Terms};

/// How far a purchase is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Progress {
    /// The money is set aside. Nobody else knows of it.
    Reserved,
    /// The request is on its way, or was.
    Requesting,
    /// The relay has the job; the seller is to quote.
    Requested,
    /// The quote is good; its acceptance is on its way, or was.
    Agreed {
        /// What was quoted.
        terms: Terms,
    },
    /// The relay has the acceptance.
    Accepted {
        /// What was quoted.
        terms: Terms,
    },
    /// The wallet is asked to send. Whether it has signed, it alone knows.
    Paying {
        /// What was quoted.
        terms: Terms,
        /// What it is asked for.
        payment: Payment,
        /// What was sent before.
        sent: Vec<SentPayment>,
    },
    /// The block is signed and stored in the wallet; the relay is to be told of the last one.
    Paid {
        /// What was quoted.
        terms: Terms,
        /// What was sent; never empty.
        sent: Vec<SentPayment>,
    },
    /// The relay knows the block.
    Named {
        /// What was quoted.
        terms: Terms,
        /// What was sent; never empty.
        sent: Vec<SentPayment>,
    },
    /// Nothing is signed and nothing will be; the job is to be cancelled.
    Withdrawing {
        /// Why.
        why: Withdrawal,
        /// What was quoted, if a quote was agreed to.
        terms: Option<Terms>,
    },
    /// The work is over and money is to come back.
    Refunding {
        /// How the work ended.
        outcome: Outcome,
        /// What was quoted.
        terms: Terms,
        /// What was sent; never empty.
        sent: Vec<SentPayment>,
        /// How much is to come back, in raw.
        expected: RawAmount,
    },
    /// It is over.
    Ended {
        /// How the work ended.
        outcome: Outcome,
        /// What was quoted, if a quote was agreed to.
        terms: Option<Terms>,
        /// What was sent.
        sent: Vec<SentPayment>,
        /// What verifiably came back, in raw.
        returned: RawAmount,
    },
}

/// How the work of a purchase ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// There is a result.
    Delivered {
        /// What the seller's receipt is worth.
        receipt: Proof,
    },
    /// The seller says that it failed.
    Failed {
        /// What the seller's receipt is worth.
        receipt: Proof,
    },
    /// The seller would not quote.
    Declined,
    /// The buyer cancelled it after it had paid.
    Cancelled,
    /// A deadline passed.
    Expired {
        /// Which one, where the relay says.
        reason: Option<ExpiryReason>,
    },
    /// The buyer withdrew before it paid anything.
    Withdrawn {
        /// Why.
        why: Withdrawal,
    },
    /// The relay would not take the request.
    Refused {
        /// The problem's code.
        code: String,
        /// The problem in words.
        detail: String,
    },
}

/// What a signed receipt is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "proof", rename_all = "snake_case")]
pub enum Proof {
    /// The seller signed for this very job, input, payment and result.
    Good,
    /// It did not.
    Bad {
        /// What is wrong.
        why: String,
    },
}

/// Why a purchase is given up before anything was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Withdrawal {
    /// The quote is not what was asked for.
    Quote {
        /// The fault's stable name.
        code: String,
        /// The fault in words.
        detail: String,
    },
    /// The policy does not allow it any more.
    Policy {
        /// The refusal's stable name.
        code: String,
        /// The refusal in words.
        detail: String,
    },
    /// A payment might not be confirmed before the quote expires.
    NoTimeToPay,
    /// Somebody else has sent money to the invoice account.
    StrayMoney,
    /// The owner asked for it.
    Asked {
        /// Why.
        reason: Option<String>,
    },
}

impl Progress {
    /// The wallet signed this block for the payment, after what was sent before.
    pub(super) fn signed(terms: &Terms, payment: Payment, before: &[SentPayment], block: BlockHash) -> Self {
        let mut sent = before.to_vec();
        sent.push(SentPayment {
            payment,
            block,
            confirmed: false,
        });
        Self::Paid { terms: *terms, sent }
    }

    /// Whether the work is over, whatever may still come back.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        match self {
            Self::Refunding { .. } | Self::Ended { .. } => true,
            Self::Reserved
            | Self::Requesting
            | Self::Requested
            | Self::Agreed { .. }
            | Self::Accepted { .. }
            | Self::Paying { .. }
            | Self::Paid { .. }
            | Self::Named { .. }
            | Self::Withdrawing { .. } => false,
        }
    }

    /// The step's stable name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Requesting => "requesting",
            Self::Requested => "requested",
            Self::Agreed { .. } => "agreed",
            Self::Accepted { .. } => "accepted",
            Self::Paying { .. } => "paying",
            Self::Paid { .. } => "paid",
            Self::Named { .. } => "named",
            Self::Withdrawing { .. } => "withdrawing",
            Self::Refunding { .. } => "refunding",
            Self::Ended { .. } => "ended",
        }
    }

    /// What was agreed to, if anything.
    #[must_use]
    pub const fn terms(&self) -> Option<&Terms> {
        match self {
            Self::Agreed { terms }
            | Self::Accepted { terms }
            | Self::Paying { terms, .. }
            | Self::Paid { terms, .. }
            | Self::Named { terms, .. }
            | Self::Refunding { terms, .. } => Some(terms),
            Self::Withdrawing { terms, .. } | Self::Ended { terms, .. } => terms.as_ref(),
            Self::Reserved | Self::Requesting | Self::Requested => None,
        }
    }

    /// What was sent.
    #[must_use]
    pub fn sent(&self) -> &[SentPayment] {
        match self {
            Self::Paying { sent, .. }
            | Self::Paid { sent, .. }
            | Self::Named { sent, .. }
            | Self::Refunding { sent, .. }
            | Self::Ended { sent, .. } => sent,
            Self::Reserved
            | Self::Requesting
            | Self::Requested
            | Self::Agreed { .. }
            | Self::Accepted { .. }
            | Self::Withdrawing { .. } => &[],
        }
    }

    /// How the work ended, if it did.
    #[must_use]
    pub const fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Refunding { outcome, .. } | Self::Ended { outcome, .. } => Some(outcome),
            Self::Reserved
            | Self::Requesting
            | Self::Requested
            | Self::Agreed { .. }
            | Self::Accepted { .. }
            | Self::Paying { .. }
            | Self::Paid { .. }
            | Self::Named { .. }
            | Self::Withdrawing { .. } => None,
        }
    }
}
