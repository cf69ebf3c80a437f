//! The client's side.

use bytes::Bytes;
use http::Method;
use nanoark_http::idempotency::IdempotencyKeyError;
use nanoark_http::request::Request;
use nanoark_http::signature::{SignatureRules, Signer, SigningError, Stamp, sign_request, verify};

use crate::workshop::*;

fn outgoing(method: Method, address: &str, body: &str) -> http::Request<Bytes> {
    let mut request = http::Request::builder().method(method).uri(address);
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    request
        .header("idempotency-key", KEY)
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap()
}

fn stamp() -> Stamp<'static> {
    Stamp {
        created: at(NOW),
        expires: at(NOW + 60),
        nonce: Some("fresh"),
    }
}

#[test]
fn what_a_client_signs_the_relay_accepts() {
    for (method, address, body) in [
        (Method::POST, "https://api.nanoark.example/v1/jobs?x=%2F&y", BODY),
        (Method::POST, "https://API.nanoark.example:443/v1/offers/of_1/pause", ""),
        (Method::PATCH, "http://127.0.0.1:8080/v1/offers/of_1", BODY),
        (Method::GET, "https://api.nanoark.example/v1/jobs?role=buyer", ""),
        (Method::GET, "https://api.nanoark.example", ""),
    ] {
        let mut request = outgoing(method, address, body);
        sign_request(&mut request, &signer(), &stamp()).unwrap();
        let received = Request::from_outgoing(&request).unwrap();
        let signed = verify(&received, at(NOW), &SignatureRules::default()).unwrap();
        assert_eq!(
            (signed.bot(), signed.nonce()),
            (signer().bot(), Some("fresh")),
            "{address}"
        );
    }
}

#[test]
fn signing_again_replaces_the_signature_and_keeps_the_request() {
    let mut request = outgoing(Method::POST, "https://api.nanoark.example/v1/jobs", BODY);
    sign_request(&mut request, &signer(), &stamp()).unwrap();
    let first = check(&Request::from_outgoing(&request).unwrap()).unwrap();
    let later = Stamp {
        created: at(NOW + 20),
        expires: at(NOW + 80),
        nonce: None,
    };
    sign_request(&mut request, &signer(), &later).unwrap();
    let second = check(&Request::from_outgoing(&request).unwrap()).unwrap();
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(second.created(), at(NOW + 20));
    assert_eq!(request.headers().get_all("signature").iter().count(), 1);
}

#[test]
fn a_mutation_without_a_key_and_a_relative_address_cannot_be_signed() {
    let mut request = outgoing(Method::POST, "https://api.nanoark.example/", "");
    request.headers_mut().remove("idempotency-key");
    assert!(matches!(
        sign_request(&mut request, &signer(), &stamp()),
        Err(SigningError::IdempotencyKey(IdempotencyKeyError::Missing))
    ));
    let mut relative = outgoing(Method::GET, "/v1/jobs", "");
    assert!(matches!(
        sign_request(&mut relative, &signer(), &stamp()),
        Err(SigningError::NotAbsolute(_))
    ));
}

#[test]
fn a_nonce_that_is_no_header_text_cannot_be_signed() {
    for nonce in ["ü", "a\nb", &"n".repeat(257)] {
        let mut request = outgoing(Method::GET, "https://api.nanoark.example/", "");
        let stamp = Stamp {
            nonce: Some(nonce),
            ..stamp()
        };
        assert!(
            matches!(
                sign_request(&mut request, &signer(), &stamp),
                Err(SigningError::Signature(_))
            ),
            "{nonce:?}"
        );
    }
}

#[test]
fn a_signer_never_shows_its_key() {
    assert_eq!(
        format!("{:?}", signer()),
        format!("Ed25519Signer({}, key hidden)", signer().bot())
    );
}
