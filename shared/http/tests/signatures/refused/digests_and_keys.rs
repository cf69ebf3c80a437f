//! Digests that do not speak for the body, and idempotency keys that are none.

use bytes::Bytes;
use http::{HeaderValue, Method};
use nanoark_http::problem::Code;

use super::{Case, honest};
use crate::workshop::*;

pub(super) fn cases() -> Vec<Case> {
    use Code::{DigestMismatch, DigestMissing, IdempotencyKeyInvalid, IdempotencyKeyMissing, SignatureMalformed};
    let digest = |name: &str, value: &str| honest(name, DigestMismatch, |r| set(r, "content-digest", value));
    let key = |name: &str, value: &str| honest(name, IdempotencyKeyInvalid, |r| set(r, "idempotency-key", value));
    vec![
        honest("body without a digest", DigestMissing, |r| {
            drop(r.headers.remove("content-digest"));
        }),
        digest("digest of another body", &nanoark_http::digest::content_digest(b"{}")),
        digest("digest of nothing", &nanoark_http::digest::content_digest(b"")),
        digest("digest of an unknown kind", "md5=:rL0Y20zC+Fzt72VPzMSk2A==:"),
        digest("digest as text", "sha-256=\"abc\""),
        digest(
            "digest in hex",
            "sha-256=b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
        ),
        digest(
            "digest in upper case",
            "SHA-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        ),
        honest("right digest twice", DigestMismatch, |r| {
            let again = header(r, "content-digest").to_owned();
            add(r, "content-digest", &again);
        }),
        honest("right sha-256 with a wrong sha-512", DigestMismatch, |r| {
            add(r, "content-digest", "sha-512=:AAAA:");
        }),
        honest("digest for a body that is not there", DigestMismatch, |r| {
            r.body = Bytes::new();
        }),
        honest("digest longer than 1024 bytes", SignatureMalformed, |r| {
            add(r, "content-digest", &format!("x=:{}:", "A".repeat(1_024)));
        }),
        honest("no idempotency key", IdempotencyKeyMissing, |r| {
            drop(r.headers.remove("idempotency-key"));
        }),
        honest("two idempotency keys", IdempotencyKeyInvalid, |r| {
            add(r, "idempotency-key", "second");
        }),
        key("empty idempotency key", ""),
        key("idempotency key with a space", "a b"),
        key("idempotency key with a parameter", "\"a\";x=1"),
        key("idempotency key with an open quote", "\"a"),
        key("idempotency key of 129 characters", &"k".repeat(129)),
        honest("idempotency key not ASCII", IdempotencyKeyInvalid, |r| {
            r.headers
                .insert("idempotency-key", HeaderValue::from_bytes("ü".as_bytes()).unwrap());
        }),
        Case {
            name: "PATCH without an idempotency key".to_owned(),
            request: {
                let mut request = get();
                request.method = Method::PATCH;
                sign(request, r#""@method" "@authority" "@path" "@query""#, &parameters())
            },
            code: IdempotencyKeyMissing,
        },
        Case {
            name: "GET with a body and no digest".to_owned(),
            request: {
                let mut request = get();
                request.body = Bytes::from_static(b"x");
                sign(request, r#""@method" "@authority" "@path" "@query""#, &parameters())
            },
            code: DigestMissing,
        },
    ]
}
