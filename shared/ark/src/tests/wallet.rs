//! A wallet: one key.

use bitcoin::hashes::Hash as _;
use bitcoin::key::{Keypair, Secp256k1};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::secp256k1::{Message, SecretKey};
use bitcoin::{TapSighash, XOnlyPublicKey};

pub(crate) struct Wallet(Keypair);

impl Wallet {
    pub(crate) fn new(seed: u8) -> Self {
        Self(keypair(seed))
    }

    pub(crate) fn key(&self) -> XOnlyPublicKey {
        self.0.x_only_public_key().0
    }

    pub(crate) fn sign(&self, sighash: [u8; 32]) -> Signature {
        sign(&self.0, TapSighash::from_byte_array(sighash))
    }
}

pub(crate) fn keypair(seed: u8) -> Keypair {
    let secret = SecretKey::from_slice(&[seed; 32]).unwrap();
    Keypair::from_secret_key(&Secp256k1::new(), &secret)
}

pub(crate) fn sign(key: &Keypair, sighash: TapSighash) -> Signature {
    let message = Message::from_digest(sighash.to_byte_array());
    Secp256k1::new().sign_schnorr_no_aux_rand(&message, key)
}
