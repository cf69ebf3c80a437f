//! The operator's keys: the signer, the signers before it, and what they sign.

use bitcoin::hashes::{Hash as _, sha256};
use bitcoin::key::Secp256k1;
use bitcoin::secp256k1::{All, Keypair, PublicKey, SecretKey};
use bitcoin::{Address, CompressedPublicKey, KnownHrp, Network, ScriptBuf, Sequence, XOnlyPublicKey};

use super::signature::{Spend, sign};

/// A signer that is not used for new VTXOs any more.
pub(super) struct DeprecatedSigner {
    pub(super) key: Keypair,
    /// Unix seconds from which the operator may stop signing with it; 0 asks owners to leave it at once.
    pub(super) cutoff: i64,
}

/// The operator.
pub(super) struct Operator {
    pub(super) secp: Secp256k1<All>,
    seed: u64,
    rotations: u32,
    pub(super) signer: Keypair,
    pub(super) deprecated: Vec<DeprecatedSigner>,
    forfeit: Keypair,
}

impl Operator {
    pub(super) fn new(seed: u64) -> Self {
        let secp = Secp256k1::new();
        Self {
            signer: keypair(&secp, seed, "signer 0"),
            forfeit: keypair(&secp, seed, "forfeit"),
            deprecated: Vec::new(),
            rotations: 0,
            seed,
            secp,
        }
    }

    /// A new signer; the one so far is deprecated.
    pub(super) fn rotate(&mut self, cutoff: i64) {
        self.rotations = self.rotations.saturating_add(1);
        let next = keypair(&self.secp, self.seed, &format!("signer {}", self.rotations));
        let key = std::mem::replace(&mut self.signer, next);
        self.deprecated.insert(0, DeprecatedSigner { key, cutoff });
    }

    pub(super) fn forfeit_key(&self) -> PublicKey {
        self.forfeit.public_key()
    }

    pub(super) fn forfeit_address(&self, network: Network) -> Address {
        let hrp = match network {
            Network::Bitcoin => KnownHrp::Mainnet,
            Network::Testnet | Network::Testnet4 | Network::Signet => KnownHrp::Testnets,
            Network::Regtest => KnownHrp::Regtest,
        };
        Address::p2wpkh(&CompressedPublicKey(self.forfeit_key()), hrp)
    }

    /// The leaf with which the operator alone can spend a checkpoint that its owner left behind.
    pub(super) fn checkpoint_leaf(&self, delay: u32) -> ScriptBuf {
        let delay = Sequence::from_seconds_ceil(delay).unwrap_or(Sequence::from_512_second_intervals(u16::MAX));
        ark_core::script::csv_sig_script(delay, self.signer.x_only_public_key().0)
    }

    /// The key of the operator's among these, if there is one.
    pub(super) fn key_among(&self, keys: &[XOnlyPublicKey]) -> Option<&Keypair> {
        std::iter::once(&self.signer)
            .chain(self.deprecated.iter().map(|signer| &signer.key))
            .find(|ours| keys.contains(&ours.x_only_public_key().0))
    }

    /// Whether the key is the operator's.
    pub(super) fn owns(&self, key: &XOnlyPublicKey) -> bool {
        self.key_among(std::slice::from_ref(key)).is_some()
    }

    /// Adds the operator's signature. Nothing is added where the leaf has no key of the operator's.
    pub(super) fn sign(&self, spend: &Spend<'_>, input: &mut bitcoin::psbt::Input) {
        if let Some(key) = self.key_among(spend.keys)
            && let Some(signature) = sign(&self.secp, spend, key)
        {
            let place = (key.x_only_public_key().0, spend.leaf_hash());
            input.tap_script_sigs.insert(place, signature);
        }
    }
}

/// The key of this name. The same seed and name give the same key.
pub(super) fn keypair(secp: &Secp256k1<All>, seed: u64, name: &str) -> Keypair {
    let mut attempt = 0_u32;
    loop {
        let text = format!("nanoark testkit arkd {seed} {name} {attempt}");
        let hash = sha256::Hash::hash(text.as_bytes());
        if let Ok(secret) = SecretKey::from_slice(hash.as_byte_array()) {
            return Keypair::from_secret_key(secp, &secret);
        }
        // One hash in 2^128 is no key.
        attempt = attempt.saturating_add(1);
    }
}
