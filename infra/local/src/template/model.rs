//! What a template says, with every reference resolved.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::stream::Filter;

/// A Lambda function.
#[derive(Clone, Debug)]
pub struct Function {
    /// The logical id in the template.
    pub id: String,
    /// The name of its binary, by which everything here calls it.
    pub name: String,
    /// The folder of its package, relative to the template.
    pub package: String,
    /// Its ARN.
    pub arn: String,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// The memory that it may use.
    pub megabytes: u64,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
}

/// A route of the HTTP API and the function behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The route key, such as `GET /v1/jobs/{job_id}` or `$default`.
    pub key: String,
    /// The function's name.
    pub function: String,
}

/// The WebSocket API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketApi {
    /// The API's identifier.
    pub api_id: String,
    /// The name of its stage.
    pub stage: String,
    /// Its routes.
    pub routes: Vec<SocketRoute>,
}

/// A route of the WebSocket API and the function behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketRoute {
    /// The route key: `$connect`, `$disconnect`, `$default`, or what `action` says.
    pub key: String,
    /// The function's name.
    pub function: String,
    /// Whether what the function returns goes back over the connection.
    pub answers: bool,
}

impl SocketApi {
    /// The path at which connections are made, such as `/v1`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/{}", self.stage)
    }

    /// The route with this key.
    #[must_use]
    pub fn route(&self, key: &str) -> Option<&SocketRoute> {
        self.routes.iter().find(|route| route.key == key)
    }
}

/// A DynamoDB table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The logical id in the template.
    pub id: String,
    /// The table's name.
    pub name: String,
    /// The ARN of its stream, when it has one.
    pub stream_arn: Option<String>,
    /// The CreateTable request.
    pub create: Value,
    /// The attribute that says when an item expires.
    pub ttl_attribute: Option<String>,
}

/// An SQS queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The logical id in the template.
    pub id: String,
    /// The queue's name.
    pub name: String,
    /// The queue's URL.
    pub url: String,
    /// The queue's ARN.
    pub arn: String,
    /// How long a received message stays hidden.
    pub visibility_timeout: Duration,
    /// How long a sent message stays hidden.
    pub delay: Duration,
    /// How long a receive call waits for a message.
    pub receive_wait: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// Where a queue puts messages that were received too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrive {
    /// The name of the dead-letter queue.
    pub target: String,
    /// How often a message may be received.
    pub max_receive_count: u32,
}

/// A queue or stream that calls a function.
#[derive(Clone, Debug)]
pub struct EventSource {
    /// The logical id in the template.
    pub id: String,
    /// The function's name.
    pub function: String,
    /// The ARN of the queue or stream.
    pub arn: String,
    /// The most records in one call.
    pub batch_size: usize,
    /// How long to wait for a fuller batch.
    pub batching_window: Duration,
    /// Whether the function names the records that failed (`ReportBatchItemFailures`).
    pub reports_failures: bool,
    /// Where the records come from.
    pub origin: Origin,
}

/// Where the records of an event source come from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A queue.
    Queue(QueueOrigin),
    /// A table's stream.
    Stream(StreamOrigin),
}

/// A queue as an event source.
#[derive(Clone, Debug)]
pub struct QueueOrigin {
    /// The queue's name.
    pub queue: String,
    /// How many batches may be at work at once.
    pub concurrency: usize,
}

/// A table's stream as an event source.
#[derive(Clone, Debug)]
pub struct StreamOrigin {
    /// The table's name.
    pub table: String,
    /// Whether the first start reads what is there already (`TRIM_HORIZON`), or only what follows (`LATEST`).
    pub from_start: bool,
    /// Whether a failing batch is cut in half.
    pub bisect: bool,
    /// How often a failing batch is tried again; without a limit it blocks the stream for ever.
    pub retries: Option<u32>,
    /// The age at which a record is given up.
    pub max_age: Option<Duration>,
    /// Only records that match one of these are handed over; without any, all are.
    pub filters: Vec<Filter>,
    /// The name of the queue that hears about records that were given up.
    pub on_failure: Option<String>,
}

/// A schedule that calls a function.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The logical id, as AWS SAM would name it: the function's and the event's in one.
    pub id: String,
    /// The function's name.
    pub function: String,
    /// The ARN of the schedule.
    pub arn: String,
    /// The time between two calls.
    pub every: Duration,
    /// What the function is called with instead of the scheduler's own event.
    pub input: Option<Value>,
}
