//! From a request to a signed one.

use bytes::Bytes;
use nanoark_domain::bot::BotId;
use nanoark_domain::time::{Seconds, Timestamp};
use sfv::{BareItem, Dictionary, KeyRef, ListEntry, key_ref};
use sha2::{Digest as _, Sha256};

use super::sign::read_idempotency_key;
use super::{
    LONGEST_SIGNATURE, LONGEST_SIGNATURE_INPUT, MOST_SIGNATURES, SIGNATURE, SIGNATURE_INPUT, SignatureError,
    SignatureInput, SignatureParameters, key, signature_base,
};
use crate::digest::{CONTENT_DIGEST, verify_content_digest};
use crate::idempotency::IdempotencyKey;
use crate::request::Request;
use crate::structured::parse_dictionary;

/// What must be covered whatever the request is.
const ALWAYS_COVERED: [&str; 4] = ["@method", "@authority", "@path", "@query"];

/// The limits a signature is held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureRules {
    /// How far `created` may be from our clock, in either direction.
    pub clock_tolerance: Seconds,
    /// The longest time from `created` to `expires`.
    pub longest_lifetime: Seconds,
    /// The hosts we answer for, normalised. Empty when the front door already lets only our own hosts through; where it
    /// does not, this is what keeps a request made for one relay from being replayed at another.
    pub authorities: Vec<String>,
}

impl Default for SignatureRules {
    fn default() -> Self {
        Self {
            clock_tolerance: Seconds(60),
            longest_lifetime: Seconds(300),
            authorities: Vec::new(),
        }
    }
}

/// A request whose signature, window and digest are verified.
///
/// Only [`verify`] makes one, so that whoever holds a `Signed` need not ask who is calling.
#[derive(Debug, Clone)]
pub struct Signed {
    request: Request,
    parameters: SignatureParameters,
    idempotency_key: Option<IdempotencyKey>,
    fingerprint: [u8; 32],
}

impl Signed {
    /// Who signed.
    #[must_use]
    pub fn bot(&self) -> BotId {
        self.parameters.bot
    }

    /// When it was signed, by the signer's clock.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        Timestamp::from_seconds(self.parameters.created)
    }

    /// Until when the signature is good.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        Timestamp::from_seconds(self.parameters.expires)
    }

    /// The nonce, where there is one.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.parameters.nonce.as_deref()
    }

    /// The idempotency key; every mutation has one, no `GET` or `HEAD` does.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.idempotency_key.as_ref()
    }

    /// The request. What the signature does not cover (further header fields) is as it came and proves nothing.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The body, which is what was signed.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.request.body
    }

    /// What makes two requests the same request: method, path, query and body. The signature, its time and its nonce
    /// are no part of it, because a client signs each retry anew; nor is the form of the digest.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }
}

/// Verifies a request against the rules at the head of [this module](super).
///
/// Cheap checks come first; the body is hashed last, when the signature has shown that the digest is the signer's.
///
/// # Errors
/// See [`SignatureError`].
pub fn verify(request: &Request, now: Timestamp, rules: &SignatureRules) -> Result<Signed, SignatureError> {
    let inputs = dictionary(request, "signature-input")?;
    let signatures = dictionary(request, "signature")?;
    let (label, entry) = choose(&inputs)?;
    let signature = signature_bytes(&signatures, label)?;
    let input = SignatureInput::read(entry)?;
    let parameters = SignatureParameters::read(input.parameters())?;
    parameters.check_time(now, rules)?;

    let mutation = request.is_mutation();
    let has_body = !request.body.is_empty();
    if has_body && !request.headers.contains_key(CONTENT_DIGEST) {
        return Err(SignatureError::DigestMissing);
    }
    let idempotency_key = if mutation {
        Some(read_idempotency_key(request)?)
    } else {
        None
    };
    require_coverage(&input, mutation, has_body)?;

    if !rules.authorities.is_empty() && !rules.authorities.contains(&request.authority) {
        return Err(SignatureError::WrongAuthority {
            authority: request.authority.clone(),
        });
    }
    let key = key::verifying_key(&parameters.bot)?;
    if !key::is_signature(&key, signature_base(request, &input)?.as_bytes(), &signature) {
        return Err(SignatureError::WrongSignature);
    }
    if input.covers(CONTENT_DIGEST.as_str()) {
        let digest = request
            .field(&CONTENT_DIGEST, LONGEST_SIGNATURE)?
            .ok_or(SignatureError::DigestMissing)?;
        verify_content_digest(&digest, &request.body)?;
    }
    let fingerprint = fingerprint(request);
    Ok(Signed {
        request: request.clone(),
        parameters,
        idempotency_key,
        fingerprint,
    })
}

