//! A job in a few words.

use serde::{Deserialize, Serialize};

use super::Status;
use crate::bot::BotId;
use crate::id::{JobId, OfferId};
use crate::payment::PaymentStatus;
use crate::time::Timestamp;

/// What a list says of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSummary {
    /// Its name.
    pub job_id: JobId,
    /// The offer it was requested under.
    pub offer_id: OfferId,
    /// Who pays.
    pub buyer: BotId,
    /// Who works.
    pub seller: BotId,
    /// How far the work is.
    pub status: Status,
    /// What is known of the payment.
    pub payment_status: PaymentStatus,
    /// Counts changes.
    pub version: u64,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
