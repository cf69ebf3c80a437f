//! What the queue of payment checks carries.

use nanoark_domain::id::JobId;
use nanoark_nano::BlockHash;
use serde::{Deserialize, Serialize};

/// A block that is to be looked at on the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCheck {
    /// The job it was named for.
    pub job_id: JobId,
    /// What it is said to do.
    pub purpose: CheckPurpose,
    /// The block.
    pub block_hash: BlockHash,
    /// How often it was looked at before.
    pub attempt: u32,
}

/// What a block is said to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckPurpose {
    /// To pay the job.
    Payment,
    /// To send its money back.
    Refund,
}
