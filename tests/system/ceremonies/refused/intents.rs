//! Intents that do not say what an intent says.

use nanoark_nostr::EventCode::{ContentMalformed, WrongTag};
use nanoark_nostr::{Scheme, SignedEvent};
use serde_json::{Value, json};

use super::book::{Group, Why};
use super::forge::Forge;
use super::watch::Watch;
use crate::ceremonies::house::House;
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "intents",
    rows: 58,
    reasons: &[Why::Event(ContentMalformed), Why::Event(WrongTag)],
};

const MALFORMED: Why = Why::Event(ContentMalformed);

async fn valid(house: &House, alice: &Wallet<'_>) -> SignedEvent {
    house.fund(alice, 50_000);
    let action = alice.transfer(&[(house.wallet(2).address(), 10_000)]).await;
    alice.signed(&alice.intent("valid", action))
}

#[tokio::test]
async fn what_is_no_order_is_refused() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let alice = house.wallet(1);
    let event = valid(&house, &alice).await;
    let forge = Forge::of(&event);
    texts(&watch, &forge).await;
    members(&watch, &forge).await;
    receivers(&watch, &forge).await;
    other_actions(&watch, &forge).await;
    sealed(&watch, &event).await;
    assert!(house.calls("post-event").all().is_empty());
    watch.close().is(&GROUP);
    alice.post(&event).await;
}

