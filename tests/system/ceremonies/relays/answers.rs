//! What relays carry back: refusals, and all that a restored wallet needs.

use bitcoin::Amount;
use nanoark_ark_verifier::intent::{Action, Intent};
use nanoark_http::wire::gateway::{StateView, VtxoStatus};
use nanoark_nostr::compose::Secrecy;
use nanoark_nostr::content::{Outcome, Service, ServiceRequest};
use nanoark_nostr::received::GatewayMessage;
use nanoark_nostr::{GatewayKind, Scheme, SignedEvent, compose};
use nanoark_nostr_relay::{Filter, Relays as _};

use super::{AMPLE, OnAir, held, honest, house_on, house_with, url};
use crate::ceremonies::house::Setup;

impl OnAir<'_> {
    /// The codes of the failures that it got.
    async fn failures(&self) -> Vec<u16> {
        let letters = self.letters(GatewayKind::Failure).await;
        let codes = letters.into_iter().map(|letter| {
            let GatewayMessage::Failure(failure) = letter.message else {
                panic!("no failure: {:?}", letter.message)
            };
            assert_eq!(letter.event.exactly_one("code").unwrap(), failure.code.to_string());
            failure.code
        });
        codes.collect()
    }

    /// The answer to a question.
    async fn ask(&self, name: &str, service: Service) -> Outcome {
        let request = ServiceRequest {
            request_id: name.parse().unwrap(),
            service,
        };
        let house = self.wallet.house;
        let asked = compose::service_request(
            &self.wallet.key,
            &self.wallet.gateway(),
            &request,
            Scheme::Nip44,
            house.now(),
        )
        .unwrap();
        self.publish(&asked).await;
        house.trigger("poll-relays").await;
        for letter in self.letters(GatewayKind::ServiceResponse).await {
            if let GatewayMessage::ServiceResponse(response) = letter.message
                && response.request_id == request.request_id
            {
                assert!(letter.event.refers_to().any(|id| id == asked.id()));
                return response.outcome;
            }
        }
        panic!("no answer to {name}");
    }

    async fn state(&self, name: &str) -> StateView {
        match self.ask(name, Service::SyncState).await {
            Outcome::Ok { result } => serde_json::from_value(result).unwrap(),
            other @ Outcome::Error { .. } => panic!("{other:?}"),
        }
    }

    /// The orders of its own that a relay still has.
    async fn own_orders(&self) -> Vec<SignedEvent> {
        let filter = Filter {
            kinds: vec![GatewayKind::Intent.number()],
            authors: vec![self.wallet.nostr()],
            ..Filter::new()
        };
        self.links.collect(&url(&self.writes_to), &filter, AMPLE).await.events
    }
}

#[tokio::test]
async fn who_is_refused_is_told_once() {
    let (_relays, urls) = honest(2).await;
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[1]);
    house.fund(&alice.wallet, 60_000);
    let mut cheap = alice
        .wallet
        .intent("cheap", alice.wallet.transfer(&[(bob.address(), 50_000)]).await);
    if let Action::Transfer(transfer) = &mut cheap.action {
        transfer.fee.amount -= Amount::from_sat(1);
    }
    let cheap = alice.wallet.signed(&cheap);
    alice.publish(&cheap).await;
    for _ in 0..3 {
        house.trigger("poll-relays").await;
    }
    assert_eq!(alice.failures().await, [4_001]);
    // Nobody else can read it.
    let sent = held(&urls[1], &[GatewayKind::Failure]).await;
    assert!(!sent[0].content().contains("fee"));
    assert!(sent[0].refers_to().any(|id| id == cheap.id()));

    // An order that cannot be paid is refused where it is built.
    let dear = alice.transfer("dear", &bob, 500_000).await;
    alice.publish(&dear).await;
    house.trigger("poll-relays").await;
    let mut codes = alice.failures().await;
    codes.sort_unstable();
    assert_eq!(codes, [2_001, 4_001]);
}

#[tokio::test]
async fn a_wallet_that_lost_all_but_its_key_goes_on_at_either_step() {
    let (_relays, urls) = honest(2).await;
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let lost = OnAir::new(house.wallet(1), &urls[0], &urls[1]);
    house.fund(&lost.wallet, 60_000);
    house.fund(&lost.wallet, 25_000);
    let intent = lost.transfer("lost", &bob, 50_000).await;
    lost.publish(&intent).await;
    house.trigger("poll-relays").await;

    for step in [1, 2] {
        let found = OnAir::new(house.wallet(1), &urls[0], &urls[1]);
        let state = found.state(&format!("restore-{step}")).await;
        assert_eq!(state.info.pubkey, found.wallet.gateway());
        assert_eq!(state.vtxos.address, found.wallet.address());
        let [session] = state.sessions.as_slice() else {
            panic!("one open session: {:?}", state.sessions);
        };
        assert_eq!(
            session.awaits.map(nanoark_ark_verifier::challenge::Step::number),
            Some(step)
        );
        if step == 1 {
            let held = state.vtxos.vtxos.iter().filter(|vtxo| vtxo.status == VtxoStatus::Held);
            assert_eq!(held.map(|vtxo| vtxo.amount.to_sat()).sum::<u64>(), 60_000);
        }
        // Its own signature is on the order, so a relay may hand it out.
        for event in found.own_orders().await {
            let intent: Intent = serde_json::from_str(event.content()).unwrap();
            found.wallet.remember(intent, event);
        }
        // What was asked at the first step is checked again before the second.
        for event in &session.events {
            let shown = nanoark_http::wire::gateway::SessionView {
                challenge: Some(event.clone()),
                ..session.clone()
            };
            let challenge = found.wallet.challenge(&shown);
            let answer = found.wallet.approve(&challenge);
            if challenge.step.number() == step {
                found.publish(&found.wallet.answer_event(&answer)).await;
            }
        }
        house.trigger("poll-relays").await;
    }
    assert_eq!(bob.balance().to_sat(), 50_000);
    let state = OnAir::new(house.wallet(1), &urls[0], &urls[1]).state("restore-3").await;
    assert!(state.sessions.is_empty());
}

