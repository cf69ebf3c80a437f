//! Questions (kind 31500) that are none.

use nanoark_nostr::EventCode::{
    ContentMalformed, EncryptionNotAllowed, Expired, NotAddressed, NotDecryptable, OutsideWindow, WrongTag,
};
use nanoark_nostr::content::{Service, ServiceRequest};
use nanoark_nostr::{Scheme, compose};
use serde_json::json;

use super::book::{Group, Why};
use super::forge::Forge;
use super::watch::{Watch, posted};
use crate::ceremonies::house::House;
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "questions",
    rows: 23,
    reasons: &[
        Why::Event(ContentMalformed),
        Why::Event(EncryptionNotAllowed),
        Why::Event(Expired),
        Why::Event(NotAddressed),
        Why::Event(NotDecryptable),
        Why::Event(OutsideWindow),
        Why::Event(WrongTag),
    ],
};

/// A question that would be answered.
pub(super) fn question(wallet: &Wallet<'_>, action: &str) -> Forge {
    let request = ServiceRequest {
        request_id: "question-01".parse().unwrap(),
        service: Service::Balance,
    };
    let event = compose::service_request(
        &wallet.key,
        &wallet.gateway(),
        &request,
        Scheme::Nip44,
        wallet.house.now(),
    );
    saying(
        wallet,
        &Forge::of(&event.unwrap()),
        &json!({"request_id": "question-01", "action": action}).to_string(),
    )
}

fn saying(wallet: &Wallet<'_>, forge: &Forge, text: &str) -> Forge {
    forge
        .clone()
        .sealed(&wallet.key, &wallet.gateway(), Scheme::Nip44, text)
}

#[tokio::test]
async fn what_is_no_question_is_refused() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    let good = question(&alice, "balance");
    envelopes(&watch, &alice, &bob, &good).await;
    contents(&watch, &alice, &good).await;
    assert!(house.calls("post-event").all().is_empty());
    watch.close().is(&GROUP);
    let before = Watch::over(&house).look();
    let answer = house.send(posted(good.sign(&alice.key))).await;
    assert_eq!(answer.status(), http::StatusCode::ACCEPTED);
    assert!(Watch::over(&house).look() == before, "a question changes nothing");
}

async fn envelopes(watch: &Watch<'_>, alice: &Wallet<'_>, bob: &Wallet<'_>, good: &Forge) {
    let (now, gateway) = (watch.house.now().as_seconds(), alice.gateway());
    let text = json!({"request_id": "question-01", "action": "balance"}).to_string();
    let base = || good.clone();
    let (tag, closed) = (Why::Event(WrongTag), Why::Event(NotDecryptable));
    let rows = [
        ("a question to nobody", base().without("p"), Why::Event(NotAddressed)),
        (
            "a question to somebody else",
            base().with("p", &bob.nostr().to_string()),
            Why::Event(NotAddressed),
        ),
        ("a question without a name", base().without("d"), tag),
        ("a question with two names", base().and(&["d", "question-02"]), tag),
        ("a question with a short name", base().with("d", "q"), tag),
        ("a question by another name", base().with("d", "question-02"), tag),
        ("a question in the clear", base().content(text.clone()), closed),
        (
            "a question for somebody else's eyes",
            base().sealed(&alice.key, &bob.nostr(), Scheme::Nip44, &text),
            closed,
        ),
        (
            "a question of another's, signed by oneself",
            base().sealed(&bob.key, &gateway, Scheme::Nip44, &text),
            closed,
        ),
        (
            "a question by NIP-04",
            base().sealed(&alice.key, &gateway, Scheme::Nip04, &text),
            Why::Event(EncryptionNotAllowed),
        ),
        (
            "a question of fifteen minutes ago",
            base().at(now - 901),
            Why::Event(OutsideWindow),
        ),
        (
            "a question from a minute ahead",
            base().at(now + 61),
            Why::Event(OutsideWindow),
        ),
        (
            "a question that has expired",
            base().with("expiration", &now.to_string()),
            Why::Event(Expired),
        ),
    ];
    let rows = rows.map(|(name, forge, why)| (name, forge.sign(&alice.key), why));
    watch.events(rows).await;
}

async fn contents(watch: &Watch<'_>, alice: &Wallet<'_>, good: &Forge) {
    let id = "question-01";
    let rows = [
        ("a question that is a sentence", "how much?".to_owned()),
        ("a question that is empty", "{}".to_owned()),
        (
            "a question that nobody knows",
            json!({"request_id": id, "action": "balances"}).to_string(),
        ),
        (
            "a question about another's balance",
            json!({"request_id": id, "action": "balance", "pubkey": alice.nostr()}).to_string(),
        ),
        (
            "a question with parameters that it has not",
            json!({"request_id": id, "action": "vtxos", "params": {"type": "p2p:transfer"}}).to_string(),
        ),
        (
            "a question for the price of nothing",
            json!({"request_id": id, "action": "quote"}).to_string(),
        ),
        (
            "a question for the price of what nobody does",
            json!({"request_id": id, "action": "quote", "params": {"type": "p2p:burn"}}).to_string(),
        ),
        (
            "a question for the price of a debt",
            json!({"request_id": id, "action": "quote", "params": {"type": "p2p:transfer", "amount": -1}}).to_string(),
        ),
        (
            "a question for a price and more",
            json!({"request_id": id, "action": "quote", "params": {"type": "p2p:transfer", "to": "bob"}}).to_string(),
        ),
        (
            "a question with two actions",
            format!(r#"{{"request_id":"{id}","action":"vtxos","action":"balance"}}"#),
        ),
    ];
    for (name, text) in rows {
        let event = saying(alice, good, &text).sign(&alice.key);
        watch.event(name, event, Why::Event(ContentMalformed)).await;
    }
}
