//! Whole ceremonies of wallets that know only relays.

use std::collections::BTreeSet;
use std::time::Duration;

use bitcoin::Amount;
use nanoark_ark_verifier::intent::{Action, Leg, Swap};
use nanoark_nostr::GatewayKind;
use nanoark_nostr::received::GatewayMessage;

use super::{OnAir, count, held, honest, house_on};

const FROM_GATEWAY: [GatewayKind; 2] = [GatewayKind::Challenge, GatewayKind::Confirmation];

#[tokio::test]
async fn a_wallet_that_knows_only_relays_comes_to_its_confirmation() {
    let (_relays, urls) = honest(2).await;
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    // It writes to one relay and reads from another.
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[1]);
    house.fund(&alice.wallet, 60_000);
    let intent = alice.transfer("by-air", &bob, 50_000).await;
    alice.carry_out(&intent).await;
    assert_eq!(bob.balance().to_sat(), 50_000);
    assert_eq!(count(&house, "sessions"), 1);
    for relay in &urls {
        assert_eq!(held(relay, &FROM_GATEWAY).await.len(), 3, "{relay}");
    }
    let confirmations = alice.letters(GatewayKind::Confirmation).await;
    let [confirmation] = confirmations.as_slice() else {
        panic!("one confirmation: {confirmations:?}");
    };
    assert!(matches!(confirmation.message, GatewayMessage::Confirmation(_)));
    assert!(confirmation.event.refers_to().any(|id| id == intent.id()));
}

#[tokio::test]
async fn coins_of_another_key_are_bound_and_spent_by_relays_alone() {
    let (_relays, urls) = honest(1).await;
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1).owned_by(42), &urls[0], &urls[0]);
    alice.publish(&alice.wallet.binding()).await;
    house.trigger("poll-relays").await;
    house.fund(&alice.wallet, 60_000);
    let intent = alice.transfer("by-air", &bob, 50_000).await;
    alice.carry_out(&intent).await;
    assert_eq!(bob.balance().to_sat(), 50_000);
}

#[tokio::test]
async fn no_event_of_the_gateways_replaces_another() {
    let (_relays, urls) = honest(1).await;
    let house = house_on(&urls).await;
    let wallets = [1, 2].map(|number| OnAir::new(house.wallet(number), &urls[0], &urls[0]));
    let receiver = house.wallet(9);
    for wallet in &wallets {
        house.fund(&wallet.wallet, 60_000);
        house.fund(&wallet.wallet, 70_000);
    }
    // All of it in one second, and by the same names for both.
    let mut sessions = 0;
    for name in ["first", "second"] {
        let mut intents = Vec::new();
        for wallet in &wallets {
            let intent = wallet.transfer(name, &receiver, 50_000).await;
            wallet.publish(&intent).await;
            intents.push(intent.id());
        }
        house.trigger("poll-relays").await;
        for step in [1, 2] {
            for (wallet, intent) in wallets.iter().zip(&intents) {
                let challenges = wallet.challenges().await;
                let asked = challenges
                    .iter()
                    .find(|asked| asked.step.number() == step && asked.intents.contains(intent));
                let answer = wallet.wallet.answer_event(&wallet.wallet.approve(asked.unwrap()));
                wallet.publish(&answer).await;
            }
            house.trigger("poll-relays").await;
        }
        sessions += 2;
        assert_eq!(held(&urls[0], &[GatewayKind::Challenge]).await.len(), 2 * sessions);
        assert_eq!(held(&urls[0], &[GatewayKind::Confirmation]).await.len(), sessions);
        assert_eq!(held(&urls[0], &[GatewayKind::Answer]).await.len(), 2 * sessions);
    }
    assert_eq!(receiver.balance().to_sat(), 200_000);
    let names: BTreeSet<String> = held(&urls[0], &FROM_GATEWAY)
        .await
        .iter()
        .map(|event| format!("{}:{}", event.kind(), event.exactly_one("d").unwrap()))
        .collect();
    assert_eq!(names.len(), 3 * sessions);
}

