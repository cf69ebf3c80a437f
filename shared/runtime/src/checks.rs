//! The queue of payment checks.

use nanoark_domain::id::JobId;
use nanoark_domain::time::Seconds;
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

/// The sending end of the queue.
#[derive(Debug, Clone)]
pub struct PaymentChecks {
    client: aws_sdk_sqs::Client,
    queue_url: String,
}

/// The queue did not take a message.
#[derive(Debug, thiserror::Error)]
#[error("SQS did not take the check: {0}")]
pub struct NotQueued(String);

impl PaymentChecks {
    /// The queue at this address.
    #[must_use]
    pub const fn new(client: aws_sdk_sqs::Client, queue_url: String) -> Self {
        Self { client, queue_url }
    }

    /// Sends a check that becomes visible after `delay` (at most 900 s).
    ///
    /// # Errors
    /// When the queue does not take it.
    pub async fn send(&self, check: &PaymentCheck, delay: Seconds) -> Result<(), NotQueued> {
        let body = serde_json::to_string(check).map_err(|error| NotQueued(error.to_string()))?;
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body)
            .delay_seconds(i32::try_from(delay.0.min(900)).unwrap_or(900))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| NotQueued(aws_sdk_sqs::error::DisplayErrorContext(error).to_string()))
    }

    /// Whether the queue can be reached.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ready(&self) -> Result<(), NotQueued> {
        self.client
            .get_queue_attributes()
            .queue_url(&self.queue_url)
            .attribute_names(aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| NotQueued(aws_sdk_sqs::error::DisplayErrorContext(error).to_string()))
    }
}