/// Reads one of the two header fields.
fn dictionary(request: &Request, header: &'static str) -> Result<Dictionary, SignatureError> {
    let (name, limit) = match header {
        "signature-input" => (SIGNATURE_INPUT, LONGEST_SIGNATURE_INPUT),
        _ => (SIGNATURE, LONGEST_SIGNATURE),
    };
    let text = request.field(&name, limit)?.ok_or(SignatureError::Missing { header })?;
    parse_dictionary(&text).map_err(|reason| SignatureError::Malformed { header, reason })
}

/// The signature that is judged: the only one, or the only one of a bot.
fn choose(inputs: &Dictionary) -> Result<(&KeyRef, &ListEntry), SignatureError> {
    if inputs.len() > MOST_SIGNATURES {
        return Err(SignatureError::TooManySignatures {
            found: inputs.len(),
            most: MOST_SIGNATURES,
        });
    }
    let mut members = inputs.iter().map(|(label, entry)| (&**label, entry));
    if inputs.len() <= 1 {
        return members.next().ok_or(SignatureError::Missing {
            header: "signature-input",
        });
    }
    let mut of_bots = members.filter(|(_, entry)| claims_a_bot(entry));
    let chosen = of_bots.next().ok_or(SignatureError::KeyEncoding)?;
    match of_bots.next() {
        None => Ok(chosen),
        Some((second, _)) => Err(SignatureError::SeveralSigners {
            first: chosen.0.to_string(),
            second: second.to_string(),
        }),
    }
}

fn claims_a_bot(entry: &ListEntry) -> bool {
    let ListEntry::InnerList(list) = entry else {
        return false;
    };
    list.params
        .get(key_ref("keyid"))
        .and_then(BareItem::as_string)
        .is_some_and(|keyid| keyid.as_str().parse::<BotId>().is_ok())
}

fn signature_bytes(signatures: &Dictionary, label: &KeyRef) -> Result<[u8; 64], SignatureError> {
    let entry = signatures
        .get(label)
        .ok_or_else(|| SignatureError::LabelWithoutSignature {
            label: label.to_string(),
        })?;
    let bytes = match entry {
        ListEntry::Item(item) => item.bare_item.as_byte_sequence(),
        ListEntry::InnerList(_) => None,
    };
    let bytes = bytes.ok_or_else(|| SignatureError::Malformed {
        header: "signature",
        reason: format!("{label} is no byte sequence between colons"),
    })?;
    bytes
        .try_into()
        .map_err(|_| SignatureError::SignatureLength { found: bytes.len() })
}

fn require_coverage(input: &SignatureInput, mutation: bool, has_body: bool) -> Result<(), SignatureError> {
    let digest = has_body.then_some("content-digest");
    let key = mutation.then_some("idempotency-key");
    let names: Vec<&'static str> = ALWAYS_COVERED
        .into_iter()
        .chain(digest)
        .chain(key)
        .filter(|name| !input.covers(name))
        .collect();
    if names.is_empty() {
        Ok(())
    } else {
        Err(SignatureError::MissingComponents { names })
    }
}

/// Hashes the four facts, each with its length in front so that none can run into the next.
fn fingerprint(request: &Request) -> [u8; 32] {
    let body = if request.body.is_empty() {
        Vec::new()
    } else {
        Sha256::digest(&request.body).to_vec()
    };
    let path = if request.path.is_empty() { "/" } else { &request.path };
    let query = request.query.as_deref().unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(b"nanoark request 1\n");
    for fact in [
        request.method.as_str().as_bytes(),
        path.as_bytes(),
        query.as_bytes(),
        &body,
    ] {
        hash.update(format!("{}:", fact.len()));
        hash.update(fact);
    }
    hash.finalize().into()
}
