//! The recovery proof of a challenge of step 1.

use alloc::vec::Vec;

use super::{Document, Refusal, psbt};
use crate::challenge::Recovery;
use crate::proof::{Proof, expiry};
use crate::transaction::Input;

/// What the wallet signs for it.
pub(super) fn check(recovery: Option<&Recovery>, own: &[Input], now: u64) -> Result<Vec<[u8; 32]>, Refusal> {
    let recovery = recovery.ok_or(Refusal::RecoveryMissing)?;
    let at = expiry(&recovery.message).ok_or(Refusal::RecoveryMessage)?;
    if at != 0 && at < now {
        return Err(Refusal::RecoveryExpired { at });
    }
    let proposed = psbt::read(Document::Recovery, &recovery.proof)?;
    let proof = Proof::new(&recovery.message, own).ok_or(Refusal::NoInputs)?;
    if proposed.unsigned_tx != proof.tx {
        return Err(Refusal::RecoveryDiffers);
    }
    psbt::check_witness_utxos(Document::Recovery, &proposed, &proof.spends)?;
    proof.sighashes().map_err(|_| Refusal::RecoveryDiffers)
}
