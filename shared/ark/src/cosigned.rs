//! What the operator sends back: our own transactions with its signatures, or nothing that we take.

use bitcoin::{Psbt, Txid};

use crate::building::Unsigned;
use crate::signing::{SignatureError, ToSign, only_input};
use crate::submission::Submitted;

/// Our transactions with the operator's valid signature on every input of each.
///
/// Made from our own PSBTs: of the operator's only its signatures are taken, so that nothing that it left out or put in
/// reaches a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoSigned {
    /// The ark transaction.
    pub ark_tx: Psbt,
    /// The checkpoints, in the order of the inputs.
    pub checkpoints: Vec<Psbt>,
}

/// Why the operator's answer is not taken. A wallet that signs its checkpoints regardless may lose its coins to the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CoSignatureError {
    /// Another ark transaction than ours.
    #[error("the operator signed {got}, not {expected}")]
    OtherTransaction {
        /// Ours.
        expected: Txid,
        /// The operator's.
        got: Txid,
    },
    /// Not one checkpoint per input.
    #[error("there are {got} checkpoints for {expected} inputs")]
    CheckpointCount {
        /// Our inputs.
        expected: usize,
        /// The operator's checkpoints.
        got: usize,
    },
    /// A checkpoint of ours is not among the operator's.
    #[error("the checkpoint of input {input} is missing")]
    CheckpointMissing {
        /// The input's place.
        input: usize,
    },
    /// The operator's signature is missing or wrong on an input of the ark transaction.
    #[error("input {input} of the ark transaction lacks the operator's signature")]
    ArkInputUnsigned {
        /// The input's place.
        input: usize,
    },
    /// The operator's signature is missing or wrong on a checkpoint.
    #[error("the checkpoint of input {input} lacks the operator's signature")]
    CheckpointUnsigned {
        /// The input's place.
        input: usize,
    },
    /// Our own copy cannot be signed: nothing that [`build`](crate::building::build) made.
    #[error("our own copy is not one to sign: {0}")]
    Ours(SignatureError),
}

/// Checks the operator's answer against `ours`: the same transactions, and a valid signature under the operator's key of
/// each input's leaf. Signatures that `ours` has stay.
///
/// # Errors
///
/// [`CoSignatureError`].
pub fn check_operator_signed(ours: &Unsigned, submitted: &Submitted) -> Result<CoSigned, CoSignatureError> {
    let expected = ours.ark_txid();
    for got in [submitted.ark_txid, submitted.ark_tx.unsigned_tx.compute_txid()] {
        if got != expected {
            return Err(CoSignatureError::OtherTransaction { expected, got });
        }
    }
    if submitted.checkpoints.len() != ours.checkpoints.len() {
        return Err(CoSignatureError::CheckpointCount {
            expected: ours.checkpoints.len(),
            got: submitted.checkpoints.len(),
        });
    }

    let mut ark_tx = ours.ark_tx.clone();
    for (place, input) in ark_tx.inputs.iter_mut().enumerate() {
        let to_sign = ToSign::of(&ours.ark_tx, place).map_err(CoSignatureError::Ours)?;
        take_signature(&to_sign, input, submitted.ark_tx.inputs.get(place))
            .ok_or(CoSignatureError::ArkInputUnsigned { input: place })?;
    }
    let mut checkpoints = ours.checkpoints.clone();
    for (place, checkpoint) in checkpoints.iter_mut().enumerate() {
        let to_sign = only_input(checkpoint, place).map_err(CoSignatureError::Ours)?;
        let txid = checkpoint.unsigned_tx.compute_txid();
        // arkd does not promise their order.
        let theirs = submitted
            .checkpoints
            .iter()
            .find(|theirs| theirs.unsigned_tx.compute_txid() == txid)
            .ok_or(CoSignatureError::CheckpointMissing { input: place })?;
        checkpoint
            .inputs
            .first_mut()
            .and_then(|input| take_signature(&to_sign, input, theirs.inputs.first()))
            .ok_or(CoSignatureError::CheckpointUnsigned { input: place })?;
    }
    Ok(CoSigned { ark_tx, checkpoints })
}

fn take_signature(
    to_sign: &ToSign,
    ours: &mut bitcoin::psbt::Input,
    theirs: Option<&bitcoin::psbt::Input>,
) -> Option<()> {
    let signature = to_sign.placed(theirs?, to_sign.signer)?;
    to_sign.is_signed(to_sign.signer, &signature).then_some(())?;
    to_sign.place(ours, to_sign.signer, signature);
    Some(())
}