#[tokio::test]
async fn the_parties_of_a_swap_are_asked_side_by_side() {
    let (_relays, urls) = honest(1).await;
    let house = house_on(&urls).await;
    let wallets = [1, 2].map(|number| OnAir::new(house.wallet(number), &urls[0], &urls[0]));
    for wallet in &wallets {
        house.fund(&wallet.wallet, 60_000);
    }
    let leg = |from: &OnAir<'_>, to: &OnAir<'_>| Leg {
        from: from.wallet.nostr(),
        to: to.wallet.nostr(),
        amount: Amount::from_sat(10_000),
        assets: Vec::new(),
    };
    let swap = Action::Swap(Swap {
        swap_id: "swap-0001".parse().unwrap(),
        legs: vec![leg(&wallets[0], &wallets[1]), leg(&wallets[1], &wallets[0])],
        fee: wallets[0].wallet.fee().await,
    });
    for OnAir { wallet, .. } in &wallets {
        let intent = wallet.signed(&wallet.intent("swap", swap.clone()));
        wallets[0].publish(&intent).await;
    }
    house.trigger("poll-relays").await;
    for step in [1, 2] {
        assert_eq!(held(&urls[0], &[GatewayKind::Challenge]).await.len(), 2 * step);
        for wallet in &wallets {
            wallet.answer(u8::try_from(step).unwrap()).await;
        }
        house.trigger("poll-relays").await;
    }
    assert_eq!(held(&urls[0], &[GatewayKind::Confirmation]).await.len(), 1);
}

#[tokio::test]
async fn while_a_session_is_open_an_answer_is_found_within_seconds() {
    let (_relays, urls) = honest(1).await;
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    house.fund(&alice.wallet, 60_000);
    let intent = alice.transfer("soon", &bob, 50_000).await;
    alice.publish(&intent).await;
    // The first event waits for the schedule.
    house.advance(Duration::from_secs(60)).await;
    alice.answer(1).await;
    house.advance(Duration::from_secs(4)).await;
    alice.answer(2).await;
    house.advance(Duration::from_secs(4)).await;
    assert_eq!(bob.balance().to_sat(), 50_000);

    // A wallet that takes its time finds the gateway awake.
    let intent = alice
        .wallet
        .intent("late", alice.wallet.transfer(&[(bob.address(), 5_000)]).await);
    let intent = alice.wallet.signed(&intent);
    alice.publish(&intent).await;
    house.advance(Duration::from_secs(300)).await;
    let challenges = alice.challenges().await;
    let asked = challenges
        .iter()
        .find(|asked| asked.intents.contains(&intent.id()))
        .unwrap();
    alice
        .publish(&alice.wallet.answer_event(&alice.wallet.approve(asked)))
        .await;
    house.advance(Duration::from_secs(4)).await;
    assert_eq!(alice.challenges().await.len(), 4);
}

#[tokio::test]
async fn a_gateway_that_nobody_speaks_to_looks_once_a_minute() {
    let relay = super::crooked::Crooked::run().await;
    let house = house_on(std::slice::from_ref(&relay.url)).await;
    let before = relay.asked();
    house.advance(Duration::from_secs(300)).await;
    assert_eq!(relay.asked() - before, 5);
    assert_eq!(house.stack.queues().depth("nanoark-nostr-inbox").unwrap().total(), 0);

    // With a session open, every three seconds, however long it is open: one full look and nineteen quick ones.
    let alice = house.wallet(1);
    house.fund(&alice, 60_000);
    let action = alice.transfer(&[(house.wallet(2).address(), 50_000)]).await;
    alice.order(&alice.intent("open", action)).await;
    house.advance(Duration::from_secs(60)).await;
    for _ in 0..3 {
        let before = relay.asked();
        house.advance(Duration::from_secs(60)).await;
        assert_eq!(relay.asked() - before, 20);
    }
}
