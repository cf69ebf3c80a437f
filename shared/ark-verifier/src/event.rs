//! Signed Nostr events (NIP-01), as far as a wallet has to check those that a challenge carries.

use alloc::string::String;
use alloc::vec::Vec;

use bitcoin::XOnlyPublicKey;
use bitcoin::hashes::{Hash as _, HashEngine as _};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::secp256k1::{Message, Secp256k1};
use serde::Deserialize;
use serde_json::Value;

use crate::hash::EventId;

/// An event whose id and signature are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Who signed it.
    pub author: XOnlyPublicKey,
    /// When, in seconds since the Unix epoch, as the author says.
    pub created_at: u64,
    /// Its kind.
    pub kind: u16,
    /// Its tags.
    pub tags: Vec<Vec<String>>,
    /// Its content.
    pub content: String,
}

/// A JSON value that is no [`Event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEvent {
    /// It has not the fields of an event.
    #[error("it has not the fields of an event")]
    Form,
    /// A text in it has a control character that implementations escape differently.
    #[error("it has a control character")]
    ControlCharacter,
    /// Its id is not the hash of its fields.
    #[error("its id is not the hash of its fields")]
    Id,
    /// Its signature is not its author's.
    #[error("its signature is not its author's")]
    Signature,
}

impl Event {
    /// The event in this JSON value.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent`].
    pub fn verify(value: &Value) -> Result<Self, InvalidEvent> {
        let wire = Wire::deserialize(value).map_err(|_| InvalidEvent::Form)?;
        let id = id(&wire.pubkey, wire.created_at, wire.kind, &wire.tags, &wire.content)?;
        if id != wire.id {
            return Err(InvalidEvent::Id);
        }
        Secp256k1::verification_only()
            .verify_schnorr(&wire.sig, &Message::from_digest(id.bytes()), &wire.pubkey)
            .map_err(|_| InvalidEvent::Signature)?;
        Ok(Self {
            id,
            author: wire.pubkey,
            created_at: wire.created_at,
            kind: wire.kind,
            tags: wire.tags,
            content: wire.content,
        })
    }

    /// The value of the only tag of this name.
    #[must_use]
    pub fn only_tag(&self, name: &str) -> Option<&str> {
        let mut named = self
            .tags
            .iter()
            .filter(|tag| tag.first().is_some_and(|first| first == name));
        let value = named.next()?.get(1)?;
        named.next().is_none().then_some(value)
    }
}

#[derive(Deserialize)]
struct Wire {
    id: EventId,
    pubkey: XOnlyPublicKey,
    created_at: u64,
    kind: u16,
    tags: Vec<Vec<String>>,
    content: String,
    sig: Signature,
}

/// The id of an event with these fields: SHA-256 of `[0,pubkey,created_at,kind,tags,content]` without white space.
///
/// # Errors
///
/// [`InvalidEvent::ControlCharacter`].
pub fn id(
    author: &XOnlyPublicKey,
    created_at: u64,
    kind: u16,
    tags: &[Vec<String>],
    content: &str,
) -> Result<EventId, InvalidEvent> {
    let mut json = alloc::format!("[0,\"{author}\",{created_at},{kind},[");
    for (index, tag) in tags.iter().enumerate() {
        json.push_str(if index == 0 { "[" } else { ",[" });
        for (index, text) in tag.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            push_text(&mut json, text)?;
        }
        json.push(']');
    }
    json.push_str("],");
    push_text(&mut json, content)?;
    json.push(']');
    let mut engine = EventId::engine();
    engine.input(json.as_bytes());
    Ok(EventId::from_engine(engine))
}

/// Escapes the seven characters that NIP-01 names. Other control characters go verbatim by its letter, while most
/// implementations escape them as JSON does: with one of those, two readers see two ids.
fn push_text(json: &mut String, text: &str) -> Result<(), InvalidEvent> {
    json.push('"');
    for character in text.chars() {
        match character {
            '\n' => json.push_str("\\n"),
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '\0'..='\u{1f}' => return Err(InvalidEvent::ControlCharacter),
            verbatim => json.push(verbatim),
        }
    }
    json.push('"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec;

    use bitcoin::secp256k1::{Keypair, SecretKey};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn keys() -> Keypair {
        Keypair::from_secret_key(&Secp256k1::new(), &SecretKey::from_slice(&[7; 32]).unwrap())
    }

    fn signed(tags: &[Vec<String>], content: &str) -> Value {
        let author = keys().x_only_public_key().0;
        let id = id(&author, 1_700_000_000, 31520, tags, content).unwrap();
        let sig = Secp256k1::new().sign_schnorr_no_aux_rand(&Message::from_digest(id.bytes()), &keys());
        json!({"id": id, "pubkey": author, "created_at": 1_700_000_000, "kind": 31520, "tags": tags, "content": content, "sig": sig.to_string()})
    }

    proptest! {
        #[test]
        fn an_id_is_the_hash_of_the_compact_json(tags in prop::collection::vec(prop::collection::vec("[^\0-\u{1f}]*|[\n\"\\\\\r\t\u{8}\u{c}]*", 0..4), 0..4), content in "[^\0-\u{1f}]*") {
            let author = keys().x_only_public_key().0;
            let json = serde_json::to_vec(&json!([0, author, 5, 1, tags, content])).unwrap();
            prop_assert_eq!(id(&author, 5, 1, &tags, &content), Ok(EventId::hash(&json)));
        }
    }

    #[test]
    fn control_characters_are_refused() {
        let author = keys().x_only_public_key().0;
        for text in ["\0", "\u{1}", "\u{b}", "\u{1f}"] {
            assert_eq!(
                id(&author, 5, 1, &[], text),
                Err(InvalidEvent::ControlCharacter),
                "{text:?}"
            );
            assert_eq!(
                id(&author, 5, 1, &[vec![text.to_string()]], ""),
                Err(InvalidEvent::ControlCharacter)
            );
        }
    }

    #[test]
    fn what_was_changed_after_signing_is_refused() {
        let event = signed(&[vec!["d".into(), "x".into()]], "hello");
        assert_eq!(Event::verify(&event).unwrap().only_tag("d"), Some("x"));
        let cases = [
            ("content", json!("hullo"), InvalidEvent::Id),
            ("kind", json!(1), InvalidEvent::Id),
            ("created_at", json!(1), InvalidEvent::Id),
            ("tags", json!([]), InvalidEvent::Id),
            (
                "pubkey",
                json!("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
                InvalidEvent::Id,
            ),
            ("id", json!("00".repeat(32)), InvalidEvent::Id),
            ("sig", json!("11".repeat(64)), InvalidEvent::Signature),
            ("sig", json!("11"), InvalidEvent::Form),
            ("content", json!(null), InvalidEvent::Form),
            ("kind", json!(70_000), InvalidEvent::Form),
        ];
        for (field, value, expected) in cases {
            let mut changed = event.clone();
            changed[field] = value;
            assert_eq!(Event::verify(&changed), Err(expected), "{field}");
        }
    }

    #[test]
    fn a_tag_that_is_repeated_is_none() {
        let d = |value: &str| vec!["d".to_string(), value.to_string()];
        let event = Event::verify(&signed(&[d("x"), d("x")], "")).unwrap();
        assert_eq!(event.only_tag("d"), None);
        assert_eq!(event.only_tag("e"), None);
    }
}
