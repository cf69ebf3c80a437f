//! A queue as an event source: batches go to a function, and what it has not failed is deleted.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};
use tokio::sync::futures::Notified;

use super::{Message, QueueError, Queues, after};
use crate::clock::Clock;
use crate::invoke::Caller;
use crate::template::{EventSource, QueueOrigin};

/// Hands the messages of one queue to one function.
///
/// Several steps may run at once: each has messages of its own, because receiving hides them.
pub(crate) struct QueuePump {
    source: EventSource,
    origin: QueueOrigin,
    region: String,
    queues: Queues,
    caller: Arc<Caller>,
    clock: Clock,
}

/// What a function says about a batch when it reports failures by item.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    batch_item_failures: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: Option<String>,
}

impl QueuePump {
    /// A pump for this source.
    #[must_use]
    pub(crate) fn new(
        source: EventSource,
        origin: QueueOrigin,
        region: String,
        queues: Queues,
        caller: Arc<Caller>,
        clock: Clock,
    ) -> Self {
        Self {
            source,
            origin,
            region,
            queues,
            caller,
            clock,
        }
    }

    /// How many steps may run at once.
    #[must_use]
    pub(crate) fn concurrency(&self) -> usize {
        self.origin.concurrency
    }

    /// Calls the function with one batch, if one is due now; false if none is.
    ///
    /// A function that fails leaves its whole batch to reappear after the visibility timeout, as does every message
    /// that it reports.
    ///
    /// # Errors
    ///
    /// When the queue's store fails.
    pub(crate) async fn step(&self) -> Result<bool, QueueError> {
        if !self.is_due()? {
            return Ok(false);
        }
        let messages = self.queues.receive(&self.origin.queue, self.source.batch_size, None)?;
        if messages.is_empty() {
            return Ok(false);
        }
        let event = self.event(&messages)?;
        let failed = match self
            .caller
            .call(&self.source.function, self.caller.request_id(), event)
            .await
        {
            Ok(answer) => self.failures(&answer, &messages),
            Err(error) => {
                tracing::warn!(function = self.source.function, %error, "the function failed its batch");
                return Ok(true);
            }
        };
        for message in messages.iter().filter(|message| !failed.contains(&message.id())) {
            self.queues.delete(&self.origin.queue, &message.receipt())?;
        }
        Ok(true)
    }

    /// Completes when a message arrives from now on. One that becomes visible by the passing of time wakes nobody.
    pub(crate) fn wake(&self) -> Notified<'_> {
        self.queues.arrival()
    }

    /// Whether a batch is full, or its first message has waited for the batching window.
    fn is_due(&self) -> Result<bool, QueueError> {
        let Some(first) = self.queues.first_visible(&self.origin.queue)? else {
            return Ok(false);
        };
        let visible = usize::try_from(self.queues.depth(&self.origin.queue)?.visible).unwrap_or(usize::MAX);
        let waited = self.clock.now() >= after(first, self.source.batching_window);
        Ok(visible > 0 && (waited || visible >= self.source.batch_size))
    }

    /// The identifiers of the messages that the function has not done.
    fn failures(&self, answer: &RawValue, messages: &[Message]) -> BTreeSet<String> {
        if !self.source.reports_failures {
            return BTreeSet::new();
        }
        let all: BTreeSet<String> = messages.iter().map(Message::id).collect();
        let report = match serde_json::from_str(answer.get()) {
            // Nothing at all, or no list, is a success of all.
            Ok(
                None
                | Some(Report {
                    batch_item_failures: None,
                }),
            ) => return BTreeSet::new(),
            Ok(Some(Report {
                batch_item_failures: Some(failures),
            })) => failures,
            Err(error) => {
                tracing::warn!(function = self.source.function, %error, "the report is malformed: all have failed");
                return all;
            }
        };
        let named: Option<BTreeSet<String>> = report.into_iter().map(|failure| failure.item_identifier).collect();
        match named {
            Some(named) if named.is_subset(&all) => named,
            // A report that names nothing, or something else, can only mean that something went wrong.
            Some(_) | None => all,
        }
    }

    fn event(&self, messages: &[Message]) -> Result<Box<RawValue>, QueueError> {
        let records: Vec<_> = messages.iter().map(|message| self.record(message)).collect();
        Ok(to_raw_value(&json!({"Records": records}))?)
    }

    fn record(&self, message: &Message) -> Value {
        let attributes: Map<String, Value> = message
            .attributes
            .iter()
            .map(|(name, attribute)| {
                let value = json!({
                    "stringValue": attribute.string_value,
                    "binaryValue": attribute.binary_value,
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": attribute.data_type,
                });
                (name.clone(), value)
            })
            .collect();
        let mut record = json!({
            "messageId": message.id(),
            "receiptHandle": message.receipt(),
            "body": message.body,
            "attributes": self.queues.system_attributes(message),
            "messageAttributes": attributes,
            "md5OfBody": message.body_digest(),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.source.arn,
            "awsRegion": self.region,
        });
        if let (Some(digest), Some(map)) = (message.attributes_digest(), record.as_object_mut()) {
            map.insert("md5OfMessageAttributes".into(), digest.into());
        }
        record
    }
}

impl fmt::Debug for QueuePump {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("QueuePump")
            .field("source", &self.source.id)
            .finish_non_exhaustive()
    }
}
