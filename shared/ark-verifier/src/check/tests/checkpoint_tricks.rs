//! Other checkpoints than the wallet's inputs need, and other parties' inputs.

use alloc::vec;
use alloc::vec::Vec;

use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{Psbt, ScriptBuf, Sequence};

use super::gateway::{address, outpoint, public};
use super::scene::{ALICE, BOB, MALLORY, sat, swap, transfer};
use super::trick::Case;
use super::trick::Trick::{Ark, Checkpoint, Hidden, Plan};
use super::trick::refused_first;
use crate::check::{CheckpointFault, Document, Refusal};
use crate::script::anchor;

fn checkpoint(input: u32, fault: CheckpointFault) -> Refusal {
    Refusal::Checkpoint { input, fault }
}

fn lie(document: Document, input: u32) -> Refusal {
    Refusal::WitnessUtxo { document, input }
}

fn add_input(psbt: &mut Psbt) {
    let input = psbt.unsigned_tx.input[0].clone();
    psbt.unsigned_tx.input.push(input);
    psbt.inputs.push(bitcoin::psbt::Input::default());
}

#[test]
fn other_checkpoints_are_refused() {
    let cases: Vec<Case> = vec![
        (
            "another version",
            Checkpoint(0, |it| it.unsigned_tx.version = Version::TWO),
            checkpoint(0, CheckpointFault::Version),
        ),
        (
            "a lock time",
            Checkpoint(0, |it| it.unsigned_tx.lock_time = LockTime::from_consensus(9)),
            checkpoint(0, CheckpointFault::LockTime),
        ),
        (
            "a sequence",
            Checkpoint(1, |it| it.unsigned_tx.input[0].sequence = Sequence::ZERO),
            checkpoint(1, CheckpointFault::Sequence),
        ),
        (
            "two inputs",
            Checkpoint(0, add_input),
            checkpoint(0, CheckpointFault::Inputs),
        ),
        (
            "a third output",
            Checkpoint(0, |it| {
                it.unsigned_tx.output.push(anchor());
                it.outputs.push(bitcoin::psbt::Output::default());
            }),
            checkpoint(0, CheckpointFault::Outputs),
        ),
        (
            "a fee",
            Checkpoint(1, |it| it.unsigned_tx.output[0].value = sat(49_000)),
            checkpoint(1, CheckpointFault::Amount),
        ),
        (
            "Mallory's script",
            Checkpoint(0, |it| {
                it.unsigned_tx.output[0].script_pubkey = address(MALLORY).script_pubkey();
            }),
            checkpoint(0, CheckpointFault::Script),
        ),
        (
            "an anchor with value",
            Checkpoint(0, |it| it.unsigned_tx.output[1].value = sat(1)),
            checkpoint(0, CheckpointFault::Anchor),
        ),
        (
            "another VTXO",
            Checkpoint(0, |it| it.unsigned_tx.input[0].previous_output = outpoint(99)),
            Refusal::NotMine {
                input: 0,
                outpoint: outpoint(99),
            },
        ),
        (
            "a leaf that the operator does not have",
            Hidden(
                |it| {
                    it.plan.terms.checkpoint_tapscript = ScriptBuf::from_bytes(vec![0x51]);
                },
                |it| it.operator = super::gateway::terms(),
            ),
            checkpoint(0, CheckpointFault::Script),
        ),
        (
            "another operator's VTXO",
            Hidden(
                |it| {
                    it.plan.terms.signer = public(MALLORY);
                },
                |it| it.operator = super::gateway::terms(),
            ),
            checkpoint(0, CheckpointFault::Script),
        ),
        (
            "a VTXO of another delay",
            Plan(|it| it.plan.inputs[0].coin.exit_delay = 512),
            lie(Document::Checkpoint(0), 0),
        ),
        (
            "a lie about the VTXO",
            Checkpoint(1, |it| {
                it.inputs[0].witness_utxo.as_mut().unwrap().value = sat(1);
            }),
            lie(Document::Checkpoint(1), 0),
        ),
        (
            "silence about the VTXO",
            Checkpoint(1, |it| it.inputs[0].witness_utxo = None),
            lie(Document::Checkpoint(1), 0),
        ),
    ];
    refused_first(&transfer(), &cases);
}

#[test]
fn other_inputs_of_another_party_are_refused() {
    let foreign = Refusal::ForeignInput { input: 1 };
    let cases: Vec<Case> = vec![
        (
            "a VTXO of this wallet's that is not known to it",
            Hidden(
                |it| {
                    it.plan.inputs[1].owner = ALICE;
                },
                |it| it.inputs = vec![0],
            ),
            Refusal::NotAsked { input: 1 },
        ),
        (
            "a VTXO without a leaf",
            Ark(|it| it.inputs[1].tap_scripts.clear()),
            foreign.clone(),
        ),
        (
            "a leaf without the operator",
            Ark(|it| {
                for (leaf, _) in it.inputs[1].tap_scripts.values_mut() {
                    *leaf = crate::script::collaborative_leaf(public(MALLORY), public(BOB));
                }
            }),
            foreign.clone(),
        ),
        (
            "a leaf of somebody else",
            Ark(|it| {
                for (leaf, _) in it.inputs[1].tap_scripts.values_mut() {
                    *leaf = crate::script::collaborative_leaf(public(super::gateway::OPERATOR), public(MALLORY));
                }
            }),
            foreign.clone(),
        ),
        (
            "a checkpoint without a leaf",
            Checkpoint(1, |it| it.inputs[0].tap_scripts.clear()),
            foreign.clone(),
        ),
        (
            "a VTXO of another script",
            Checkpoint(1, |it| {
                it.inputs[0].witness_utxo.as_mut().unwrap().script_pubkey = address(MALLORY).script_pubkey();
            }),
            foreign.clone(),
        ),
        (
            "a VTXO that is no taproot",
            Checkpoint(1, |it| {
                it.inputs[0].witness_utxo.as_mut().unwrap().script_pubkey = anchor().script_pubkey;
            }),
            foreign,
        ),
        (
            "silence about the VTXO",
            Checkpoint(1, |it| it.inputs[0].witness_utxo = None),
            lie(Document::Checkpoint(1), 0),
        ),
        (
            "another amount of the VTXO",
            Checkpoint(1, |it| {
                it.inputs[0].witness_utxo.as_mut().unwrap().value = sat(31_000);
            }),
            checkpoint(1, CheckpointFault::Amount),
        ),
        (
            "a checkpoint to Mallory",
            Checkpoint(1, |it| {
                it.unsigned_tx.output[0].script_pubkey = address(MALLORY).script_pubkey();
            }),
            checkpoint(1, CheckpointFault::Script),
        ),
    ];
    refused_first(&swap(), &cases);
}
