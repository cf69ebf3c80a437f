//! Everything that can be wrong with a signed request, with the facts that let its author mend it.

use crate::digest::DigestError;
use crate::idempotency::IdempotencyKeyError;
use crate::request::UnusableHeader;

use super::KeyError;

/// Why a request is not [`Signed`](super::Signed).
///
/// The sentences are written for the developer of the client; [`crate::problem`] gives each its code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// `Signature-Input` or `Signature` is absent.
    #[error("the request has no {header} header")]
    Missing {
        /// The absent field.
        header: &'static str,
    },
    /// A header field is too long or no text.
    #[error(transparent)]
    Header(#[from] UnusableHeader),
    /// A header field is not of its form.
    #[error("{header} cannot be read: {reason}")]
    Malformed {
        /// The field.
        header: &'static str,
        /// What is wrong, with the position where it is known.
        reason: String,
    },
    /// More labels than we look at.
    #[error("Signature-Input has {found} labels; at most {most} are read")]
    TooManySignatures {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// More than one label has a bot's key.
    #[error("the signatures {first} and {second} both have a bot's key as keyid; a request has one signer")]
    SeveralSigners {
        /// A label.
        first: String,
        /// Another one.
        second: String,
    },
    /// `Signature` has no member of the label that `Signature-Input` has.
    #[error("Signature has no member named {label}, which Signature-Input describes")]
    LabelWithoutSignature {
        /// The label.
        label: String,
    },
    /// The signature does not have 64 bytes.
    #[error("the signature has {found} bytes; an Ed25519 signature has 64")]
    SignatureLength {
        /// How many bytes it has.
        found: usize,
    },
    /// A covered component we do not know.
    #[error("the covered component \"{name}\" is unknown; header names are lower-case")]
    UnknownComponent {
        /// As the client wrote it.
        name: String,
    },
    /// A covered component with parameters, such as `"@query-param";name="a"`.
    #[error("the covered component \"{name}\" has parameters; none are supported")]
    ComponentParameters {
        /// The component.
        name: String,
    },
    /// A component covered twice.
    #[error("the component \"{name}\" is covered twice")]
    DuplicateComponent {
        /// The component.
        name: String,
    },
    /// More components than we look at.
    #[error("the signature covers {found} components; at most {most} are read")]
    TooManyComponents {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// Components that must be covered and are not.
    #[error("the signature must also cover {}", quoted(names))]
    MissingComponents {
        /// All that are missing, not only the first.
        names: Vec<&'static str>,
    },
    /// A covered header field is not in the request.
    #[error("the signature covers \"{name}\", but the request has no such header")]
    CoveredFieldAbsent {
        /// The field.
        name: String,
    },
    /// A covered part of the request holds a byte that has no place there unencoded.
    #[error("\"{name}\" as received holds a character that cannot stand there unencoded")]
    UnsignableValue {
        /// The component.
        name: String,
    },
    /// A required parameter is absent.
    #[error("the signature parameter {name} is missing")]
    MissingParameter {
        /// `created`, `expires` or `keyid`.
        name: &'static str,
    },
    /// A parameter has a value of the wrong kind.
    #[error("the signature parameter {name} must be {expected}")]
    InvalidParameter {
        /// The parameter.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A parameter RFC 9421 does not define.
    #[error("the signature parameter {name} is unknown")]
    UnknownParameter {
        /// As the client wrote it.
        name: String,
    },
    /// `alg` names something else than Ed25519.
    #[error("the signature algorithm is \"{named}\"; only \"ed25519\" is supported")]
    Algorithm {
        /// As the client wrote it.
        named: String,
    },
    /// The key id is not a bot.
    #[error("keyid must be the bot's Ed25519 public key in 64 lower-case hex digits")]
    KeyEncoding,
    /// The key is one nobody should use.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// `created` is too far from our clock.
    #[error("created is {created}, the server's clock says {now}; they may differ by {allowed} s")]
    ClockOff {
        /// Seconds since 1970, from the request.
        created: u64,
        /// Seconds since 1970, ours.
        now: u64,
        /// The allowed difference.
        allowed: u32,
    },
    /// `expires` has passed.
    #[error("the signature expired at {expires}, the server's clock says {now}")]
    Expired {
        /// Seconds since 1970, from the request.
        expires: u64,
        /// Seconds since 1970, ours.
        now: u64,
    },
    /// `expires` is not after `created`, or too long after it.
    #[error("expires ({expires}) must be 1 to {longest} s after created ({created})")]
    Lifetime {
        /// Seconds since 1970.
        created: u64,
        /// Seconds since 1970.
        expires: u64,
        /// The longest lifetime.
        longest: u32,
    },
    /// The request was made for another host.
    #[error("this server is not {authority}")]
    WrongAuthority {
        /// The host the client addressed.
        authority: String,
    },
    /// There is a body and no `Content-Digest`.
    #[error("the request has a body and no Content-Digest header")]
    DigestMissing,
    /// `Content-Digest` does not speak for the body.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// The idempotency key is absent or none.
    #[error(transparent)]
    IdempotencyKey(#[from] IdempotencyKeyError),
    /// The signature is not that of this key over this request.
    #[error("the signature does not fit this key and this request")]
    WrongSignature,
}

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(", ")
}
