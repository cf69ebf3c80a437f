use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use bitcoin::secp256k1::{Keypair, SecretKey};
use bitcoin::{Amount, ScriptBuf};
use serde_json::json;

use super::*;
use crate::address::Network;
use crate::event::id;

fn keys(byte: u8) -> Keypair {
    Keypair::from_secret_key(&Secp256k1::new(), &SecretKey::from_slice(&[byte; 32]).unwrap())
}

fn public(byte: u8) -> XOnlyPublicKey {
    keys(byte).x_only_public_key().0
}

const NOSTR: u8 = 1;
const OWNER: u8 = 2;
const STRANGER: u8 = 3;

fn terms() -> OperatorTerms {
    OperatorTerms {
        network: Network::Regtest,
        signer: public(9),
        checkpoint_tapscript: ScriptBuf::from_bytes(vec![0x51]),
        exit_delay: 144,
        dust: Amount::from_sat(330),
    }
}

fn content(owner: u8, signed_by: u8, nostr: u8, address: &ArkAddress) -> String {
    let digest = Message::from_digest(attestation_digest(&public(nostr), address));
    Content {
        owner: public(owner),
        proof: Secp256k1::new().sign_schnorr_no_aux_rand(&digest, &keys(signed_by)),
    }
    .to_json()
}

fn event(kind: u16, tags: &[Vec<String>], content: &str) -> Value {
    let id = id(&public(NOSTR), 77, kind, tags, content).unwrap();
    let sig = Secp256k1::new().sign_schnorr_no_aux_rand(&Message::from_digest(id.bytes()), &keys(NOSTR));
    json!({"id": id, "pubkey": public(NOSTR), "created_at": 77, "kind": kind, "tags": tags, "content": content, "sig": sig.to_string()})
}

fn d(value: &str) -> Vec<String> {
    vec!["d".to_string(), value.to_string()]
}

#[test]
fn a_binding_names_both_keys_and_the_address() {
    let address = default_address(&terms(), public(OWNER));
    let event = event(
        KIND,
        &[d(&address.to_string())],
        &content(OWNER, OWNER, NOSTR, &address),
    );
    let binding = Binding {
        nostr: public(NOSTR),
        owner: public(OWNER),
        address,
        created_at: 77,
    };
    assert_eq!(Binding::verify(&event, &terms()), Ok(binding));
}

#[test]
fn what_binds_nothing_is_refused() {
    let address = default_address(&terms(), public(OWNER));
    let text = address.to_string();
    let good = content(OWNER, OWNER, NOSTR, &address);
    let theirs = default_address(&terms(), public(STRANGER));
    let elsewhere = OperatorTerms {
        signer: public(8),
        ..terms()
    };
    let mainnet = OperatorTerms {
        network: Network::Bitcoin,
        ..terms()
    };
    let at = |terms: &OperatorTerms| {
        let address = default_address(terms, public(OWNER));
        event(
            KIND,
            &[d(&address.to_string())],
            &content(OWNER, OWNER, NOSTR, &address),
        )
    };
    let mut unsigned = event(KIND, &[d(&text)], &good);
    unsigned["sig"] = json!("11".repeat(64));
    let cases = [
        (
            "another kind",
            event(31521, &[d(&text)], &good),
            InvalidBinding::Kind(31521),
        ),
        ("no tag", event(KIND, &[], &good), InvalidBinding::Address),
        (
            "two tags",
            event(KIND, &[d(&text), d(&text)], &good),
            InvalidBinding::Address,
        ),
        ("no address", event(KIND, &[d("tark1")], &good), InvalidBinding::Address),
        (
            "capitals",
            event(KIND, &[d(&text.to_uppercase())], &good),
            InvalidBinding::Address,
        ),
        ("no content", event(KIND, &[d(&text)], "{}"), InvalidBinding::Content),
        (
            "a stranger's address",
            event(KIND, &[d(&theirs.to_string())], &content(OWNER, OWNER, NOSTR, &theirs)),
            InvalidBinding::NotTheOwners,
        ),
        ("another operator", at(&elsewhere), InvalidBinding::NotTheOwners),
        ("another network", at(&mainnet), InvalidBinding::NotTheOwners),
        (
            "an owner who did not agree",
            event(KIND, &[d(&text)], &content(OWNER, NOSTR, NOSTR, &address)),
            InvalidBinding::Proof,
        ),
        (
            "an owner who agreed to somebody else",
            event(KIND, &[d(&text)], &content(OWNER, OWNER, STRANGER, &address)),
            InvalidBinding::Proof,
        ),
        ("unsigned", unsigned, InvalidBinding::Event(InvalidEvent::Signature)),
    ];
    for (name, event, expected) in cases {
        assert_eq!(Binding::verify(&event, &terms()), Err(expected), "{name}");
    }
}
