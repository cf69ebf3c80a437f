//! What can go wrong with a call to the gateway.

use std::fmt;
use std::time::Duration;

use bitcoin::OutPoint;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use nanoark_client::{ProblemCode, TransportError};
use nanoark_http::problem::{Code, PROBLEM_JSON, Retry};
use nanoark_http::wire::gateway::FailureView;
use serde::Deserialize;
use serde_json::Value;

/// Why a call brought no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GatewayError {
    /// The gateway refused, and says why.
    #[error("{0}")]
    Problem(Box<GatewayProblem>),
    /// There was no answer. Whether anything was changed is unknown; the same call finds out.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// There was an answer that is none of the gateway's.
    #[error("the answer is none of a gateway's ({status}): {reason}")]
    Unexpected {
        /// The HTTP status.
        status: StatusCode,
        /// What is wrong with it.
        reason: String,
    },
    /// The request could not be signed.
    #[error("the request cannot be signed")]
    Unsigned,
}

/// A problem document of the gateway's.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewayProblem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable code.
    pub code: ProblemCode,
    /// The number by which failure events name it too, if it has one.
    pub gateway_code: Option<u16>,
    /// The number's name.
    pub gateway_name: Option<String>,
    /// What happened in this very case, for people.
    pub detail: String,
    /// What to do with the request.
    pub retry: Retry,
    /// The id that the gateway's log line has too.
    pub request_id: String,
    /// The state of the session, where the state is what refused the request.
    pub current_state: Option<String>,
    /// The VTXOs that it is about.
    pub outpoints: Vec<OutPoint>,
}

/// The document as it stands on the wire.
#[derive(Deserialize)]
struct Document {
    code: String,
    #[serde(default)]
    gateway_code: Option<u16>,
    #[serde(default)]
    gateway_name: Option<String>,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    retry: Value,
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    current_state: Option<String>,
    #[serde(default)]
    outpoints: Vec<OutPoint>,
}

impl GatewayError {
    /// The problem document, if the gateway refused.
    #[must_use]
    pub fn problem(&self) -> Option<&GatewayProblem> {
        match self {
            Self::Problem(problem) => Some(problem),
            Self::Transport(_) | Self::Unexpected { .. } | Self::Unsigned => None,
        }
    }

    /// The problem's code, if the gateway refused with one that this version knows.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.problem().and_then(|problem| match &problem.code {
            ProblemCode::Known(code) => Some(*code),
            ProblemCode::Unknown(_) => None,
        })
    }

    /// How long to wait before the same call may be made again. Nothing if it would fail again.
    #[must_use]
    pub fn passes_after(&self) -> Option<Duration> {
        match self {
            Self::Problem(problem) => match problem.retry {
                Retry::SameRequest => Some(Duration::ZERO),
                Retry::After { after_seconds } => Some(Duration::from_secs(u64::from(after_seconds))),
                Retry::Never | Retry::NewRequest => None,
            },
            Self::Transport(TransportError::Timeout | TransportError::Connection(_)) => Some(Duration::ZERO),
            Self::Transport(TransportError::Address | TransportError::TooLarge(_)) | Self::Unsigned => None,
            Self::Unexpected { status, .. } => {
                let passes = status.is_server_error()
                    || matches!(*status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
                passes.then_some(Duration::ZERO)
            }
        }
    }

    /// The error that an answer with an error status stands for.
    pub(super) fn from_answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        match GatewayProblem::read(status, headers, body) {
            Some(problem) => Self::Problem(Box::new(problem)),
            None => {
                const SHOWN: usize = 200;
                let shown = body.get(..SHOWN).unwrap_or(body);
                Self::Unexpected {
                    status,
                    reason: String::from_utf8_lossy(shown).into_owned(),
                }
            }
        }
    }
}

impl GatewayProblem {
    /// Whether it has this code.
    #[must_use]
    pub fn is(&self, code: Code) -> bool {
        self.code == ProblemCode::Known(code)
    }

    /// What a failure event would say.
    pub(crate) fn failure(&self) -> FailureView {
        FailureView {
            code: self.gateway_code.unwrap_or_default(),
            name: self.gateway_name.clone().unwrap_or_else(|| self.code.to_string()),
            message: self.detail.clone(),
            outpoints: self.outpoints.clone(),
        }
    }

    fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let media_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case(PROBLEM_JSON) {
            return None;
        }
        let document: Document = serde_json::from_slice(body).ok()?;
        Some(Self {
            status,
            code: match document.code.parse() {
                Ok(code) => ProblemCode::Known(code),
                Err(_) => ProblemCode::Unknown(document.code),
            },
            gateway_code: document.gateway_code,
            gateway_name: document.gateway_name,
            detail: document.detail,
            // A hint of a later version is one that this client cannot follow.
            retry: serde_json::from_value(document.retry).unwrap_or(Retry::Never),
            request_id: document.request_id,
            current_state: document.current_state,
            outpoints: document.outpoints,
        })
    }
}

impl fmt::Display for GatewayProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.gateway_name, self.gateway_code) {
            (Some(name), Some(code)) => write!(formatter, "{name} ({code}): {}", self.detail),
            (Some(_) | None, _) => write!(formatter, "{}: {}", self.code, self.detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn error(status: u16, media_type: &'static str, body: &str) -> GatewayError {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        GatewayError::from_answer(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes())
    }

    #[test]
    fn a_problem_document_is_read_and_says_whether_to_try_again() {
        let document = r#"{"code":"session_refused","gateway_code":2001,"gateway_name":"insufficient_balance",
            "detail":"too little","retry":{"kind":"never"},"request_id":"r","outpoints":[]}"#;
        let refused = error(409, "application/problem+json; charset=utf-8", document);
        let problem = refused.problem().unwrap();
        assert_eq!(problem.gateway_code, Some(2_001));
        assert_eq!(refused.to_string(), "insufficient_balance (2001): too little");
        assert_eq!(refused.code(), Some(Code::SessionRefused));
        assert_eq!(refused.passes_after(), None);
        for (retry, expected) in [
            (r#"{"kind":"same_request"}"#, Some(0)),
            (r#"{"kind":"after","after_seconds":3}"#, Some(3)),
            (r#"{"kind":"new_request"}"#, None),
            (r#"{"kind":"later"}"#, None),
        ] {
            let document = format!(r#"{{"code":"from_the_future","retry":{retry}}}"#);
            let error = error(503, PROBLEM_JSON, &document);
            assert_eq!(error.passes_after(), expected.map(Duration::from_secs), "{retry}");
            assert_eq!(error.code(), None);
        }
    }

    #[test]
    fn another_servers_answer_passes_if_its_status_does() {
        for (status, passes) in [
            (500, true),
            (502, true),
            (429, true),
            (408, true),
            (404, false),
            (307, false),
        ] {
            let error = error(status, "text/html", "<html>");
            assert_eq!(error.passes_after().is_some(), passes, "{status}");
            assert!(error.to_string().contains("<html>"), "{error}");
        }
        assert!(matches!(error(400, PROBLEM_JSON, "{"), GatewayError::Unexpected { .. }));
    }
}
