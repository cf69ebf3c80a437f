//! Signatures: what is to be signed, whether it was, and putting signatures where arkd looks for them.
//!
//! All are BIP-340 signatures over the script path of a default leaf, with `SIGHASH_DEFAULT`.

use ark_core::script::{extract_checksig_pubkeys, multisig_script};
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::Message;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::{Psbt, TapLeafHash, TapSighash, TapSighashType, TxOut, XOnlyPublicKey, taproot};

use crate::script::CURVE;

/// Why a signature is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no such input.
    #[error("there is no input {input}")]
    NoSuchInput {
        /// Its place.
        input: usize,
    },
    /// The PSBT does not say what the input spends, or not by a default leaf.
    #[error("input {input} is not prepared for signing")]
    NotPrepared {
        /// Its place.
        input: usize,
    },
    /// The key has no part in the input.
    #[error("input {input} is not this key's")]
    NotTheirs {
        /// Its place.
        input: usize,
    },
    /// The signature does not fit input and key.
    #[error("the signature of input {input} does not verify")]
    Invalid {
        /// Its place.
        input: usize,
    },
    /// Not one signature per input.
    #[error("{expected} signatures are needed, not {got}")]
    Count {
        /// How many inputs there are.
        expected: usize,
        /// How many signatures came.
        got: usize,
    },
}

/// How an input of a PSBT is to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToSign {
    pub(crate) sighash: TapSighash,
    leaf: TapLeafHash,
    /// The operator's key in the leaf.
    pub(crate) signer: XOnlyPublicKey,
    /// The owner's key in the leaf.
    pub(crate) owner: XOnlyPublicKey,
}

impl ToSign {
    pub(crate) fn of(psbt: &Psbt, place: usize) -> Result<Self, SignatureError> {
        let input = psbt
            .inputs
            .get(place)
            .ok_or(SignatureError::NoSuchInput { input: place })?;
        let unprepared = SignatureError::NotPrepared { input: place };
        let (_, (script, version)) = input.tap_scripts.first_key_value().ok_or(unprepared)?;
        let keys = extract_checksig_pubkeys(script);
        let [signer, owner] = keys.as_slice() else {
            return Err(unprepared);
        };
        if multisig_script(*signer, *owner) != *script {
            return Err(unprepared);
        }
        let spent = psbt
            .inputs
            .iter()
            .map(|input| input.witness_utxo.as_ref())
            .collect::<Option<Vec<&TxOut>>>()
            .ok_or(unprepared)?;
        let leaf = TapLeafHash::from_script(script, *version);
        let sighash = SighashCache::new(&psbt.unsigned_tx)
            .taproot_script_spend_signature_hash(place, &Prevouts::All(&spent), leaf, TapSighashType::Default)
            .map_err(|_| unprepared)?;
        Ok(Self {
            sighash,
            leaf,
            signer: *signer,
            owner: *owner,
        })
    }

    /// Whether it is the signature of `key`, which must be one of the leaf's.
    pub(crate) fn is_signed(&self, key: XOnlyPublicKey, signature: &Signature) -> bool {
        let message = Message::from_digest(self.sighash.to_byte_array());
        CURVE.verify_schnorr(signature, &message, &key).is_ok()
    }

    /// Puts the signature where arkd looks for it.
    pub(crate) fn place(&self, input: &mut bitcoin::psbt::Input, key: XOnlyPublicKey, signature: Signature) {
        input.tap_script_sigs.insert(
            (key, self.leaf),
            taproot::Signature {
                signature,
                sighash_type: TapSighashType::Default,
            },
        );
    }

    /// The signature of `key` that an input carries.
    pub(crate) fn placed(&self, input: &bitcoin::psbt::Input, key: XOnlyPublicKey) -> Option<Signature> {
        input
            .tap_script_sigs
            .get(&(key, self.leaf))
            .filter(|placed| placed.sighash_type == TapSighashType::Default)
            .map(|placed| placed.signature)
    }
}

/// What is to be signed for each input, in their order: of an ark transaction, of a checkpoint, or of a recovery proof.
///
/// # Errors
///
/// [`SignatureError::NotPrepared`].
pub fn sighashes(psbt: &Psbt) -> Result<Vec<[u8; 32]>, SignatureError> {
    (0..psbt.inputs.len())
        .map(|place| ToSign::of(psbt, place).map(|to_sign| to_sign.sighash.to_byte_array()))
        .collect()
}

/// What is to be signed for each checkpoint, in their order.
///
/// # Errors
///
/// [`SignatureError::NotPrepared`].
pub fn checkpoint_sighashes(checkpoints: &[Psbt]) -> Result<Vec<[u8; 32]>, SignatureError> {
    checkpoints
        .iter()
        .enumerate()
        .map(|(place, checkpoint)| only_input(checkpoint, place).map(|to_sign| to_sign.sighash.to_byte_array()))
        .collect()
}

