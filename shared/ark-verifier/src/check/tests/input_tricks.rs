//! Other inputs and checkpoints than those of the order.

use alloc::vec;
use alloc::vec::Vec;

use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash as _;
use bitcoin::transaction::Version;
use bitcoin::{Psbt, Sequence, Txid};

use super::gateway::{Spend, outpoint};
use super::scene::{ALICE, BOB, MALLORY, coin, name_inputs, pay, sat, transfer};
use super::trick::Case;
use super::trick::Trick::{Ark, Hidden, Plan, Wire};
use super::trick::refused_first;
use crate::check::{CheckpointFault, Document, MAX_LENGTH, PsbtFault, Refusal};

fn unreadable(document: Document, fault: PsbtFault) -> Refusal {
    Refusal::Psbt { document, fault }
}

fn checkpoint(input: u32, fault: CheckpointFault) -> Refusal {
    Refusal::Checkpoint { input, fault }
}

fn lie(document: Document, input: u32) -> Refusal {
    Refusal::WitnessUtxo { document, input }
}

fn spend(owner: u8, byte: u8, amount: u64) -> Spend {
    Spend {
        owner,
        coin: coin(byte, amount, &[]),
    }
}

fn add_input(psbt: &mut Psbt) {
    let input = psbt.unsigned_tx.input[0].clone();
    psbt.unsigned_tx.input.push(input);
    psbt.inputs.push(bitcoin::psbt::Input::default());
}

#[test]
fn what_cannot_be_read_is_refused() {
    let ark = Document::ArkTransaction;
    let cases: Vec<Case> = vec![
        (
            "no base64",
            Wire(|it| it.ark_tx = "%".into()),
            unreadable(ark, PsbtFault::Base64),
        ),
        (
            "no PSBT",
            Wire(|it| it.ark_tx = "AAAA".into()),
            unreadable(ark, PsbtFault::Malformed),
        ),
        (
            "nothing",
            Wire(|it| it.ark_tx.clear()),
            unreadable(ark, PsbtFault::Malformed),
        ),
        (
            "half of it",
            Wire(|it| it.ark_tx.truncate(400)),
            unreadable(ark, PsbtFault::Malformed),
        ),
        (
            "too much",
            Wire(|it| it.ark_tx = "A".repeat(MAX_LENGTH + 1)),
            unreadable(ark, PsbtFault::TooLong),
        ),
        (
            "no checkpoint",
            Wire(|it| it.checkpoint_txs[1] = "AAAA".into()),
            unreadable(Document::Checkpoint(1), PsbtFault::Malformed),
        ),
        (
            "too much of a checkpoint",
            Wire(|it| it.checkpoint_txs[0] = "A".repeat(MAX_LENGTH + 1)),
            unreadable(Document::Checkpoint(0), PsbtFault::TooLong),
        ),
        (
            "a checkpoint less",
            Wire(|it| it.checkpoint_txs.truncate(1)),
            Refusal::CheckpointCount { inputs: 2, found: 1 },
        ),
        (
            "a checkpoint more",
            Wire(|it| it.checkpoint_txs.push("AAAA".into())),
            Refusal::CheckpointCount { inputs: 2, found: 3 },
        ),
        (
            "an input without a checkpoint",
            Ark(add_input),
            Refusal::CheckpointCount { inputs: 3, found: 2 },
        ),
    ];
    refused_first(&transfer(), &cases);
}

