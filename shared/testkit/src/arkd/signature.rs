//! Signatures of tapscript spends: making them, checking them, and the witness that they make.

use std::collections::BTreeMap;

use bitcoin::hashes::Hash as _;
use bitcoin::key::Secp256k1;
use bitcoin::secp256k1::{All, Keypair, Message};
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::taproot::{ControlBlock, LeafVersion, Signature};
use bitcoin::{Script, TapLeafHash, TapSighashType, Transaction, TxOut, Witness, XOnlyPublicKey};

/// Signatures as a PSBT input holds them.
pub(super) type Signatures = BTreeMap<(XOnlyPublicKey, TapLeafHash), Signature>;

/// The spending of one input by one leaf.
pub(super) struct Spend<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) index: usize,
    /// What every input of the transaction spends.
    pub(super) prevouts: &'a [TxOut],
    pub(super) leaf: &'a Script,
    pub(super) keys: &'a [XOnlyPublicKey],
}

impl Spend<'_> {
    pub(super) fn leaf_hash(&self) -> TapLeafHash {
        TapLeafHash::from_script(self.leaf, LeafVersion::TapScript)
    }

    fn message(&self, kind: TapSighashType) -> Option<Message> {
        let hash = SighashCache::new(self.transaction)
            .taproot_script_spend_signature_hash(self.index, &Prevouts::All(self.prevouts), self.leaf_hash(), kind)
            .ok()?;
        Some(Message::from_digest(hash.to_raw_hash().to_byte_array()))
    }
}

/// The key's signature; the same input gives the same signature.
pub(super) fn sign(secp: &Secp256k1<All>, spend: &Spend<'_>, key: &Keypair) -> Option<Signature> {
    let sighash_type = TapSighashType::Default;
    let message = spend.message(sighash_type)?;
    Some(Signature {
        signature: secp.sign_schnorr_no_aux_rand(&message, key),
        sighash_type,
    })
}

/// Every signature has to be valid, and every key of the leaf has to have signed, but for those that are excused.
pub(super) fn check(
    secp: &Secp256k1<All>,
    spend: &Spend<'_>,
    signatures: &Signatures,
    excused: impl Fn(&XOnlyPublicKey) -> bool,
) -> Result<(), String> {
    let leaf_hash = spend.leaf_hash();
    for ((key, leaf), signature) in signatures {
        if *leaf != leaf_hash {
            return Err(format!("signature of another leaf for input {}", spend.index));
        }
        let message = spend
            .message(signature.sighash_type)
            .ok_or_else(|| format!("invalid sighash type for input {}", spend.index))?;
        secp.verify_schnorr(&signature.signature, &message, key)
            .map_err(|_| format!("invalid signature for input {}, pubkey: {key}", spend.index))?;
    }
    let missing = spend
        .keys
        .iter()
        .filter(|key| !excused(key) && !signatures.contains_key(&(**key, leaf_hash)))
        .count();
    if missing > 0 {
        return Err(format!("missing {missing} signatures"));
    }
    Ok(())
}

/// The witness of the spend, if every key has signed.
pub(super) fn witness(spend: &Spend<'_>, control: &ControlBlock, signatures: &Signatures) -> Option<Witness> {
    let leaf_hash = spend.leaf_hash();
    let mut witness = Witness::new();
    // The first key of the leaf is checked first, so its signature lies on top.
    for key in spend.keys.iter().rev() {
        witness.push(signatures.get(&(*key, leaf_hash))?.to_vec());
    }
    witness.push(spend.leaf.as_bytes());
    witness.push(control.serialize());
    Some(witness)
}
