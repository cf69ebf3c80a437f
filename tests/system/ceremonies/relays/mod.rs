//! Ceremonies of wallets that know only relays, over real WebSockets. The gateway's clock stands still unless it is moved;
//! the sockets take what time they take.

mod answers;
mod crooked;
mod journey;
mod outbox;
mod reading;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use nanoark_ark_verifier::challenge::Challenge;
use nanoark_nostr::received::{GatewayEvent, GatewayMessage, receive};
use nanoark_nostr::{GatewayKind, SignedEvent};
use nanoark_nostr_relay::{Collected, Filter, PublishError, RelayUrl, Relays, WebSocketRelays};
use nostr_relay_builder::MockRelay;
use serde_json::{Value, json};

use super::house::{House, Setup};
use super::wallet::Wallet;

/// Longer than a relay on this machine takes that answers at all.
const AMPLE: Duration = Duration::from_secs(5);

/// Longer than a relay takes that means to answer, and shorter than anybody would wait.
const HASTY: Duration = Duration::from_millis(1_500);

/// Relays over real WebSockets, of which nobody waits long for one that stalls.
#[derive(Debug)]
struct Hasty(WebSocketRelays);

impl Relays for Hasty {
    fn collect<'a>(&'a self, relay: &'a RelayUrl, filter: &'a Filter, time: Duration) -> BoxFuture<'a, Collected> {
        self.0.collect(relay, filter, time.min(HASTY))
    }

    fn publish<'a>(
        &'a self,
        relay: &'a RelayUrl,
        event: &'a str,
        time: Duration,
    ) -> BoxFuture<'a, Result<(), PublishError>> {
        self.0.publish(relay, event, time.min(HASTY))
    }
}

/// A gateway on these relays.
async fn house_on(relays: &[String]) -> House {
    house_with(relays, Setup::default()).await
}

async fn house_with(relays: &[String], setup: Setup) -> House {
    let links = Hasty(WebSocketRelays::new(None).unwrap());
    House::with(Setup {
        relays: Some((relays.to_vec(), Arc::new(links))),
        today: true,
        ..setup
    })
    .await
}

/// Honest relays, and their addresses.
async fn honest(count: usize) -> (Vec<MockRelay>, Vec<String>) {
    let (mut relays, mut urls) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let relay = MockRelay::run().await.unwrap();
        urls.push(relay.url().await.to_string());
        relays.push(relay);
    }
    (relays, urls)
}

fn url(text: &str) -> RelayUrl {
    text.parse().unwrap()
}

/// All that a relay holds of these kinds, newest first.
async fn held(relay: &str, kinds: &[GatewayKind]) -> Vec<SignedEvent> {
    let filter = Filter {
        kinds: kinds.iter().map(|kind| kind.number()).collect(),
        ..Filter::new()
    };
    let links = WebSocketRelays::new(None).unwrap();
    let collected = links.collect(&url(relay), &filter, AMPLE).await;
    assert!(collected.is_complete(&filter), "{:?}", collected.end);
    collected.events
}

/// What a wallet does that knows only relays: it writes to one, and reads from one.
struct OnAir<'a> {
    wallet: Wallet<'a>,
    writes_to: String,
    reads_from: String,
    links: WebSocketRelays,
}

impl<'a> OnAir<'a> {
    fn new(wallet: Wallet<'a>, writes_to: &str, reads_from: &str) -> Self {
        Self {
            wallet,
            writes_to: writes_to.to_owned(),
            reads_from: reads_from.to_owned(),
            links: WebSocketRelays::new(None).unwrap(),
        }
    }

    async fn publish(&self, event: &SignedEvent) {
        self.publish_on(&self.writes_to, event).await;
    }

    async fn publish_on(&self, relay: &str, event: &SignedEvent) {
        self.links.publish(&url(relay), event.json(), AMPLE).await.unwrap();
    }

    /// What the gateway wrote to it, of one kind.
    async fn letters(&self, kind: GatewayKind) -> Vec<GatewayEvent> {
        let filter = Filter {
            kinds: vec![kind.number()],
            authors: vec![self.wallet.gateway()],
            addressed_to: vec![self.wallet.nostr()],
            ..Filter::new()
        };
        let collected = self.links.collect(&url(&self.reads_from), &filter, AMPLE).await;
        assert!(collected.is_complete(&filter), "{:?}", collected.end);
        let read =
            |event: &SignedEvent| receive(event.json().as_bytes(), &self.wallet.key, &[self.wallet.gateway()]).unwrap();
        collected.events.iter().map(read).collect()
    }

    /// The challenges that it got.
    async fn challenges(&self) -> Vec<Challenge> {
        let letters = self.letters(GatewayKind::Challenge).await;
        let challenges = letters.into_iter().map(|letter| {
            let GatewayMessage::Challenge(challenge) = letter.message else {
                panic!("no challenge: {:?}", letter.message)
            };
            *challenge
        });
        let mut challenges: Vec<Challenge> = challenges.collect();
        challenges.sort_by_key(|challenge| challenge.step.number());
        challenges
    }

    /// Answers the one challenge of this step.
    async fn answer(&self, step: u8) {
        let challenges = self.challenges().await;
        let asked = challenges.iter().find(|challenge| challenge.step.number() == step);
        let asked = asked.unwrap_or_else(|| panic!("no challenge of step {step} among {}", challenges.len()));
        let answer = self.wallet.answer_event(&self.wallet.approve(asked));
        self.publish(&answer).await;
    }

    /// From the intent to the confirmation, one full look after each event.
    async fn carry_out(&self, intent: &SignedEvent) {
        let house = self.wallet.house;
        self.publish(intent).await;
        house.trigger("poll-relays").await;
        self.answer(1).await;
        house.trigger("poll-relays").await;
        self.answer(2).await;
        house.trigger("poll-relays").await;
    }

    async fn transfer(&self, name: &str, to: &Wallet<'_>, satoshi: u64) -> SignedEvent {
        let action = self.wallet.transfer(&[(to.address(), satoshi)]).await;
        self.wallet.signed(&self.wallet.intent(name, action))
    }
}

/// The attributes of an item, if it is there.
fn item(house: &House, table: &str, key: &Value) -> Option<Value> {
    let request = json!({ "TableName": format!("nanoark-{table}"), "Key": key });
    let got = house
        .stack
        .database()
        .get_item(serde_json::from_value(request).unwrap())
        .unwrap();
    serde_json::to_value(got).unwrap().get("Item").cloned()
}

/// How many items a table holds.
fn count(house: &House, table: &str) -> usize {
    let request = json!({ "TableName": format!("nanoark-{table}") });
    let found = house
        .stack
        .database()
        .scan(serde_json::from_value(request).unwrap())
        .unwrap();
    serde_json::to_value(found).unwrap()["Count"].as_u64().unwrap() as usize
}

/// How far a relay was read, in seconds since the Unix epoch.
fn cursor(house: &House, relay: &str) -> Option<u64> {
    let item = item(house, "relays", &json!({ "relay": { "S": relay } }))?;
    Some(item["since"]["N"].as_str()?.parse().unwrap())
}
