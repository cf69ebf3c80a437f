//! What is taken from the operator, and what is not.

use bitcoin::Psbt;

use crate::building::Unsigned;
use crate::cosigned::{CoSignatureError, check_operator_signed};
use crate::signing::{checkpoint_sighashes, insert_ark_signatures};
use crate::submission::Submitted;
use crate::tests::plan::Plan;
use crate::tests::wallet::Wallet;

fn signed_by_owners(plan: &Plan) -> Unsigned {
    let unsigned = plan.build();
    Unsigned {
        ark_tx: insert_ark_signatures(&unsigned.ark_tx, &plan.sign_ark(&unsigned.ark_tx)).unwrap(),
        checkpoints: unsigned.checkpoints,
    }
}

/// All that an operator need send: the transaction and its own signatures.
fn stripped(psbt: &Psbt) -> Psbt {
    let mut bare = Psbt::from_unsigned_tx(psbt.unsigned_tx.clone()).unwrap();
    for (bare, full) in bare.inputs.iter_mut().zip(&psbt.inputs) {
        bare.tap_script_sigs = full.tap_script_sigs.clone();
    }
    bare
}

#[test]
fn takes_signatures_only_whatever_else_is_sent() {
    let plan = Plan::seeded(2, 4, 2);
    let ours = signed_by_owners(&plan);
    let honest = plan.operator.co_sign(&ours);
    let plain = check_operator_signed(&ours, &honest).unwrap();

    let mut bare = honest.clone();
    bare.ark_tx = stripped(&honest.ark_tx);
    bare.checkpoints = honest.checkpoints.iter().rev().map(stripped).collect();
    assert_eq!(check_operator_signed(&ours, &bare), Ok(plain.clone()));

    // Amounts in fields beside the transaction would make a wallet sign something else.
    let mut misled = honest;
    for psbt in std::iter::once(&mut misled.ark_tx).chain(&mut misled.checkpoints) {
        for input in &mut psbt.inputs {
            input.witness_utxo.as_mut().unwrap().value = bitcoin::Amount::ONE_SAT;
            input.tap_scripts.clear();
        }
    }
    assert_eq!(check_operator_signed(&ours, &misled), Ok(plain.clone()));

    for (input, owned) in plain.ark_tx.inputs.iter().zip(&ours.ark_tx.inputs) {
        assert_eq!(input.tap_script_sigs.len(), 2, "the owner's and the operator's");
        assert_eq!(input.witness_script, owned.witness_script);
        assert_eq!(input.unknown, owned.unknown);
    }
}

#[test]
fn refuses_anything_less_than_every_signature() {
    type Change = fn(&mut Submitted, &Plan);
    type Expected = fn(&Unsigned) -> CoSignatureError;
    let cases: [(Change, Expected); 9] = [
        (
            |answer, _| answer.ark_txid = Plan::seeded(3, 1, 1).build().ark_txid(),
            |ours| CoSignatureError::OtherTransaction {
                expected: ours.ark_txid(),
                got: Plan::seeded(3, 1, 1).build().ark_txid(),
            },
        ),
        (
            |answer, plan| answer.ark_tx = plan.operator.co_sign(&Plan::seeded(3, 1, 1).build()).ark_tx,
            |ours| CoSignatureError::OtherTransaction {
                expected: ours.ark_txid(),
                got: Plan::seeded(3, 1, 1).build().ark_txid(),
            },
        ),
        (
            |answer, _| answer.ark_tx.inputs[2].tap_script_sigs.clear(),
            |_| CoSignatureError::ArkInputUnsigned { input: 2 },
        ),
        (
            |answer, _| {
                // The signature of another input.
                answer.ark_tx.inputs[1].tap_script_sigs = answer.ark_tx.inputs[0].tap_script_sigs.clone();
            },
            |_| CoSignatureError::ArkInputUnsigned { input: 1 },
        ),
        (
            |answer, _| {
                for signature in answer.ark_tx.inputs[0].tap_script_sigs.values_mut() {
                    signature.sighash_type = bitcoin::TapSighashType::NonePlusAnyoneCanPay;
                }
            },
            |_| CoSignatureError::ArkInputUnsigned { input: 0 },
        ),
        (
            |answer, _| drop(answer.checkpoints.pop()),
            |_| CoSignatureError::CheckpointCount { expected: 3, got: 2 },
        ),
        (
            |answer, _| answer.checkpoints[1] = answer.checkpoints[0].clone(),
            |_| CoSignatureError::CheckpointMissing { input: 1 },
        ),
        (
            |answer, _| answer.checkpoints[2].inputs[0].tap_script_sigs.clear(),
            |_| CoSignatureError::CheckpointUnsigned { input: 2 },
        ),
        (
            |answer, _| {
                // Signed for this checkpoint, but by somebody else.
                let sighash = checkpoint_sighashes(&answer.checkpoints).unwrap()[0];
                for placed in answer.checkpoints[0].inputs[0].tap_script_sigs.values_mut() {
                    placed.signature = Wallet::new(3).sign(sighash);
                }
            },
            |_| CoSignatureError::CheckpointUnsigned { input: 0 },
        ),
    ];
    let plan = Plan::seeded(6, 3, 2);
    let ours = signed_by_owners(&plan);
    for (place, (change, expected)) in cases.into_iter().enumerate() {
        let mut answer = plan.operator.co_sign(&ours);
        change(&mut answer, &plan);
        assert_eq!(
            check_operator_signed(&ours, &answer),
            Err(expected(&ours)),
            "case {place}"
        );
    }
}
