//! Signatures that do not speak for the request they came with: something was changed on its way.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request};
use nanoark_http::digest::{CONTENT_DIGEST, content_digest};
use nanoark_http::idempotency::IDEMPOTENCY_KEY;
use nanoark_http::problem::Code;
use nanoark_http::signature::{SIGNATURE, SIGNATURE_INPUT, Signer};
use serde_json::json;

use crate::calls::{BUYER, SELLER, STRANGER, mutations, ready, usual_caller};
use crate::world::{Deal, Draft, World, set, signer};

/// One thing that is done to a signed request on its way.
type Spoil = (&'static str, fn(&mut Request<Bytes>), Code);

fn header(request: &Request<Bytes>, name: &HeaderName) -> String {
    request.headers()[name].to_str().unwrap().to_owned()
}

/// Replaces a part of a header's text, which must be there.
pub(super) fn replace(request: &mut Request<Bytes>, name: &HeaderName, from: &str, to: &str) {
    let before = header(request, name);
    assert!(before.contains(from), "{before}");
    set(request, name, &before.replacen(from, to, 1));
}

pub(super) fn target(request: &mut Request<Bytes>, change: impl Fn(&str) -> String) {
    let target = change(&request.uri().to_string());
    *request.uri_mut() = target.parse().unwrap();
}

const MUTATION: [Spoil; 27] = [
    (
        "no signature at all",
        |request| {
            request.headers_mut().remove(SIGNATURE);
            request.headers_mut().remove(SIGNATURE_INPUT);
        },
        Code::SignatureMissing,
    ),
    (
        "no Signature",
        |request| drop(request.headers_mut().remove(SIGNATURE)),
        Code::SignatureMissing,
    ),
    (
        "no Signature-Input",
        |request| drop(request.headers_mut().remove(SIGNATURE_INPUT)),
        Code::SignatureMissing,
    ),
    (
        "no digest",
        |request| drop(request.headers_mut().remove(CONTENT_DIGEST)),
        Code::DigestMissing,
    ),
    (
        "no key",
        |request| drop(request.headers_mut().remove(IDEMPOTENCY_KEY)),
        Code::IdempotencyKeyMissing,
    ),
    (
        "a key with a space",
        |request| set(request, &IDEMPOTENCY_KEY, "a b"),
        Code::IdempotencyKeyInvalid,
    ),
    (
        "an empty key",
        |request| set(request, &IDEMPOTENCY_KEY, ""),
        Code::IdempotencyKeyInvalid,
    ),
    (
        "a long key",
        |request| set(request, &IDEMPOTENCY_KEY, &"k".repeat(129)),
        Code::IdempotencyKeyInvalid,
    ),
    (
        "another key",
        |request| set(request, &IDEMPOTENCY_KEY, "other"),
        Code::SignatureInvalid,
    ),
    (
        "two keys",
        |request| {
            request
                .headers_mut()
                .append(IDEMPOTENCY_KEY, HeaderValue::from_static("other"));
        },
        Code::SignatureInvalid,
    ),
    (
        "another body",
        |request| *request.body_mut() = Bytes::from_static(b"{\"a\":1}"),
        Code::DigestMismatch,
    ),
    (
        "one byte more",
        |request| {
            let mut body = request.body().to_vec();
            body.push(b' ');
            *request.body_mut() = body.into();
        },
        Code::DigestMismatch,
    ),
    (
        "another body with its digest",
        |request| {
            *request.body_mut() = Bytes::from_static(b"{\"a\":1}");
            let digest = content_digest(b"{\"a\":1}");
            set(request, &CONTENT_DIGEST, &digest);
        },
        Code::SignatureInvalid,
    ),
    (
        "the digest of nothing",
        |request| set(request, &CONTENT_DIGEST, &content_digest(b"")),
        Code::SignatureInvalid,
    ),
    (
        "no method covered",
        |request| replace(request, &SIGNATURE_INPUT, "\"@method\" ", ""),
        Code::SignatureComponentsMissing,
    ),
    (
        "no authority covered",
        |request| replace(request, &SIGNATURE_INPUT, "\"@authority\" ", ""),
        Code::SignatureComponentsMissing,
    ),
    (
        "no path covered",
        |request| replace(request, &SIGNATURE_INPUT, "\"@path\" ", ""),
        Code::SignatureComponentsMissing,
    ),
    (
        "no query covered",
        |request| replace(request, &SIGNATURE_INPUT, "\"@query\" ", ""),
        Code::SignatureComponentsMissing,
    ),
    (
        "no digest covered",
        |request| replace(request, &SIGNATURE_INPUT, "\"content-digest\" ", ""),
        Code::SignatureComponentsMissing,
    ),
    (
        "no key covered",
        |request| replace(request, &SIGNATURE_INPUT, " \"idempotency-key\"", ""),
        Code::SignatureComponentsMissing,
    ),
    (
        "another order",
        |request| {
            replace(
                request,
                &SIGNATURE_INPUT,
                "\"@method\" \"@authority\"",
                "\"@authority\" \"@method\"",
            );
        },
        Code::SignatureInvalid,
    ),
    (
        "another algorithm",
        |request| replace(request, &SIGNATURE_INPUT, "alg=\"ed25519\"", "alg=\"hmac-sha256\""),
        Code::SignatureMalformed,
    ),
    (
        "an unknown parameter",
        |request| replace(request, &SIGNATURE_INPUT, ";created", ";admin;created"),
        Code::SignatureMalformed,
    ),
    (
        "a component twice",
        |request| replace(request, &SIGNATURE_INPUT, "\"@path\"", "\"@path\" \"@path\""),
        Code::SignatureMalformed,
    ),
    (
        "another label",
        |request| replace(request, &SIGNATURE, "nanoark=", "other="),
        Code::SignatureMalformed,
    ),
    (
        "half a signature",
        |request| set(request, &SIGNATURE, "nanoark=:AAAA:"),
        Code::SignatureMalformed,
    ),
    (
        "a signature of zeros",
        |request| set(request, &SIGNATURE, &format!("nanoark=:{}A==:", "A".repeat(85))),
        Code::SignatureInvalid,
    ),
];

#[tokio::test]
async fn a_mutation_that_was_changed_on_its_way_is_refused_whatever_the_route() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (number, route) in mutations().enumerate() {
        let draft = ready(&deal, route.function, usual_caller(route.function), number as u32).await;
        for (case, spoil, code) in MUTATION {
            let mut request = draft.signed(&world);
            spoil(&mut request);
            world
                .refused(&format!("{}: {case}", route.function), request, code)
                .await;
        }
        world.done(route.function, draft.signed(&world)).await;
    }
}

