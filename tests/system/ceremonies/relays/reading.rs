//! How relays are read: nothing is passed over, and nothing is taken for read that was not.

use std::time::Duration;

use nanoark_ark_verifier::intent::ActionId;
use nanoark_nostr::content::{Service, ServiceRequest};
use nanoark_nostr::{GatewayKind, Scheme, SignedEvent, compose};
use nostr_relay_builder::LocalRelay;
use nostr_relay_builder::builder::RelayBuilder;

use super::crooked::{Crooked, Ending};
use super::{OnAir, cursor, held, honest, house_on};
use crate::ceremonies::wallet::Wallet;

/// A question of this many seconds ago.
fn question(wallet: &Wallet<'_>, number: usize, ago: u32) -> SignedEvent {
    let request_id: ActionId = format!("ask-{number:05}").parse().unwrap();
    let request = ServiceRequest {
        request_id,
        service: Service::Balance,
    };
    let at = wallet.house.now().minus(nanoark_domain::time::Seconds(ago));
    compose::service_request(&wallet.key, &wallet.gateway(), &request, Scheme::Nip44, at).unwrap()
}

#[tokio::test]
async fn events_of_one_second_are_all_taken() {
    let (_relays, urls) = honest(1).await;
    let house = house_on(&urls).await;
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    for number in 0..40 {
        alice.publish(&question(&alice.wallet, number, 5)).await;
    }
    house.trigger("poll-relays").await;
    // The look was in this very second; more of it, and of the one before, come after.
    for number in 40..60 {
        alice
            .publish(&question(&alice.wallet, number, (number % 2) as u32 * 5))
            .await;
    }
    house.trigger("poll-relays").await;
    assert_eq!(held(&urls[0], &[GatewayKind::ServiceResponse]).await.len(), 60);
}

#[tokio::test]
async fn a_relay_that_gives_less_than_it_has_is_asked_until_it_has_given_all() {
    let relay = LocalRelay::new(RelayBuilder::default().max_filter_limit(100));
    relay.run().await.unwrap();
    let address = relay.url().await.to_string();
    let house = house_on(std::slice::from_ref(&address)).await;
    let alice = OnAir::new(house.wallet(1), &address, &address);
    for number in 0..240 {
        alice
            .publish(&question(&alice.wallet, number, number as u32 / 60 * 7))
            .await;
    }
    house.trigger("poll-relays").await;
    assert_eq!(cursor(&house, &address), Some(house.now().as_seconds()));
    let took = house.calls("take-event").take();
    assert_eq!(took.iter().filter(|call| call.operation == "PutItem").count(), 240);
}

#[tokio::test]
async fn what_was_not_given_whole_is_not_taken_for_read() {
    let relay = Crooked::run().await;
    let house = house_on(std::slice::from_ref(&relay.url)).await;
    let alice = house.wallet(1);
    let before = cursor(&house, &relay.url);
    house.pass(Duration::from_secs(5));
    let [first, second] = [question(&alice, 1, 0), question(&alice, 2, 0)];
    for ending in [Ending::Gone, Ending::Silence] {
        relay.hands_out(&[&first], ending);
        house.trigger("poll-relays").await;
        assert_eq!(cursor(&house, &relay.url), before, "{ending:?}");
    }
    // It had another, which it gives when it is back.
    relay.hands_out(&[&first, &second], Ending::Eose);
    house.trigger("poll-relays").await;
    let read = house.now().as_seconds();
    assert_eq!(cursor(&house, &relay.url), Some(read));
    assert_eq!(relay.got().len(), 2, "each is answered once");

    // Then it breaks for an hour, and an answer of that time is not lost.
    relay.hands_out(&[], Ending::Gone);
    house.advance(Duration::from_secs(3_600)).await;
    assert_eq!(cursor(&house, &relay.url), Some(read));
    relay.hands_out(&[], Ending::Eose);
    house.trigger("poll-relays").await;
    assert_eq!(cursor(&house, &relay.url), Some(house.now().as_seconds()));
}

#[tokio::test]
async fn an_event_from_the_future_hides_nothing_and_waits_for_its_time() {
    let (_relays, urls) = honest(1).await;
    let house = house_on(&urls).await;
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    let early = {
        let request = ServiceRequest {
            request_id: "too-early".parse().unwrap(),
            service: Service::Balance,
        };
        let at = house.now().plus(nanoark_domain::time::Seconds(150));
        compose::service_request(&alice.wallet.key, &alice.wallet.gateway(), &request, Scheme::Nip44, at).unwrap()
    };
    alice.publish(&early).await;
    house.trigger("poll-relays").await;
    assert_eq!(cursor(&house, &urls[0]), Some(house.now().as_seconds()));
    assert!(
        held(&urls[0], &[GatewayKind::ServiceResponse, GatewayKind::Failure])
            .await
            .is_empty()
    );
    house.advance(Duration::from_secs(300)).await;
    let answers = alice.letters(GatewayKind::ServiceResponse).await;
    assert_eq!(answers.len(), 1);
    assert!(answers[0].event.refers_to().any(|id| id == early.id()));
}
