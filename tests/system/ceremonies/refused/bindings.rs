//! Bindings that bind what is not both keys' wish, and older ones that come again.

use bitcoin::secp256k1::Keypair;
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::script::default_address;
use nanoark_domain::ceremony::FailureCode::Malformed;
use nanoark_http::wire::gateway::VtxosView;
use nanoark_nostr::EventCode::{ContentMalformed, Expired, OutsideWindow, WrongTag};
use nanoark_nostr::{SignedEvent, compose};
use serde_json::json;

use super::book::{Group, Why};
use super::forge::Forge;
use super::watch::Watch;
use crate::ceremonies::house::House;
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "bindings",
    rows: 20,
    reasons: &[
        Why::Session(Malformed),
        Why::Event(ContentMalformed),
        Why::Event(Expired),
        Why::Event(OutsideWindow),
        Why::Event(WrongTag),
    ],
};

/// A binding of the address, agreed to by the owner of this number.
fn binding(wallet: &Wallet<'_>, address: &ArkAddress, owner: &Keypair) -> SignedEvent {
    compose::binding(&wallet.key, &wallet.gateway(), address, owner, wallet.house.now()).unwrap()
}

#[tokio::test]
async fn a_binding_takes_both_keys_and_the_owners_own_address() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let (alice, bob) = (house.wallet(1).owned_by(42), house.wallet(2));
    let good = alice.binding();
    envelopes(&watch, &alice, &good).await;
    contents(&watch, &alice, &bob, &good).await;
    addresses(&watch, &alice, &bob).await;
    watch.close().is(&GROUP);
    older_ones(&Watch::over(&house), &alice, &good).await;
}

async fn envelopes(watch: &Watch<'_>, alice: &Wallet<'_>, good: &SignedEvent) {
    let now = watch.house.now().as_seconds();
    let address = alice.address().to_string();
    let base = || Forge::of(good);
    let tag = Why::Event(WrongTag);
    let rows = [
        ("a binding of nothing", base().without("d"), tag),
        ("a binding of two addresses", base().and(&["d", &address]), tag),
        ("a binding of a word", base().with("d", "home"), tag),
        ("a binding in capitals", base().with("d", &address.to_uppercase()), tag),
        ("a binding of half an address", base().with("d", &address[..60]), tag),
        (
            "a binding from a minute ahead",
            base().at(now + 61),
            Why::Event(OutsideWindow),
        ),
        (
            "a binding that has expired",
            base().with("expiration", &now.to_string()),
            Why::Event(Expired),
        ),
        (
            "a binding with an expiration that is none",
            base().with("expiration", "never"),
            tag,
        ),
    ];
    let rows = rows.map(|(name, forge, why)| (name, forge.sign(&alice.key), why));
    watch.events(rows).await;
}

async fn contents(watch: &Watch<'_>, alice: &Wallet<'_>, bob: &Wallet<'_>, good: &SignedEvent) {
    let base = || Forge::of(good);
    let owner = alice.owner();
    let rows = [
        ("a binding that says nothing", base().content("")),
        (
            "a binding that says too little",
            base().content(json!({"owner": owner}).to_string()),
        ),
        (
            "a binding that says too much",
            base().edited(|content| content["name"] = json!("alice")),
        ),
        (
            "a binding without a signature",
            base().edited(|content| content["proof"] = json!("00".repeat(64))),
        ),
        (
            "a binding of an owner that is no key",
            base().edited(|content| content["owner"] = json!("00".repeat(32))),
        ),
        (
            "a binding that another owner agreed to",
            base().edited(|content| content["owner"] = json!(bob.nostr())),
        ),
        (
            "a binding for another address than agreed",
            base().with("d", &bob.address().to_string()),
        ),
    ];
    for (name, forge) in rows {
        watch
            .event(name, forge.sign(&alice.key), Why::Event(ContentMalformed))
            .await;
    }
    // Her owner key has agreed to her Nostr key, not to his.
    watch
        .event(
            "a binding of another's, under one's own name",
            base().sign(&bob.key),
            Why::Event(ContentMalformed),
        )
        .await;
}

/// Both keys agree, and the address is not the owner's here.
async fn addresses(watch: &Watch<'_>, alice: &Wallet<'_>, bob: &Wallet<'_>) {
    let home = alice.address();
    let terms = alice.operator().terms();
    let at = |operator| ArkAddress::new(Network::Regtest, operator, home.output_key());
    let main = ArkAddress::new(Network::Bitcoin, home.operator(), home.output_key());
    let slow = nanoark_ark_verifier::challenge::OperatorTerms {
        exit_delay: terms.exit_delay + 1,
        ..terms
    };
    let rows = [
        ("a binding of another's address", bob.address()),
        ("a binding of an address at another operator", at(bob.nostr())),
        ("a binding of an address on the main network", main),
        (
            "a binding of an address with another delay",
            default_address(&slow, alice.owner()),
        ),
    ];
    for (name, address) in rows {
        let event = binding(alice, &address, &alice.keypair());
        watch
            .event(name, event.json().to_owned(), Why::Session(Malformed))
            .await;
    }
}

/// The latest binding holds, in whatever order they come.
async fn older_ones(watch: &Watch<'_>, alice: &Wallet<'_>, older: &SignedEvent) {
    let house = watch.house;
    house.pass(std::time::Duration::from_secs(5));
    let moved = house.wallet(1).owned_by(43);
    let newer = moved.binding();
    alice.post(&newer).await;
    watch.known("the same binding", newer.json()).await;
    watch.known("an older binding", older.json()).await;
    let seen: VtxosView = moved.read(http::Method::GET, "/v1/vtxos", http::StatusCode::OK).await;
    assert_eq!(seen.address, moved.address());
}
