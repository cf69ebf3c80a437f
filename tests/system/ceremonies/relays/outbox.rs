//! What the gateway publishes: the same bytes everywhere and at every try, until the relay has them or the queue gives up.

use std::collections::BTreeSet;
use std::time::Duration;

use nanoark_nostr::GatewayKind;

use super::crooked::{Crooked, Taking};
use super::{OnAir, held, honest, house_on};

const DEAD: &str = "nanoark-nostr-outbox-dead";
const WAITING: &str = "nanoark-nostr-outbox";

#[tokio::test]
async fn a_relay_that_comes_back_gets_the_same_bytes_as_the_others() {
    let (_relays, mut urls) = honest(1).await;
    let relay = Crooked::run().await;
    urls.push(relay.url.clone());
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    house.fund(&alice.wallet, 60_000);
    let intent = alice.transfer("again", &bob, 50_000).await;
    alice.publish(&intent).await;
    let mut tries = 0;
    for taking in [
        Taking::Gone,
        Taking::No("error: disk full"),
        Taking::No("rate-limited: slow down"),
        Taking::Yes,
    ] {
        relay.takes(taking);
        if tries == 0 {
            house.trigger("poll-relays").await;
        } else {
            house.advance(Duration::from_secs(61)).await;
        }
        tries += 1;
        assert_eq!(relay.got().len(), tries);
    }
    let on_the_other = held(&urls[0], &[GatewayKind::Challenge]).await;
    let tried: BTreeSet<String> = relay.got().into_iter().collect();
    assert_eq!(tried, BTreeSet::from([on_the_other[0].json().to_owned()]));
    // It has it: nothing is tried any more.
    house.advance(Duration::from_secs(180)).await;
    assert_eq!(relay.got().len(), tries);
    assert_eq!(house.stack.queues().depth(WAITING).unwrap().total(), 0);
}

#[tokio::test]
async fn a_relay_that_never_comes_back_is_given_up_and_costs_nobody_anything() {
    let (_relays, mut urls) = honest(1).await;
    urls.push("ws://127.0.0.1:1".to_owned());
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    house.fund(&alice.wallet, 60_000);
    let intent = alice.transfer("never", &bob, 50_000).await;
    alice.carry_out(&intent).await;
    assert_eq!(bob.balance().to_sat(), 50_000);
    assert_eq!(house.stack.queues().depth(WAITING).unwrap().total(), 3);
    // Twenty tries, a minute from one to the next.
    for minute in 0..21 {
        let dead = house.stack.queues().depth(DEAD).unwrap().total();
        assert_eq!(dead, 0, "after {minute} minutes");
        house.pass(Duration::from_secs(60));
        house.settle().await;
        if house.stack.queues().depth(DEAD).unwrap().total() > 0 {
            assert!(minute >= 18, "given up after {minute} minutes");
            break;
        }
    }
    let dead = house.stack.queues().peek(DEAD).unwrap();
    assert_eq!(dead.len(), 3);
    assert!(dead.iter().all(|message| message.body.contains("127.0.0.1:1")));
    assert!(
        house.stack.queues().peek(WAITING).unwrap().is_empty(),
        "{:?}",
        house.stack.queues().peek(WAITING).unwrap()
    );
}

#[tokio::test]
async fn a_relay_that_refuses_for_good_is_not_asked_again() {
    let (_relays, mut urls) = honest(1).await;
    let relay = Crooked::run().await;
    relay.takes(Taking::No("blocked: not here"));
    urls.push(relay.url.clone());
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    house.fund(&alice.wallet, 60_000);
    alice.publish(&alice.transfer("blocked", &bob, 50_000).await).await;
    house.trigger("poll-relays").await;
    house.advance(Duration::from_secs(180)).await;
    assert_eq!(relay.got().len(), 1);
    assert_eq!(held(&urls[0], &[GatewayKind::Challenge]).await.len(), 1);
}
