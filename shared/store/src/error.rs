//! What can go wrong with the tables.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::claims::ClaimKind;
use crate::item::ItemError;

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// DynamoDB did not answer, or refused for a passing reason.
    #[error("DynamoDB is unavailable: {detail}")]
    Unavailable {
        /// The SDK's words.
        detail: String,
    },
    /// An item is not what this release writes.
    #[error(transparent)]
    Corrupt(#[from] ItemError),
    /// The table exists and cannot be used.
    #[error("the table is {status}")]
    TableNotActive {
        /// The table's status.
        status: String,
    },
}

/// Why a mutation was not committed. `R` is the domain's rejection.
#[derive(Debug, thiserror::Error)]
pub enum CommitError<R> {
    /// A rule forbids it; nothing was changed.
    #[error("a rule forbids it")]
    Rejected(R),
    /// The idempotency key was used for another request; nothing was changed.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Another job holds what this one claims; nothing was changed.
    #[error("another job holds the {0}")]
    Claimed(ClaimKind),
    /// Another transaction touches the same items right now; nothing was changed.
    #[error("another request changes the same thing right now")]
    Contended,
    /// DynamoDB did not answer, or refused for a passing reason. Whether anything was changed is unknown; the same
    /// request with the same key finds out.
    #[error("DynamoDB is unavailable: {detail}")]
    Unavailable {
        /// The SDK's words.
        detail: String,
    },
    /// An item is not what this release writes.
    #[error(transparent)]
    Corrupt(#[from] ItemError),
    /// The condition refused what the rule allows: a defect of this program. Nothing was changed.
    #[error("the stored condition and the rule disagree about {what}")]
    Disagreement {
        /// The command.
        what: String,
    },
}

impl<R> CommitError<R> {
    /// The same error with the rejection converted.
    pub fn map_rejection<S>(self, convert: impl FnOnce(R) -> S) -> CommitError<S> {
        match self {
            Self::Rejected(rejection) => CommitError::Rejected(convert(rejection)),
            Self::KeyReused => CommitError::KeyReused,
            Self::Claimed(kind) => CommitError::Claimed(kind),
            Self::Contended => CommitError::Contended,
            Self::Unavailable { detail } => CommitError::Unavailable { detail },
            Self::Corrupt(error) => CommitError::Corrupt(error),
            Self::Disagreement { what } => CommitError::Disagreement { what },
        }
    }
}

/// An SDK error in one line, with its causes.
pub(crate) fn describe<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: std::fmt::Debug,
{
    match error.as_service_error() {
        Some(service) => format!(
            "{}: {}",
            service.code().unwrap_or("error"),
            service.message().unwrap_or("")
        ),
        None => DisplayErrorContext(error).to_string(),
    }
}

impl<E, R> From<SdkError<E, R>> for ReadError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: std::fmt::Debug,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Unavailable {
            detail: describe(&error),
        }
    }
}
