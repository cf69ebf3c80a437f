//! Problem documents (RFC 9457): one shape for everything that goes wrong, written for the program that must react.
//!
//! `code` is the contract and never changes its meaning; `title` and `detail` are prose for the developer and may.

mod code;
mod reference;
mod rejection;
mod signature;

pub use code::Code;
pub use reference::reference_markdown;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};

use http::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::request::Response;

/// Where the page of every code is; the code is the fragment.
pub const TYPE_BASE: &str = "https://nanoark.dev/problems#";

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What a 401 announces: sign the request (RFC 9421). The second field is the form that RFC 9421 §5 gives such a wish.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Signature realm=\"nanoark\"");
/// What a 401 announces to a wallet: sign the request by NIP-98.
const WALLET_CHALLENGE: HeaderValue = HeaderValue::from_static("Nostr");
const ACCEPT_SIGNATURE: HeaderName = HeaderName::from_static("accept-signature");
const WANTED_SIGNATURE: HeaderValue = HeaderValue::from_static(
    "nanoark=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" \"idempotency-key\")\
     ;created;expires;keyid;alg=\"ed25519\"",
);

/// What the client should do with its request.
///
/// On the wire `{"kind":"never"}`, `{"kind":"same_request"}`, `{"kind":"after","after_seconds":2}` or
/// `{"kind":"new_request"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Retry {
    /// Nothing: the answer is final, and the request would be refused again.
    Never,
    /// Send the same request again with the same `Idempotency-Key`, signed anew.
    SameRequest,
    /// The same, but not before this many seconds have passed.
    After {
        /// The wait.
        after_seconds: u32,
    },
    /// Mend the request and send it as a new one, with a new `Idempotency-Key`.
    NewRequest,
}

/// One field of the body or one parameter that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    pub pointer: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Something that went wrong, as the client will read it. It dereferences to its [`ProblemDetails`], which are boxed so
/// that the many results that could carry one stay small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<ProblemDetails>);

/// The members of a [`Problem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemDetails {
    /// The stable code; it decides status and title.
    pub code: Code,
    /// What happened in this very case. Never a secret, never the text of an inner error.
    pub detail: String,
    /// The id that the log line has too. Set once, at the edge, by [`Problem::for_request`].
    pub request_id: String,
    /// What to do now.
    pub retry: Retry,
    /// Which fields are wrong.
    pub fields: Vec<FieldError>,
    /// The state of the thing, where the state is what refused the request.
    pub current_state: Option<String>,
    /// Further members of the document. A name the document has already is left out.
    pub extra: BTreeMap<String, Value>,
    /// Further header fields of the response.
    pub headers: HeaderMap,
}

/// The document as it is written.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    code: Code,
    request_id: &'a str,
    retry: Retry,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    fields: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    current_state: Option<&'a str>,
    #[serde(flatten)]
    extra: BTreeMap<&'a str, &'a Value>,
}

const MEMBERS: [&str; 10] = [
    "type",
    "title",
    "status",
    "detail",
    "instance",
    "code",
    "request_id",
    "retry",
    "fields",
    "current_state",
];

impl Problem {
    /// A problem with the retry hint its code usually has.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(ProblemDetails {
            code,
            detail: detail.into(),
            request_id: String::new(),
            retry: code.retry(),
            fields: Vec::new(),
            current_state: None,
            extra: BTreeMap::new(),
            headers: HeaderMap::new(),
        }))
    }

    /// A known route, but not with this method.
    #[must_use]
    pub fn method_not_allowed(allowed: &[Method]) -> Self {
        let list = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let mut problem = Self::new(Code::MethodNotAllowed, format!("This path answers to {list}."));
        if let Ok(value) = HeaderValue::from_str(&list) {
            problem.headers.insert(ALLOW, value);
        }
        problem
    }

    /// The same problem with another retry hint.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The same problem with one more wrong field.
    #[must_use]
    pub fn with_field(mut self, pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        self.fields.push(FieldError {
            pointer: pointer.into(),
            reason: reason.into(),
        });
        self
    }

    /// The same problem with the state that refused the request.
    #[must_use]
    pub fn with_current_state(mut self, state: impl Into<String>) -> Self {
        self.current_state = Some(state.into());
        self
    }

    /// The same problem with one more member.
    #[must_use]
    pub fn with_extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// The same problem, told to the request of this id.
    #[must_use]
    pub fn for_request(mut self, request_id: &str) -> Self {
        request_id.clone_into(&mut self.request_id);
        self
    }

    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// The document as JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let extra = self.extra.iter().map(|(name, value)| (name.as_str(), value));
        let document = Document {
            r#type: self.code.type_uri(),
            title: self.code.title(),
            status: self.status().as_u16(),
            detail: &self.detail,
            instance: &self.request_id,
            code: self.code,
            request_id: &self.request_id,
            retry: self.retry,
            fields: &self.fields,
            current_state: self.current_state.as_deref(),
            extra: extra.filter(|(name, _)| !MEMBERS.contains(name)).collect(),
        };
        // Every key is text and every value serialisable, so this cannot fail; were it to, the status still speaks.
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// The response.
    #[must_use]
    pub fn into_response(self) -> Response {
        let mut response = Response::empty(self.status());
        response.body = self.to_json().into();
        let ProblemDetails {
            code, headers, retry, ..
        } = *self.0;
        response.headers = headers;
        response
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Retry::After { after_seconds } = retry {
            response.headers.insert(RETRY_AFTER, HeaderValue::from(after_seconds));
        }
        if matches!(code, Code::WalletSignatureRequired | Code::WalletSignatureInvalid) {
            response.headers.insert(WWW_AUTHENTICATE, WALLET_CHALLENGE);
        } else if response.status == StatusCode::UNAUTHORIZED {
            response.headers.insert(WWW_AUTHENTICATE, CHALLENGE);
            response.headers.insert(ACCEPT_SIGNATURE, WANTED_SIGNATURE);
        }
        response
    }
}

