//! The sending end of a queue.

use std::marker::PhantomData;

use nanoark_domain::time::Seconds;
use serde::Serialize;

/// A queue that takes messages of one kind.
#[derive(Debug)]
pub struct Queue<M> {
    client: aws_sdk_sqs::Client,
    url: String,
    messages: PhantomData<fn(M)>,
}

impl<M> Clone for Queue<M> {
    fn clone(&self) -> Self {
        Self::new(self.client.clone(), self.url.clone())
    }
}

/// The queue did not take a message.
#[derive(Debug, thiserror::Error)]
#[error("SQS did not take the message: {0}")]
pub struct NotQueued(String);

impl<M> Queue<M> {
    /// The queue at this address.
    #[must_use]
    pub const fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self {
            client,
            url,
            messages: PhantomData,
        }
    }

    /// Whether the queue can be reached.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ready(&self) -> Result<(), NotQueued> {
        self.client
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| NotQueued(aws_sdk_sqs::error::DisplayErrorContext(error).to_string()))
    }
}

impl<M: Serialize> Queue<M> {
    /// Sends a message that becomes visible after `delay` (at most 900 s).
    ///
    /// # Errors
    /// When the queue does not take it.
    pub async fn send(&self, message: &M, delay: Seconds) -> Result<(), NotQueued> {
        let body = serde_json::to_string(message).map_err(|error| NotQueued(error.to_string()))?;
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .delay_seconds(i32::try_from(delay.0.min(900)).unwrap_or(900))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| NotQueued(aws_sdk_sqs::error::DisplayErrorContext(error).to_string()))
    }
}
