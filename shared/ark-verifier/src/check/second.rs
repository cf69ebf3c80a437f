//! Step 2: the operator has signed what was approved at step 1, so the checkpoints may be signed.
//!
//! A checkpoint alone lets the operator take the money after its delay. With its signatures on the ark transaction, the
//! wallet holds what spends the checkpoint as ordered. An operator signs only what all parties have signed, so theirs are
//! not asked for.

use alloc::vec::Vec;

use bitcoin::psbt::Psbt;

use super::approval::{Approved, SecondApproval};
use super::{Document, Order, Refusal, Wallet, checkpoint, opening, psbt};
use crate::challenge::{Challenge, Step};
use crate::reference::payload_ref;
use crate::transaction::{Checkpoint, sighash};

/// Checks a challenge of step 2 against what was approved at step 1.
///
/// # Errors
///
/// The [`Refusal`].
pub fn check_second(
    wallet: &Wallet<'_>,
    order: &Order<'_>,
    approved: &Approved,
    challenge: &Challenge,
) -> Result<SecondApproval, Refusal> {
    // The terms are those of step 1: an operator that changes them still finishes what it has signed.
    opening::check(challenge, Step::Checkpoints, wallet.owner, &approved.operator)?;
    check_same(order, approved, challenge)?;

    let ark = psbt::read(Document::ArkTransaction, &challenge.ark_tx)?;
    let found = ark.unsigned_tx.compute_txid();
    if found != approved.txid {
        return Err(Refusal::OtherTransaction {
            approved: approved.txid,
            found,
        });
    }
    let built: Vec<Checkpoint> = approved
        .inputs
        .iter()
        .map(|input| Checkpoint::new(input, &approved.operator))
        .collect();
    check_ark_tx(&ark, &built, approved)?;
    let checkpoints = psbt::read_checkpoints(&challenge.checkpoint_txs, built.len())?;
    let sighashes = check_checkpoints(&checkpoints, &built, approved)?;
    let sighashes: Vec<(u32, [u8; 32])> = sighashes
        .into_iter()
        .filter(|(input, _)| approved.own.contains(input))
        .collect();

    let payload_ref = payload_ref(
        challenge.session_id,
        Step::Checkpoints,
        approved.txid,
        &sighashes,
        &[],
        wallet.gateway,
        challenge.expires_at,
    );
    if payload_ref != challenge.payload_ref {
        return Err(Refusal::PayloadRef);
    }
    Ok(SecondApproval {
        session_id: challenge.session_id,
        sighashes,
        payload_ref,
    })
}

fn check_same(order: &Order<'_>, approved: &Approved, challenge: &Challenge) -> Result<(), Refusal> {
    if challenge.session_id != approved.session_id {
        return Err(Refusal::OtherSession {
            approved: approved.session_id,
            found: challenge.session_id,
        });
    }
    if approved.event != order.event {
        return Err(Refusal::OtherOrder);
    }
    if challenge.intents != approved.intents {
        return Err(Refusal::OtherIntents);
    }
    if challenge.inputs != approved.own {
        return Err(Refusal::AskedOthers);
    }
    if challenge.recovery.is_some() {
        return Err(Refusal::RecoveryUnasked);
    }
    Ok(())
}

fn check_ark_tx(ark: &Psbt, built: &[Checkpoint], approved: &Approved) -> Result<(), Refusal> {
    let document = Document::ArkTransaction;
    let spends: Vec<_> = built.iter().map(|checkpoint| checkpoint.pays.clone()).collect();
    psbt::check_witness_utxos(document, ark, &spends)?;
    for (input, checkpoint) in (0..).zip(built) {
        let place = usize::try_from(input).unwrap_or(usize::MAX);
        let sighash =
            sighash(&ark.unsigned_tx, place, &spends, &checkpoint.leaf).map_err(|_| Refusal::NoSuchInput { input })?;
        let signed = (input, checkpoint.leaf.as_script(), sighash);
        psbt::check_operator_signature(document, ark, signed, approved.operator.signer)?;
    }
    Ok(())
}

/// The sighashes of all checkpoints.
fn check_checkpoints(
    checkpoints: &[Psbt],
    built: &[Checkpoint],
    approved: &Approved,
) -> Result<Vec<(u32, [u8; 32])>, Refusal> {
    let mut sighashes = Vec::with_capacity(built.len());
    for ((input, found), expected) in (0..).zip(checkpoints).zip(built) {
        checkpoint::compare(&found.unsigned_tx, expected).map_err(|fault| Refusal::Checkpoint { input, fault })?;
        let document = Document::Checkpoint(input);
        psbt::check_witness_utxos(document, found, core::slice::from_ref(&expected.spends))?;
        let sighash = expected.sighash().map_err(|_| Refusal::NoSuchInput { input })?;
        let signed = (0, expected.leaf.as_script(), sighash);
        psbt::check_operator_signature(document, found, signed, approved.operator.signer)?;
        sighashes.push((input, sighash));
    }
    Ok(sighashes)
}
