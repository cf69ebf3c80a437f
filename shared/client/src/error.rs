//! What can go wrong with a call.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use nanoark_http::problem::{Code, FieldError, PROBLEM_JSON, Retry};
use nanoark_http::signature::SigningError;
use nanoark_surroundings::NoEntropy;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::{REQUEST_ID, text};
use crate::transport::TransportError;

/// Why a call brought no result.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The relay refused, and says why. Nothing was changed, unless the code says that it is unknown.
    #[error("{0}")]
    Problem(Box<ProblemReport>),
    /// There was no answer. Whether anything was changed is unknown; the same call with the same key finds out.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// There was an answer that is none of the relay's: another server's, or another version's.
    #[error("{0}")]
    UnexpectedAnswer(Box<UnexpectedAnswer>),
    /// The request could not be written or signed.
    #[error("the request cannot be signed: {0}")]
    Signing(#[from] SigningError),
    /// The request's body cannot be written as JSON.
    #[error("the body cannot be written: {0}")]
    Body(serde_json::Error),
    /// The machine gives no randomness for a nonce.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// A problem document as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemReport {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable code.
    pub code: ProblemCode,
    /// The code in a few words.
    pub title: String,
    /// What happened in this very case, for people.
    pub detail: String,
    /// The id that the relay's log line has too.
    pub request_id: String,
    /// What to do with the request.
    pub retry: Retry,
    /// Which fields are wrong.
    pub fields: Vec<FieldError>,
    /// The state of the thing, where the state is what refused the request.
    pub current_state: Option<String>,
    /// Whatever else the document says, such as `payment_status` or `lease_expires_at`.
    pub extra: BTreeMap<String, Value>,
}

/// A problem's code: one that this version knows, or one that came later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemCode {
    /// One of the table.
    Known(Code),
    /// A later one.
    Unknown(String),
}

/// An answer that is none of the relay's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnexpectedAnswer {
    /// The HTTP status.
    pub status: StatusCode,
    /// What is wrong with it.
    pub reason: String,
    /// How the body begins.
    pub body: String,
    /// How long to wait, if the answer says so.
    pub retry_after: Option<Duration>,
    /// The id that the relay's log line has too, if the answer has one.
    pub request_id: Option<String>,
}

impl ClientError {
    /// The problem document, if the relay refused.
    #[must_use]
    pub fn problem(&self) -> Option<&ProblemReport> {
        match self {
            Self::Problem(report) => Some(report),
            Self::Transport(_) | Self::UnexpectedAnswer(_) | Self::Signing(_) | Self::Body(_) | Self::NoEntropy(_) => {
                None
            }
        }
    }

    /// The problem's code, if the relay refused with one that this version knows.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.problem().and_then(|problem| match &problem.code {
            ProblemCode::Known(code) => Some(*code),
            ProblemCode::Unknown(_) => None,
        })
    }

    /// The error that an answer with an error status, or a body that cannot be read, stands for.
    pub(crate) fn from_answer(status: StatusCode, headers: &HeaderMap, body: &[u8], reason: &str) -> Self {
        if let Some(report) = ProblemReport::read(status, headers, body) {
            return Self::Problem(Box::new(report));
        }
        const SHOWN: usize = 200;
        let shown = body.get(..SHOWN).unwrap_or(body);
        Self::UnexpectedAnswer(Box::new(UnexpectedAnswer {
            status,
            reason: reason.to_owned(),
            body: String::from_utf8_lossy(shown).into_owned(),
            retry_after: retry_after(headers),
            request_id: text(headers, &REQUEST_ID),
        }))
    }
}

/// The document as it stands on the wire.
#[derive(Deserialize)]
struct Document {
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    retry: Value,
    #[serde(default)]
    fields: Vec<FieldError>,
    #[serde(default)]
    current_state: Option<String>,
    #[serde(flatten)]
    extra: BTreeMap<String, Value>,
}

impl ProblemReport {
    fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let media_type = headers.get(http::header::CONTENT_TYPE)?.to_str().ok()?;
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case(PROBLEM_JSON) {
            return None;
        }
        let mut document: Document = serde_json::from_slice(body).ok()?;
        for repeated in ["type", "status", "instance"] {
            document.extra.remove(repeated);
        }
        let code = match document.code.parse() {
            Ok(code) => ProblemCode::Known(code),
            Err(_) => ProblemCode::Unknown(document.code),
        };
        Some(Self {
            status,
            code,
            title: document.title,
            detail: document.detail,
            request_id: document.request_id,
            // A hint of a later version is one this client cannot follow.
            retry: serde_json::from_value(document.retry).unwrap_or(Retry::Never),
            fields: document.fields,
            current_state: document.current_state,
            extra: document.extra,
        })
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(code) => code.fmt(formatter),
            Self::Unknown(code) => formatter.write_str(code),
        }
    }
}

impl fmt::Display for ProblemReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.detail)?;
        for field in &self.fields {
            write!(formatter, " [{} {}]", field.pointer, field.reason)?;
        }
        write!(formatter, " (request {})", self.request_id)
    }
}

impl fmt::Display for UnexpectedAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "unexpected answer {}: {}: {:?}",
            self.status, self.reason, self.body
        )?;
        match &self.request_id {
            Some(id) => write!(formatter, " (request {id})"),
            None => Ok(()),
        }
    }
}