#[tokio::test]
async fn a_signature_for_one_address_is_none_for_another() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let (one, two) = (deal.requested().await.to_string(), deal.requested().await.to_string());
    let cancel = |id: &str| Draft::post(BUYER, format!("/v1/jobs/{id}/cancel"), "k", &json!({}));
    let spoiled = |draft: &Draft, spoil: &dyn Fn(&mut Request<Bytes>)| {
        let mut request = draft.signed(&world);
        spoil(&mut request);
        request
    };
    let list = Draft::get(BUYER, "/v1/jobs?role=buyer&limit=5");
    for (case, request) in [
        (
            "another job",
            spoiled(&cancel(&one), &|request| target(request, |uri| uri.replace(&one, &two))),
        ),
        (
            "another command",
            spoiled(&cancel(&one), &|request| {
                target(request, |uri| uri.replace("cancel", "accept"));
            }),
        ),
        (
            "a query that was added",
            spoiled(&cancel(&one), &|request| target(request, |uri| format!("{uri}?a=1"))),
        ),
        (
            "another host",
            spoiled(&cancel(&one), &|request| {
                target(request, |uri| uri.replace("relay.test", "relay.example"));
            }),
        ),
        (
            "another port",
            spoiled(&cancel(&one), &|request| {
                target(request, |uri| uri.replace("relay.test", "relay.test:8443"));
            }),
        ),
        (
            "another method",
            spoiled(
                &Draft::post(SELLER, format!("/v1/offers/{}", deal.offer.offer_id), "k", &json!({})),
                &|request| *request.method_mut() = Method::PATCH,
            ),
        ),
        (
            "another parameter",
            spoiled(&list, &|request| {
                target(request, |uri| uri.replace("limit=5", "limit=6"));
            }),
        ),
        (
            "another side",
            spoiled(&list, &|request| target(request, |uri| uri.replace("buyer", "seller"))),
        ),
        (
            "no query",
            spoiled(&list, &|request| {
                target(request, |uri| uri.split('?').next().unwrap().to_owned());
            }),
        ),
        (
            "parameters in another order",
            spoiled(&list, &|request| {
                target(request, |_| {
                    format!("{}/v1/jobs?limit=5&role=buyer", crate::world::RELAY)
                });
            }),
        ),
        (
            "a query in another spelling",
            spoiled(&list, &|request| target(request, |uri| uri.replace("buyer", "%62uyer"))),
        ),
        (
            "a read of another job",
            spoiled(&Draft::get(BUYER, format!("/v1/jobs/{one}")), &|request| {
                target(request, |uri| uri.replace(&one, &two));
            }),
        ),
        (
            "another's key id",
            spoiled(&list, &|request| {
                let (from, to) = (signer(BUYER).bot().to_string(), signer(STRANGER).bot().to_string());
                replace(request, &SIGNATURE_INPUT, &from, &to);
            }),
        ),
    ] {
        world.refused(case, request, Code::SignatureInvalid).await;
    }
    // What the signature does not cover may change: it proves nothing.
    let mut request = cancel(&one).signed(&world);
    request
        .headers_mut()
        .insert("user-agent", HeaderValue::from_static("a proxy"));
    set(&mut request, &CONTENT_TYPE, "application/json; charset=utf-8");
    world.done("a header beside", request).await;
}
