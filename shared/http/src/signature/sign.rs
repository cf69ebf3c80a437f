//! Signing, for clients: the same rules from the other side, with no clock and no randomness.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ed25519_dalek::{Signer as _, SigningKey};
use http::HeaderValue;
use http::header::InvalidHeaderValue;
use nanoark_domain::bot::BotId;
use nanoark_domain::time::Timestamp;

use super::{
    Component, SIGNATURE, SIGNATURE_INPUT, SignatureError, SignatureInput, SignatureParameters, signature_base,
};
use crate::digest::{CONTENT_DIGEST, content_digest};
use crate::idempotency::{IDEMPOTENCY_KEY, IdempotencyKey, IdempotencyKeyError};
use crate::request::{NotAbsolute, Request};

/// The label our own clients use.
const LABEL: &str = "nanoark";

/// Who can sign for a bot: a key in memory, a key file, a hardware token.
pub trait Signer {
    /// The bot this signer speaks for.
    fn bot(&self) -> BotId;

    /// The Ed25519 signature (RFC 8032) of these bytes. MUST be that of [`Self::bot`]'s key.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

/// A signer that holds its key in memory and wipes it when dropped.
pub struct Ed25519Signer(SigningKey);

impl Ed25519Signer {
    /// The signer of this 32-byte seed (RFC 8032's private key).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        // `SigningKey` zeroizes itself on drop (its `zeroize` feature is on by default).
        Self(SigningKey::from_bytes(seed))
    }
}

impl Signer for Ed25519Signer {
    fn bot(&self) -> BotId {
        BotId::from_bytes(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for Ed25519Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Ed25519Signer({}, key hidden)", self.bot())
    }
}

/// When a signature is made and until when it is good; both are cut to whole seconds.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// Now, by the client's clock.
    pub created: Timestamp,
    /// At most 300 s later.
    pub expires: Timestamp,
    /// Something fresh, or nothing: the relay does not need it, the idempotency key does its work.
    pub nonce: Option<&'a str>,
}

/// Why a request cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The address is not absolute.
    #[error(transparent)]
    NotAbsolute(#[from] NotAbsolute),
    /// A mutation without a usable idempotency key; the caller chooses it, since only the caller knows what is a retry.
    #[error(transparent)]
    IdempotencyKey(#[from] IdempotencyKeyError),
    /// The request or the stamp cannot be signed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A header field would not be one.
    #[error(transparent)]
    Header(#[from] InvalidHeaderValue),
}

/// Signs a request in place: adds `Content-Digest` when there is a body, then `Signature-Input` and `Signature`. Signing
/// again, for a retry, replaces all three.
///
/// The request must have an absolute address and, unless it is a `GET` or `HEAD`, its `Idempotency-Key`. Header fields
/// that the relay does not require are not covered, so that a proxy may add and change them.
///
/// # Errors
/// See [`SigningError`].
pub fn sign_request<S: Signer + ?Sized>(
    outgoing: &mut http::Request<Bytes>,
    signer: &S,
    stamp: &Stamp<'_>,
) -> Result<(), SigningError> {
    let mut components = vec![
        Component::Method,
        Component::Authority,
        Component::Path,
        Component::Query,
    ];
    if outgoing.body().is_empty() {
        outgoing.headers_mut().remove(CONTENT_DIGEST);
    } else {
        let digest = HeaderValue::from_str(&content_digest(outgoing.body()))?;
        outgoing.headers_mut().insert(CONTENT_DIGEST, digest);
        components.push(Component::Field(CONTENT_DIGEST));
    }
    let request = Request::from_outgoing(outgoing)?;
    if request.is_mutation() {
        read_idempotency_key(&request)?;
        components.push(Component::Field(IDEMPOTENCY_KEY));
    }
    let parameters = SignatureParameters {
        created: stamp.created.as_seconds(),
        expires: stamp.expires.as_seconds(),
        bot: signer.bot(),
        nonce: stamp.nonce.map(str::to_owned),
        tag: None,
    };
    let input = SignatureInput::new(components, parameters.write()?)?;
    let signature = signer.sign(signature_base(&request, &input)?.as_bytes());
    let input = HeaderValue::from_str(&format!("{LABEL}={input}"))?;
    let signature = HeaderValue::from_str(&format!("{LABEL}=:{}:", STANDARD.encode(signature)))?;
    outgoing.headers_mut().insert(SIGNATURE_INPUT, input);
    outgoing.headers_mut().insert(SIGNATURE, signature);
    Ok(())
}

/// The key of a request that must have exactly one.
pub(super) fn read_idempotency_key(request: &Request) -> Result<IdempotencyKey, IdempotencyKeyError> {
    let mut lines = request.headers.get_all(IDEMPOTENCY_KEY).iter();
    let line = lines.next().ok_or(IdempotencyKeyError::Missing)?;
    if lines.next().is_some() {
        return Err(IdempotencyKeyError::Repeated);
    }
    let text = line.to_str().map_err(|_| IdempotencyKeyError::Invalid)?;
    text.trim_matches([' ', '\t']).parse()
}
