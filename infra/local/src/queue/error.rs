//! What a queue refuses, under the names that SQS gives it.

use super::message::InvalidReceipt;

/// Why a call to a queue failed.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// No queue has this name.
    #[error("The specified queue does not exist.")]
    NoSuchQueue,
    /// The call is none that the local queues know.
    #[error("The action {0} is not valid for this endpoint.")]
    NoSuchAction(String),
    /// The request is no JSON of the right shape.
    #[error("The request is malformed: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A parameter that must be there is not.
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    /// A parameter is out of its range.
    #[error("{0}")]
    InvalidValue(String),
    /// The message has a character that XML cannot hold.
    #[error("The message contains characters outside the allowed set.")]
    InvalidContents,
    /// The receipt handle is none of ours.
    #[error(transparent)]
    InvalidReceipt(#[from] InvalidReceipt),
    /// The message is visible, deleted, or was received again since.
    #[error("The message referred to is not in flight.")]
    NotInFlight,
    /// A batch without entries.
    #[error("There should be at least one entry in the request.")]
    EmptyBatch,
    /// A batch of more than ten entries.
    #[error("Maximum number of entries per request are 10. You have sent {0}.")]
    TooManyEntries(usize),
    /// Two entries of a batch have one id.
    #[error("Id {0} repeated.")]
    RepeatedId(String),
    /// The id of an entry is empty, too long, or has other characters than letters, digits, `-` and `_`.
    #[error("A batch entry id can only contain alphanumeric characters, hyphens and underscores, 80 at most.")]
    InvalidId,
    /// The messages of a batch are too large together.
    #[error("Batch requests cannot be longer than 1048576 bytes. You have sent {0} bytes.")]
    BatchTooLong(usize),
    /// The disk or the file failed.
    #[error("The queue's store failed: {0}")]
    Store(#[from] rusqlite::Error),
}

impl QueueError {
    /// The name of the error in the JSON protocol.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchQueue => "QueueDoesNotExist",
            Self::NoSuchAction(_) => "UnsupportedOperation",
            Self::Malformed(_) => "SerializationException",
            Self::MissingParameter(_) => "MissingParameter",
            Self::InvalidValue(_) => "InvalidParameterValue",
            Self::InvalidContents => "InvalidMessageContents",
            Self::InvalidReceipt(_) => "ReceiptHandleIsInvalid",
            Self::NotInFlight => "MessageNotInflight",
            Self::EmptyBatch => "EmptyBatchRequest",
            Self::TooManyEntries(_) => "TooManyEntriesInBatchRequest",
            Self::RepeatedId(_) => "BatchEntryIdsNotDistinct",
            Self::InvalidId => "InvalidBatchEntryId",
            Self::BatchTooLong(_) => "BatchRequestTooLong",
            Self::Store(_) => "InternalError",
        }
    }

    /// The name of the error in the older query protocol, which clients still compare.
    #[must_use]
    pub fn query_code(&self) -> String {
        match self {
            Self::NoSuchQueue => "AWS.SimpleQueueService.NonExistentQueue".into(),
            Self::NotInFlight
            | Self::EmptyBatch
            | Self::TooManyEntries(_)
            | Self::RepeatedId(_)
            | Self::InvalidId
            | Self::BatchTooLong(_)
            | Self::NoSuchAction(_) => format!("AWS.SimpleQueueService.{}", self.code()),
            Self::Malformed(_)
            | Self::MissingParameter(_)
            | Self::InvalidValue(_)
            | Self::InvalidContents
            | Self::InvalidReceipt(_)
            | Self::Store(_) => self.code().into(),
        }
    }

    /// Whether the caller is to blame.
    #[must_use]
    pub fn is_senders_fault(&self) -> bool {
        !matches!(self, Self::Store(_))
    }
}