/// Whether `owner` has signed this input of an ark transaction.
///
/// # Errors
///
/// [`SignatureError`].
pub fn verify_ark_signature(
    ark_tx: &Psbt,
    input: u32,
    owner: XOnlyPublicKey,
    signature: &Signature,
) -> Result<(), SignatureError> {
    let place = place_of(input);
    verify(&ToSign::of(ark_tx, place)?, place, owner, signature)
}

/// Whether `owner` has signed the checkpoint of this input of the ark transaction.
///
/// # Errors
///
/// [`SignatureError`].
pub fn verify_checkpoint_signature(
    checkpoints: &[Psbt],
    input: u32,
    owner: XOnlyPublicKey,
    signature: &Signature,
) -> Result<(), SignatureError> {
    let place = place_of(input);
    let checkpoint = checkpoints
        .get(place)
        .ok_or(SignatureError::NoSuchInput { input: place })?;
    verify(&only_input(checkpoint, place)?, place, owner, signature)
}

/// Whether `owner` has signed every input of a recovery proof, in their order.
///
/// # Errors
///
/// [`SignatureError`].
pub fn verify_recovery(proof: &Psbt, owner: XOnlyPublicKey, signatures: &[Signature]) -> Result<(), SignatureError> {
    insert_recovery_signatures(proof, owner, signatures).map(|_| ())
}

/// The ark transaction with these signatures of owners, each checked.
///
/// # Errors
///
/// [`SignatureError`].
pub fn insert_ark_signatures(
    ark_tx: &Psbt,
    signatures: &[(u32, XOnlyPublicKey, Signature)],
) -> Result<Psbt, SignatureError> {
    let mut signed = ark_tx.clone();
    for (input, owner, signature) in signatures {
        let place = place_of(*input);
        let to_sign = ToSign::of(ark_tx, place)?;
        verify(&to_sign, place, *owner, signature)?;
        let input = signed
            .inputs
            .get_mut(place)
            .ok_or(SignatureError::NoSuchInput { input: place })?;
        to_sign.place(input, *owner, *signature);
    }
    Ok(signed)
}

/// The checkpoints with these signatures of owners, each checked.
///
/// # Errors
///
/// [`SignatureError`].
pub fn insert_checkpoint_signatures(
    checkpoints: &[Psbt],
    signatures: &[(u32, XOnlyPublicKey, Signature)],
) -> Result<Vec<Psbt>, SignatureError> {
    let mut signed = checkpoints.to_vec();
    for (input, owner, signature) in signatures {
        let place = place_of(*input);
        let missing = SignatureError::NoSuchInput { input: place };
        let checkpoint = signed.get_mut(place).ok_or(missing)?;
        let to_sign = only_input(checkpoint, place)?;
        verify(&to_sign, place, *owner, signature)?;
        let input = checkpoint.inputs.first_mut().ok_or(missing)?;
        to_sign.place(input, *owner, *signature);
    }
    Ok(signed)
}

/// The recovery proof with the owner's signatures, one per input and in their order, each checked.
///
/// # Errors
///
/// [`SignatureError`].
pub fn insert_recovery_signatures(
    proof: &Psbt,
    owner: XOnlyPublicKey,
    signatures: &[Signature],
) -> Result<Psbt, SignatureError> {
    if signatures.len() != proof.inputs.len() {
        return Err(SignatureError::Count {
            expected: proof.inputs.len(),
            got: signatures.len(),
        });
    }
    let signatures: Vec<_> = (0_u32..)
        .zip(signatures)
        .map(|(input, signature)| (input, owner, *signature))
        .collect();
    insert_ark_signatures(proof, &signatures)
}

fn place_of(input: u32) -> usize {
    usize::try_from(input).unwrap_or(usize::MAX)
}

/// The one input of a checkpoint; errors name its place among the checkpoints.
pub(crate) fn only_input(checkpoint: &Psbt, place: usize) -> Result<ToSign, SignatureError> {
    if checkpoint.inputs.len() != 1 {
        return Err(SignatureError::NotPrepared { input: place });
    }
    ToSign::of(checkpoint, 0).map_err(|_| SignatureError::NotPrepared { input: place })
}

fn verify(to_sign: &ToSign, place: usize, owner: XOnlyPublicKey, signature: &Signature) -> Result<(), SignatureError> {
    if to_sign.owner != owner {
        return Err(SignatureError::NotTheirs { input: place });
    }
    if to_sign.is_signed(owner, signature) {
        Ok(())
    } else {
        Err(SignatureError::Invalid { input: place })
    }
}
