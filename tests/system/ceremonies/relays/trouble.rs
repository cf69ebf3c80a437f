//! Relays that are away, lie, repeat, stall and drop: what one of them does harms nobody.

use std::time::Duration;

use nanoark_nostr::GatewayKind;
use nanoark_nostr::content::{Service, ServiceRequest};
use nanoark_nostr::{Scheme, SignedEvent, compose};

use serde_json::json;
use serde_json::value::to_raw_value;

use super::crooked::{Crooked, Ending};
use super::{OnAir, count, cursor, held, honest, house_on};
use crate::ceremonies::wallet::Wallet;

/// A question of a wallet's.
fn question(wallet: &Wallet<'_>, name: &str) -> SignedEvent {
    let request = ServiceRequest {
        request_id: name.parse().unwrap(),
        service: Service::Balance,
    };
    compose::service_request(
        &wallet.key,
        &wallet.gateway(),
        &request,
        Scheme::Nip44,
        wallet.house.now(),
    )
    .unwrap()
}

#[tokio::test]
async fn an_event_on_three_relays_is_taken_once() {
    let (_relays, urls) = honest(3).await;
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[2]);
    house.fund(&alice.wallet, 60_000);
    house.fund(&alice.wallet, 60_000);
    let intent = alice.transfer("thrice", &bob, 50_000).await;
    let asked = question(&alice.wallet, "thrice-asked");
    for relay in &urls {
        alice.publish_on(relay, &intent).await;
        alice.publish_on(relay, &asked).await;
    }
    for _ in 0..3 {
        house.trigger("poll-relays").await;
    }
    assert_eq!(count(&house, "sessions"), 1);
    // One event each, and not a newer one in the place of an older.
    let took = house.calls("take-event").take();
    let answered = took.iter().filter(|call| call.operation == "PutItem").count();
    assert_eq!(answered, 1, "the question is answered once");
    for relay in &urls {
        assert_eq!(held(relay, &[GatewayKind::Challenge]).await.len(), 1, "{relay}");
        assert_eq!(held(relay, &[GatewayKind::ServiceResponse]).await.len(), 1, "{relay}");
    }
    let same = held(&urls[0], &[GatewayKind::ServiceResponse]).await;
    for relay in &urls {
        assert_eq!(held(relay, &[GatewayKind::ServiceResponse]).await, same, "{relay}");
    }
}

#[tokio::test]
async fn bad_relays_keep_nobody_from_a_good_one() {
    let (_relays, mut urls) = honest(1).await;
    let [stalls, drops, lies] = [Crooked::run().await, Crooked::run().await, Crooked::run().await];
    urls.extend([&stalls, &drops, &lies].map(|relay| relay.url.clone()));
    urls.push("ws://127.0.0.1:1".to_owned());
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    house.fund(&alice.wallet, 60_000);
    house.pass(Duration::from_secs(5));
    let intent = alice.transfer("good", &bob, 50_000).await;
    stalls.hands_out(&[&intent], Ending::Silence);
    drops.hands_out(&[&intent], Ending::Gone);
    // Somebody else's amount under her signature, another's event to the gateway's wallet, an event to somebody else, the
    // same one again and again, and noise.
    let forged = intent.json().replace("50000", "59000");
    assert_ne!(forged, intent.json());
    let stranger = compose::service_request(
        &alice.wallet.key,
        &bob.nostr(),
        &ServiceRequest {
            request_id: "to-somebody-else".parse().unwrap(),
            service: Service::Balance,
        },
        Scheme::Nip44,
        house.now(),
    )
    .unwrap();
    let mut said = vec![forged, stranger.json().to_owned(), "{}".to_owned(), "[".to_owned()];
    said.extend(std::iter::repeat_n(intent.json().to_owned(), 50));
    lies.says(said, Ending::Eose);
    alice.carry_out(&intent).await;
    assert_eq!(bob.balance().to_sat(), 50_000);
    assert_eq!(count(&house, "sessions"), 1);
    assert!(
        held(&urls[0], &[GatewayKind::Failure, GatewayKind::ServiceResponse])
            .await
            .is_empty()
    );
    // Who did not finish is read again from where it was left; who did, is not.
    let now = Some(house.now().as_seconds());
    let read: Vec<bool> = urls.iter().map(|relay| cursor(&house, relay) == now).collect();
    assert_eq!(read, [true, false, false, true, false]);
    let dead = house.stack.queues().depth("nanoark-nostr-inbox-dead").unwrap().total();
    assert_eq!(dead, 0);
}

#[tokio::test]
async fn old_history_that_is_handed_out_again_does_nothing() {
    let (_relays, mut urls) = honest(1).await;
    let crooked = Crooked::run().await;
    urls.push(crooked.url.clone());
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    house.fund(&alice.wallet, 60_000);
    let intent = alice.transfer("past", &bob, 50_000).await;
    alice.publish(&question(&alice.wallet, "past-asked")).await;
    alice.carry_out(&intent).await;
    let history = held(&urls[0], &GatewayKind::TO_GATEWAY).await;
    assert_eq!(history.len(), 4);
    let said = held(&urls[0], &GatewayKind::ALL).await.len();
    let (balances, published) = ([alice.wallet.balance(), bob.balance()], crooked.got().len());
    for wait in [0, 60, 600, 900, 7_200] {
        house.advance(Duration::from_secs(wait)).await;
        // A relay need not keep to what it was asked for.
        crooked.hands_out(&history.iter().collect::<Vec<_>>(), Ending::Eose);
        house.trigger("poll-relays").await;
        // And anybody may put it in the way of the queue's reader himself.
        for event in &history {
            let body = json!({ "event": { "relay": crooked.url, "event": event.json() } }).to_string();
            let message = json!({ "Records": [{ "messageId": "again", "body": body }] });
            let answer = house
                .stack
                .invoke("take-event", to_raw_value(&message).unwrap())
                .await
                .unwrap();
            assert!(!answer.get().contains("again"), "{}", answer.get());
        }
        house.settle().await;
        assert_eq!([alice.wallet.balance(), bob.balance()], balances, "after {wait} s");
        assert_eq!(count(&house, "sessions"), 1, "after {wait} s");
        assert_eq!(held(&urls[0], &GatewayKind::ALL).await.len(), said, "after {wait} s");
        assert_eq!(crooked.got().len(), published, "after {wait} s");
    }
}
