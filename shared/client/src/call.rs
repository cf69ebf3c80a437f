//! One call, ready to be signed as often as it takes.

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderValue, IF_NONE_MATCH};
use nanoark_http::idempotency::{IDEMPOTENCY_KEY, IdempotencyKey};
use nanoark_http::signature::SigningError;
use serde::Serialize;

use crate::error::ClientError;

/// One call: everything that stays the same when it is tried again.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path and query, of unreserved characters and percent-encoding only.
    pub(crate) target: String,
    pub(crate) body: Bytes,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) etag: Option<String>,
    pub(crate) signed: bool,
}

impl Call {
    /// A read that anybody may make.
    pub(crate) fn public(target: String) -> Self {
        Self {
            method: Method::GET,
            target,
            body: Bytes::new(),
            key: None,
            etag: None,
            signed: false,
        }
    }

    /// A read of the bot's own things.
    pub(crate) fn read(target: String) -> Self {
        Self {
            signed: true,
            ..Self::public(target)
        }
    }

    /// A mutation with a JSON body.
    pub(crate) fn mutation(
        method: Method,
        target: String,
        key: &IdempotencyKey,
        body: &impl Serialize,
    ) -> Result<Self, ClientError> {
        let body = serde_json::to_vec(body).map_err(ClientError::Body)?;
        Ok(Self {
            method,
            body: body.into(),
            key: Some(key.clone()),
            ..Self::read(target)
        })
    }

    /// The call as an unsigned request to this origin, such as `https://api.example.com`.
    pub(crate) fn request(&self, origin: &str) -> Result<http::Request<Bytes>, ClientError> {
        let mut request = http::Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = format!("{origin}{}", self.target)
            .parse()
            .map_err(|_| crate::TransportError::Address)?;
        let headers = request.headers_mut();
        if !self.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(key) = &self.key {
            headers.insert(IDEMPOTENCY_KEY, header(key.as_str())?);
        }
        if let Some(etag) = &self.etag {
            headers.insert(IF_NONE_MATCH, header(etag)?);
        }
        Ok(request)
    }
}

fn header(text: &str) -> Result<HeaderValue, ClientError> {
    HeaderValue::from_str(text).map_err(|error| ClientError::Signing(SigningError::Header(error)))
}
