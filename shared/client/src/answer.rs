//! What the relay answers.

use std::time::Duration;

use http::{HeaderMap, HeaderName, StatusCode};

/// The response header with the request's id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("nanoark-request-id");

/// An answer: what was asked for, and what the relay said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// The HTTP status.
    pub status: StatusCode,
    /// Whether this answer was given before, to an earlier try of the same request, and repeated from the record.
    pub replayed: bool,
    /// The id that the relay's log line has too.
    pub request_id: Option<String>,
    /// What to send as `If-None-Match` to be told only of changes, where the call knows it.
    pub etag: Option<String>,
    /// How long to wait before asking again, where the relay says so: polls, also those that brought nothing.
    pub next_poll: Option<Duration>,
    /// How often the request was sent, at least once.
    pub attempts: u32,
}

impl<T> Answer<T> {
    pub(crate) fn map<U, E>(self, convert: impl FnOnce(T) -> Result<U, E>) -> Result<Answer<U>, E> {
        Ok(Answer {
            value: convert(self.value)?,
            status: self.status,
            replayed: self.replayed,
            request_id: self.request_id,
            etag: self.etag,
            next_poll: self.next_poll,
            attempts: self.attempts,
        })
    }
}

/// What a poll brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled<T> {
    /// Something that the poller has not seen.
    Changed(Answer<T>),
    /// The same as at the last poll (304).
    Unchanged(Answer<()>),
}

impl<T> Polled<T> {
    /// The answer, unless nothing changed.
    #[must_use]
    pub fn changed(self) -> Option<Answer<T>> {
        match self {
            Self::Changed(answer) => Some(answer),
            Self::Unchanged(_) => None,
        }
    }
}

/// A response header's text, unless it is none.
pub(crate) fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
