//! Requests made by hand, to be spoiled in one place and sent as they are.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::idempotency::IDEMPOTENCY_KEY;
use nanoark_http::signature::{Ed25519Signer, Signer, Stamp, sign_request};
use serde::Serialize;
use serde_json::Value;

use super::{RELAY, World};

/// A request in the making: everything that stays the same when it is signed anew.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) bot: u8,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) key: Option<String>,
    pub(crate) media_type: Option<&'static str>,
    pub(crate) body: Bytes,
}

impl Draft {
    /// A read by the bot of this number.
    pub(crate) fn get(bot: u8, target: impl Into<String>) -> Self {
        Self {
            bot,
            method: Method::GET,
            target: target.into(),
            key: None,
            media_type: None,
            body: Bytes::new(),
        }
    }

    /// A command of the bot of this number.
    pub(crate) fn post(bot: u8, target: impl Into<String>, key: impl Into<String>, body: &impl Serialize) -> Self {
        Self {
            method: Method::POST,
            key: Some(key.into()),
            media_type: Some("application/json"),
            body: serde_json::to_vec(body).unwrap().into(),
            ..Self::get(bot, target)
        }
    }

    pub(crate) fn with_method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    pub(crate) fn with_target(self, target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            ..self
        }
    }

    pub(crate) fn with_key(self, key: impl Into<String>) -> Self {
        Self {
            key: Some(key.into()),
            ..self
        }
    }

    pub(crate) fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    pub(crate) fn with_json(self, body: &Value) -> Self {
        self.with_body(body.to_string())
    }

    /// The body with one member set to another value.
    pub(crate) fn with_member(self, name: &str, value: Value) -> Self {
        let mut body = self.json();
        body[name] = value;
        self.with_json(&body)
    }

    pub(crate) fn by(self, bot: u8) -> Self {
        Self { bot, ..self }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The request without digest and signature.
    pub(crate) fn unsigned(&self) -> Request<Bytes> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = format!("{RELAY}{}", self.target).parse().unwrap();
        if let Some(media_type) = self.media_type {
            set(&mut request, &CONTENT_TYPE, media_type);
        }
        if let Some(key) = &self.key {
            set(&mut request, &IDEMPOTENCY_KEY, key);
        }
        request
    }

    /// The request, signed now and good for a minute.
    pub(crate) fn signed(&self, world: &World) -> Request<Bytes> {
        self.signed_at(world.now(), Seconds(60))
    }

    /// The request, signed by a clock that shows `created` and good for so long.
    pub(crate) fn signed_at(&self, created: Timestamp, lifetime: Seconds) -> Request<Bytes> {
        self.signed_by(&signer(self.bot), created, lifetime)
    }

    /// The same by any signer.
    pub(crate) fn signed_by(&self, signer: &impl Signer, created: Timestamp, lifetime: Seconds) -> Request<Bytes> {
        let mut request = self.unsigned();
        let stamp = Stamp {
            created,
            expires: created.plus(lifetime),
            nonce: None,
        };
        sign_request(&mut request, signer, &stamp).unwrap();
        request
    }
}

/// The key of the bot of this number.
pub(crate) fn signer(bot: u8) -> Ed25519Signer {
    Ed25519Signer::from_seed(&[bot; 32])
}

/// Sets a header field.
pub(crate) fn set(request: &mut Request<Bytes>, name: &HeaderName, value: &str) {
    request
        .headers_mut()
        .insert(name.clone(), HeaderValue::from_str(value).unwrap());
}
