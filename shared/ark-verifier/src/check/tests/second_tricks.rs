//! What a malicious gateway tries at step 2.

use alloc::vec;
use alloc::vec::Vec;

use bitcoin::hashes::Hash as _;
use bitcoin::{Psbt, TapSighashType, Txid};

use super::gateway::{event, public, sign};
use super::scene::{MALLORY, Scene, coin, pay, sat, swap, transfer};
use super::trick::Case;
use super::trick::Trick::{Ark, Checkpoint, Plan, Stored, Wire};
use super::trick::refused_second;
use crate::challenge::SessionId;
use crate::check::{CheckpointFault, Document, PsbtFault, Refusal, SignatureFault, Term};
use crate::hash::PayloadRef;
use crate::script::anchor;

fn drop_signature(psbt: &mut Psbt) {
    psbt.inputs[0].tap_script_sigs.clear();
}

/// A valid signature of Mallory's where the operator's belongs.
fn forge_signature(psbt: &mut Psbt) {
    for signature in psbt.inputs[0].tap_script_sigs.values_mut() {
        signature.signature = sign(MALLORY, &[1; 32]);
    }
}

fn move_signature(psbt: &mut Psbt) {
    let moved = core::mem::take(&mut psbt.inputs[0].tap_script_sigs);
    for ((_, leaf), signature) in moved {
        psbt.inputs[0]
            .tap_script_sigs
            .insert((public(MALLORY), leaf), signature);
    }
}

fn other_sighash_type(psbt: &mut Psbt) {
    for signature in psbt.inputs[0].tap_script_sigs.values_mut() {
        signature.sighash_type = TapSighashType::None;
    }
}

fn operator(document: Document, input: u32, fault: SignatureFault) -> Refusal {
    Refusal::OperatorSignature { document, input, fault }
}

fn checkpoint(fault: CheckpointFault) -> Refusal {
    Refusal::Checkpoint { input: 0, fault }
}

fn other_transaction(scene: &Scene, trick: fn(&mut Scene)) -> Refusal {
    let mut changed = scene.clone();
    trick(&mut changed);
    Refusal::OtherTransaction {
        approved: scene.approved().txid,
        found: changed.plan.build().ark_tx.unsigned_tx.compute_txid(),
    }
}

fn pay_mallory(scene: &mut Scene) {
    scene.plan.outputs[0] = pay(MALLORY, 70_000);
}

fn spend_another(scene: &mut Scene) {
    scene.plan.inputs[0].coin = coin(40, 60_000, &[]);
}

