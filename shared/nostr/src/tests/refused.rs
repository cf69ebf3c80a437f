//! Events that the gateway refuses for what they say, and the code of each.

use nanoark_ark_verifier::challenge::Step;
use serde_json::{Value, json};

use super::forge::{Forge, check, outcome};
use super::samples::{NOW, action_id, address, answer, intent, owner, session, stranger, wallet};
use crate::binding::consent;
use crate::encryption::Scheme;
use crate::key::NostrKey;
use crate::refusal::EventCode::{
    ContentMalformed, EncryptionNotAllowed, Expired, NotAddressed, NotDecryptable, OutsideWindow, WrongTag,
};
use crate::refusal::EventRefusal;

#[test]
fn tags_that_do_not_fit_are_refused() {
    let other = stranger().public().to_string();
    let session = session().to_string();
    let step = |suffix: &str| {
        Forge::answer(Step::ArkTransaction)
            .with("d", &format!("{session}{suffix}"))
            .sign()
    };
    let address = address().to_string();
    let count = check(&[
        ("nobody addressed", Forge::intent().without("p").sign(), NotAddressed),
        (
            "somebody else addressed",
            Forge::intent().with("p", &other).sign(),
            NotAddressed,
        ),
        (
            "an npub addressed",
            Forge::intent()
                .with("p", "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg")
                .sign(),
            NotAddressed,
        ),
        (
            "an empty p tag",
            Forge::answer(Step::Checkpoints).without("p").and(&["p"]).sign(),
            NotAddressed,
        ),
        (
            "a question to somebody else",
            Forge::request().with("p", &other).sign(),
            NotAddressed,
        ),
        ("no name", Forge::intent().without("d").sign(), WrongTag),
        ("an empty name", Forge::intent().with("d", "").sign(), WrongTag),
        (
            "a tag without a value",
            Forge::intent().without("d").and(&["d"]).sign(),
            WrongTag,
        ),
        ("two names", Forge::intent().and(&["d", "send-0001"]).sign(), WrongTag),
        (
            "a name that is too short",
            Forge::intent().with("d", "short").sign(),
            WrongTag,
        ),
        (
            "a name with a blank",
            Forge::intent().with("d", "send 0001").sign(),
            WrongTag,
        ),
        (
            "another name than in the content",
            Forge::intent().with("d", "send-0002").sign(),
            WrongTag,
        ),
        (
            "another name than in the sealed content",
            Forge::sealed_intent().with("d", "send-0002").sign(),
            WrongTag,
        ),
        (
            "another question than in the content",
            Forge::request().with("d", "ask-00002").sign(),
            WrongTag,
        ),
        ("no step", step(""), WrongTag),
        ("step 0", step(":0"), WrongTag),
        ("step 3", step(":3"), WrongTag),
        ("step 01", step(":01"), WrongTag),
        ("more after the step", step(":1:1"), WrongTag),
        ("another step than in the content", step(":2"), WrongTag),
        (
            "no session",
            Forge::answer(Step::Checkpoints).with("d", "1:2").sign(),
            WrongTag,
        ),
        (
            "another session than in the content",
            Forge::answer(Step::Checkpoints)
                .with("d", "ses_00000000000000000000000000000000:2")
                .sign(),
            WrongTag,
        ),
        (
            "an upper-case session",
            Forge::answer(Step::Checkpoints)
                .with("d", "ses_0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A:2")
                .sign(),
            WrongTag,
        ),
        (
            "a binding of no address",
            Forge::binding().with("d", "tark1").sign(),
            WrongTag,
        ),
        (
            "a binding of an address in capitals",
            Forge::binding().with("d", &address.to_uppercase()).sign(),
            WrongTag,
        ),
        (
            "two expirations",
            Forge::intent().and(&["expiration", "9999999999"]).sign(),
            WrongTag,
        ),
        (
            "an expiration in words",
            Forge::intent().with("expiration", "tomorrow").sign(),
            WrongTag,
        ),
        (
            "an expiration with a sign",
            Forge::intent().with("expiration", "+9999999999").sign(),
            WrongTag,
        ),
        (
            "an empty expiration",
            Forge::intent().with("expiration", "").sign(),
            WrongTag,
        ),
        (
            "two encryptions",
            Forge::sealed_intent().and(&["encrypted", "nip44_v2"]).sign(),
            WrongTag,
        ),
        (
            "an encryption that it is not",
            Forge::sealed_intent().with("encrypted", "nip04").sign(),
            WrongTag,
        ),
    ]);
    assert_eq!(count, 31);
}

