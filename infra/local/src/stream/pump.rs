//! A table's stream as an event source: one batch after the other, retried, cut in half, and given up in the end.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dynoxide::{Database, DynoxideError};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::Mutex;
use tokio::sync::futures::Notified;

use super::checkpoints::{CheckpointError, Checkpoints};
use super::record::Record;
use crate::clock::{self, Clock};
use crate::invoke::{Caller, FunctionError};
use crate::queue::{Outgoing, QueueError, Queues};
use crate::template::{EventSource, StreamOrigin};

/// The first wait before a failed batch is tried again; it doubles up to the longest.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// The position before the first record.
const BEGINNING: &str = "";

/// What a pump works with besides its source.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) region: String,
    pub(crate) database: Database,
    pub(crate) queues: Queues,
    pub(crate) checkpoints: Arc<Checkpoints>,
    pub(crate) caller: Arc<Caller>,
    pub(crate) clock: Clock,
}

/// Hands the changes of one table to one function, strictly in their order.
pub(crate) struct StreamPump {
    source: EventSource,
    origin: StreamOrigin,
    around: Surroundings,
    /// What was read and is not done: several batches after one was cut in half.
    pending: Mutex<VecDeque<Batch>>,
}

/// Why a pump cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The database failed.
    #[error("the stream failed: {0}")]
    Database(#[from] DynoxideError),
    /// The checkpoints failed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The queue that hears of what was given up failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A record could not be written as JSON.
    #[error("a record is malformed: {0}")]
    Record(#[from] serde_json::Error),
}

#[derive(Clone, Debug)]
struct Batch {
    records: Vec<Record>,
    /// The position once all of them are done: after the last one read, whether or not a filter let it through.
    end: String,
    failures: u32,
    not_before: u64,
}

/// What became of a batch.
enum Outcome {
    Done,
    /// Everything before this index is done.
    FailedFrom(usize),
    Failed(FunctionError),
}

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

impl StreamPump {
    pub(crate) fn new(source: EventSource, origin: StreamOrigin, around: Surroundings) -> Self {
        Self {
            source,
            origin,
            around,
            pending: Mutex::default(),
        }
    }

    /// Puts the first checkpoint of a source that starts with the changes to come.
    ///
    /// # Errors
    ///
    /// When the database or the checkpoints fail.
    pub(crate) fn prepare(&self) -> Result<(), StreamError> {
        let is_known = self.around.checkpoints.position(&self.source.id)?.is_some();
        if is_known || self.origin.from_start {
            return Ok(());
        }
        let mut last = None;
        loop {
            let read = self.read(last.as_deref(), 1_000)?;
            match read.last() {
                Some(record) => last = Some(record.sequence.clone()),
                None => break,
            }
        }
        // Of an empty stream too, or what comes before the first batch would be skipped by the next start.
        Ok(self
            .around
            .checkpoints
            .advance(&self.source.id, last.as_deref().unwrap_or(BEGINNING))?)
    }

    /// Calls the function with one batch, if one is due now; false if none is.
    ///
    /// # Errors
    ///
    /// When the database, the checkpoints or the failure queue fail; the batch is then tried again.
    pub(crate) async fn step(&self) -> Result<bool, StreamError> {
        let mut pending = self.pending.lock().await;
        if pending.is_empty() {
            pending.extend(self.next_batch()?);
        }
        let now = self.around.clock.now();
        let Some(batch) = pending.front().filter(|batch| batch.not_before <= now) else {
            return Ok(false);
        };
        let remaining = self.hand_over(batch).await?;
        // Only now: were this step dropped or failed above, the next one would take the same batch again.
        pending.pop_front();
        for batch in remaining.into_iter().rev() {
            pending.push_front(batch);
        }
        Ok(true)
    }

    /// Completes when a function returns from now on, which may have written. Writes from outside wake nobody.
    pub(crate) fn wake(&self) -> Notified<'_> {
        self.around.caller.returned.notified()
    }

    /// The next changes after the checkpoint, if there are any and their window is over.
    fn next_batch(&self) -> Result<Option<Batch>, StreamError> {
        let position = self.around.checkpoints.position(&self.source.id)?;
        let mut records = self.read(position.as_deref(), self.source.batch_size)?;
        let (Some(first), Some(last)) = (records.first(), records.last()) else {
            return Ok(None);
        };
        let window = milliseconds(self.source.batching_window);
        let is_full = records.len() >= self.source.batch_size;
        // Without a window nothing waits, even if the database's clock is ahead of ours.
        if window > 0 && !is_full && self.around.clock.now() < first.made_at.saturating_add(window) {
            return Ok(None);
        }
        let end = last.sequence.clone();
        let filters = &self.origin.filters;
        records.retain(|record| filters.is_empty() || filters.iter().any(|filter| filter.matches(&record.event)));
        Ok(Some(Batch {
            records,
            end,
            failures: 0,
            not_before: 0,
        }))
    }

    fn read(&self, after: Option<&str>, limit: usize) -> Result<Vec<Record>, StreamError> {
        let database = &self.around.database;
        let shard = dynoxide::streams::shard_id(&self.origin.table);
        let mut request = json!({
            "StreamArn": dynoxide::streams::stream_arn(&self.origin.table, "local"),
            "ShardId": shard,
            "ShardIteratorType": "TRIM_HORIZON",
        });
        if let (Some(after), Some(map)) = (after.filter(|after| *after != BEGINNING), request.as_object_mut()) {
            map.insert("ShardIteratorType".into(), "AFTER_SEQUENCE_NUMBER".into());
            map.insert("SequenceNumber".into(), after.into());
        }
        let iterator = database
            .get_shard_iterator(serde_json::from_value(request)?)?
            .shard_iterator;
        let request = json!({"ShardIterator": iterator, "Limit": limit});
        let changes = database.get_records(serde_json::from_value(request)?)?.records;
        let record = |change| Record::new(change, &self.source.arn, &self.around.region);
        Ok(changes.iter().map(record).collect::<Result<_, _>>()?)
    }

    /// Hands a batch to the function and returns what of it is to be tried again.
    async fn hand_over(&self, batch: &Batch) -> Result<Vec<Batch>, StreamError> {
        let young = self.too_old(batch);
        if young > 0 {
            let (old, rest) = split(batch, young);
            self.give_up(&old, "RecordAgeExceeded")?;
            return Ok(rest.into_iter().collect());
        }
        if batch.records.is_empty() {
            self.around.checkpoints.advance(&self.source.id, &batch.end)?;
            return Ok(Vec::new());
        }
        let events: Vec<_> = batch.records.iter().map(|record| &record.event).collect();
        let event = to_raw_value(&json!({"Records": events}))?;
        let caller = &self.around.caller;
        let outcome = match caller.call(&self.source.function, caller.request_id(), event).await {
            Ok(answer) => self.outcome(&answer, &batch.records),
            Err(error) => Outcome::Failed(error),
        };
        match outcome {
            Outcome::Done => {
                self.around.checkpoints.advance(&self.source.id, &batch.end)?;
                Ok(Vec::new())
            }
            Outcome::FailedFrom(index) => {
                let (done, rest) = split(batch, index);
                if !done.records.is_empty() {
                    self.around.checkpoints.advance(&self.source.id, &done.end)?;
                }
                match rest {
                    // The report has cut the batch already.
                    Some(rest) if index > 0 => Ok(vec![rest]),
                    Some(rest) => self.try_later(rest),
                    None => Ok(Vec::new()),
                }
            }
            Outcome::Failed(error) => {
                tracing::warn!(function = self.source.function, %error, "the function failed its batch");
                let half = batch.records.len() / 2;
                if self.origin.bisect && half > 0 {
                    // Cutting does not count as a try: the poisoned record alone is to use them up.
                    let (first, second) = split(batch, half);
                    return Ok([Some(first), second].into_iter().flatten().collect());
                }
                self.try_later(batch.clone())
            }
        }
    }

    /// How many records at the beginning are too old to be handed over.
    fn too_old(&self, batch: &Batch) -> usize {
        let Some(max_age) = self.origin.max_age else { return 0 };
        let oldest = self.around.clock.now().saturating_sub(milliseconds(max_age));
        batch
            .records
            .iter()
            .take_while(|record| record.made_at < oldest)
            .count()
    }

    /// Plans the next try of a failed batch, or gives it up.
    fn try_later(&self, batch: Batch) -> Result<Vec<Batch>, StreamError> {
        let failures = batch.failures.saturating_add(1);
        if self.origin.retries.is_some_and(|retries| failures > retries) {
            self.give_up(&Batch { failures, ..batch }, "RetryAttemptsExhausted")?;
            return Ok(Vec::new());
        }
        let backoff = FIRST_BACKOFF.saturating_mul(1_u32.checked_shl(batch.failures).unwrap_or(u32::MAX));
        let not_before = self
            .around
            .clock
            .now()
            .saturating_add(milliseconds(backoff.min(LONGEST_BACKOFF)));
        Ok(vec![Batch {
            failures,
            not_before,
            ..batch
        }])
    }

    /// Tells the failure queue where the records are, as Lambda does, and goes on behind them.
    fn give_up(&self, batch: &Batch, condition: &str) -> Result<(), StreamError> {
        tracing::warn!(
            source = self.source.id,
            end = batch.end,
            condition,
            "records were given up"
        );
        if let (Some(queue), Some(first), Some(last)) =
            (&self.origin.on_failure, batch.records.first(), batch.records.last())
        {
            let now = clock::rfc3339(self.around.clock.now());
            let body = json!({
                "requestContext": {
                    "requestId": self.around.caller.request_id(),
                    "functionArn": self.around.caller.arn(&self.source.function),
                    "condition": condition,
                    "approximateInvokeCount": batch.failures,
                },
                "version": "1.0",
                "timestamp": now,
                "DDBStreamBatchInfo": {
                    "shardId": dynoxide::streams::shard_id(&self.origin.table),
                    "startSequenceNumber": first.sequence,
                    "endSequenceNumber": last.sequence,
                    "approximateArrivalOfFirstRecord": clock::rfc3339(first.made_at),
                    "approximateArrivalOfLastRecord": clock::rfc3339(last.made_at),
                    "batchSize": batch.records.len(),
                    "streamArn": self.source.arn,
                },
            });
            self.around
                .queues
                .send(queue, Outgoing::from(body.to_string().as_str()))?;
        }
        Ok(self.around.checkpoints.advance(&self.source.id, &batch.end)?)
    }

    fn outcome(&self, answer: &RawValue, records: &[Record]) -> Outcome {
        if !self.source.reports_failures {
            return Outcome::Done;
        }
        let failures = match serde_json::from_str(answer.get()) {
            Ok(
                None
                | Some(Report {
                    batch_item_failures: None,
                }),
            ) => return Outcome::Done,
            Ok(Some(Report {
                batch_item_failures: Some(failures),
            })) => failures,
            Err(error) => return Outcome::Failed(FunctionError::new("Runtime.MalformedReport", error.to_string())),
        };
        let index = |failure: &Failure| {
            let sequence = failure.item_identifier.as_ref()?;
            records.iter().position(|record| &record.sequence == sequence)
        };
        // The earliest failure counts, because a stream goes on from a position and not from a set.
        match failures
            .iter()
            .map(index)
            .collect::<Option<Vec<_>>>()
            .map(|indices| indices.into_iter().min())
        {
            Some(None) => Outcome::Done,
            Some(Some(first)) => Outcome::FailedFrom(first),
            None => Outcome::Failed(FunctionError::new(
                "Runtime.MalformedReport",
                "an item is not of this batch",
            )),
        }
    }
}

/// The records before the index, and the others with what came behind them.
fn split(batch: &Batch, index: usize) -> (Batch, Option<Batch>) {
    let (first, second) = batch.records.split_at_checked(index).unwrap_or((&batch.records, &[]));
    let part = |records: &[Record], end: &str| Batch {
        records: records.to_vec(),
        end: end.to_owned(),
        failures: batch.failures,
        not_before: 0,
    };
    if second.is_empty() {
        return (part(first, &batch.end), None);
    }
    let middle = first.last().map_or("", |record| &record.sequence);
    (part(first, middle), Some(part(second, &batch.end)))
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for StreamPump {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StreamPump")
            .field("source", &self.source.id)
            .finish_non_exhaustive()
    }
}
