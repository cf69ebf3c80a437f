//! Nostr's side: events, their contents, encryption, requests, addresses of relays.
//!
//! No mutation makes a signature hold, so where a signature is only the door, an input is a draft of an event: the target
//! signs it, and encrypts it where the draft says so, as an attacker with a key of its own does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bitcoin::secp256k1::{Keypair, Message, Secp256k1};
use nanoark_ark_verifier::event::id;
use nanoark_nostr::encryption::{self, Purpose};
use nanoark_nostr::event::MAX_EVENT_BYTES;
use nanoark_nostr::http_auth::{self as auth, SeenRequest};
use nanoark_nostr::received::receive;
use nanoark_nostr::{IncomingEvent, NostrKey, Opened, Rules, Scheme, SignedEvent};
use nanoark_nostr_relay::RelayUrl;
use serde::Deserialize;
use serde_json::json;

use crate::Outcome;
use crate::scene::{gateway, now, wallet};

/// An event that is still to be signed.
#[derive(Deserialize)]
struct Draft {
    kind: u16,
    created_at: u64,
    tags: Vec<Vec<String>>,
    content: String,
    /// The scheme that the content is to be encrypted by.
    #[serde(default)]
    seal: Option<String>,
}

impl Draft {
    fn of(data: &[u8]) -> Option<Self> {
        serde_json::from_slice(data).ok()
    }

    /// The signed event of this author's.
    fn sign(&self, author: &NostrKey, to: &NostrKey) -> Option<String> {
        let purpose = Purpose { kind: self.kind, d: "" };
        let content = match self.seal.as_deref().and_then(Scheme::named) {
            None => self.content.clone(),
            Some(scheme) => encryption::encrypt(author, &to.public(), scheme, purpose, &self.content).ok()?,
        };
        let id = id(&author.public(), self.created_at, self.kind, &self.tags, &content).ok()?;
        let secp = Secp256k1::new();
        let pair = Keypair::from_seckey_slice(&secp, author.secret_bytes().as_slice()).ok()?;
        let signature = secp.sign_schnorr_no_aux_rand(&Message::from_digest(id.bytes()), &pair);
        let event = json!({
            "id": id, "pubkey": author.public(), "created_at": self.created_at, "kind": self.kind, "tags": self.tags,
            "content": content, "sig": signature,
        });
        Some(event.to_string())
    }
}

/// An event is read, written and read to the same.
pub(crate) fn event(data: &[u8]) -> Outcome {
    let Ok(event) = SignedEvent::parse(data, MAX_EVENT_BYTES) else {
        return Outcome::Refused;
    };
    let again = SignedEvent::parse(event.json().as_bytes(), 2 * MAX_EVENT_BYTES);
    assert_eq!(again.as_ref().map(SignedEvent::id), Ok(event.id()));
    let _ = (event.expiration(), event.addressed().count(), event.refers_to().count());
    Outcome::Taken
}

/// What wallets send to the gateway: drafts, and raw events.
pub(crate) fn incoming(data: &[u8]) -> Outcome {
    let rules = Rules {
        nip04: true,
        ..Rules::new(gateway().publics(), now())
    };
    let signed = Draft::of(data).and_then(|draft| draft.sign(wallet(), gateway().current()));
    let json = signed.as_deref().map_or(data, str::as_bytes);
    let Ok(event) = IncomingEvent::verify(json, &rules) else {
        return Outcome::Refused;
    };
    let opened = event.open(gateway(), now());
    if let Ok(Opened::Answer { answer, .. }) = &opened {
        let written = serde_json::to_vec(answer).expect("an answer has a JSON form");
        assert_eq!(serde_json::from_slice(&written).as_ref().ok(), Some(answer));
    }
    Outcome::of(opened)
}

/// What the gateway sends to wallets, when the gateway is the attacker.
pub(crate) fn received(data: &[u8]) -> Outcome {
    let signed = Draft::of(data).and_then(|draft| draft.sign(gateway().current(), wallet()));
    let json = signed.as_deref().map_or(data, str::as_bytes);
    Outcome::of(receive(json, wallet(), &gateway().publics()))
}

/// `Authorization` headers: drafts, and raw ones.
pub(crate) fn http_auth(data: &[u8]) -> Outcome {
    let signed = Draft::of(data).and_then(|draft| draft.sign(wallet(), gateway().current()));
    let header = match signed {
        Some(event) => format!("Nostr {}", STANDARD.encode(event)),
        None => String::from_utf8_lossy(data).into_owned(),
    };
    let urls = ["https://gateway.test/v1/vtxos".to_owned()];
    let request = SeenRequest {
        method: "GET",
        urls: &urls,
        body: b"",
    };
    let caller = auth::verify(&header, &request, now());
    if let Ok(caller) = &caller {
        assert!(caller.created_at.since(now()).0.max(now().since(caller.created_at).0) <= auth::TOLERANCE.0);
    }
    Outcome::of(caller)
}

/// Encrypted texts, of either scheme.
pub(crate) fn decrypt(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let open = |scheme| encryption::decrypt(gateway().current(), &wallet().public(), scheme, &text).is_ok();
    match [open(Scheme::Nip44), open(Scheme::Nip04)] {
        [false, false] => Outcome::Refused,
        [_, _] => Outcome::Taken,
    }
}

/// Addresses of relays.
pub(crate) fn relay_url(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let Ok(url) = text.parse::<RelayUrl>() else {
        return Outcome::Refused;
    };
    assert_eq!(url.to_string().parse::<RelayUrl>().as_ref(), Ok(&url));
    Outcome::Taken
}
