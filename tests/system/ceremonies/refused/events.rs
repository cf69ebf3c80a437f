//! Events that are none: wrong JSON, wrong fields, wrong ids, wrong signatures.

use bitcoin::hex::DisplayHex as _;
use nanoark_http::problem::Code;
use nanoark_nostr::EventCode::{InvalidEvent, Malformed};
use nanoark_nostr::SignedEvent;
use serde_json::{Value, json};

use super::book::{Group, Why};
use super::forge::{Forge, tampered};
use super::watch::Watch;
use crate::ceremonies::house::House;
use crate::ceremonies::wallet::Wallet;

pub(super) const GROUP: Group = Group {
    name: "events",
    rows: 55,
    reasons: &[
        Why::Event(Malformed),
        Why::Event(InvalidEvent),
        Why::http(Code::BodyTooLarge),
    ],
};

/// A transfer that would be taken.
async fn valid(house: &House, alice: &Wallet<'_>) -> SignedEvent {
    house.fund(alice, 50_000);
    let action = alice.transfer(&[(house.wallet(2).address(), 10_000)]).await;
    alice.signed(&alice.intent("valid", action))
}

#[tokio::test]
async fn what_is_no_event_is_refused_before_anything_is_looked_up() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let alice = house.wallet(1);
    let event = valid(&house, &alice).await;
    no_events(&watch, &event).await;
    broken_fields(&watch, &event).await;
    other_bytes_than_signed(&watch, &alice, &event).await;
    let calls = house.calls("post-event").all();
    assert!(calls.is_empty(), "nothing is asked of the tables: {calls:?}");
    watch.close().is(&GROUP);
    // The same event without a fault is taken.
    alice.post(&event).await;
}

async fn no_events(watch: &Watch<'_>, event: &SignedEvent) {
    let json = event.json();
    for (name, body) in [
        ("an empty body", Vec::new()),
        ("blanks", b"  \n".to_vec()),
        ("a word", b"event".to_vec()),
        ("null", b"null".to_vec()),
        ("a number", b"31510".to_vec()),
        ("an event in an array", format!("[{json}]").into_bytes()),
        ("a relay's message", format!(r#"["EVENT",{json}]"#).into_bytes()),
        ("a text with an event", json!(json).to_string().into_bytes()),
        ("half an event", json.as_bytes()[..json.len() / 2].to_vec()),
        ("two events", format!("{json}{json}").into_bytes()),
        ("a byte order mark", format!("\u{feff}{json}").into_bytes()),
        ("bytes that are no UTF-8", [json.as_bytes(), &[0xff]].concat()),
        ("brackets without end", vec![b'['; 60_000]),
        ("objects without end", br#"{"id":"#.repeat(10_000)),
        (
            "half a surrogate pair",
            json.replace("p2p:transfer", r"\ud800").into_bytes(),
        ),
        ("a zero byte", json.replacen('{', "\0{", 1).into_bytes()),
    ] {
        watch.event(name, body, Why::Event(Malformed)).await;
    }
    let padded = format!("{}{json}", " ".repeat(65_537 - json.len()));
    watch
        .event(
            "an event larger than relays carry",
            padded,
            Why::http(Code::BodyTooLarge),
        )
        .await;
}

async fn broken_fields(watch: &Watch<'_>, event: &SignedEvent) {
    let put = |field: &str, value: Value| tampered(event, |event| event[field] = value);
    let without = |field: &str| tampered(event, |event| drop(event.as_object_mut().unwrap().remove(field)));
    let id = event.id().to_string();
    let malformed = Why::Event(Malformed);
    watch
        .events([
            ("no id", without("id"), malformed),
            ("no author", without("pubkey"), malformed),
            ("no time", without("created_at"), malformed),
            ("no kind", without("kind"), malformed),
            ("no tags", without("tags"), malformed),
            ("no content", without("content"), malformed),
            ("no signature", without("sig"), malformed),
            ("an eighth field", put("relay", json!("wss://relay.test")), malformed),
            (
                "an id twice",
                event.json().replacen('{', &format!(r#"{{"id":"{id}","#), 1),
                malformed,
            ),
            ("an id in capitals", put("id", json!(id.to_uppercase())), malformed),
            ("an id that is short", put("id", json!(&id[2..])), malformed),
            ("an id that is a number", put("id", json!(1)), malformed),
            ("an author that is short", put("pubkey", json!("02")), malformed),
            (
                "an author with a sign byte",
                put("pubkey", json!(format!("02{}", event.author()))),
                malformed,
            ),
            (
                "a signature that is short",
                put("sig", json!("00".repeat(63))),
                malformed,
            ),
            (
                "a signature that is no hex",
                put("sig", json!("zz".repeat(64))),
                malformed,
            ),
            ("a kind that is a text", put("kind", json!("31510")), malformed),
            ("a kind beyond 16 bits", put("kind", json!(65_536 + 31_510)), malformed),
            ("a negative kind", put("kind", json!(-1)), malformed),
            ("a negative time", put("created_at", json!(-1)), malformed),
            (
                "a time with a fraction",
                put("created_at", json!(1_795_262_400.5)),
                malformed,
            ),
            ("a time beyond 64 bits", put("created_at", json!(1e30)), malformed),
            (
                "tags that are an object",
                put("tags", json!({"d": "valid-0001"})),
                malformed,
            ),
            ("a tag that is a text", put("tags", json!(["d"])), malformed),
            ("a tag with a number", put("tags", json!([["d", 1]])), malformed),
            ("an empty tag", put("tags", json!([[]])), malformed),
            ("content that is an object", put("content", json!({})), malformed),
            ("content that is null", put("content", Value::Null), malformed),
        ])
        .await;
}

async fn other_bytes_than_signed(watch: &Watch<'_>, alice: &Wallet<'_>, event: &SignedEvent) {
    let put = |field: &str, value: Value| tampered(event, |event| event[field] = value);
    let bob = watch.house.wallet(2);
    let forge = Forge::of(event);
    let (id, sig) = (event.id().to_string(), forge.sign_as(&alice.key, "")["sig"].clone());
    // No point of the curve has this x.
    let nowhere = format!("{}5", "0".repeat(63));
    let flipped = {
        let mut bytes = hex::decode(&id).unwrap();
        bytes[31] ^= 1;
        bytes.to_lower_hex_string()
    };
    let invalid = Why::Event(InvalidEvent);
    watch
        .events([
            ("an id with a bit flipped", put("id", json!(flipped)), invalid),
            (
                "content that was altered",
                event.json().replace("10000", "99999"),
                invalid,
            ),
            (
                "a tag more",
                tampered(event, |event| {
                    event["tags"].as_array_mut().unwrap().push(json!(["t", "a"]));
                }),
                invalid,
            ),
            (
                "another time",
                put("created_at", json!(event.created_at().as_seconds() + 1)),
                invalid,
            ),
            ("another kind", put("kind", json!(31_512)), invalid),
            ("another author", put("pubkey", json!(bob.nostr())), invalid),
            ("a signature of nothing", put("sig", json!("00".repeat(64))), invalid),
            ("a signature over something else", put("sig", sig), invalid),
            (
                "signed by another than its author",
                forge.sign_as(&bob.key, &alice.nostr().to_string()).to_string(),
                invalid,
            ),
            (
                "an author that is no point",
                forge.sign_as(&alice.key, &nowhere).to_string(),
                invalid,
            ),
        ])
        .await;
}