#[test]
fn what_is_too_old_or_too_new_is_refused() {
    let expires = |at: u64| {
        Forge::intent()
            .edited(|content| content["expires_at"] = json!(at))
            .without("expiration")
    };
    let count = check(&[
        ("an old intent", Forge::intent().at(NOW - 901).sign(), OutsideWindow),
        ("an intent of 1970", Forge::intent().at(0).sign(), OutsideWindow),
        (
            "an intent of the future",
            Forge::intent().at(NOW + 61).sign(),
            OutsideWindow,
        ),
        (
            "an intent of the last day",
            Forge::intent().at(u64::MAX / 1_000).sign(),
            OutsideWindow,
        ),
        ("an old question", Forge::request().at(NOW - 901).sign(), OutsideWindow),
        (
            "an answer of the future",
            Forge::answer(Step::ArkTransaction).at(NOW + 61).sign(),
            OutsideWindow,
        ),
        (
            "a binding of the future",
            Forge::binding().at(NOW + 61).sign(),
            OutsideWindow,
        ),
        (
            "a tag that has expired",
            Forge::intent().with("expiration", &NOW.to_string()).sign(),
            Expired,
        ),
        (
            "an answer that has expired",
            Forge::answer(Step::Checkpoints).and(&["expiration", "0"]).sign(),
            Expired,
        ),
        ("an intent that has expired", expires(NOW).sign(), Expired),
        ("an intent that expired in 1970", expires(0).sign(), Expired),
        (
            "an intent that holds for long",
            expires(NOW + 3_601).sign(),
            OutsideWindow,
        ),
        ("an intent that holds for ever", expires(u64::MAX).sign(), OutsideWindow),
    ]);
    assert_eq!(count, 13);
}

#[test]
fn what_is_not_encrypted_as_it_should_is_refused() {
    let by_stranger = serde_json::to_string(&answer(Step::ArkTransaction)).unwrap();
    let first = Forge::answer(Step::ArkTransaction);
    let second = Forge::answer(Step::Checkpoints);
    let checkpoints = serde_json::to_string(&answer(Step::Checkpoints)).unwrap();
    let nip04_intent = Forge::sealed_intent()
        .sealed(&wallet(), Scheme::Nip04, &serde_json::to_string(&intent()).unwrap())
        .with("encrypted", "nip04")
        .sign();
    let nip04_checkpoints = second.clone().sealed(&wallet(), Scheme::Nip04, &checkpoints).sign();
    let nip04_first = first.clone().sealed(&wallet(), Scheme::Nip04, &by_stranger).sign();
    let count = check(&[
        (
            "an answer in the clear",
            first.clone().content(&by_stranger).sign(),
            NotDecryptable,
        ),
        ("an empty answer", first.clone().content("").sign(), NotDecryptable),
        ("no base64", first.clone().content("#2").sign(), NotDecryptable),
        (
            "another version of NIP-44",
            first.clone().content(&"AQ".repeat(100)).sign(),
            NotDecryptable,
        ),
        (
            "an answer that somebody else encrypted",
            first.clone().sealed(&stranger(), Scheme::Nip44, &by_stranger).sign(),
            NotDecryptable,
        ),
        (
            "an answer that somebody else sends on",
            first.clone().sign_by(&stranger()),
            NotDecryptable,
        ),
        (
            "a sealed intent in the clear",
            Forge::intent().and(&["encrypted", "nip44_v2"]).sign(),
            NotDecryptable,
        ),
        (
            "an unknown encryption",
            Forge::sealed_intent().with("encrypted", "rot13").sign(),
            EncryptionNotAllowed,
        ),
        ("an answer in NIP-04", nip04_first.clone(), EncryptionNotAllowed),
        ("an intent in NIP-04", nip04_intent.clone(), EncryptionNotAllowed),
        ("checkpoints in NIP-04", nip04_checkpoints.clone(), EncryptionNotAllowed),
    ]);
    assert_eq!(count, 11);
    // An operator may allow NIP-04, but not for checkpoints.
    assert_eq!(outcome(&nip04_first, true), Ok(()));
    assert_eq!(outcome(&nip04_intent, true), Ok(()));
    assert_eq!(
        outcome(&nip04_checkpoints, true),
        Err(EventRefusal::EncryptionNotAllowed)
    );
}

