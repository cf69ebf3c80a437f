use ark_core::extension::add_packet_to_psbt;
use bitcoin::{OutPoint, Psbt, Txid};

use super::referee::{core_accepts, core_verifies};
use super::wallet::{Owner, finalize, operator, sat, submit};
use crate::arkd::Submissions;

#[test]
fn a_transfer_is_submitted_and_finalised() {
    let (arkd, clock) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coins = [
        arkd.fund(&alice.script(), sat(10_000)),
        arkd.fund(&alice.script(), sat(5_000)),
    ];
    let mut transactions = alice.transfer(&arkd, &coins, &[(&bob, 12_000)]);
    add_packet_to_psbt(&mut transactions.ark_tx, 0x4e, &[7; 32]).unwrap();
    alice.sign(&mut transactions.ark_tx);
    let txid = transactions.ark_tx.unsigned_tx.compute_txid();

    let submitted = submit(&arkd, &transactions);
    assert_eq!(submitted.status, 200, "{}", submitted.json());
    let accepted = submitted.json();
    assert_eq!(accepted["arkTxid"], txid.to_string());
    assert_eq!(accepted["signedCheckpointTxs"].as_array().unwrap().len(), 2);
    let signed: Psbt = accepted["finalArkTx"].as_str().unwrap().parse().unwrap();
    assert_eq!(signed.unsigned_tx, transactions.ark_tx.unsigned_tx);
    let operator = arkd.info().signer_pk.x_only_public_key().0;
    for input in &signed.inputs {
        assert!(input.tap_script_sigs.keys().any(|(key, _)| *key == operator));
    }
    for coin in coins {
        let coin = arkd.vtxo(coin).unwrap();
        assert_eq!(coin.ark_txid, Some(txid));
        assert!(coin.pending && coin.spent_by.is_some());
    }
    assert_eq!(arkd.pending(), [txid]);
    assert_eq!(arkd.balance_of(&bob.script()), sat(0));
    assert_eq!(arkd.total_unspent(), sat(15_000));

    clock.advance(5_000);
    let finalized = finalize(&arkd, &accepted, |checkpoint| alice.sign_checkpoint(checkpoint));
    assert_eq!(finalized.status, 200, "{}", finalized.json());
    assert_eq!(finalized.json(), serde_json::json!({}));
    assert_eq!(arkd.pending(), [] as [Txid; 0]);
    assert_eq!(arkd.balance_of(&bob.script()), sat(12_000));
    assert_eq!(arkd.balance_of(&alice.script()), sat(3_000));
    assert_eq!(arkd.total_unspent(), sat(15_000));
    let output = arkd.vtxo(OutPoint::new(txid, 0)).unwrap();
    assert!(output.preconfirmed && !output.pending);
    assert_eq!(output.expires_at, arkd.vtxo(coins[0]).unwrap().expires_at);
    assert_eq!(output.updated_at_ms, clock.now_millis());
    assert_eq!(output.depth, 1);
    assert_eq!(
        arkd.submissions(txid),
        Submissions {
            submitted: 1,
            finalized: 1
        }
    );
    assert_eq!(arkd.final_transactions().len(), 3);
    assert_eq!(core_accepts(&arkd), 4);
}

