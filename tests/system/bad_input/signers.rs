//! Signatures of the wrong time, by the wrong key, or for the wrong relay.

use http::Method;
use nanoark_domain::bot::BotId;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;
use nanoark_http::signature::{SIGNATURE_INPUT, Signer};
use serde_json::json;

use super::signatures::{replace, target};
use crate::calls::BUYER;
use crate::world::{Deal, Draft, Setup, World, signer};

#[tokio::test]
async fn clocks_may_differ_by_a_minute_and_a_signature_lives_as_long_as_it_says() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.requested().await;
    let read = Draft::get(BUYER, format!("/v1/jobs/{job_id}"));
    let cancel = |key: &str| Draft::post(BUYER, format!("/v1/jobs/{job_id}/cancel"), key, &json!({}));
    let now = world.now();
    let minute = Seconds(60);
    for (case, created, lifetime, refusal) in [
        ("61 s slow", now.minus(Seconds(61)), 300, Some(Code::SignatureClockOff)),
        ("61 s fast", now.plus(Seconds(61)), 300, Some(Code::SignatureClockOff)),
        (
            "a day slow",
            now.minus(Seconds(86_400)),
            300,
            Some(Code::SignatureClockOff),
        ),
        ("60 s slow", now.minus(minute), 300, None),
        ("60 s fast", now.plus(minute), 300, None),
        ("59 s slow", now.minus(Seconds(59)), 300, None),
        ("59 s fast", now.plus(Seconds(59)), 300, None),
        (
            "over for a second",
            now.minus(Seconds(31)),
            30,
            Some(Code::SignatureExpired),
        ),
        ("in its last second", now.minus(Seconds(30)), 30, None),
        ("too long", now, 301, Some(Code::SignatureLifetime)),
        ("as long as allowed", now, 300, None),
        ("no time at all", now, 0, Some(Code::SignatureLifetime)),
        ("a second", now, 1, None),
    ] {
        for draft in [read.clone(), cancel(&case.replace(' ', "-"))] {
            let request = draft.signed_at(created, Seconds(lifetime));
            match refusal {
                Some(code) => {
                    let problem = world.refused(case, request, code).await;
                    let told = [Code::SignatureClockOff, Code::SignatureExpired].contains(&code);
                    let time = told.then(|| now.as_seconds());
                    assert_eq!(
                        problem.get("server_time").and_then(serde_json::Value::as_u64),
                        time,
                        "{case}"
                    );
                }
                None if draft.method == Method::GET => drop(world.done(case, request).await),
                // The job can be cancelled once; what matters is that the signature is taken.
                None => {
                    let answer = world.send(request).await;
                    assert_ne!(answer.status(), 401, "{case}");
                }
            }
        }
    }
}

/// Claims any key, and signs with another's.
struct Claims(BotId);

impl Signer for Claims {
    fn bot(&self) -> BotId {
        self.0
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        signer(BUYER).sign(message)
    }
}

#[tokio::test]
async fn a_key_that_nobody_should_use_is_refused() {
    let world = World::new().await;
    let minute = Seconds(60);
    for (case, key) in [
        (
            "the identity",
            "0100000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "of order 2",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
        (
            "of order 4",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "of order 4, negative",
            "0000000000000000000000000000000000000000000000000000000000000080",
        ),
        (
            "of order 8",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        ),
        (
            "the identity, spelled again",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
        (
            "not on the curve",
            "0200000000000000000000000000000000000000000000000000000000000000",
        ),
        (
            "not canonical",
            "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ),
    ] {
        let claims = Claims(key.parse().unwrap());
        for draft in [
            Draft::get(BUYER, "/v1/jobs?role=buyer"),
            Draft::post(BUYER, "/v1/jobs", "k", &json!({})),
        ] {
            let request = draft.signed_by(&claims, world.now(), minute);
            world.refused(case, request, Code::SignatureKeyInvalid).await;
        }
    }
    let read = Draft::get(BUYER, "/v1/jobs?role=buyer").signed(&world);
    let key = signer(BUYER).bot().to_string();
    for (case, spelling) in [
        ("upper case", key.to_uppercase()),
        ("short", key[..62].to_owned()),
        ("long", format!("{key}00")),
        ("base64", "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=".to_owned()),
        ("a name", "alice".to_owned()),
        ("nothing", String::new()),
    ] {
        let mut request = read.clone();
        replace(&mut request, &SIGNATURE_INPUT, &key, &spelling);
        world.refused(case, request, Code::SignatureKeyInvalid).await;
    }
}

#[tokio::test]
async fn a_relay_that_knows_its_hosts_refuses_requests_for_others() {
    let world = World::with_settings(Setup::default(), &[("NANOARK_AUTHORITIES", "relay.test")]).await;
    let here = Draft::get(BUYER, "/v1/jobs?role=buyer").signed(&world);
    world.done("here", here).await;
    for host in ["relay.example", "relay.test:8443", "relay.test.example"] {
        let mut request = Draft::get(BUYER, "/v1/jobs?role=buyer").unsigned();
        target(&mut request, |uri| uri.replace("relay.test", host));
        let stamp = nanoark_http::signature::Stamp {
            created: world.now(),
            expires: world.now().plus(Seconds(60)),
            nonce: None,
        };
        nanoark_http::signature::sign_request(&mut request, &signer(BUYER), &stamp).unwrap();
        world.refused(host, request, Code::Misdirected).await;
    }
}

#[tokio::test]
async fn a_401_says_how_to_sign() {
    let world = World::new().await;
    let answer = world.send(Draft::get(BUYER, "/v1/jobs?role=buyer").unsigned()).await;
    crate::world::problem("unsigned", &answer, Code::SignatureMissing);
    assert_eq!(answer.headers()["www-authenticate"], "Signature realm=\"nanoark\"");
    assert!(answer.headers().contains_key("accept-signature"));
}