#[test]
fn other_inputs_are_refused() {
    let cases: Vec<Case> = vec![
        ("nothing to sign", Wire(|it| it.inputs.clear()), Refusal::AskedInputs),
        (
            "an input twice",
            Wire(|it| it.inputs = vec![0, 1, 1]),
            Refusal::AskedInputs,
        ),
        (
            "inputs out of order",
            Wire(|it| it.inputs = vec![1, 0]),
            Refusal::AskedInputs,
        ),
        (
            "an input that is none",
            Wire(|it| it.inputs = vec![0, 1, 2]),
            Refusal::NoSuchInput { input: 2 },
        ),
        (
            "an input without asking",
            Wire(|it| it.inputs = vec![1]),
            Refusal::NotAsked { input: 0 },
        ),
        (
            "one more VTXO without asking",
            Hidden(
                |it| {
                    it.plan.inputs.push(spend(ALICE, 40, 77_000));
                    it.plan.outputs.push(pay(MALLORY, 77_000));
                },
                |it| it.inputs = vec![0, 1],
            ),
            Refusal::NotAsked { input: 2 },
        ),
        (
            "a VTXO that the wallet does not know",
            Plan(|it| {
                it.coins.remove(1);
            }),
            Refusal::NotMine {
                input: 1,
                outpoint: outpoint(11),
            },
        ),
        (
            "somebody else's VTXO to sign",
            Hidden(
                |it| it.plan.inputs[1] = spend(BOB, 50, 50_000),
                |it| {
                    it.inputs = vec![0, 1];
                },
            ),
            Refusal::NotMine {
                input: 1,
                outpoint: outpoint(50),
            },
        ),
        (
            "somebody else's VTXO",
            Plan(|it| it.plan.inputs[1] = spend(BOB, 50, 50_000)),
            Refusal::SomebodyElses { input: 1 },
        ),
        (
            "a VTXO twice",
            Plan(|it| {
                it.plan.inputs[1] = it.plan.inputs[0].clone();
                it.plan.outputs[3].amount = sat(44_500);
            }),
            Refusal::InputTwice { outpoint: outpoint(10) },
        ),
        (
            "eleven inputs",
            Plan(|it| {
                it.plan.inputs.extend((50..59).map(|byte| spend(ALICE, byte, 1_000)));
            }),
            Refusal::TooManyInputs { found: 11 },
        ),
        (
            "other inputs than named",
            Plan(|it| name_inputs(it, vec![outpoint(10)])),
            Refusal::OtherInputs,
        ),
        (
            "named inputs out of order",
            Plan(|it| name_inputs(it, vec![outpoint(11), outpoint(10)])),
            Refusal::OtherInputs,
        ),
        (
            "more named inputs",
            Plan(|it| {
                name_inputs(it, vec![outpoint(10), outpoint(11), outpoint(40)]);
            }),
            Refusal::OtherInputs,
        ),
        (
            "another amount of a VTXO",
            Plan(|it| {
                it.plan.inputs[0].coin.amount = sat(59_000);
                it.plan.outputs[3].amount = sat(33_500);
            }),
            checkpoint(0, CheckpointFault::Amount),
        ),
        (
            "another version",
            Ark(|it| it.unsigned_tx.version = Version::TWO),
            Refusal::ArkTransactionForm,
        ),
        (
            "a lock time",
            Ark(|it| it.unsigned_tx.lock_time = LockTime::from_consensus(9)),
            Refusal::ArkTransactionForm,
        ),
        (
            "a sequence",
            Ark(|it| it.unsigned_tx.input[1].sequence = Sequence::ZERO),
            Refusal::ArkTransactionForm,
        ),
        (
            "something else than a checkpoint",
            Ark(|it| {
                it.unsigned_tx.input[1].previous_output.txid = Txid::all_zeros();
            }),
            Refusal::NotItsCheckpoint { input: 1 },
        ),
        (
            "a checkpoint's anchor",
            Ark(|it| it.unsigned_tx.input[0].previous_output.vout = 1),
            Refusal::NotItsCheckpoint { input: 0 },
        ),
        (
            "inputs out of the checkpoints' order",
            Ark(|it| it.unsigned_tx.input.swap(0, 1)),
            Refusal::NotItsCheckpoint { input: 0 },
        ),
        (
            "a lie about a checkpoint's amount",
            Ark(|it| {
                it.inputs[0].witness_utxo.as_mut().unwrap().value = sat(1);
            }),
            lie(Document::ArkTransaction, 0),
        ),
        (
            "silence about a checkpoint",
            Ark(|it| it.inputs[1].witness_utxo = None),
            lie(Document::ArkTransaction, 1),
        ),
    ];
    refused_first(&transfer(), &cases);
}
