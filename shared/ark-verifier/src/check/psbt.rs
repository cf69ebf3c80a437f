//! The PSBTs of a challenge.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bitcoin::psbt::Psbt;
use bitcoin::secp256k1::{Message, Secp256k1};
use bitcoin::{Script, TapSighashType, TxOut, XOnlyPublicKey};

use super::{Document, PsbtFault, Refusal, SignatureFault};
use crate::script::leaf_hash;

/// The most characters that a PSBT of a challenge may have: several times what ten inputs and thirty outputs need.
pub const MAX_LENGTH: usize = 65_536;

pub(super) fn read(document: Document, text: &str) -> Result<Psbt, Refusal> {
    let refuse = |fault| Refusal::Psbt { document, fault };
    if text.len() > MAX_LENGTH {
        return Err(refuse(PsbtFault::TooLong));
    }
    let bytes = STANDARD.decode(text).map_err(|_| refuse(PsbtFault::Base64))?;
    Psbt::deserialize(&bytes).map_err(|_| refuse(PsbtFault::Malformed))
}

/// The checkpoints of an ark transaction with so many inputs.
pub(super) fn read_checkpoints(texts: &[String], inputs: usize) -> Result<Vec<Psbt>, Refusal> {
    if texts.len() != inputs {
        return Err(Refusal::CheckpointCount {
            inputs,
            found: texts.len(),
        });
    }
    (0..)
        .zip(texts)
        .map(|(input, text)| read(Document::Checkpoint(input), text))
        .collect()
}

/// The PSBT tells of every input what it spends, and tells the truth.
pub(super) fn check_witness_utxos(document: Document, psbt: &Psbt, spends: &[TxOut]) -> Result<(), Refusal> {
    for ((input, found), expected) in (0..).zip(&psbt.inputs).zip(spends) {
        if found.witness_utxo.as_ref() != Some(expected) {
            return Err(Refusal::WitnessUtxo { document, input });
        }
    }
    Ok(())
}

/// The PSBT has the operator's signature for an input.
pub(super) fn check_operator_signature(
    document: Document,
    psbt: &Psbt,
    (input, leaf, sighash): (u32, &Script, [u8; 32]),
    operator: XOnlyPublicKey,
) -> Result<(), Refusal> {
    let refuse = |fault| Refusal::OperatorSignature { document, input, fault };
    let place = usize::try_from(input).unwrap_or(usize::MAX);
    let found = psbt
        .inputs
        .get(place)
        .and_then(|found| found.tap_script_sigs.get(&(operator, leaf_hash(leaf))))
        .ok_or(refuse(SignatureFault::Missing))?;
    let verified =
        Secp256k1::verification_only().verify_schnorr(&found.signature, &Message::from_digest(sighash), &operator);
    if found.sighash_type == TapSighashType::Default && verified.is_ok() {
        Ok(())
    } else {
        Err(refuse(SignatureFault::Invalid))
    }
}
