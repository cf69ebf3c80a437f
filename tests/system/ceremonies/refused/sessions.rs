//! Other people's sessions, sessions that there are not, and receipts that are nobody's business.

use http::{Method, StatusCode};
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::intent::{Intent, ReceiptMode};
use nanoark_domain::ceremony::FailureCode::UnknownSession;
use nanoark_domain::ceremony::Stage;
use nanoark_http::problem::Code;
use nanoark_http::wire::gateway::{ReceiptView, SessionView};
use nanoark_nostr::EventCode::{ContentMalformed, WrongKind};
use nanoark_nostr::Scheme;

use super::answers::challenged;
use super::book::{Group, Why};
use super::forge::Forge;
use super::requests::signed;
use super::watch::Watch;
use crate::ceremonies::house::{GATEWAY, House};
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "sessions",
    rows: 23,
    reasons: &[
        Why::Session(UnknownSession),
        Why::Event(WrongKind),
        Why::Event(ContentMalformed),
        Why::http(Code::UnknownReceipt),
        Why::http(Code::NotFound),
        Why::http(Code::UnknownRoute),
        Why::http(Code::MethodNotAllowed),
    ],
};

#[tokio::test]
async fn a_session_is_its_parties_own() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    house.fund(&alice, 50_000);
    house.fund(&alice, 50_000);
    let session = challenged(&alice, "hers").await;
    strangers(&watch, &bob, &session).await;
    names(&watch, &alice).await;
    not_intents(&watch, &alice, &session).await;
    receipts(&watch, &alice).await;
    watch.close().is(&GROUP);
    // It is as it was.
    assert_eq!(alice.session(session.session_id).await, session);
}

/// Her receiver knows the session's id, and gets to know nothing by it.
async fn strangers(watch: &Watch<'_>, bob: &Wallet<'_>, session: &SessionView) {
    let path = format!("/v1/sessions/{}", session.session_id);
    let unknown = Why::Session(UnknownSession);
    let strangers = watch
        .refused("reading another's session", signed(bob, Method::GET, &path), unknown)
        .await;
    watch
        .refused("ending another's session", signed(bob, Method::DELETE, &path), unknown)
        .await;
    let nobodys = format!("/v1/sessions/{}", SessionId::from_bytes([7; 16]));
    let missing = watch
        .refused("reading what there is not", signed(bob, Method::GET, &nobodys), unknown)
        .await;
    watch
        .refused(
            "ending what there is not",
            signed(bob, Method::DELETE, &nobodys),
            unknown,
        )
        .await;
    assert_eq!(strangers["detail"], missing["detail"]);
}

async fn names(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let hex = "07".repeat(16);
    let (not_found, no_route) = (Why::http(Code::NotFound), Why::http(Code::UnknownRoute));
    for (name, path, why) in [
        ("a session without its prefix", format!("/v1/sessions/{hex}"), not_found),
        ("a session that is short", "/v1/sessions/ses_07".to_owned(), not_found),
        ("a session that is long", format!("/v1/sessions/ses_{hex}07"), not_found),
        (
            "a session in capitals",
            format!("/v1/sessions/ses_{}", "AB".repeat(16)),
            not_found,
        ),
        (
            "a session that is no hex",
            format!("/v1/sessions/ses_{}", "zz".repeat(16)),
            not_found,
        ),
        ("a session that is a job", format!("/v1/sessions/job_{hex}"), not_found),
        (
            "a part of a session",
            format!("/v1/sessions/ses_{hex}/challenge"),
            no_route,
        ),
    ] {
        watch.refused(name, signed(alice, Method::GET, &path), why).await;
    }
    let not_allowed = Why::http(Code::MethodNotAllowed);
    watch
        .refused(
            "a list of sessions",
            signed(alice, Method::GET, "/v1/sessions"),
            not_allowed,
        )
        .await;
    let path = format!("/v1/sessions/ses_{hex}");
    watch
        .refused(
            "a session that is changed",
            signed(alice, Method::PUT, &path),
            not_allowed,
        )
        .await;
}

/// `POST /v1/sessions` takes intents and nothing else.
async fn not_intents(watch: &Watch<'_>, alice: &Wallet<'_>, session: &SessionView) {
    let answer = alice.approve(&alice.challenge(session));
    let binding = alice.binding();
    let question = super::questions::question(alice, "balance");
    let answer = Forge::of(&alice.answer_event(&answer));
    let intent = answer
        .clone()
        .kind(31_510)
        .with("d", "an-answer-01")
        .with("encrypted", "nip44_v2");
    let intent = intent.sealed(&alice.key, &alice.gateway(), Scheme::Nip44, r#"{"session_id":"none"}"#);
    for (name, event, why) in [
        ("an answer as a session", answer.sign(&alice.key), Why::Event(WrongKind)),
        (
            "a binding as a session",
            binding.json().to_owned(),
            Why::Event(WrongKind),
        ),
        (
            "a question as a session",
            question.sign(&alice.key),
            Why::Event(WrongKind),
        ),
        (
            "an answer in the guise of an intent",
            intent.sign(&alice.key),
            Why::Event(ContentMalformed),
        ),
    ] {
        let request = http::Request::post(format!("{GATEWAY}/v1/sessions")).body(bytes::Bytes::from(event));
        watch.refused(name, request.unwrap(), why).await;
    }
}

async fn receipts(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let public = |txid: &str| {
        http::Request::get(format!("{GATEWAY}/v1/receipts/{txid}"))
            .body(bytes::Bytes::new())
            .unwrap()
    };
    let txid = "07".repeat(32);
    for (name, txid, why) in [
        ("a receipt of nothing", txid.as_str(), Why::http(Code::UnknownReceipt)),
        ("a receipt of a word", "receipt", Why::http(Code::NotFound)),
        ("a receipt of a short id", "0707", Why::http(Code::NotFound)),
        (
            "a receipt of an outpoint",
            &format!("{txid}:0"),
            Why::http(Code::NotFound),
        ),
    ] {
        watch.refused(name, public(txid), why).await;
    }
    let action = alice.transfer(&[(watch.house.wallet(2).address(), 10_000)]).await;
    let intent = Intent {
        receipt: ReceiptMode::Hash,
        ..alice.intent("hidden", action)
    };
    let session = alice.order(&intent).await;
    let txid = session.ark_txid.unwrap().to_string();
    let missing = Why::http(Code::UnknownReceipt);
    watch
        .refused("a receipt of what is being signed", public(&txid), missing)
        .await;
    let session = alice.sign(&session).await;
    watch
        .refused("a receipt of what is submitted", public(&txid), missing)
        .await;
    let session = alice.sign(&session).await;
    assert_eq!(session.stage, Stage::Finalized);
    let answer = watch.house.send(public(&txid)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let seen: ReceiptView = serde_json::from_slice(answer.body()).unwrap();
    let own = session.receipt.unwrap();
    assert_eq!((seen.receipt, seen.receipt_hash), (None, own.receipt_hash));
    let receipt = own.receipt.unwrap();
    let told = String::from_utf8_lossy(answer.body());
    assert!(
        receipt
            .outputs
            .iter()
            .all(|output| !told.contains(&output.address.to_string()))
    );
}
