//! Checkpoints, as the gateway sent them.

use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{OutPoint, Sequence, Transaction};

use super::CheckpointFault;
use crate::script::anchor;
use crate::transaction::Checkpoint;

/// The VTXO that a checkpoint spends.
pub(super) fn spent(tx: &Transaction) -> Result<OutPoint, CheckpointFault> {
    match tx.input.as_slice() {
        [input] => Ok(input.previous_output),
        [] | [_, _, ..] => Err(CheckpointFault::Inputs),
    }
}

/// It is the checkpoint that was built here.
pub(super) fn compare(tx: &Transaction, expected: &Checkpoint) -> Result<(), CheckpointFault> {
    if tx.version != Version(3) {
        return Err(CheckpointFault::Version);
    }
    if tx.lock_time != LockTime::ZERO {
        return Err(CheckpointFault::LockTime);
    }
    let [input] = tx.input.as_slice() else {
        return Err(CheckpointFault::Inputs);
    };
    if input.sequence != Sequence::MAX {
        return Err(CheckpointFault::Sequence);
    }
    let [pays, last] = tx.output.as_slice() else {
        return Err(CheckpointFault::Outputs);
    };
    if pays.value != expected.pays.value {
        return Err(CheckpointFault::Amount);
    }
    if pays.script_pubkey != expected.pays.script_pubkey {
        return Err(CheckpointFault::Script);
    }
    if *last != anchor() {
        return Err(CheckpointFault::Anchor);
    }
    if *tx == expected.tx {
        Ok(())
    } else {
        // All else has been compared.
        Err(CheckpointFault::Outpoint)
    }
}
