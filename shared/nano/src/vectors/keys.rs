//! Seeds, private keys, accounts, and signatures made with them.

use serde::Deserialize;

use super::read;
use crate::account::Account;
use crate::key::{BadSignature, InvalidHex, PrivateKey, Seed, Signature, verify};

#[derive(Deserialize)]
struct Key {
    seed: Option<Seed32>,
    index: Option<u32>,
    private: String,
    public: Option<String>,
    account: Option<Account>,
}

#[derive(Deserialize)]
struct Seed32(String);

fn keys() -> Vec<Key> {
    read(include_str!("../../vectors/keys.json"))
}

#[test]
fn seed_and_index_give_the_private_key_and_that_the_account() {
    for key in keys() {
        let private: PrivateKey = key.private.parse().unwrap();
        if let (Some(seed), Some(index)) = (key.seed, key.index) {
            let derived = seed.0.parse::<Seed>().unwrap().private_key(index);
            assert_eq!(derived.public(), private.public(), "{} {index}", seed.0);
        }
        if let (Some(public), Some(account)) = (key.public, key.account) {
            assert_eq!(hex::encode_upper(private.public().as_bytes()), public);
            assert_eq!(private.public(), account);
        }
    }
}

#[test]
fn a_signature_belongs_to_one_key_and_one_message() {
    let keys: Vec<PrivateKey> = keys().iter().map(|key| key.private.parse().unwrap()).collect();
    for (at, key) in keys.iter().enumerate() {
        let signature = key.sign(b"message");
        assert_eq!(
            signature.to_string(),
            key.sign(b"message").to_string(),
            "signing is deterministic"
        );
        assert_eq!(verify(&key.public(), b"message", &signature), Ok(()));
        assert_eq!(verify(&key.public(), b"massage", &signature), Err(BadSignature));
        assert_eq!(verify(&key.public(), b"", &signature), Err(BadSignature));
        let other = &keys[(at + 1) % keys.len()];
        assert_eq!(verify(&other.public(), b"message", &signature), Err(BadSignature));
        for bit in [0, 7, 255, 256, 300, 511] {
            let mut bytes = *signature.as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                verify(&key.public(), b"message", &Signature::from_bytes(bytes)),
                Err(BadSignature),
                "bit {bit}"
            );
        }
    }
}

#[test]
fn a_key_off_the_curve_signs_nothing() {
    let off_curve = Account::from_bytes([2; 32]);
    assert_eq!(
        verify(&off_curve, b"message", &Signature::from_bytes([0; 64])),
        Err(BadSignature)
    );
}

#[test]
fn secrets_are_never_printed() {
    let digits = "0123456789ABCDEF".repeat(4);
    let seed: Seed = digits.parse().unwrap();
    assert_eq!(format!("{seed:?}"), "Seed(secret)");
    assert_eq!(format!("{:?}", seed.private_key(0)), "PrivateKey(secret)");
    for wrong in [
        "",
        "00",
        &digits[1..],
        &format!("{digits}0"),
        &digits.replace('A', "x"),
        &format!(" {digits}"),
    ] {
        let error = wrong.parse::<Seed>().unwrap_err();
        assert_eq!(error, InvalidHex { expected: 64 });
        assert_eq!(wrong.parse::<PrivateKey>().unwrap_err(), error);
        assert_eq!(error.to_string(), "expected 64 hex digits", "the text may be a secret");
    }
    assert_eq!("00".parse::<Signature>().unwrap_err(), InvalidHex { expected: 128 });
}
