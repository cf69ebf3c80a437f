//! Why something that a wallet sent is not done, and the problem document for it.

use nanoark_domain::ceremony::{Failure, FailureCode};
use nanoark_http::problem::{Code, Problem};
use nanoark_nostr::EventRefusal;
use nanoark_runtime::NotConfigured;
use nanoark_store::{CommitError, ReadError};
use serde_json::json;

/// Why something that a wallet sent is not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The event itself is at fault.
    #[error(transparent)]
    Event(#[from] EventRefusal),
    /// What it orders cannot be done, or not now.
    #[error("{}: {}", .0.code.name(), .0.message)]
    Session(Failure),
    /// The operator does not answer; nothing can be begun.
    #[error("the operator does not answer: {0}")]
    Operator(nanoark_ark::error::ArkdError),
    /// Another request changes the same session right now.
    #[error("another request changes the same session right now")]
    Contended,
    /// A part of the gateway does not answer. The same event may be sent again.
    #[error("a part of the gateway does not answer: {0}")]
    Unavailable(String),
    /// A defect of the gateway, or of its configuration.
    #[error("the gateway cannot do it: {0}")]
    Internal(String),
}

impl Refusal {
    /// The number and the name by which the wallet learns of it.
    #[must_use]
    pub fn code(&self) -> (u16, &'static str) {
        match self {
            Self::Event(refusal) => (refusal.code().number(), refusal.code().name()),
            Self::Session(failure) => (failure.code.number(), failure.code.name()),
            Self::Operator(_) | Self::Contended | Self::Unavailable(_) | Self::Internal(_) => {
                let code = FailureCode::OperatorUnavailable;
                (code.number(), code.name())
            }
        }
    }

    /// Whether sending the same again may help.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Event(_) | Self::Session(_) => false,
            Self::Operator(_) | Self::Contended | Self::Unavailable(_) | Self::Internal(_) => true,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (number, name) = refusal.code();
        let told = |code: Code, detail: String| {
            Self::new(code, detail)
                .with_extra("gateway_code", number)
                .with_extra("gateway_name", name)
        };
        match refusal {
            Refusal::Event(refusal) => told(Code::EventRefused, format!("The event is refused: {refusal}.")),
            Refusal::Session(failure) if failure.code == FailureCode::UnknownSession => {
                told(Code::UnknownSession, sentence(failure.message))
            }
            Refusal::Session(failure) => {
                told(Code::SessionRefused, sentence(failure.message)).with_extra("outpoints", json!(failure.outpoints))
            }
            Refusal::Operator(error) => {
                tracing::warn!(%error, "the operator does not answer");
                told(Code::OperatorUnavailable, "The operator does not answer.".to_owned())
            }
            Refusal::Contended => Self::new(
                Code::ConcurrentRequest,
                "Another request changes the same session right now.",
            ),
            Refusal::Unavailable(detail) => {
                tracing::error!(detail, "a part of the gateway does not answer");
                Self::new(Code::Unavailable, "A part of the gateway does not answer.")
            }
            Refusal::Internal(detail) => {
                tracing::error!(detail, "the gateway cannot do it");
                Self::new(Code::Internal, "The gateway cannot do it.")
            }
        }
    }
}

/// What a person reads; reasons out of the rules are parts of a sentence.
fn sentence(message: String) -> String {
    if message.ends_with('.') {
        message
    } else {
        format!("It is refused: {message}.")
    }
}

impl From<NotConfigured> for Refusal {
    fn from(error: NotConfigured) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable { .. } | ReadError::TableNotActive { .. } => Self::Unavailable(error.to_string()),
            ReadError::Corrupt(_) => Self::Internal(error.to_string()),
        }
    }
}

impl Refusal {
    /// What a failed commit means, once its rejection has been dealt with.
    pub(crate) fn commit<R: std::fmt::Debug>(error: CommitError<R>) -> Self {
        match error {
            CommitError::Contended => Self::Contended,
            CommitError::Unavailable { detail } => Self::Unavailable(detail),
            CommitError::Corrupt(_)
            | CommitError::Disagreement { .. }
            | CommitError::KeyReused
            | CommitError::Claimed(_)
            | CommitError::Rejected(_) => Self::Internal(error.to_string()),
        }
    }

    /// A refusal with this code.
    pub(crate) fn failed(code: FailureCode, message: impl Into<String>) -> Self {
        Self::Session(Failure::new(code, message))
    }
}