async fn texts(watch: &Watch<'_>, forge: &Forge) {
    let alice = watch.house.wallet(1);
    let content = forge.clone().edited(|_| ()).sign(&alice.key);
    let content: Value = serde_json::from_str(&content).unwrap();
    let content = content["content"].as_str().unwrap();
    let rows = [
        ("no content at all", String::new()),
        ("a sentence", "pay bob".to_owned()),
        ("an array", format!("[{content}]")),
        ("a text with an order", json!(content).to_string()),
        ("an order and more", format!("{content}{{}}")),
        ("half an order", content[..content.len() / 2].to_owned()),
        (
            "an action id twice",
            content.replacen('{', r#"{"action_id":"another-01","#, 1),
        ),
        ("parameters twice", content.replacen('{', r#"{"params":{},"#, 1)),
        (
            "receivers twice",
            content.replacen(r#""receivers":"#, r#""receivers":[],"receivers":"#, 1),
        ),
        (
            "a fee's amount twice",
            content.replacen(r#""fee":{"#, r#""fee":{"amount":0,"#, 1),
        ),
        ("objects without end", r#"{"params":"#.repeat(5_000)),
    ];
    for (name, content) in rows {
        watch
            .event(name, forge.clone().content(content).sign(&alice.key), MALFORMED)
            .await;
    }
}

/// Orders with something put in a place, or taken from it.
async fn members(watch: &Watch<'_>, forge: &Forge) {
    let alice = watch.house.wallet(1);
    let put = |pointer: &'static str, value: Value| {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        forge
            .clone()
            .edited(|content| content.pointer_mut(parent).unwrap()[name] = value)
    };
    let without = |pointer: &'static str| {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let remove = |content: &mut Value| {
            drop(
                content
                    .pointer_mut(parent)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .remove(name),
            );
        };
        forge.clone().edited(remove)
    };
    let rows = [
        ("no action id", without("/action_id")),
        ("no type", without("/type")),
        ("no network", without("/network")),
        ("no expiry", without("/expires_at")),
        ("no parameters", without("/params")),
        ("no receivers", without("/params/receivers")),
        ("no fee", without("/params/fee")),
        ("no amount of the fee", without("/params/fee/amount")),
        ("no address of the fee", without("/params/fee/address")),
        ("an unknown member", put("/memo", json!("hello"))),
        ("an unknown parameter", put("/params/memo", json!("hello"))),
        ("an unknown part of the fee", put("/params/fee/asset", json!("gold"))),
        ("a type that nobody knows", put("/type", json!("p2p:burn"))),
        ("a type in capitals", put("/type", json!("P2P:TRANSFER"))),
        ("a network that nobody knows", put("/network", json!("liquid"))),
        ("a network in capitals", put("/network", json!("Regtest"))),
        ("a receipt that nobody knows", put("/receipt", json!("none"))),
        ("an action id with a blank", put("/action_id", json!("valid 0001"))),
        ("an expiry that is a text", put("/expires_at", json!("1795263000"))),
        ("a negative expiry", put("/expires_at", json!(-1))),
        ("parameters that are null", put("/params", Value::Null)),
        ("parameters of another type", put("/type", json!("vtxo:split"))),
        ("a fee that is a number", put("/params/fee", json!(1_000))),
        ("a fee with a fraction", put("/params/fee/amount", json!(330.5))),
        ("a negative fee", put("/params/fee/amount", json!(-330))),
        (
            "a fee to an address of the chain",
            put(
                "/params/fee/address",
                json!("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"),
            ),
        ),
        ("inputs that are no outpoints", put("/params/inputs", json!(["all"]))),
        (
            "an input without a place",
            put("/params/inputs", json!(["00".repeat(32)])),
        ),
    ];
    for (name, forge) in rows {
        watch.event(name, forge.sign(&alice.key), MALFORMED).await;
    }
    let renamed = put("/action_id", json!("another-0001"));
    watch
        .event(
            "another action id than its tag's",
            renamed.sign(&alice.key),
            Why::Event(WrongTag),
        )
        .await;
}

async fn receivers(watch: &Watch<'_>, forge: &Forge) {
    let (alice, bob) = (watch.house.wallet(1), watch.house.wallet(2));
    let (address, key) = (bob.address().to_string(), bob.nostr());
    let rows = [
        ("a receiver without an amount", json!({"address": address})),
        ("a receiver without a name", json!({"amount": 10_000})),
        (
            "a receiver with two names",
            json!({"address": address, "pubkey": key, "amount": 10_000}),
        ),
        (
            "a receiver with an unknown member",
            json!({"address": address, "amount": 10_000, "memo": "hello"}),
        ),
        ("a receiver that is a text", json!(address)),
        (
            "an address with a letter changed",
            json!({"address": address.replacen('q', "p", 1), "amount": 10_000}),
        ),
        (
            "an address in the wrong place",
            json!({"pubkey": address, "amount": 10_000}),
        ),
        (
            "an npub as a key",
            json!({"pubkey": nanoark_nostr::key::npub(&key), "amount": 10_000}),
        ),
        (
            "an amount that is a text",
            json!({"address": address, "amount": "10000"}),
        ),
        ("an amount in bitcoin", json!({"address": address, "amount": 0.0001})),
        ("a negative amount", json!({"address": address, "amount": -10_000})),
        ("an amount beyond 64 bits", json!({"address": address, "amount": 1e20})),
    ];
    for (name, receiver) in rows {
        let forge = forge
            .clone()
            .edited(|content| content["params"]["receivers"] = json!([receiver]));
        watch.event(name, forge.sign(&alice.key), MALFORMED).await;
    }
}

async fn other_actions(watch: &Watch<'_>, forge: &Forge) {
    let (alice, bob) = (watch.house.wallet(1), watch.house.wallet(2));
    let fee = serde_json::to_value(alice.fee().await).unwrap();
    let leg = json!({"from": alice.nostr(), "to": bob.nostr(), "amount": 1_000});
    let with = |leg: &Value, member: &str, value: Value| {
        let mut leg = leg.clone();
        leg[member] = value;
        json!({"swap_id": "swap-0001", "legs": [leg], "fee": fee})
    };
    let to = |assets: Value| json!({"receivers": [{"address": bob.address(), "amount": 1_000, "assets": assets}], "fee": fee});
    let rows = [
        (
            "an asset that is no id",
            "asset:transfer",
            to(json!([{"asset_id": "gold", "amount": "1"}])),
        ),
        (
            "asset units as a number",
            "asset:transfer",
            to(json!([{"asset_id": "00".repeat(34), "amount": 1}])),
        ),
        (
            "an unknown part of a leg",
            "swap:atomic",
            with(&leg, "memo", json!("hello")),
        ),
        ("a leg from nobody", "swap:atomic", with(&leg, "from", json!("alice"))),
    ];
    for (name, kind, params) in rows {
        let change = |content: &mut Value| {
            content["type"] = json!(kind);
            content["params"] = params;
        };
        watch
            .event(name, forge.clone().edited(change).sign(&alice.key), MALFORMED)
            .await;
    }
}

async fn sealed(watch: &Watch<'_>, event: &SignedEvent) {
    let alice = watch.house.wallet(1);
    let nip44 = |text: &str| {
        let forge = Forge::of(event).with("encrypted", "nip44_v2");
        forge.sealed(&alice.key, &alice.gateway(), Scheme::Nip44, text)
    };
    let rows = [
        ("a sealed sentence", nip44("pay bob")),
        ("a sealed object with nothing in it", nip44("{}")),
    ];
    for (name, forge) in rows {
        watch.event(name, forge.sign(&alice.key), MALFORMED).await;
    }
}