#[test]
fn contents_that_do_not_fit_are_refused() {
    let sealed = |forge: Forge, text: &str| forge.sealed(&wallet(), Scheme::Nip44, text).sign();
    let answered = |change: fn(&mut Value)| {
        let mut content = serde_json::to_value(answer(Step::ArkTransaction)).unwrap();
        change(&mut content);
        sealed(Forge::answer(Step::ArkTransaction), &content.to_string())
    };
    let asked = |content: Value| sealed(Forge::request(), &content.to_string());
    let edited = |change: fn(&mut Value)| Forge::intent().edited(change).sign();
    let bound = |key: &NostrKey| {
        let content = consent(&key.public(), &address(), &owner());
        Forge::binding().content(&content.to_json()).sign()
    };
    let id = action_id();
    let count = check(&[
        (
            "an intent that is no JSON",
            Forge::intent().content("send").sign(),
            ContentMalformed,
        ),
        ("an empty intent", Forge::intent().content("").sign(), ContentMalformed),
        (
            "a sealed intent without its tag",
            Forge::sealed_intent().without("encrypted").sign(),
            ContentMalformed,
        ),
        (
            "an unknown type",
            edited(|content| content["type"] = json!("p2p:steal")),
            ContentMalformed,
        ),
        (
            "params of another type",
            edited(|content| content["type"] = json!("swap:atomic")),
            ContentMalformed,
        ),
        (
            "an unknown network",
            edited(|content| content["network"] = json!("mainnet")),
            ContentMalformed,
        ),
        (
            "a field too many",
            edited(|content| content["params"]["change"] = json!("tark1")),
            ContentMalformed,
        ),
        (
            "a negative amount",
            edited(|content| content["params"]["receivers"][0]["amount"] = json!(-1)),
            ContentMalformed,
        ),
        (
            "an amount as text",
            edited(|content| content["params"]["receivers"][0]["amount"] = json!("1000")),
            ContentMalformed,
        ),
        (
            "an amount with a fraction",
            edited(|content| content["params"]["fee"]["amount"] = json!(0.5)),
            ContentMalformed,
        ),
        (
            "a receiver who is none",
            edited(|content| content["params"]["receivers"][0]["address"] = json!("bc1q")),
            ContentMalformed,
        ),
        (
            "no fee",
            edited(|content| drop(content["params"].as_object_mut().unwrap().remove("fee"))),
            ContentMalformed,
        ),
        (
            "an answer without signatures",
            answered(|content| content["signatures"] = Value::Null),
            ContentMalformed,
        ),
        (
            "a signature that is too short",
            answered(|content| content["signatures"][0]["signature"] = json!("00")),
            ContentMalformed,
        ),
        (
            "a step that is none",
            answered(|content| content["step"] = json!(3)),
            ContentMalformed,
        ),
        (
            "a key in an answer",
            answered(|content| content["owner"] = json!("00")),
            ContentMalformed,
        ),
        (
            "an unknown question",
            asked(json!({"request_id": "ask-00001", "action": "mint"})),
            ContentMalformed,
        ),
        (
            "a quote without params",
            asked(json!({"request_id": "ask-00001", "action": "quote"})),
            ContentMalformed,
        ),
        (
            "params where none belong",
            asked(json!({"request_id": "ask-00001", "action": "balance", "params": {"type": "vtxo:split"}})),
            ContentMalformed,
        ),
        (
            "a question too much",
            asked(json!({"request_id": id, "action": "balance", "of": "somebody"})),
            ContentMalformed,
        ),
        (
            "a binding without proof",
            Forge::binding().content("{}").sign(),
            ContentMalformed,
        ),
        (
            "a binding that the owner made for somebody else",
            bound(&stranger()),
            ContentMalformed,
        ),
        (
            "a binding that somebody else sends on",
            Forge::binding().sign_by(&stranger()),
            ContentMalformed,
        ),
    ]);
    assert_eq!(count, 23);
}
