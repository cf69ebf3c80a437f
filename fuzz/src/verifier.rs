//! What a wallet checks: intents, challenges, addresses, packets, bindings, names.

use bitcoin::{Script, XOnlyPublicKey};
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::asset::AssetId;
use nanoark_ark_verifier::challenge::{Challenge, SessionId, Step};
use nanoark_ark_verifier::check::{self, Order, Wallet};
use nanoark_ark_verifier::event::Event;
use nanoark_ark_verifier::intent::{ActionId, Intent};
use nanoark_ark_verifier::packet::{AssetPacket, Extension};
use nanoark_ark_verifier::{binding as bindings, proof};
use nanoark_domain::ceremony::{Order as Ordered, Session};
use serde_json::Value;

use crate::Outcome;
use crate::scene::{gateway, owner, scene};

fn text(data: &[u8]) -> &str {
    std::str::from_utf8(data).unwrap_or_default()
}

/// An intent is read, written and read to the same; and its rules have an answer to it.
pub(crate) fn intent(data: &[u8]) -> Outcome {
    let Ok(intent) = serde_json::from_slice::<Intent>(data) else {
        return Outcome::Refused;
    };
    let written = serde_json::to_vec(&intent).expect("an intent has a JSON form");
    assert_eq!(serde_json::from_slice::<Intent>(&written).as_ref().ok(), Some(&intent));
    let author = owner();
    let terms = &scene().terms;
    let alone = Ordered::check_alone(&author, &intent, terms.network, terms.signer);
    let parties = Ordered::parties(&author, &intent);
    assert!(alone.is_err() || parties.is_ok(), "what has passed has parties");
    let _ = Session::id_for(&author, &intent);
    Outcome::Taken
}

/// A challenge of either step, checked by the wallet that it was made for: nothing is approved that is not the same as what
/// was recorded.
pub(crate) fn challenge(data: &[u8]) -> Outcome {
    let Ok(challenge) = serde_json::from_slice::<Challenge>(data) else {
        return Outcome::Refused;
    };
    let written = serde_json::to_vec(&challenge).expect("a challenge has a JSON form");
    assert_eq!(
        serde_json::from_slice::<Challenge>(&written).as_ref().ok(),
        Some(&challenge)
    );
    let scene = scene();
    let wallet = Wallet {
        nostr: owner(),
        owner: owner(),
        gateway: gateway().current().public(),
        operator: &scene.terms,
        coins: &scene.coins,
        now: scene.now,
    };
    let order = Order {
        intent: &scene.intent,
        event: scene.event,
    };
    let approved = match challenge.step {
        Step::ArkTransaction => None,
        Step::Checkpoints => Some(&scene.approved),
    };
    let outcome = check::check(&wallet, &order, approved, &challenge);
    if outcome.is_ok() {
        assert_eq!(challenge.session_id, scene.approved.session_id);
        assert_eq!(challenge.checkpoint_txs.len(), scene.checkpoints.len());
    }
    Outcome::of(outcome)
}

/// An address is read, written and read to the same.
pub(crate) fn address(data: &[u8]) -> Outcome {
    let Ok(address) = text(data).parse::<ArkAddress>() else {
        return Outcome::Refused;
    };
    assert_eq!(address.to_string().parse(), Ok(address));
    assert_eq!(address.to_string(), text(data).to_lowercase());
    let _ = (address.script_pubkey(), address.sub_dust_script_pubkey());
    Outcome::Taken
}

/// There is one text per meaning: what is read is written to the same bytes.
pub(crate) fn packet(data: &[u8]) -> Outcome {
    if let Ok(packet) = AssetPacket::parse(data) {
        assert_eq!(packet.to_bytes(), data);
    }
    let script = Script::from_bytes(data);
    let is_one = Extension::is_one(script);
    let Ok(extension) = Extension::parse(script) else {
        return Outcome::Refused;
    };
    assert!(is_one);
    assert_eq!(extension.to_script().as_bytes(), data);
    Outcome::Taken
}

/// A binding, and any other event that a challenge carries.
pub(crate) fn binding(data: &[u8]) -> Outcome {
    let Ok(value) = serde_json::from_slice::<Value>(data) else {
        return Outcome::Refused;
    };
    let event = Event::verify(&value);
    let binding = bindings::Binding::verify(&value, &scene().terms);
    if let Ok(binding) = &binding {
        assert_eq!(event.map(|event| event.author), Ok(binding.nostr));
    }
    Outcome::of(binding)
}

/// Names of sessions, actions, assets, networks and keys; the message of a proof.
pub(crate) fn identifiers(data: &[u8]) -> Outcome {
    let text = text(data);
    let session = text.parse::<SessionId>().map(|id| id.to_string());
    let action = text.parse::<ActionId>().map(|id| id.as_str().to_owned());
    let asset = text.parse::<AssetId>().map(|id| id.to_string());
    let network = Network::named(text).map(|network| network.as_str().to_owned());
    let names = [session.ok(), action.ok(), asset.ok(), network];
    let found: Vec<String> = names.into_iter().flatten().collect();
    assert!(found.iter().all(|name| name == text), "a name has one spelling");
    let expiry = proof::expiry(text);
    if let Some(expiry) = expiry {
        let _ = proof::message(expiry);
    }
    let key = text.parse::<XOnlyPublicKey>();
    if found.is_empty() && expiry.is_none() && key.is_err() {
        Outcome::Refused
    } else {
        Outcome::Taken
    }
}
