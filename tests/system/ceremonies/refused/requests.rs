//! Requests that a wallet signs by its Nostr key (NIP-98), and that are not signed, or not by it, or for something else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method, Request};
use nanoark_http::problem::Code;
use nanoark_nostr::http_auth;
use serde_json::{Value, json};

use super::book::{Group, Why};
use super::forge::Forge;
use super::watch::Watch;
use crate::ceremonies::house::{GATEWAY, House};
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "requests",
    rows: 43,
    reasons: &[
        Why::http(Code::WalletSignatureRequired),
        Why::http(Code::WalletSignatureInvalid),
        Why::http(Code::BodyTooLarge),
    ],
};

const REQUIRED: Why = Why::http(Code::WalletSignatureRequired);
const INVALID: Why = Why::http(Code::WalletSignatureInvalid);

/// The path of every row, unless the row says otherwise.
const PATH: &str = "/v1/vtxos";

fn request(method: Method, path: &str, headers: &[&str]) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(format!("{GATEWAY}{path}"));
    for header in headers {
        request = request.header(AUTHORIZATION, HeaderValue::from_str(header).unwrap());
    }
    request.body(Bytes::new()).unwrap()
}

/// A request that this wallet has signed.
pub(super) fn signed(wallet: &Wallet<'_>, method: Method, path: &str) -> Request<Bytes> {
    let url = format!("{GATEWAY}{path}");
    let now = wallet.house.now();
    let header = http_auth::authorization(&wallet.key, method.as_str(), &url, b"", now).unwrap();
    request(method, path, &[&header])
}

/// The event of a good header.
fn good(wallet: &Wallet<'_>) -> Value {
    let header = signed(wallet, Method::GET, PATH).headers()[AUTHORIZATION]
        .to_str()
        .unwrap()
        .to_owned();
    serde_json::from_slice(&STANDARD.decode(&header["Nostr ".len()..]).unwrap()).unwrap()
}

fn header(event: &str) -> String {
    format!("Nostr {}", STANDARD.encode(event))
}

#[tokio::test]
async fn a_request_is_signed_by_its_author_for_itself_and_of_this_minute() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let alice = house.wallet(1);
    house.fund(&alice, 50_000);
    without(&watch, &alice).await;
    headers(&watch, &alice).await;
    events(&watch, &alice).await;
    elsewhere(&watch, &alice).await;
    for function in ["list-vtxos", "get-balances", "get-session", "terminate-session"] {
        assert!(house.calls(function).all().is_empty(), "{function}");
    }
    watch.close().is(&GROUP);
    let (status, _) = alice.call(Method::GET, PATH).await;
    assert_eq!(status, http::StatusCode::OK);
}

/// Every route that is a wallet's own, without a signature.
async fn without(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let session = format!("/v1/sessions/ses_{}", "07".repeat(16));
    for (name, method, path) in [
        ("vtxos unsigned", Method::GET, "/v1/vtxos"),
        ("balances unsigned", Method::GET, "/v1/balances"),
        ("a session unsigned", Method::GET, session.as_str()),
        ("an ending unsigned", Method::DELETE, session.as_str()),
    ] {
        watch.refused(name, request(method, path, &[]), REQUIRED).await;
    }
    let header = header(&good(alice).to_string());
    watch
        .refused("signed twice", request(Method::GET, PATH, &[&header, &header]), INVALID)
        .await;
    let mut with_body = signed(alice, Method::GET, PATH);
    *with_body.body_mut() = Bytes::from_static(b"{}");
    watch
        .refused("with a body", with_body, Why::http(Code::BodyTooLarge))
        .await;
}

async fn headers(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let event = good(alice).to_string();
    let encoded = STANDARD.encode(&event);
    let rows = [
        ("an empty header", String::new()),
        ("a scheme alone", "Nostr".to_owned()),
        ("a scheme and a blank", "Nostr ".to_owned()),
        ("another scheme", format!("Bearer {encoded}")),
        ("no scheme", encoded.clone()),
        ("no base64", "Nostr %%%%".to_owned()),
        (
            "half the base64",
            format!("Nostr {}", &encoded[..encoded.len() / 2 + 1]),
        ),
        ("base64 of nothing", header("{}")),
        ("base64 of a word", header("alice")),
        ("an event in the clear", format!("Nostr {event}")),
        ("two events in one", format!("Nostr {encoded}, Nostr {encoded}")),
        ("an event twice", header(&format!("{event}{event}"))),
        ("a header that is too long", format!("Nostr {}", "A".repeat(8_192))),
    ];
    for (name, header) in rows {
        watch
            .refused(name, request(Method::GET, PATH, &[&header]), INVALID)
            .await;
    }
}

async fn events(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let now = watch.house.now();
    let seconds = now.as_seconds();
    let url = format!("{GATEWAY}{PATH}");
    let bob = watch.house.wallet(2);
    let forge = Forge::authorization(&url, "GET", seconds);
    let tampered = |field: &str, value: Value| {
        let mut event = good(alice);
        event[field] = value;
        event.to_string()
    };
    let base = || forge.clone();
    let sign = |forge: Forge| forge.sign(&alice.key);
    let rows = [
        ("another kind", sign(base().kind(31_510))),
        (
            "another host",
            sign(base().with("u", &format!("https://relay.test{PATH}"))),
        ),
        (
            "another scheme of the address",
            sign(base().with("u", &url.replace("https", "http"))),
        ),
        (
            "another port",
            sign(base().with("u", &format!("https://gateway.test:443{PATH}"))),
        ),
        (
            "another path",
            sign(base().with("u", &format!("{GATEWAY}/v1/balances"))),
        ),
        ("a path and a slash", sign(base().with("u", &format!("{url}/")))),
        (
            "a query that was not sent",
            sign(base().with("u", &format!("{url}?all=true"))),
        ),
        ("the address in capitals", sign(base().with("u", &url.to_uppercase()))),
        ("no address", sign(base().without("u"))),
        ("two addresses", sign(base().and(&["u", &url]))),
        ("no method", sign(base().without("method"))),
        ("another method", sign(base().with("method", "DELETE"))),
        ("a method in small letters", sign(base().with("method", "get"))),
        ("two methods", sign(base().and(&["method", "GET"]))),
        (
            "a payload that was not sent",
            sign(base().with("payload", &"00".repeat(32))),
        ),
        ("of a minute ago", sign(base().at(seconds - 61))),
        ("of a minute ahead", sign(base().at(seconds + 61))),
        ("of the end of time", sign(base().at(u64::MAX))),
        (
            "by a key in another's name",
            forge.sign_as(&bob.key, &alice.nostr().to_string()).to_string(),
        ),
        (
            "an author that was put in its place",
            tampered("pubkey", json!(bob.nostr())),
        ),
        (
            "a time that was put in its place",
            tampered("created_at", json!(seconds + 1)),
        ),
        ("a signature of zeros", tampered("sig", json!("00".repeat(64)))),
    ];
    for (name, event) in rows {
        watch
            .refused(name, request(Method::GET, PATH, &[&header(&event)]), INVALID)
            .await;
    }
}

/// Good headers, sent to where they do not belong.
async fn elsewhere(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let header = header(&good(alice).to_string());
    watch
        .refused(
            "for another path",
            request(Method::GET, "/v1/balances", &[&header]),
            INVALID,
        )
        .await;
    watch
        .refused(
            "for no query",
            request(Method::GET, "/v1/vtxos?all=true", &[&header]),
            INVALID,
        )
        .await;
}