#[test]
fn two_owners_spend_together() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let inputs = [
        alice.input(&arkd, arkd.fund(&alice.script(), sat(4_000))),
        bob.input(&arkd, arkd.fund(&bob.script(), sat(6_000))),
    ];
    let receivers = [
        ark_core::send::SendReceiver::bitcoin(bob.address(), sat(4_000)),
        ark_core::send::SendReceiver::bitcoin(alice.address(), sat(6_000)),
    ];
    let mut transactions =
        ark_core::send::build_offchain_transactions(&receivers, &alice.address(), &inputs, &arkd.info()).unwrap();
    for (index, owner) in [&alice, &bob].into_iter().enumerate() {
        ark_core::send::sign_ark_transaction(
            |_, message| Ok(vec![owner.signature(message)]),
            &mut transactions.ark_tx,
            index,
        )
        .unwrap();
    }
    let accepted = submit(&arkd, &transactions).json();
    let finalized = finalize(&arkd, &accepted, |checkpoint| {
        let script = &checkpoint.inputs[0].witness_utxo.as_ref().unwrap().script_pubkey;
        let owner = if *script == alice.script() { &alice } else { &bob };
        owner.sign_checkpoint(checkpoint);
    });
    assert_eq!(finalized.status, 200, "{}", finalized.json());
    assert_eq!(arkd.balance_of(&alice.script()), sat(6_000));
    assert_eq!(core_accepts(&arkd), 4);
}

#[test]
fn coins_of_coins_are_spent_before_any_batch() {
    let (arkd, clock) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let old = arkd.fund(&alice.script(), sat(1_000));
    clock.advance(60_000);
    let new = arkd.fund(&alice.script(), sat(9_000));
    let first = alice.send(&arkd, &[new], &[(&alice, 5_000)]);
    let second = alice.send(&arkd, &[OutPoint::new(first, 0), old], &[(&bob, 6_000)]);
    let output = arkd.vtxo(OutPoint::new(second, 0)).unwrap();
    assert_eq!(output.depth, 2);
    assert_eq!(output.expires_at, arkd.vtxo(old).unwrap().expires_at);
    assert_eq!(output.commitments.len(), 2);
    assert_eq!(core_accepts(&arkd), 6);
}

#[test]
fn change_below_the_dust_limit_cannot_be_spent_again() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let txid = alice.send(&arkd, &[coin], &[(&bob, 900)]);
    let change = arkd.vtxo(OutPoint::new(txid, 1)).unwrap();
    assert!(change.swept);
    assert_eq!(change.script, alice.script());
    assert_eq!(arkd.balance_of(&alice.script()), sat(0));
    assert_eq!(arkd.total_unspent(), sat(1_000));
    let again = alice.signed(&arkd, &[OutPoint::new(txid, 1)], &[]);
    assert_eq!(submit(&arkd, &again).error_name().unwrap(), "VTXO_RECOVERABLE");
}

#[test]
fn coins_of_a_deprecated_signer_are_still_co_signed() {
    let (arkd, _) = operator();
    let (alice, before) = (Owner::new(&arkd, 1), arkd.info());
    let coin = arkd.fund(&alice.script(), sat(1_000));
    arkd.rotate_signer();
    let after = arkd.info();
    assert_ne!(after.signer_pk, before.signer_pk);
    assert_ne!(after.digest, before.digest);
    assert_eq!(after.deprecated_signers[0].pk, before.signer_pk);
    let bob = Owner::new(&arkd, 2);
    alice.send(&arkd, &[coin], &[(&bob, 1_000)]);
    assert_eq!(arkd.balance_of(&bob.script()), sat(1_000));
    assert_eq!(core_accepts(&arkd), 2);
}

#[test]
fn the_referee_is_not_asleep() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coin = arkd.fund(&alice.script(), sat(1_000));
    alice.send(&arkd, &[coin], &[(&bob, 1_000)]);
    for finished in arkd.final_transactions() {
        assert_eq!(core_verifies(&finished), Ok(1));
        let mut other_amount = finished.clone();
        other_amount.transaction.output[0].value = sat(999);
        let mut other_coin = finished.clone();
        other_coin.prevouts[0].value = sat(1_001);
        let mut other_order = finished.clone();
        let mut witness = finished.transaction.input[0].witness.to_vec();
        witness.swap(0, 1);
        other_order.transaction.input[0].witness = bitcoin::Witness::from_slice(&witness);
        for changed in [other_amount, other_coin, other_order] {
            assert!(core_verifies(&changed).is_err());
        }
    }
}
