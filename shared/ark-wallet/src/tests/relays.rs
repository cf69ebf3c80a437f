//! The way by relays: lost, repeated and forged events, and a gateway that hears through them only.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::Request;
use nanoark_client::Transport as _;
use nanoark_nostr::SignedEvent;
use nanoark_nostr::event::MAX_EVENT_BYTES;
use nanoark_nostr_relay::{Collected, End, Filter, PublishError, RelayUrl, Relays};
use serde_json::Value;

use super::scripted::{Lie, ORIGIN, Scripted};
use super::world::{World, ordered};
use crate::{Misconduct, Standing, WalletError, Way};

/// A relay that the scripted gateway listens on.
#[derive(Debug)]
struct Relay {
    gateway: Arc<Scripted>,
    events: Mutex<Vec<SignedEvent>>,
    /// How many events it takes and loses.
    loses: Mutex<usize>,
    /// Whether nobody gets through.
    down: bool,
}

impl Relay {
    fn new(world: &World, loses: usize, down: bool) -> Arc<Self> {
        Arc::new(Self {
            gateway: Arc::clone(&world.gateway),
            events: Mutex::default(),
            loses: Mutex::new(loses),
            down,
        })
    }

    /// The gateway hears the event, and publishes what it has to say.
    async fn pass_on(&self, event: &str) {
        let request = Request::post(format!("{ORIGIN}/v1/events"))
            .body(Bytes::copy_from_slice(event.as_bytes()))
            .unwrap();
        let answer = self.gateway.send(request).await.unwrap();
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        let view = answer.get("session").unwrap_or(&answer);
        let told = view
            .get("challenge")
            .into_iter()
            .chain(view["events"].as_array().into_iter().flatten());
        let mut events = self.events.lock().unwrap();
        for event in told {
            events.push(SignedEvent::parse(event.to_string().as_bytes(), MAX_EVENT_BYTES).unwrap());
        }
    }
}

impl Relays for Relay {
    fn collect<'a>(&'a self, _: &'a RelayUrl, filter: &'a Filter, _: Duration) -> BoxFuture<'a, Collected> {
        let events = self.events.lock().unwrap();
        let events = events.iter().filter(|event| filter.matches(event)).cloned().collect();
        Box::pin(async move {
            Collected {
                events,
                refused: 0,
                garbage: 0,
                notices: Vec::new(),
                end: End::Complete,
            }
        })
    }

    fn publish<'a>(&'a self, _: &'a RelayUrl, event: &'a str, _: Duration) -> BoxFuture<'a, Result<(), PublishError>> {
        Box::pin(async move {
            if self.down {
                return Err(PublishError::Timeout);
            }
            let lost = {
                let mut loses = self.loses.lock().unwrap();
                let lost = *loses > 0;
                *loses = loses.saturating_sub(1);
                lost
            };
            if !lost {
                self.pass_on(event).await;
            }
            Ok(())
        })
    }
}

fn by(relay: &Arc<Relay>) -> Way {
    Way::Relays {
        client: Arc::clone(relay) as Arc<dyn Relays>,
        urls: vec!["wss://relay.example".parse().unwrap()],
    }
}

#[tokio::test]
async fn a_transfer_goes_by_relays_alone() {
    let world = World::new(Lie::Nothing);
    let wallet = world.wallet().by(by(&Relay::new(&world, 0, false)));
    let id = ordered(&wallet).await.action_id;
    let standing = wallet.drive(&id, Duration::from_secs(5)).await.unwrap();
    assert!(
        matches!(standing, Standing::Finalized { proved: true, .. }),
        "{standing:?}"
    );
    world
        .gateway
        .with(|state| assert!(state.answers.values().all(|sent| sent.len() == 1)));
}

#[tokio::test(start_paused = true)]
async fn what_a_relay_lost_is_published_again_as_the_same_bytes() {
    let world = World::new(Lie::Nothing);
    let wallet = world.wallet_on_tokio_clock().by(by(&Relay::new(&world, 1, false)));
    let id = ordered(&wallet).await.action_id;
    let standing = wallet.drive(&id, Duration::from_secs(300)).await.unwrap();
    assert!(matches!(standing, Standing::Finalized { .. }), "{standing:?}");
    world.gateway.with(|state| assert_eq!(state.intents.len(), 1));
}

#[tokio::test]
async fn a_relay_that_cannot_be_reached_leaves_the_order_for_another_way() {
    let world = World::new(Lie::Nothing);
    let wallet = world.wallet().by(by(&Relay::new(&world, 0, true)));
    let id = ordered(&wallet).await.action_id;
    let failed = wallet.drive(&id, Duration::ZERO).await;
    assert!(matches!(failed, Err(WalletError::NoRelay(_))), "{failed:?}");
    // By HTTPS it goes on; a wallet may change its way at any point.
    let standing = world.wallet().drive(&id, Duration::from_secs(5)).await.unwrap();
    assert!(matches!(standing, Standing::Finalized { .. }), "{standing:?}");
}

#[tokio::test]
async fn an_order_that_began_by_relays_is_found_by_https() {
    let world = World::new(Lie::Nothing);
    let wallet = world.wallet().by(by(&Relay::new(&world, 0, false)));
    let id = ordered(&wallet).await.action_id;
    wallet.step(&id).await.unwrap();
    assert_eq!(wallet.order_of(&id).unwrap().unwrap().session, None);
    let standing = world.wallet().drive(&id, Duration::from_secs(5)).await.unwrap();
    assert!(matches!(standing, Standing::Finalized { .. }), "{standing:?}");
}

#[tokio::test]
async fn lies_are_refused_by_this_way_too() {
    for lie in [Lie::Amount, Lie::SecondFirst] {
        let world = World::new(lie);
        let wallet = world.wallet().by(by(&Relay::new(&world, 0, false)));
        let id = ordered(&wallet).await.action_id;
        let standing = wallet.drive(&id, Duration::from_secs(5)).await.unwrap();
        let refused = match standing {
            Standing::Refused(refused) => refused.misconduct,
            other => panic!("{other:?}"),
        };
        assert!(
            matches!(refused, Some(Misconduct::Challenge(_))),
            "{lie:?}: {refused:?}"
        );
        assert!(world.gateway.with(|state| state.answers.is_empty()));
    }
    // A challenge by another key is not even seen: the relay is asked for the gateway's.
    let world = World::new(Lie::Key);
    let wallet = world.wallet().by(by(&Relay::new(&world, 0, false)));
    let id = ordered(&wallet).await.action_id;
    let standing = wallet.drive(&id, Duration::ZERO).await.unwrap();
    assert!(matches!(standing, Standing::Open { .. }), "{standing:?}");
    assert!(world.gateway.with(|state| state.answers.is_empty()));
}