#[test]
fn a_malicious_second_challenge_is_refused() {
    let honest = transfer();
    let cases: Vec<Case> = vec![
        (
            "another session",
            Wire(|it| it.session_id = SessionId::from_bytes([9; 16])),
            Refusal::OtherSession {
                approved: SessionId::from_bytes([5; 16]),
                found: SessionId::from_bytes([9; 16]),
            },
        ),
        ("three steps", Wire(|it| it.steps = 3), Refusal::Steps(3)),
        (
            "another owner",
            Wire(|it| it.owner = public(MALLORY)),
            Refusal::OtherOwner { found: public(MALLORY) },
        ),
        (
            "another operator",
            Wire(|it| it.operator.signer = public(MALLORY)),
            Refusal::OtherTerms(Term::Signer),
        ),
        (
            "other intents",
            Wire(|it| it.intents = vec![event(9)]),
            Refusal::OtherIntents,
        ),
        ("an input less", Wire(|it| it.inputs = vec![0]), Refusal::AskedOthers),
        (
            "an input more",
            Wire(|it| it.inputs = vec![0, 1, 2]),
            Refusal::AskedOthers,
        ),
        (
            "a proof again",
            Wire(|it| it.recovery = transfer().plan.first().recovery),
            Refusal::RecoveryUnasked,
        ),
        (
            "another name",
            Wire(|it| it.payload_ref = PayloadRef::from_byte_array([1; 32])),
            Refusal::PayloadRef,
        ),
        (
            "another gateway's name",
            Wire(|it| it.payload_ref = transfer().plan.first().payload_ref),
            Refusal::PayloadRef,
        ),
        (
            "an expiry that is not named",
            Wire(|it| it.expires_at = Some(5)),
            Refusal::PayloadRef,
        ),
        (
            "no checkpoints",
            Wire(|it| it.checkpoint_txs.clear()),
            Refusal::CheckpointCount { inputs: 2, found: 0 },
        ),
        (
            "checkpoints out of order",
            Wire(|it| it.checkpoint_txs.reverse()),
            checkpoint(CheckpointFault::Amount),
        ),
        (
            "an ark transaction that is none",
            Wire(|it| it.ark_tx = "cHNidP8=".into()),
            Refusal::Psbt {
                document: Document::ArkTransaction,
                fault: PsbtFault::Malformed,
            },
        ),
        (
            "what was stored is another order's",
            Stored(|it| it.event = event(9)),
            Refusal::OtherOrder,
        ),
        (
            "another receiver",
            Plan(pay_mallory),
            other_transaction(&honest, pay_mallory),
        ),
        (
            "another VTXO",
            Plan(spend_another),
            other_transaction(&honest, spend_another),
        ),
        (
            "no signature on the ark transaction",
            Ark(drop_signature),
            operator(Document::ArkTransaction, 0, SignatureFault::Missing),
        ),
        (
            "no signature on its second input",
            Ark(|psbt| psbt.inputs[1].tap_script_sigs.clear()),
            operator(Document::ArkTransaction, 1, SignatureFault::Missing),
        ),
        (
            "a forged signature on the ark transaction",
            Ark(forge_signature),
            operator(Document::ArkTransaction, 0, SignatureFault::Invalid),
        ),
        (
            "a signature by somebody else",
            Ark(move_signature),
            operator(Document::ArkTransaction, 0, SignatureFault::Missing),
        ),
        (
            "a signature over less",
            Ark(other_sighash_type),
            operator(Document::ArkTransaction, 0, SignatureFault::Invalid),
        ),
        (
            "a signature for another input",
            Ark(|psbt| {
                let signatures: Vec<_> = psbt.inputs[1].tap_script_sigs.values().copied().collect();
                for (signature, other) in psbt.inputs[0].tap_script_sigs.values_mut().zip(signatures) {
                    *signature = other;
                }
            }),
            operator(Document::ArkTransaction, 0, SignatureFault::Invalid),
        ),
        (
            "a lie about what is spent",
            Ark(|psbt| {
                if let Some(spent) = &mut psbt.inputs[1].witness_utxo {
                    spent.value = sat(1);
                }
            }),
            Refusal::WitnessUtxo {
                document: Document::ArkTransaction,
                input: 1,
            },
        ),
        (
            "no signature on a checkpoint",
            Checkpoint(0, drop_signature),
            operator(Document::Checkpoint(0), 0, SignatureFault::Missing),
        ),
        (
            "no signature on the second checkpoint",
            Checkpoint(1, drop_signature),
            operator(Document::Checkpoint(1), 0, SignatureFault::Missing),
        ),
        (
            "a forged signature on a checkpoint",
            Checkpoint(0, forge_signature),
            operator(Document::Checkpoint(0), 0, SignatureFault::Invalid),
        ),
        (
            "a checkpoint of another VTXO",
            Checkpoint(0, |psbt| {
                psbt.unsigned_tx.input[0].previous_output.txid = Txid::all_zeros();
            }),
            checkpoint(CheckpointFault::Outpoint),
        ),
        (
            "a checkpoint to somebody else",
            Checkpoint(0, |psbt| {
                psbt.unsigned_tx.output[0].script_pubkey = super::gateway::address(MALLORY).script_pubkey();
            }),
            checkpoint(CheckpointFault::Script),
        ),
        (
            "a checkpoint with a fee",
            Checkpoint(0, |psbt| psbt.unsigned_tx.output[0].value = sat(1)),
            checkpoint(CheckpointFault::Amount),
        ),
        (
            "a checkpoint with another anchor",
            Checkpoint(0, |psbt| psbt.unsigned_tx.output[1].value = sat(1)),
            checkpoint(CheckpointFault::Anchor),
        ),
        (
            "a checkpoint with a third output",
            Checkpoint(0, |psbt| {
                psbt.unsigned_tx.output.push(anchor());
                psbt.outputs.push(bitcoin::psbt::Output::default());
            }),
            checkpoint(CheckpointFault::Outputs),
        ),
        (
            "a checkpoint that lies",
            Checkpoint(0, |psbt| psbt.inputs[0].witness_utxo = None),
            Refusal::WitnessUtxo {
                document: Document::Checkpoint(0),
                input: 0,
            },
        ),
    ];
    refused_second(&honest, &cases);
}

#[test]
fn step_two_first_is_refused() {
    let scene = transfer();
    assert_eq!(scene.check(None, &scene.plan.second()), Err(Refusal::FirstNotApproved));
}

#[test]
fn a_second_session_for_the_same_order_is_refused() {
    let scene = transfer();
    let mut approved = scene.approved();
    approved.session_id = SessionId::from_bytes([9; 16]);
    let refusal = Refusal::OtherSession {
        approved: approved.session_id,
        found: SessionId::from_bytes([5; 16]),
    };
    assert_eq!(scene.check(Some(&approved), &scene.plan.first()), Err(refusal));
}

/// With other coins of the wallet both transactions would be good.
#[test]
fn another_transaction_for_the_same_order_is_refused() {
    let scene = transfer();
    let approved = scene.approved();
    let mut again = scene.clone();
    again.plan.inputs = alloc::vec![super::gateway::Spend {
        owner: super::scene::ALICE,
        coin: coin(40, 77_000, &[]),
    }];
    again.plan.outputs[3].amount = sat(1_500);
    let challenge = again.plan.first();
    assert!(scene.check(None, &challenge).is_ok());
    let refusal = Refusal::OtherTransaction {
        approved: approved.txid,
        found: again.approved().txid,
    };
    assert_eq!(scene.check(Some(&approved), &challenge), Err(refusal));
}

/// In a swap the others' inputs need the operator's signature as much as one's own.
#[test]
fn a_swap_is_not_finished_before_all_of_it_is_signed() {
    let scene = swap();
    let approved = scene.approved();
    assert_eq!(approved.own, [0]);
    let cases: [Case; 2] = [
        (
            "the other's input",
            Ark(|psbt| psbt.inputs[1].tap_script_sigs.clear()),
            operator(Document::ArkTransaction, 1, SignatureFault::Missing),
        ),
        (
            "the other's checkpoint",
            Checkpoint(1, drop_signature),
            operator(Document::Checkpoint(1), 0, SignatureFault::Missing),
        ),
    ];
    refused_second(&scene, &cases);
}
