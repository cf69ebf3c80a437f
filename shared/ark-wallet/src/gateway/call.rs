//! One call, ready to be signed as often as it takes.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request};
use nanoark_client::TransportError;
use nanoark_domain::time::Timestamp;
use nanoark_nostr::NostrKey;
use nanoark_nostr::http_auth::authorization;

use super::error::GatewayError;

/// One call: everything that stays the same when it is made again.
#[derive(Debug, Clone)]
pub(super) struct Call {
    method: Method,
    /// The path, of unreserved characters only.
    target: String,
    body: Bytes,
    signed: bool,
}

impl Call {
    /// A read that anybody may make.
    pub(super) const fn public(target: String) -> Self {
        Self {
            method: Method::GET,
            target,
            body: Bytes::new(),
            signed: false,
        }
    }

    /// A call about the wallet's own things.
    pub(super) const fn own(method: Method, target: String) -> Self {
        Self {
            method,
            target,
            body: Bytes::new(),
            signed: true,
        }
    }

    /// An event, which says itself who it is by.
    pub(super) fn event(target: String, event: &str) -> Self {
        Self {
            method: Method::POST,
            target,
            body: Bytes::copy_from_slice(event.as_bytes()),
            signed: false,
        }
    }

    /// The call as a request to this origin, signed (NIP-98) where it has to be.
    pub(super) fn request(&self, origin: &str, key: &NostrKey, now: Timestamp) -> Result<Request<Bytes>, GatewayError> {
        let url = format!("{origin}{}", self.target);
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = url.parse().map_err(|_| TransportError::Address)?;
        if !self.body.is_empty() {
            request
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if self.signed {
            let value = authorization(key, self.method.as_str(), &url, &self.body, now);
            let value = value.and_then(|value| HeaderValue::from_str(&value).ok());
            request
                .headers_mut()
                .insert(AUTHORIZATION, value.ok_or(GatewayError::Unsigned)?);
        }
        Ok(request)
    }
}
