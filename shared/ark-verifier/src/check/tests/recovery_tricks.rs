//! Recovery proofs that prove something else.

use alloc::vec;
use alloc::vec::Vec;

use ark_core::intent::IntentMessage;
use bitcoin::transaction::Version;
use bitcoin::{Amount, Sequence};

use super::gateway::{EXPIRES_AT, outpoint};
use super::scene::{sat, transfer};
use super::trick::Case;
use super::trick::Trick::{Proof, Wire};
use super::trick::refused_first;
use crate::challenge::Challenge;
use crate::check::{Document, PsbtFault, Refusal};

/// Puts an honestly built proof over something else into the challenge.
fn prove(challenge: &mut Challenge, inputs: &[u32], message: IntentMessage) {
    challenge.recovery = Some(transfer().plan.recovery(inputs, message).0);
}

const ASK: IntentMessage = IntentMessage::GetPendingTx { expire_at: EXPIRES_AT };

fn register() -> IntentMessage {
    IntentMessage::Register {
        onchain_output_indexes: vec![0],
        valid_at: 0,
        expire_at: EXPIRES_AT,
        own_cosigner_pks: Vec::new(),
    }
}

#[test]
fn a_proof_of_something_else_is_refused() {
    let cases: Vec<Case> = vec![
        ("none", Wire(|it| it.recovery = None), Refusal::RecoveryMissing),
        (
            "a registration for a batch",
            Wire(|it| prove(it, &[0, 1], register())),
            Refusal::RecoveryMessage,
        ),
        (
            "a deletion",
            Wire(|it| {
                prove(it, &[0, 1], IntentMessage::Delete { expire_at: EXPIRES_AT });
            }),
            Refusal::RecoveryMessage,
        ),
        (
            "another text",
            Wire(|it| {
                it.recovery.as_mut().unwrap().message = r#"{"type": "get-pending-tx", "expire_at": 2000}"#.into();
            }),
            Refusal::RecoveryMessage,
        ),
        (
            "two types",
            Wire(|it| {
                it.recovery.as_mut().unwrap().message =
                    r#"{"type":"get-pending-tx","expire_at":2000,"type":"register"}"#.into();
            }),
            Refusal::RecoveryMessage,
        ),
        (
            "an old one",
            Wire(|it| {
                prove(it, &[0, 1], IntentMessage::GetPendingTx { expire_at: 999 });
            }),
            Refusal::RecoveryExpired { at: 999 },
        ),
        (
            "a message that is not proven",
            Wire(|it| {
                it.recovery.as_mut().unwrap().message = crate::proof::message(1_999);
            }),
            Refusal::RecoveryDiffers,
        ),
        (
            "fewer inputs",
            Wire(|it| prove(it, &[0], ASK)),
            Refusal::RecoveryDiffers,
        ),
        (
            "inputs out of order",
            Wire(|it| prove(it, &[1, 0], ASK)),
            Refusal::RecoveryDiffers,
        ),
        (
            "another input",
            Proof(|it| {
                it.unsigned_tx.input[2].previous_output = outpoint(40);
            }),
            Refusal::RecoveryDiffers,
        ),
        (
            "an input for the message",
            Proof(|it| {
                it.unsigned_tx.input[0].previous_output = outpoint(40);
            }),
            Refusal::RecoveryDiffers,
        ),
        (
            "an output",
            Proof(|it| it.unsigned_tx.output[0].value = Amount::ONE_SAT),
            Refusal::RecoveryDiffers,
        ),
        (
            "a sequence",
            Proof(|it| it.unsigned_tx.input[1].sequence = Sequence::ZERO),
            Refusal::RecoveryDiffers,
        ),
        (
            "a version",
            Proof(|it| it.unsigned_tx.version = Version(3)),
            Refusal::RecoveryDiffers,
        ),
        (
            "a lie about an input",
            Proof(|it| {
                it.inputs[1].witness_utxo.as_mut().unwrap().value = sat(1);
            }),
            Refusal::WitnessUtxo {
                document: Document::Recovery,
                input: 1,
            },
        ),
        (
            "no PSBT",
            Wire(|it| it.recovery.as_mut().unwrap().proof = "AAAA".into()),
            Refusal::Psbt {
                document: Document::Recovery,
                fault: PsbtFault::Malformed,
            },
        ),
    ];
    refused_first(&transfer(), &cases);
}

#[test]
fn a_message_is_read_as_it_is_written() {
    for expire_at in [0, 1, 2_000, u64::MAX] {
        let message = crate::proof::message(expire_at);
        assert_eq!(message, IntentMessage::GetPendingTx { expire_at }.encode().unwrap());
        assert_eq!(crate::proof::expiry(&message), Some(expire_at));
    }
    for text in [
        "",
        "{}",
        r#"{"type":"get-pending-tx","expire_at":01}"#,
        r#"{"type":"get-pending-tx","expire_at":-1}"#,
    ] {
        assert_eq!(crate::proof::expiry(text), None, "{text}");
    }
}
