//! Bodies about money.

use nanoark_domain::id::JobId;
use nanoark_domain::payment::{
    Money, OwedReason, Payment, PaymentStatus, Receipt, RefundFinding, RefundState, RejectReason,
};
use nanoark_domain::time::Timestamp;
use nanoark_nano::{Account, BlockHash, RawAmount};
use serde::{Deserialize, Serialize};

/// `POST /v1/jobs/{job_id}/payment` and `/refund`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameBlock {
    /// The send block: 64 hex digits in either case.
    pub block_hash: BlockHash,
}

/// The answer to `POST /v1/jobs/{job_id}/payment`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentNamed {
    /// The job.
    pub job_id: JobId,
    /// The block, which belongs to this job for ever.
    pub payment_hash: BlockHash,
    /// `submitted`: the relay is looking at the ledger.
    pub payment_status: PaymentStatus,
    /// When it was named.
    pub updated_at: Timestamp,
}

/// The answer to `POST /v1/jobs/{job_id}/refund`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundNamed {
    /// The job.
    pub job_id: JobId,
    /// The block.
    pub refund_hash: BlockHash,
    /// `submitted`: the relay is looking at the ledger.
    pub refund_status: RefundStatus,
    /// When it was named.
    pub updated_at: Timestamp,
}

/// What is known of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentView {
    /// In a word.
    pub status: PaymentStatus,
    /// Why it pays nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RejectReason>,
    /// The block that was named or found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_hash: Option<BlockHash>,
    /// When it was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
    /// When the relay first found it unconfirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen_at: Option<Timestamp>,
    /// When the relay decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
    /// Every confirmed send to the invoice account, with its payer read from the ledger.
    pub receipts: Vec<Receipt>,
}

/// What is owed back, and what was sent back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundsView {
    /// What the seller still owes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owed: Option<OwedView>,
    /// What the seller says it sent.
    pub sent: Vec<RefundView>,
}

/// Money that the seller owes to the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedView {
    /// How much, in raw.
    pub amount_raw: RawAmount,
    /// Where to.
    pub to: Account,
    /// Why.
    pub reason: OwedReason,
}

/// A block that the seller says sends money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundView {
    /// The block.
    pub block_hash: BlockHash,
    /// What the relay found.
    pub status: RefundStatus,
    /// How much arrived, in raw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_raw: Option<RawAmount>,
    /// When it was named.
    pub submitted_at: Timestamp,
    /// When the relay decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
}

/// What the relay found about a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// Not decided yet.
    Submitted,
    /// It arrived where it is owed.
    Confirmed,
    /// It goes somewhere else.
    WrongAccount,
    /// It is no send, or was never found.
    Rejected,
}

impl From<&Money> for PaymentView {
    fn from(money: &Money) -> Self {
        let (mut submitted, mut first_seen, mut decided, mut reason) = (None, None, None, None);
        match &money.payment {
            Payment::None => {}
            Payment::Submitted {
                submitted_at,
                first_seen_at,
                ..
            } => {
                submitted = Some(*submitted_at);
                first_seen = *first_seen_at;
            }
            Payment::Judged {
                finding, decided_at, ..
            } => {
                decided = Some(*decided_at);
                reason = finding.reason();
            }
        }
        Self {
            status: money.payment.status(),
            reason,
            block_hash: money.payment.hash(),
            submitted_at: submitted,
            first_seen_at: first_seen,
            decided_at: decided,
            receipts: money.receipts.clone(),
        }
    }
}

impl RefundView {
    /// The refunds of a job.
    #[must_use]
    pub fn all(money: &Money) -> Vec<Self> {
        let view = |(hash, refund): (&BlockHash, &nanoark_domain::payment::Refund)| {
            let (status, amount_raw, decided_at) = match refund.state {
                RefundState::Submitted => (RefundStatus::Submitted, None, None),
                RefundState::Judged { finding, decided_at } => match finding {
                    RefundFinding::Confirmed { amount, .. } => {
                        (RefundStatus::Confirmed, Some(amount), Some(decided_at))
                    }
                    RefundFinding::WrongAccount => (RefundStatus::WrongAccount, None, Some(decided_at)),
                    RefundFinding::Rejected => (RefundStatus::Rejected, None, Some(decided_at)),
                },
            };
            Self {
                block_hash: *hash,
                status,
                amount_raw,
                submitted_at: refund.submitted_at,
                decided_at,
            }
        };
        money.refunds.iter().map(view).collect()
    }
}
