//! HTTP requests that a Nostr key has signed (NIP-98).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bitcoin::XOnlyPublicKey;
use bitcoin::hashes::{Hash as _, sha256};
use nanoark_ark_verifier::hash::EventId;
use nanoark_domain::time::{Seconds, Timestamp};

use crate::event::SignedEvent;
use crate::key::NostrKey;
use crate::refusal::EventRefusal;

/// The kind of the event in the header.
const HTTP_AUTH: u16 = 27_235;

/// How far the event's time may be from now, either way.
pub const TOLERANCE: Seconds = Seconds(60);

/// The longest header value that is read. A signed event of a request has about 700 characters in base64.
pub const MAX_HEADER_BYTES: usize = 8 << 10;

/// The request, as the server sees it.
#[derive(Debug, Clone, Copy)]
pub struct SeenRequest<'a> {
    /// Its method, upper-case.
    pub method: &'a str,
    /// The addresses that the client may have used for it: scheme, authority, path and query, each exactly as sent.
    pub urls: &'a [String],
    /// Its body.
    pub body: &'a [u8],
}

/// Who made a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpCaller {
    /// The key.
    pub author: XOnlyPublicKey,
    /// The event in the header, for a server that takes each once.
    pub event_id: EventId,
    /// When it was signed.
    pub created_at: Timestamp,
}

/// Why a request is not its claimed author's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpAuthError {
    /// The header is too long to be looked at.
    #[error("the authorization has more than {MAX_HEADER_BYTES} bytes")]
    TooLong,
    /// The header is not `Nostr` and base64.
    #[error("the authorization is not Nostr and an event in base64")]
    Header,
    /// What it holds is no valid event.
    #[error("the event in the authorization: {0}")]
    Event(#[from] EventRefusal),
    /// The event is of another kind.
    #[error("the event is of kind {0}, not 27235")]
    Kind(u16),
    /// The event was signed for another address, or for none.
    #[error("the event's u tag is not this request's address")]
    Url,
    /// The event was signed for another method, or for none.
    #[error("the event's method tag is not this request's method")]
    Method,
    /// The event was signed for another body, or for none.
    #[error("the event's payload tag is not the SHA-256 of this request's body")]
    Payload,
    /// The event is too old or from the future.
    #[error("the event was signed at {created_at}, more than a minute from {now}")]
    Time {
        /// When it says that it was signed.
        created_at: Timestamp,
        /// Now.
        now: Timestamp,
    },
}

/// Who made this request, by its `Authorization` header.
///
/// # Errors
/// [`HttpAuthError`].
pub fn verify(header: &str, request: &SeenRequest<'_>, now: Timestamp) -> Result<HttpCaller, HttpAuthError> {
    if header.len() > MAX_HEADER_BYTES {
        return Err(HttpAuthError::TooLong);
    }
    let (scheme, encoded) = header.split_once(' ').ok_or(HttpAuthError::Header)?;
    // HTTP compares schemes without regard to case (RFC 9110).
    if !scheme.eq_ignore_ascii_case("nostr") {
        return Err(HttpAuthError::Header);
    }
    let json = STANDARD.decode(encoded.trim()).map_err(|_| HttpAuthError::Header)?;
    let event = SignedEvent::parse(&json, MAX_HEADER_BYTES)?;
    if event.kind() != HTTP_AUTH {
        return Err(HttpAuthError::Kind(event.kind()));
    }
    let url = event.exactly_one("u")?;
    if !request.urls.iter().any(|candidate| candidate == url) {
        return Err(HttpAuthError::Url);
    }
    if event.exactly_one("method")? != request.method {
        return Err(HttpAuthError::Method);
    }
    match event.at_most_one("payload")? {
        Some(hash) if hash != sha256::Hash::hash(request.body).to_string() => return Err(HttpAuthError::Payload),
        None if !request.body.is_empty() => return Err(HttpAuthError::Payload),
        Some(_) | None => {}
    }
    let created_at = event.created_at();
    let whole_now = Timestamp::from_seconds(now.as_seconds());
    if created_at < whole_now.minus(TOLERANCE) || created_at > whole_now.plus(TOLERANCE) {
        return Err(HttpAuthError::Time { created_at, now });
    }
    Ok(HttpCaller {
        author: event.author(),
        event_id: event.id(),
        created_at,
    })
}

/// The value of the `Authorization` header for a request. Nothing if the key cannot sign.
#[must_use]
pub fn authorization(key: &NostrKey, method: &str, url: &str, body: &[u8], created_at: Timestamp) -> Option<String> {
    let mut tags = vec![
        vec!["u".to_owned(), url.to_owned()],
        vec!["method".to_owned(), method.to_owned()],
    ];
    if !body.is_empty() {
        tags.push(vec!["payload".to_owned(), sha256::Hash::hash(body).to_string()]);
    }
    let event = SignedEvent::sign(key, HTTP_AUTH, tags, String::new(), created_at)?;
    Some(format!("Nostr {}", STANDARD.encode(event.json())))
}
