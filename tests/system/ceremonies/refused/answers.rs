//! Answers that are not to what was asked, not from who was asked, or not in the form of an answer.

use nanoark_ark_verifier::challenge::{Answer, SessionId, Step};
use nanoark_ark_verifier::hash::PayloadRef;
use nanoark_domain::ceremony::FailureCode::{UnexpectedAnswer, UnknownSession, WrongPayload};
use nanoark_domain::ceremony::Stage;
use nanoark_http::wire::gateway::SessionView;
use nanoark_nostr::EventCode::{
    ContentMalformed, EncryptionNotAllowed, Expired, NotAddressed, NotDecryptable, OutsideWindow, WrongTag,
};
use nanoark_nostr::Scheme;
use serde_json::{Value, json};

use super::book::{Group, Why};
use super::forge::Forge;
use super::watch::Watch;
use crate::ceremonies::house::House;
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "answers",
    rows: 45,
    reasons: &[
        Why::Event(ContentMalformed),
        Why::Event(EncryptionNotAllowed),
        Why::Event(Expired),
        Why::Event(NotAddressed),
        Why::Event(NotDecryptable),
        Why::Event(OutsideWindow),
        Why::Event(WrongTag),
        Why::Session(UnexpectedAnswer),
        Why::Session(UnknownSession),
        Why::Session(WrongPayload),
    ],
};

/// A session that asks this wallet to sign.
pub(super) async fn challenged(wallet: &Wallet<'_>, name: &str) -> SessionView {
    let action = wallet.transfer(&[(wallet.house.wallet(2).address(), 10_000)]).await;
    let session = wallet.order(&wallet.intent(name, action)).await;
    assert_eq!(session.stage, Stage::Challenged);
    session
}

/// The event with this answer.
pub(super) fn event(wallet: &Wallet<'_>, answer: &Answer) -> String {
    wallet.answer_event(answer).json().to_owned()
}

/// The event with this text as its answer, encrypted as it should be.
pub(super) fn sealed(wallet: &Wallet<'_>, answer: &Answer, text: &str) -> String {
    let forge = Forge::of(&wallet.answer_event(answer));
    forge
        .sealed(&wallet.key, &wallet.gateway(), Scheme::Nip44, text)
        .sign(&wallet.key)
}

#[tokio::test]
async fn an_answer_is_from_who_was_asked_to_what_was_asked_in_the_form_of_an_answer() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let alice = house.wallet(1);
    for _ in 0..3 {
        house.fund(&alice, 30_000);
    }
    let session = challenged(&alice, "first").await;
    let answer = alice.approve(&alice.challenge(&session));
    others(&watch, &alice, &answer).await;
    envelopes(&watch, &alice, &answer).await;
    contents(&watch, &alice, &answer).await;
    watch.close().is(&GROUP);
    // The answer itself is taken, and so is the next one.
    let session = alice.sign(&session).await;
    assert_eq!(alice.sign(&session).await.stage, Stage::Finalized);
}

/// Other sessions, other people, other steps, other payloads.
async fn others(watch: &Watch<'_>, alice: &Wallet<'_>, answer: &Answer) {
    let (bob, unknown) = (watch.house.wallet(2), SessionId::from_bytes([7; 16]));
    let second = challenged(alice, "second").await;
    let second = alice.approve(&alice.challenge(&second));
    let flipped = {
        let mut bytes = *AsRef::<[u8; 32]>::as_ref(&answer.payload_ref);
        bytes[0] ^= 1;
        <PayloadRef as bitcoin::hashes::Hash>::from_byte_array(bytes)
    };
    let with = |session_id, step, payload_ref| Answer {
        session_id,
        step,
        payload_ref,
        ..answer.clone()
    };
    let (id, step, payload) = (answer.session_id, answer.step, answer.payload_ref);
    let theirs = Answer {
        session_id: id,
        ..second.clone()
    };
    let recoverless = Answer {
        recovery: Vec::new(),
        ..with(id, Step::Checkpoints, payload)
    };
    watch
        .events([
            (
                "to a session that there is not",
                event(alice, &with(unknown, step, payload)),
                Why::Session(UnknownSession),
            ),
            (
                "by a stranger who knows the session",
                event(&bob, answer),
                Why::Session(UnknownSession),
            ),
            (
                "by a stranger, of the other step",
                event(&bob, &recoverless),
                Why::Session(UnknownSession),
            ),
            (
                "to the second step before the first",
                event(alice, &recoverless),
                Why::Session(UnexpectedAnswer),
            ),
            (
                "to the second step, as the first is answered",
                event(alice, &with(id, Step::Checkpoints, payload)),
                Why::Session(UnexpectedAnswer),
            ),
            (
                "to a payload with a bit flipped",
                event(alice, &with(id, step, flipped)),
                Why::Session(WrongPayload),
            ),
            (
                "to the payload of another session",
                event(alice, &with(id, step, second.payload_ref)),
                Why::Session(WrongPayload),
            ),
            (
                "to another session by the payload of this one",
                event(alice, &with(second.session_id, step, payload)),
                Why::Session(WrongPayload),
            ),
            (
                "that belongs to another session",
                event(alice, &theirs),
                Why::Session(WrongPayload),
            ),
        ])
        .await;
}

