//! Proofs of ownership.

use bitcoin::Psbt;
use bitcoin::secp256k1::schnorr::Signature;
use nanoark_ark_verifier::proof::{Proof, expiry};
use nanoark_domain::time::Timestamp;
use proptest::prelude::*;

use crate::base64_psbt::{MAX_PSBT_BYTES, decode};
use crate::building::BuildError;
use crate::recovery::recovery_proof;
use crate::signing::{SignatureError, insert_recovery_signatures, sighashes, verify_recovery};
use crate::tests::building::theirs;
use crate::tests::engine;
use crate::tests::plan::Plan;
use crate::tests::wallet::Wallet;

const EXPIRES_AT: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// A plan whose inputs are all one wallet's.
fn one_party(seed: u64, inputs: usize) -> (Plan, Wallet) {
    let (mut plan, owner) = (Plan::seeded(seed, inputs, 1), Wallet::new(10));
    for input in &mut plan.inputs {
        input.owner = owner.key();
    }
    (plan, owner)
}

fn signed(proof: &Psbt, owner: &Wallet) -> Vec<Signature> {
    sighashes(proof)
        .unwrap()
        .into_iter()
        .map(|sighash| owner.sign(sighash))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn a_proof_is_the_one_that_wallets_build_and_verifies(seed: u64, inputs in 1_usize..=10) {
        let (plan, owner) = one_party(seed, inputs);
        let recovery = recovery_proof(&plan.inputs, EXPIRES_AT, &plan.info).unwrap();
        prop_assert_eq!(expiry(&recovery.message), Some(EXPIRES_AT.as_seconds()));
        let proof = decode(&recovery.proof, MAX_PSBT_BYTES).unwrap();

        let spent: Vec<_> = plan.inputs.iter().map(theirs).collect();
        let anew = Proof::new(&recovery.message, &spent).unwrap();
        prop_assert_eq!(&anew.tx, &proof.unsigned_tx);
        prop_assert_eq!(anew.sighashes().unwrap(), sighashes(&proof).unwrap());

        let signatures = signed(&proof, &owner);
        prop_assert_eq!(verify_recovery(&proof, owner.key(), &signatures), Ok(()));
        let mut whole = insert_recovery_signatures(&proof, owner.key(), &signatures).unwrap();
        plan.operator.sign_all(&mut whole);
        prop_assert!(engine::accepts(&whole));
    }
}

#[test]
fn every_signature_must_be_there_and_in_its_place() {
    let (plan, owner) = one_party(1, 3);
    let recovery = recovery_proof(&plan.inputs, EXPIRES_AT, &plan.info).unwrap();
    let proof = decode(&recovery.proof, MAX_PSBT_BYTES).unwrap();
    let signatures = signed(&proof, &owner);
    assert_eq!(signatures.len(), 4, "one for the message, one per coin");

    for count in [0, 3] {
        let wrong = SignatureError::Count {
            expected: 4,
            got: count,
        };
        assert_eq!(verify_recovery(&proof, owner.key(), &signatures[..count]), Err(wrong));
    }
    let mut swapped = signatures.clone();
    swapped.swap(1, 2);
    assert_eq!(
        verify_recovery(&proof, owner.key(), &swapped),
        Err(SignatureError::Invalid { input: 1 })
    );
    assert_eq!(
        verify_recovery(&proof, Wallet::new(11).key(), &signatures),
        Err(SignatureError::NotTheirs { input: 0 })
    );
    // Another time makes another proof.
    let later = EXPIRES_AT.plus(nanoark_domain::time::Seconds(1));
    let other = recovery_proof(&plan.inputs, later, &plan.info).unwrap();
    let other = decode(&other.proof, MAX_PSBT_BYTES).unwrap();
    assert_eq!(
        verify_recovery(&other, owner.key(), &signatures),
        Err(SignatureError::Invalid { input: 0 })
    );
    assert_eq!(recovery_proof(&[], EXPIRES_AT, &plan.info), Err(BuildError::Empty));
}

#[test]
fn a_proof_is_no_transaction_of_value() {
    let (plan, _) = one_party(1, 2);
    let recovery = recovery_proof(&plan.inputs, EXPIRES_AT, &plan.info).unwrap();
    let tx = decode(&recovery.proof, MAX_PSBT_BYTES).unwrap().unsigned_tx;
    assert!(tx.output.iter().all(|output| output.value == bitcoin::Amount::ZERO));
    assert!(
        plan.inputs
            .iter()
            .all(|coin| coin.outpoint != tx.input[0].previous_output)
    );
}
