//! Answers and endings that come when the session is somewhere else.

use std::time::Duration;

use http::{Method, StatusCode};
use nanoark_ark_verifier::intent::Intent;
use nanoark_domain::ceremony::FailureCode::{Expired, PointOfNoReturn, Terminated, UnexpectedAnswer};
use nanoark_domain::ceremony::Stage;
use nanoark_http::wire::gateway::SessionView;
use nanoark_testkit::arkd::{Endpoint, Fault};

use super::answers::{challenged, event};
use super::book::{Group, Why};
use super::requests::signed;
use super::watch::{Watch, posted};
use crate::ceremonies::house::House;
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "late",
    rows: 11,
    reasons: &[
        Why::Session(Expired),
        Why::Session(PointOfNoReturn),
        Why::Session(Terminated),
        Why::Session(UnexpectedAnswer),
    ],
};

fn rich(house: &House) -> Wallet<'_> {
    let alice = house.wallet(1);
    for _ in 0..4 {
        house.fund(&alice, 15_000);
    }
    alice
}

fn ending(wallet: &Wallet<'_>, session: &SessionView) -> http::Request<bytes::Bytes> {
    signed(wallet, Method::DELETE, &format!("/v1/sessions/{}", session.session_id))
}

#[tokio::test]
async fn what_is_over_stays_over_and_what_is_submitted_cannot_be_ended() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let alice = rich(&house);
    expired(&watch, &alice).await;
    terminated(&watch, &alice).await;
    before_it_is_built(&watch, &alice).await;
    house.arkd.faults().forget_calls();
    submitted(&watch, &alice).await;
    watch.close().is(&GROUP);
}

async fn expired(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let session = challenged(alice, "expired").await;
    let answer = alice.approve(&alice.challenge(&session));
    assert_eq!(watch.holds(), 1);
    watch.house.pass(Duration::from_secs(600));
    let late = posted(event(alice, &answer));
    watch
        .refused_at_once("an answer after the expiry", late, Why::Session(Expired))
        .await;
    watch.house.trigger("sweep-sessions").await;
    let session = alice.session(session.session_id).await;
    watch.failed("a session that nobody signed", alice, &session, Expired);
    assert_eq!(watch.holds(), 0);
    let over = Why::Session(UnexpectedAnswer);
    watch
        .event("an answer after the session failed", event(alice, &answer), over)
        .await;
    watch
        .refused(
            "ending what has failed",
            ending(alice, &session),
            Why::Session(PointOfNoReturn),
        )
        .await;
}

async fn terminated(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let session = challenged(alice, "terminated").await;
    let answer = alice.approve(&alice.challenge(&session));
    let path = format!("/v1/sessions/{}", session.session_id);
    let ended: SessionView = alice.read(Method::DELETE, &path, StatusCode::OK).await;
    watch.failed("a session that its party ended", alice, &ended, Terminated);
    assert_eq!(watch.holds(), 0);
    watch.house.settle().await;
    let before = watch.look();
    let again: SessionView = alice.read(Method::DELETE, &path, StatusCode::OK).await;
    assert_eq!((again, watch.look()), (ended, before));
    let over = Why::Session(UnexpectedAnswer);
    watch
        .event("an answer after the session was ended", event(alice, &answer), over)
        .await;
}

/// The clock runs out while the operator is away.
async fn before_it_is_built(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let house = watch.house;
    let action = alice.transfer(&[(house.wallet(2).address(), 10_000)]).await;
    let intent = Intent {
        expires_at: house.now().as_seconds() + 30,
        ..alice.intent("unbuilt", action)
    };
    let faults = house.arkd.faults();
    faults.when(1_000, Fault::InternalError, |site| site.endpoint == Endpoint::Vtxos);
    let session = alice.post(&alice.signed(&intent)).await.session.unwrap();
    house.advance(Duration::from_secs(31)).await;
    faults.clear();
    house.trigger("sweep-sessions").await;
    let session = alice.session(session.session_id).await;
    watch.failed("a session that could not be built in time", alice, &session, Expired);
    // The operator is believed to be away for a while.
    house.pass(Duration::from_secs(60));
}

async fn submitted(watch: &Watch<'_>, alice: &Wallet<'_>) {
    let house = watch.house;
    let session = challenged(alice, "submitted").await;
    let no_return = Why::Session(PointOfNoReturn);
    house.arkd.faults().next(Endpoint::SubmitTx, Fault::LostRequest);
    let session = alice.sign(&session).await;
    assert_eq!(session.stage, Stage::Signed);
    watch
        .refused("ending what is on its way", ending(alice, &session), no_return)
        .await;
    house.advance(Duration::from_secs(3)).await;
    let session = alice.session(session.session_id).await;
    assert_eq!(session.stage, Stage::Submitted);
    watch
        .refused("ending what is submitted", ending(alice, &session), no_return)
        .await;
    let answer = alice.approve(&alice.challenge(&session));
    house.arkd.faults().next(Endpoint::FinalizeTx, Fault::LostRequest);
    let session = alice.sign(&session).await;
    assert_eq!(session.stage, Stage::Countersigned);
    watch
        .refused("ending what is signed twice", ending(alice, &session), no_return)
        .await;
    house.advance(Duration::from_secs(3)).await;
    let session = alice.session(session.session_id).await;
    assert_eq!(session.stage, Stage::Finalized);
    watch
        .refused("ending what is final", ending(alice, &session), no_return)
        .await;
    watch.known("an answer to what is final", &event(alice, &answer)).await;
    assert_eq!(house.wallet(2).balance().to_sat(), 10_000);
}