impl Deref for Problem {
    type Target = ProblemDetails;

    fn deref(&self) -> &ProblemDetails {
        &self.0
    }
}

impl DerefMut for Problem {
    fn deref_mut(&mut self) -> &mut ProblemDetails {
        &mut self.0
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        problem.into_response()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(response: &Response) -> Value {
        serde_json::from_slice(&response.body).unwrap()
    }

    #[test]
    fn a_problem_says_what_where_and_what_to_do() {
        let response = Problem::new(Code::WrongState, "The job is delivered.")
            .with_current_state("delivered")
            .with_field("/job_id", "is final")
            .with_extra("payment_status", "confirmed")
            .for_request("req-1")
            .into_response();
        assert_eq!(response.status, StatusCode::CONFLICT);
        assert_eq!(response.headers[CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(
            document(&response),
            json!({
                "type": "https://nanoark.dev/problems#wrong_state",
                "title": Code::WrongState.title(),
                "status": 409,
                "detail": "The job is delivered.",
                "instance": "req-1",
                "code": "wrong_state",
                "request_id": "req-1",
                "retry": {"kind": "never"},
                "fields": [{"pointer": "/job_id", "reason": "is final"}],
                "current_state": "delivered",
                "payment_status": "confirmed",
            })
        );
    }

    #[test]
    fn a_wait_is_said_in_the_document_and_in_the_header() {
        let problem = Problem::new(Code::RateLimited, "").with_retry(Retry::After { after_seconds: 7 });
        let response = problem.into_response();
        assert_eq!(response.headers[RETRY_AFTER], "7");
        assert_eq!(
            document(&response)["retry"],
            json!({"kind": "after", "after_seconds": 7})
        );
        for code in [Code::ConcurrentRequest, Code::Unavailable, Code::RateLimited] {
            assert!(
                Problem::new(code, "").into_response().headers.contains_key(RETRY_AFTER),
                "{code}"
            );
        }
        assert!(
            !Problem::new(Code::NotFound, "")
                .into_response()
                .headers
                .contains_key(RETRY_AFTER)
        );
    }

    #[test]
    fn a_wrong_method_names_the_right_ones() {
        let response = Problem::method_not_allowed(&[Method::GET, Method::PATCH]).into_response();
        assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers[ALLOW], "GET, PATCH");
    }

    #[test]
    fn every_401_says_how_to_sign() {
        let response = Problem::new(Code::SignatureMissing, "").into_response();
        assert_eq!(response.headers[WWW_AUTHENTICATE], "Signature realm=\"nanoark\"");
        assert!(
            response.headers[ACCEPT_SIGNATURE]
                .to_str()
                .unwrap()
                .starts_with("nanoark=(\"@method\"")
        );
    }

    #[test]
    fn a_wallet_is_told_to_sign_as_wallets_do() {
        for code in [Code::WalletSignatureRequired, Code::WalletSignatureInvalid] {
            let response = Problem::new(code, "").into_response();
            assert_eq!(response.headers[WWW_AUTHENTICATE], "Nostr");
            assert!(!response.headers.contains_key(ACCEPT_SIGNATURE));
        }
    }

    #[test]
    fn an_extra_member_never_replaces_one_of_the_document() {
        let mut problem = Problem::new(Code::Internal, "");
        for member in MEMBERS {
            problem = problem.with_extra(member, "forged");
        }
        assert!(!String::from_utf8(problem.to_json()).unwrap().contains("forged"));
    }
}