async fn envelopes(watch: &Watch<'_>, alice: &Wallet<'_>, answer: &Answer) {
    let bob = watch.house.wallet(2);
    let (now, gateway) = (watch.house.now().as_seconds(), alice.gateway());
    let plain = serde_json::to_string(answer).unwrap();
    let good = Forge::of(&alice.answer_event(answer));
    let id = answer.session_id.to_string();
    let rows: [(&str, Forge, Why); 20] = {
        let base = || good.clone();
        let tag = Why::Event(WrongTag);
        let closed = Why::Event(NotDecryptable);
        [
            ("without the name of its session", base().without("d"), tag),
            ("with two sessions", base().and(&["d", &format!("{id}:1")]), tag),
            ("without a step", base().with("d", &id), tag),
            ("with an empty step", base().with("d", &format!("{id}:")), tag),
            ("with step 0", base().with("d", &format!("{id}:0")), tag),
            ("with step 3", base().with("d", &format!("{id}:3")), tag),
            ("with step 01", base().with("d", &format!("{id}:01")), tag),
            ("with step 1 and more", base().with("d", &format!("{id}:1:1")), tag),
            (
                "with a session in capitals",
                base().with("d", &format!("{}:1", id.to_uppercase())),
                tag,
            ),
            ("with a session that is short", base().with("d", "ses_0102:1"), tag),
            (
                "whose tag names another step",
                base().with("d", &format!("{id}:2")),
                tag,
            ),
            (
                "whose tag names another session",
                base().with("d", &format!("{}:1", SessionId::from_bytes([7; 16]))),
                tag,
            ),
            (
                "to another gateway",
                base().with("p", &bob.nostr().to_string()),
                Why::Event(NotAddressed),
            ),
            ("in the clear", base().content(plain.clone()), closed),
            (
                "encrypted for somebody else's eyes",
                base().sealed(&alice.key, &bob.nostr(), Scheme::Nip44, &plain),
                closed,
            ),
            (
                "encrypted by another key than its author's",
                base().sealed(&bob.key, &gateway, Scheme::Nip44, &plain),
                closed,
            ),
            (
                "encrypted by NIP-04",
                base().sealed(&alice.key, &gateway, Scheme::Nip04, &plain),
                Why::Event(EncryptionNotAllowed),
            ),
            ("without content", base().content(""), closed),
            ("from a minute ahead", base().at(now + 61), Why::Event(OutsideWindow)),
            (
                "that has expired",
                base().with("expiration", &now.to_string()),
                Why::Event(Expired),
            ),
        ]
    };
    let signed = rows.map(|(name, forge, why)| (name, forge.sign(&alice.key), why));
    watch.events(signed).await;
}

async fn contents(watch: &Watch<'_>, alice: &Wallet<'_>, answer: &Answer) {
    let value = serde_json::to_value(answer).unwrap();
    let put = |pointer: &str, to: Value| {
        let mut value = value.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        value.pointer_mut(parent).unwrap()[name] = to;
        value.to_string()
    };
    let without = |name: &str| {
        let mut value = value.clone();
        value.as_object_mut().unwrap().remove(name);
        value.to_string()
    };
    let signature = answer.signatures[0].signature.to_string();
    let rows = [
        ("that says nothing", "{}".to_owned()),
        ("that is a sentence", "yes".to_owned()),
        (
            "that is another kind's content",
            json!({"request_id": "hello-0001", "action": "balance"}).to_string(),
        ),
        ("without signatures' place", without("signatures")),
        ("without a payload", without("payload_ref")),
        ("with an unknown member", put("/memo", json!("hello"))),
        ("with a step as a text", put("/step", json!("1"))),
        ("with a third step", put("/step", json!(3))),
        ("with a payload that is short", put("/payload_ref", json!("00"))),
        (
            "with signatures in an object",
            put("/signatures", json!({"0": signature})),
        ),
        (
            "with an unknown part of a signature",
            put("/signatures", json!([{"input": 0, "signature": signature, "key": "a"}])),
        ),
        (
            "with a negative input",
            put("/signatures", json!([{"input": -1, "signature": signature}])),
        ),
        (
            "with an input beyond 32 bits",
            put(
                "/signatures",
                json!([{"input": 4_294_967_296_u64, "signature": signature}]),
            ),
        ),
        (
            "with a signature and its sighash type",
            put(
                "/signatures",
                json!([{"input": 0, "signature": format!("{signature}01")}]),
            ),
        ),
        (
            "with a signature that is short",
            put("/signatures", json!([{"input": 0, "signature": &signature[2..]}])),
        ),
        ("with a recovery that is no list", put("/recovery", json!(signature))),
    ];
    for (name, text) in rows {
        watch
            .event(name, sealed(alice, answer, &text), Why::Event(ContentMalformed))
            .await;
    }
}
