//! Events that are made by hand, as an attacker makes them.

use bitcoin::XOnlyPublicKey;
use bitcoin::hashes::{Hash as _, sha256};
use bitcoin::secp256k1::{Keypair, Message, Secp256k1};
use nanoark_nostr::encryption::{Purpose, encrypt};
use nanoark_nostr::{NostrKey, Scheme, SignedEvent};
use serde_json::{Value, json};

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

    /// What a wallet signs to make a request (NIP-98).
    pub(super) fn authorization(url: &str, method: &str, created_at: u64) -> Self {
        let bare = Self {
            kind: 27_235,
            tags: Vec::new(),
            content: String::new(),
            created_at,
        };
        bare.and(&["u", url]).and(&["method", method])
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

    pub(super) fn content(mut self, content: impl Into<String>) -> Self {
        self.content = content.into();
        self
    }

    /// With a content in the clear that is changed.
    pub(super) fn edited(self, change: impl FnOnce(&mut Value)) -> Self {
        let mut content: Value = serde_json::from_str(&self.content).unwrap();
        change(&mut content);
        self.content(content.to_string())
    }

    /// Encrypted by anybody, for anybody.
    pub(super) fn sealed(self, key: &NostrKey, to: &XOnlyPublicKey, scheme: Scheme, text: &str) -> Self {
        let purpose = Purpose { kind: self.kind, d: "" };
        let content = encrypt(key, to, scheme, purpose, text).unwrap();
        self.content(content)
    }

    pub(super) fn sign(&self, key: &NostrKey) -> String {
        self.sign_as(key, &key.public().to_string()).to_string()
    }

    /// Signed by one key and said to be by another.
    pub(super) fn sign_as(&self, key: &NostrKey, author: &str) -> Value {
        let array = json!([0, author, self.created_at, self.kind, self.tags, self.content]);
        let id = sha256::Hash::hash(array.to_string().as_bytes());
        let secp = Secp256k1::new();
        let pair = Keypair::from_seckey_slice(&secp, key.secret_bytes().as_slice()).unwrap();
        let signature = secp.sign_schnorr_no_aux_rand(&Message::from_digest(id.to_byte_array()), &pair);
        json!({
            "id": id, "pubkey": author, "created_at": self.created_at, "kind": self.kind, "tags": self.tags,
            "content": self.content, "sig": signature,
        })
    }
}

/// The JSON of a valid event, changed after it was signed.
pub(super) fn tampered(event: &SignedEvent, change: impl FnOnce(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(event.json()).unwrap();
    change(&mut value);
    value.to_string()
}
