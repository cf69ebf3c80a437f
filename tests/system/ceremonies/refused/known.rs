//! Orders that were given before: the same event changes nothing, and a name is used once.

use std::time::Duration;

use bitcoin::Amount;
use bytes::Bytes;
use http::{Request, StatusCode};
use nanoark_ark_verifier::intent::{Action, Intent, Leg, Swap};
use nanoark_domain::ceremony::FailureCode::{ActionIdReused, TooManySessions};
use nanoark_domain::ceremony::Stage;
use nanoark_nostr::EventCode::OutsideWindow;
use nanoark_nostr::compose::{self, Secrecy};
use serde_json::Value;

use super::book::{Group, Why};
use super::forge::Forge;
use super::watch::Watch;
use crate::ceremonies::house::{GATEWAY, House};

pub(super) const GROUP: Group = Group {
    name: "known orders",
    rows: 4,
    reasons: &[
        Why::Session(ActionIdReused),
        Why::Session(TooManySessions),
        Why::Event(OutsideWindow),
    ],
};

#[tokio::test]
async fn an_order_is_given_once() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    house.fund(&alice, 50_000);
    let action = alice.transfer(&[(bob.address(), 10_000)]).await;
    let intent = Intent {
        expires_at: house.now().as_seconds() + 3_000,
        ..alice.intent("once", action)
    };
    let event = alice.signed(&intent);
    let session = alice.order(&intent).await;
    watch.known("the same event", event.json()).await;
    watch
        .known("the same event by a stranger's hand", &format!(" {}\n", event.json()))
        .await;
    let sessions = Request::post(format!("{GATEWAY}/v1/sessions")).body(Bytes::from(event.json().to_owned()));
    let answer = house.send(sessions.unwrap()).await;
    let told: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        (answer.status(), &told["session_id"]),
        (StatusCode::ACCEPTED, &serde_json::json!(session.session_id))
    );
    let other = Forge::of(&event).edited(|content| content["params"]["receivers"][0]["amount"] = 20_000.into());
    let reused = Why::Session(ActionIdReused);
    watch
        .event("a name for another order", other.sign(&alice.key), reused)
        .await;
    // What is ordered counts, not the event that orders it.
    let later = Forge::of(&event).at(house.now().as_seconds() + 1);
    watch.known("the same order signed anew", &later.sign(&alice.key)).await;
    let hidden = compose::intent(
        &alice.key,
        &alice.gateway(),
        &intent,
        Secrecy::Sealed(nanoark_nostr::Scheme::Nip44),
        house.now(),
    );
    watch.known("the same order sealed", hidden.unwrap().json()).await;
    // Names are each author's own.
    house.fund(&bob, 50_000);
    let his = Intent {
        action_id: intent.action_id.clone(),
        ..bob.intent("his", bob.transfer(&[(alice.address(), 10_000)]).await)
    };
    assert_eq!(bob.order(&his).await.stage, Stage::Challenged);
    alice.sign(&alice.sign(&session).await).await;
    watch.known("the same event once it is done", event.json()).await;
    watch
        .event(
            "a name for another order once it is done",
            other.sign(&alice.key),
            reused,
        )
        .await;
    house.pass(Duration::from_secs(901));
    house.settle().await;
    watch
        .event(
            "the same event long after",
            event.json().to_owned(),
            Why::Event(OutsideWindow),
        )
        .await;
    too_many(&watch).await;
    watch.close().is(&GROUP);
}

/// Sessions that wait for others are open too.
async fn too_many(watch: &Watch<'_>) {
    let house = watch.house;
    let (alice, bob) = (house.wallet(3), house.wallet(4));
    let leg = |from, to| Leg {
        from,
        to,
        amount: Amount::from_sat(1_000),
        assets: Vec::new(),
    };
    let fee = alice.fee().await;
    let swap = |number: u32| {
        Action::Swap(Swap {
            swap_id: format!("swap-{number:04}").parse().unwrap(),
            legs: vec![leg(alice.nostr(), bob.nostr()), leg(bob.nostr(), alice.nostr())],
            fee: fee.clone(),
        })
    };
    let mut number = 0;
    loop {
        let intent = alice.intent(&format!("swap-{number}"), swap(number));
        let event = alice.signed(&intent);
        if number == 20 {
            watch
                .event(
                    "a session more than one may have",
                    event.json().to_owned(),
                    Why::Session(TooManySessions),
                )
                .await;
            break;
        }
        alice.post(&event).await;
        number += 1;
    }
    // Somebody else's sessions are not counted among one's own.
    assert_eq!(bob.order(&bob.intent("swap", swap(0))).await.stage, Stage::Failed);
}
