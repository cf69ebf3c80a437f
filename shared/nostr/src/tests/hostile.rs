//! Events that the gateway refuses by their looks, and the code of each.

use nanoark_ark_verifier::challenge::Step;
use serde_json::{Value, json};

use super::forge::{Forge, check, outcome, tampered, text};
use super::samples::{NOW, stranger, wallet};
use crate::event::MAX_EVENT_BYTES;
use crate::refusal::EventCode::{InvalidEvent, Malformed, TooLarge, WrongKind};

#[test]
fn the_samples_themselves_are_taken() {
    for sample in [
        Forge::intent(),
        Forge::sealed_intent(),
        Forge::answer(Step::ArkTransaction),
        Forge::answer(Step::Checkpoints),
        Forge::request(),
        Forge::binding(),
        // At the edges of what is allowed.
        Forge::intent().at(NOW - 900),
        Forge::intent().at(NOW + 60),
        Forge::answer(Step::Checkpoints).at(NOW - 86_400 * 30),
        Forge::binding().at(0),
        Forge::intent()
            .edited(|content| content["expires_at"] = json!(NOW + 3_600))
            .without("expiration"),
        Forge::intent().and(&["p", &stranger().public().to_string()]),
        Forge::intent().and(&["t", "anything", "else"]),
    ] {
        assert_eq!(outcome(&sample.sign(), false), Ok(()));
    }
}

#[test]
fn what_is_no_event_is_refused() {
    let count = check(&[
        ("nothing", Vec::new(), Malformed),
        ("no JSON", b"event".to_vec(), Malformed),
        ("not UTF-8", vec![0xff, 0xfe, 0x00], Malformed),
        ("null", b"null".to_vec(), Malformed),
        ("a list", b"[]".to_vec(), Malformed),
        (
            "a client's message",
            text(|event| format!("[\"EVENT\",{event}]")),
            Malformed,
        ),
        ("an empty object", b"{}".to_vec(), Malformed),
        ("deep nesting", "[".repeat(60_000).into_bytes(), Malformed),
        ("more after it", text(|event| format!("{event}{event}")), Malformed),
        (
            "cut off",
            text(|mut event| {
                event.pop();
                event
            }),
            Malformed,
        ),
        (
            "a field too many",
            tampered(|event| event["extra"] = json!(1)),
            Malformed,
        ),
        (
            "a field twice",
            text(|event| event.replacen('{', "{\"kind\":31510,", 1)),
            Malformed,
        ),
        (
            "no signature",
            tampered(|event| drop(event.as_object_mut().unwrap().remove("sig"))),
            Malformed,
        ),
        ("a short id", tampered(|event| event["id"] = json!("00")), Malformed),
        (
            "an upper-case id",
            tampered(|event| event["id"] = json!(event["id"].as_str().unwrap().to_uppercase())),
            Malformed,
        ),
        (
            "an npub as author",
            tampered(|event| event["pubkey"] = json!(crate::key::npub(&wallet().public()))),
            Malformed,
        ),
        (
            "a short signature",
            tampered(|event| event["sig"] = json!("00".repeat(63))),
            Malformed,
        ),
        (
            "a negative time",
            tampered(|event| event["created_at"] = json!(-1)),
            Malformed,
        ),
        (
            "a time with a fraction",
            tampered(|event| event["created_at"] = json!(1.5)),
            Malformed,
        ),
        (
            "a time as text",
            tampered(|event| event["created_at"] = json!("1795325400")),
            Malformed,
        ),
        (
            "a kind that is too large",
            tampered(|event| event["kind"] = json!(65_536 + 31_510)),
            Malformed,
        ),
        ("an empty tag", tampered(|event| event["tags"] = json!([[]])), Malformed),
        (
            "a tag of numbers",
            tampered(|event| event["tags"] = json!([["d", 1]])),
            Malformed,
        ),
        (
            "tags as an object",
            tampered(|event| event["tags"] = json!({"d": "send-0001"})),
            Malformed,
        ),
        (
            "a content that is no text",
            tampered(|event| event["content"] = json!({})),
            Malformed,
        ),
        (
            "a byte too many",
            Forge::intent().content(&"x".repeat(MAX_EVENT_BYTES)).sign(),
            TooLarge,
        ),
        (
            "blanks too many",
            text(|event| format!("{event}{}", " ".repeat(MAX_EVENT_BYTES))),
            TooLarge,
        ),
    ]);
    assert_eq!(count, 27);
}

#[test]
fn what_its_author_did_not_sign_is_refused() {
    let zeros = "00".repeat(32);
    let count = check(&[
        ("another id", tampered(|event| event["id"] = json!(zeros)), InvalidEvent),
        (
            "another content",
            tampered(|event| event["content"] = json!("{}")),
            InvalidEvent,
        ),
        (
            "another time",
            tampered(|event| event["created_at"] = json!(NOW + 1)),
            InvalidEvent,
        ),
        (
            "another kind",
            tampered(|event| event["kind"] = json!(31_512)),
            InvalidEvent,
        ),
        (
            "another tag",
            tampered(|event| event["tags"][0][1] = json!("send-0002")),
            InvalidEvent,
        ),
        (
            "another author",
            tampered(|event| event["pubkey"] = json!(stranger().public().to_string())),
            InvalidEvent,
        ),
        (
            "an author off the curve",
            tampered(|event| event["pubkey"] = json!("ff".repeat(32))),
            InvalidEvent,
        ),
        (
            "another signature",
            tampered(|event| event["sig"] = json!("11".repeat(64))),
            InvalidEvent,
        ),
        (
            "a signature of another event",
            tampered(|event| {
                let other: Value = serde_json::from_slice(&Forge::request().sign()).unwrap();
                event["sig"] = other["sig"].clone();
            }),
            InvalidEvent,
        ),
        (
            "a signature of somebody else",
            tampered(|event| {
                let other: Value = serde_json::from_slice(&Forge::intent().sign_by(&stranger())).unwrap();
                event["sig"] = other["sig"].clone();
            }),
            InvalidEvent,
        ),
    ]);
    assert_eq!(count, 10);
}

#[test]
fn what_wallets_do_not_send_is_refused() {
    let kinds = [
        0, 1, 4, 1_059, 27_235, 31_340, 31_341, 31_342, 31_501, 31_502, 31_511, 31_530, 65_535,
    ];
    let table = kinds.map(|kind| ("another kind", Forge::intent().kind(kind).sign(), WrongKind));
    assert_eq!(check(&table), 13);
}
