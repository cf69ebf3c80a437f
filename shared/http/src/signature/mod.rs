//! HTTP Message Signatures (RFC 9421), the strict subset that Nanoark speaks: Ed25519, requests only.
//!
//! # What a request must carry
//!
//! - It covers `@method`, `@authority`, `@path` and `@query`, always; `content-digest` when there is a body;
//!   `idempotency-key` on every method but `GET` and `HEAD`. It may also cover `@scheme`, `@target-uri`,
//!   `@request-target` and any header field, each at most once and without component parameters.
//! - It has the parameters `created`, `expires` and `keyid`, and may have `nonce`, `alg` (`"ed25519"`) and `tag`. The
//!   key id is the bot's public key: 64 lower-case hex digits. Any other parameter is refused.
//! - `expires` is 1 to 300 s after `created`, `created` is within 60 s of our clock, `expires` has not passed.
//! - The label is free. A request with one label is judged by it. With several (a proxy may add its own), exactly one
//!   must have a bot's key as its `keyid`; that one is judged and the others are not looked at. Two bots on one
//!   request are refused, because it would be unclear who asks.
//! - Nothing may appear twice: no label, parameter or component; not even where RFC 8941 lets the last one win.
//!
//! Path and query are taken byte by byte as received. A path that only holds unreserved characters, as all of ours do,
//! survives every proxy; `%41` and `A` are two different paths to us.
//!
//! # Why not a crate
//!
//! Judged in November 2026, by source and by dependency tree:
//!
//! - `httpsig` 0.0.26 calls itself work in progress, brings 82 packages (P-256, P-384, HMAC, PKCS#8, a second Ed25519)
//!   where we need one algorithm, and decides expiry by its own clock.
//! - `web-bot-auth` 0.7.0 brings 59, among them ed25519-dalek 2, sfv 0.13, sha2 0.10 and regex beside our newer ones;
//!   it verifies with the permissive `verify`, which accepts small-order keys, and reads the clock itself.
//! - Neither enforces what makes a signature an authorisation here: required components, a longest lifetime, nothing
//!   twice, one signer, a strict key. That policy is most of this module whichever parser stands under it.
//!
//! So: [`sfv`] parses and serialises, `ed25519-dalek` verifies, and the rules in between are ours and are tested with
//! the vectors of RFC 9421 appendix B and the table in `vectors/refused.json`.

mod base;
mod component;
mod error;
mod key;
mod parameters;
mod sign;
mod verify;

pub use base::{SignatureInput, signature_base};
pub use component::Component;
pub use error::SignatureError;
pub use key::{KeyError, StatementError, sign_statement, verify_statement};
pub use parameters::SignatureParameters;
pub use sign::{Ed25519Signer, Signer, SigningError, Stamp, sign_request};
pub use verify::{SignatureRules, Signed, verify};

use http::HeaderName;

/// The header field that says what is signed.
pub const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");

/// The header field with the signature.
pub const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// The longest `Signature-Input` we read, all lines combined.
pub const LONGEST_SIGNATURE_INPUT: usize = 2_048;

/// The longest `Signature` we read.
pub const LONGEST_SIGNATURE: usize = 1_024;

/// The longest value of any other covered header field.
pub const LONGEST_FIELD: usize = 8_192;

/// The most labels one request may carry.
pub const MOST_SIGNATURES: usize = 4;

/// The most components one signature may cover.
pub const MOST_COMPONENTS: usize = 32;