#[tokio::test]
async fn a_state_too_large_for_an_event_is_answered_all_the_same() {
    let (_relays, urls) = honest(1).await;
    let house = house_on(&urls).await;
    let receivers: Vec<_> = (2..10).map(|number| (house.wallet(number).address(), 1_000)).collect();
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    for number in 0..12_u32 {
        for _ in 0..4 {
            house.fund(&alice.wallet, 2_500);
        }
        let action = alice.wallet.transfer(&receivers).await;
        let intent = alice.wallet.intent(&format!("many-{number:02}"), action);
        alice.publish(&alice.wallet.signed(&intent)).await;
        house.trigger("poll-relays").await;
    }
    let state = alice.state("all-of-it").await;
    assert_eq!(state.sessions.len(), 12);
    assert!(state.sessions.iter().all(|session| session.awaits.is_some()));
    // What does not fit is on the relays by itself.
    assert_eq!(alice.challenges().await.len(), 12);
}

#[tokio::test]
async fn nip_04_is_answered_in_kind_where_it_is_allowed_except_for_checkpoints() {
    let (_relays, urls) = honest(1).await;
    let setup = Setup {
        nip04: true,
        ..Setup::default()
    };
    let house = house_with(&urls, setup).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    house.fund(&alice.wallet, 60_000);
    let intent = alice
        .wallet
        .intent("old-way", alice.wallet.transfer(&[(bob.address(), 50_000)]).await);
    let sealed = Secrecy::Sealed(Scheme::Nip04);
    let event = compose::intent(&alice.wallet.key, &alice.wallet.gateway(), &intent, sealed, house.now()).unwrap();
    alice.wallet.remember(intent, event.clone());
    alice.publish(&event).await;
    house.trigger("poll-relays").await;
    for step in [1, 2] {
        let challenges = alice.challenges().await;
        let asked = challenges.iter().find(|asked| asked.step.number() == step).unwrap();
        let answer = alice.wallet.approve(asked);
        let key = &alice.wallet.key;
        let answer = compose::answer(key, &alice.wallet.gateway(), &answer, Scheme::Nip04, house.now()).unwrap();
        alice.publish(&answer).await;
        house.trigger("poll-relays").await;
    }
    assert_eq!(bob.balance().to_sat(), 50_000);
    let schemes = |events: Vec<SignedEvent>| {
        let mut schemes: Vec<(String, Scheme)> = events
            .iter()
            .map(|event| {
                let d = event.exactly_one("d").unwrap();
                (d.split(':').nth(1).unwrap().to_owned(), Scheme::of(event.content()))
            })
            .collect();
        schemes.sort_by(|(a, _), (b, _)| a.cmp(b));
        schemes
    };
    let expected = [("1".to_owned(), Scheme::Nip04), ("2".to_owned(), Scheme::Nip44)];
    assert_eq!(schemes(held(&urls[0], &[GatewayKind::Challenge]).await), expected);
    assert_eq!(schemes(held(&urls[0], &[GatewayKind::Answer]).await), expected);
}

#[tokio::test]
async fn nip_04_is_refused_where_it_is_not_allowed() {
    let (_relays, urls) = honest(1).await;
    let house = house_on(&urls).await;
    let bob = house.wallet(2);
    let alice = OnAir::new(house.wallet(1), &urls[0], &urls[0]);
    house.fund(&alice.wallet, 60_000);
    let intent = alice
        .wallet
        .intent("old-way", alice.wallet.transfer(&[(bob.address(), 50_000)]).await);
    let sealed = Secrecy::Sealed(Scheme::Nip04);
    let event = compose::intent(&alice.wallet.key, &alice.wallet.gateway(), &intent, sealed, house.now()).unwrap();
    alice.publish(&event).await;
    for _ in 0..2 {
        house.trigger("poll-relays").await;
    }
    assert_eq!(alice.failures().await, [1_011]);
    assert!(held(&urls[0], &[GatewayKind::Challenge]).await.is_empty());
}
