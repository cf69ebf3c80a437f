//! An operator that does not answer: nothing is begun, what is there can be read, and everything goes on when it is back.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use nanoark_domain::ceremony::Stage;
use nanoark_http::wire::gateway::{SessionView, VtxosView};
use nanoark_nostr::compose;
use nanoark_testkit::arkd::Fault;

use super::answers::{challenged, event};
use super::book::{Group, Why};
use super::requests::signed;
use super::watch::{Watch, posted};
use crate::ceremonies::house::{GATEWAY, House};
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "operator",
    rows: 13,
    reasons: &[Why::Down],
};

/// The operator is gone until its faults are cleared, and what was known of it is forgotten.
fn down(house: &House, fault: Fault) {
    house.arkd.faults().when(usize::MAX, fault, |_| true);
    house.pass(Duration::from_secs(61));
}

/// It is back, and the gateway has noticed.
fn back(house: &House) {
    house.arkd.faults().clear();
    house.pass(Duration::from_secs(16));
}

fn public(path: &str) -> Request<Bytes> {
    Request::get(format!("{GATEWAY}{path}")).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn without_its_operator_the_gateway_reads_and_waits() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let alice = house.wallet(1);
    for _ in 0..3 {
        house.fund(&alice, 15_000);
    }
    let done = alice.carry_out(&alice.intent("done", transfer(&alice).await)).await;
    let action = transfer(&alice).await;
    let session = challenged(&alice, "open").await;
    down(&house, Fault::LostRequest);
    let event = alice.signed(&alice.intent("new", action));
    refusals(&watch, &alice, event.json()).await;
    readable(&watch, &alice, &done, &session).await;
    back(&house);
    // The very event that was refused is taken.
    let taken = alice.post(&event).await.session.unwrap();
    house.settle().await;
    assert_eq!(alice.session(taken.session_id).await.stage, Stage::Challenged);
    for fault in [Fault::InternalError, Fault::Stall] {
        flickers(&watch, &alice, fault).await;
    }
    watch.close().is(&GROUP);
}

async fn transfer(alice: &Wallet<'_>) -> nanoark_ark_verifier::intent::Action {
    alice.transfer(&[(alice.house.wallet(2).address(), 10_000)]).await
}

async fn refusals(watch: &Watch<'_>, alice: &Wallet<'_>, intent: &str) {
    let binding = alice.binding();
    let opened = Request::post(format!("{GATEWAY}/v1/sessions")).body(Bytes::from(intent.to_owned()));
    let question = |action| posted(super::questions::question(alice, action).sign(&alice.key));
    for (name, request) in [
        ("down: an intent", posted(intent.to_owned())),
        ("down: a session", opened.unwrap()),
        ("down: a binding", posted(binding.json().to_owned())),
        ("down: a question for everything", question("sync_state")),
        ("down: a question for the balance", question("balance")),
        ("down: a question for the coins", question("vtxos")),
        ("down: the quote", public("/v1/quote")),
        ("down: the terms", public("/v1/info")),
        ("down: the coins", signed(alice, Method::GET, "/v1/vtxos")),
        ("down: the balances", signed(alice, Method::GET, "/v1/balances")),
        ("down: an intent, once more", posted(intent.to_owned())),
    ] {
        watch.refused(name, request, Why::Down).await;
    }
}

/// What the gateway has itself can be read, answered and ended.
async fn readable(watch: &Watch<'_>, alice: &Wallet<'_>, done: &SessionView, open: &SessionView) {
    let house = watch.house;
    assert_eq!(alice.session(done.session_id).await, *done);
    assert_eq!(alice.session(open.session_id).await, *open);
    let receipt = house
        .send(public(&format!("/v1/receipts/{}", done.ark_txid.unwrap())))
        .await;
    assert_eq!(receipt.status(), StatusCode::OK);
    // Signatures are taken, and wait.
    let answer = alice.approve(&alice.challenge(open));
    let taken = house.send(posted(event(alice, &answer))).await;
    assert_eq!(taken.status(), StatusCode::ACCEPTED);
    house.settle().await;
    let session = alice.session(open.session_id).await;
    assert_eq!(session.stage, Stage::Signed);
    back(house);
    house.advance(Duration::from_secs(61)).await;
    house.trigger("sweep-sessions").await;
    let session = alice.session(open.session_id).await;
    assert_eq!(session.stage, Stage::Submitted);
    assert_eq!(alice.sign(&session).await.stage, Stage::Finalized);
}

/// An operator that answers nonsense, or never.
async fn flickers(watch: &Watch<'_>, alice: &Wallet<'_>, fault: Fault) {
    down(watch.house, fault);
    let name = format!("down: an intent to an operator with a {fault:?}");
    let before = watch.house.wallet(8);
    let intent = before.intent(
        "flicker",
        nanoark_ark_verifier::intent::Action::Consolidate(nanoark_ark_verifier::intent::Consolidate {
            inputs: None,
            fee: nanoark_ark_verifier::intent::Fee {
                address: alice.address(),
                amount: bitcoin::Amount::from_sat(330),
            },
        }),
    );
    let event = compose::intent(
        &before.key,
        &before.gateway(),
        &intent,
        compose::Secrecy::Public,
        watch.house.now(),
    );
    watch.event(&name, event.unwrap().json().to_owned(), Why::Down).await;
    back(watch.house);
    let seen: VtxosView = alice.read(Method::GET, "/v1/vtxos", StatusCode::OK).await;
    assert_eq!(seen.address, alice.address());
}
