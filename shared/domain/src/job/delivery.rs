//! What a seller hands in, and the receipt it signs for it.

use nanoark_nano::BlockHash;

use super::{JobId, Status};
use crate::bot::BotId;
use crate::digest::Sha256Digest;
use crate::statement::{Statement, StatementSignature};
use crate::time::Timestamp;

/// The end of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// How it ended.
    pub outcome: Outcome,
    /// The block that paid as the receipt names it; it stays even if more money is found later.
    pub payment_hash: Option<BlockHash>,
    /// When it was handed in.
    pub at: Timestamp,
    /// The seller's signature over [`Outcome::receipt`].
    pub signature: StatementSignature,
}

/// How work ends: exactly one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// With a result.
    Delivered {
        /// The digest of the result.
        output_hash: Sha256Digest,
    },
    /// Without one.
    Failed {
        /// The digest of the error's text.
        error_hash: Sha256Digest,
    },
}

/// What a receipt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptSubject {
    /// The job.
    pub job_id: JobId,
    /// Who paid.
    pub buyer: BotId,
    /// Who worked.
    pub seller: BotId,
    /// The digest of the input.
    pub input_hash: Sha256Digest,
    /// The block that paid; `None` when the seller began on its own word and the relay knows of none.
    pub payment_hash: Option<BlockHash>,
}

impl Outcome {
    /// What the seller signs: the receipt that anybody can check offline.
    #[must_use]
    pub fn receipt(&self, subject: &ReceiptSubject) -> Statement {
        let payment = subject
            .payment_hash
            .map_or_else(|| "none".to_owned(), |hash| hash.to_string());
        Statement::new("nanoark-receipt-v1")
            .line("job_id", subject.job_id)
            .line("buyer", subject.buyer)
            .line("seller", subject.seller)
            .line("input_hash", subject.input_hash)
            .line("payment_hash", payment)
            .line("outcome", self.status())
            .line("result_hash", self.result_hash())
    }

    /// The job's status that goes with it.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Delivered { .. } => Status::Delivered,
            Self::Failed { .. } => Status::Failed,
        }
    }

    /// The digest of what was handed in: the result, or the error's text.
    #[must_use]
    pub const fn result_hash(&self) -> Sha256Digest {
        match self {
            Self::Delivered { output_hash } => *output_hash,
            Self::Failed { error_hash } => *error_hash,
        }
    }
}
