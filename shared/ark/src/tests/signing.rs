//! Signatures that are taken, and those that are not.

use bitcoin::Psbt;
use bitcoin::secp256k1::schnorr::Signature;

use crate::signing::{
    SignatureError, insert_ark_signatures, insert_checkpoint_signatures, sighashes, verify_ark_signature,
    verify_checkpoint_signature,
};
use crate::tests::plan::Plan;
use crate::tests::wallet::Wallet;

fn tampered(signature: &Signature) -> Vec<Signature> {
    (0..64)
        .map(|place| {
            let mut bytes = signature.serialize();
            bytes[place] ^= 1;
            Signature::from_slice(&bytes).unwrap()
        })
        .collect()
}

/// Two inputs of one owner and one of another's.
fn plan() -> Plan {
    let mut plan = Plan::seeded(4, 3, 2);
    plan.owners = vec![Wallet::new(10), Wallet::new(10), Wallet::new(11)];
    for (input, owner) in plan.inputs.iter_mut().zip(&plan.owners) {
        input.owner = owner.key();
    }
    plan
}

#[test]
fn refuses_everything_but_the_owners_signature_of_this_input() {
    let plan = plan();
    let unsigned = plan.build();
    let (alice, bob) = (plan.owners[0].key(), plan.owners[2].key());
    let ark = plan.sign_ark(&unsigned.ark_tx);
    let checkpoint = plan.sign_checkpoints(&unsigned.checkpoints);
    let first_of = |signatures: &[(u32, _, Signature)]| signatures[0].2;

    for (own, other, verify) in [
        (
            &ark,
            &checkpoint,
            &(|input, owner, signature: &Signature| verify_ark_signature(&unsigned.ark_tx, input, owner, signature))
                as &dyn Fn(_, _, &_) -> _,
        ),
        (&checkpoint, &ark, &|input, owner, signature: &Signature| {
            verify_checkpoint_signature(&unsigned.checkpoints, input, owner, signature)
        }),
    ] {
        let signature = first_of(own);
        assert_eq!(verify(0, alice, &signature), Ok(()));
        for tampered in tampered(&signature) {
            assert_eq!(verify(0, alice, &tampered), Err(SignatureError::Invalid { input: 0 }));
        }
        // Another input of the same owner, and the other transaction.
        assert_eq!(verify(1, alice, &signature), Err(SignatureError::Invalid { input: 1 }));
        let elsewhere = first_of(other);
        assert_eq!(verify(0, alice, &elsewhere), Err(SignatureError::Invalid { input: 0 }));
        // Another's key, and another's input.
        assert_eq!(verify(0, bob, &signature), Err(SignatureError::NotTheirs { input: 0 }));
        assert_eq!(
            verify(2, alice, &signature),
            Err(SignatureError::NotTheirs { input: 2 })
        );
        let operator = plan.inputs[0].signer;
        assert_eq!(
            verify(0, operator, &signature),
            Err(SignatureError::NotTheirs { input: 0 })
        );
        for input in [3, u32::MAX] {
            let Err(SignatureError::NoSuchInput { .. }) = verify(input, alice, &signature) else {
                panic!("there is no input {input}");
            };
        }
    }
}

#[test]
fn puts_no_wrong_signature_in() {
    let plan = plan();
    let unsigned = plan.build();
    let mut signatures = plan.sign_ark(&unsigned.ark_tx);
    signatures.swap(0, 2);
    assert!(insert_ark_signatures(&unsigned.ark_tx, &signatures).is_ok());
    (signatures[1].2, signatures[0].2) = (signatures[0].2, signatures[1].2);
    let wrong = insert_ark_signatures(&unsigned.ark_tx, &signatures);
    assert_eq!(wrong, Err(SignatureError::Invalid { input: 2 }));

    let on_ark_tx = plan.sign_ark(&unsigned.ark_tx);
    let wrong = insert_checkpoint_signatures(&unsigned.checkpoints, &on_ark_tx);
    assert_eq!(wrong, Err(SignatureError::Invalid { input: 0 }));
}

#[test]
fn signs_only_what_is_prepared() {
    let unsigned = Plan::seeded(4, 2, 1).build();
    let bare = Psbt::from_unsigned_tx(unsigned.ark_tx.unsigned_tx.clone()).unwrap();
    assert_eq!(sighashes(&bare), Err(SignatureError::NotPrepared { input: 0 }));

    // Every sighash commits to what all inputs spend.
    let mut lacking = unsigned.ark_tx.clone();
    lacking.inputs[1].witness_utxo = None;
    assert_eq!(sighashes(&lacking), Err(SignatureError::NotPrepared { input: 0 }));

    // The owner's exit is no leaf to sign here.
    let mut exit = unsigned.ark_tx;
    for (leaf, _) in exit.inputs[1].tap_scripts.values_mut() {
        *leaf = ark_core::script::csv_sig_script(bitcoin::Sequence::from_height(10), Wallet::new(10).key());
    }
    assert_eq!(sighashes(&exit), Err(SignatureError::NotPrepared { input: 1 }));
}
