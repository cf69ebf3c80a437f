//! Events that are made by hand, as an attacker makes them.

use nanoark_ark_verifier::challenge::Step;
use serde_json::Value;

use super::samples::{address, answer, gateway, intent, now, owner, request, wallet};
use crate::compose::{self, Secrecy};
use crate::encryption::{Purpose, Scheme, encrypt};
use crate::event::SignedEvent;
use crate::key::NostrKey;
use crate::refusal::{EventCode, EventRefusal};
use crate::verify::{IncomingEvent, Rules};

/// An event in the making, valid until something is changed.
#[derive(Clone)]
pub(super) struct Forge {
    kind: u16,
    tags: Vec<Vec<String>>,
    content: String,
    created_at: u64,
}

impl Forge {
    pub(super) fn of(event: &SignedEvent) -> Self {
        Self {
            kind: event.kind(),
            tags: event.tags().map(<[String]>::to_vec).collect(),
            content: event.content().to_owned(),
            created_at: event.created_at().as_seconds(),
        }
    }

    pub(super) fn intent() -> Self {
        let to = gateway().current().public();
        Self::of(&compose::intent(&wallet(), &to, &intent(), Secrecy::Public, now()).unwrap())
    }

    pub(super) fn sealed_intent() -> Self {
        let to = gateway().current().public();
        Self::of(&compose::intent(&wallet(), &to, &intent(), Secrecy::Sealed(Scheme::Nip44), now()).unwrap())
    }

    pub(super) fn answer(step: Step) -> Self {
        let to = gateway().current().public();
        Self::of(&compose::answer(&wallet(), &to, &answer(step), Scheme::Nip44, now()).unwrap())
    }

    pub(super) fn request() -> Self {
        let to = gateway().current().public();
        Self::of(&compose::service_request(&wallet(), &to, &request(), Scheme::Nip44, now()).unwrap())
    }

    pub(super) fn binding() -> Self {
        Self::of(&compose::binding(&wallet(), &gateway().current().public(), &address(), &owner(), now()).unwrap())
    }

    pub(super) fn kind(mut self, kind: u16) -> Self {
        self.kind = kind;
        self
    }

    pub(super) fn at(mut self, created_at: u64) -> Self {
        self.created_at = created_at;
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.tags.retain(|tag| tag[0] != name);
        self
    }

    pub(super) fn and(mut self, tag: &[&str]) -> Self {
        self.tags.push(tag.iter().map(|&text| text.to_owned()).collect());
        self
    }

    pub(super) fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(&[name, value])
    }

    pub(super) fn content(mut self, content: &str) -> Self {
        content.clone_into(&mut self.content);
        self
    }

    /// An intent whose content is changed.
    pub(super) fn edited(self, change: impl FnOnce(&mut Value)) -> Self {
        let mut content = serde_json::to_value(intent()).unwrap();
        change(&mut content);
        self.content(&content.to_string())
    }

    /// Encrypted by anybody, for anybody.
    pub(super) fn sealed(self, key: &NostrKey, scheme: Scheme, text: &str) -> Self {
        let purpose = Purpose { kind: self.kind, d: "" };
        let content = encrypt(key, &gateway().current().public(), scheme, purpose, text).unwrap();
        self.content(&content)
    }

    pub(super) fn sign(self) -> Vec<u8> {
        self.sign_by(&wallet())
    }

    pub(super) fn sign_by(self, key: &NostrKey) -> Vec<u8> {
        let at = nanoark_domain::time::Timestamp::from_seconds(self.created_at);
        let event = SignedEvent::sign(key, self.kind, self.tags, self.content, at).unwrap();
        event.json().as_bytes().to_vec()
    }
}

/// The JSON of a valid intent, changed after it was signed.
pub(super) fn tampered(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut event: Value = serde_json::from_slice(&Forge::intent().sign()).unwrap();
    change(&mut event);
    event.to_string().into_bytes()
}

pub(super) fn text(change: impl FnOnce(String) -> String) -> Vec<u8> {
    change(String::from_utf8(Forge::intent().sign()).unwrap()).into_bytes()
}

/// Verified and opened, as the gateway does it.
pub(super) fn outcome(json: &[u8], nip04: bool) -> Result<(), EventRefusal> {
    let rules = Rules {
        nip04,
        ..Rules::new(gateway().publics(), now())
    };
    IncomingEvent::verify(json, &rules)?.open(&gateway(), now()).map(drop)
}

pub(super) fn check(table: &[(&str, Vec<u8>, EventCode)]) -> usize {
    for (name, json, code) in table {
        let refusal = outcome(json, false).expect_err(name);
        assert_eq!(refusal.code(), *code, "{name}: {refusal}");
    }
    table.len()
}
