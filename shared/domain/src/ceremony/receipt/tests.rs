#![allow(clippy::arithmetic_side_effects, reason = "amounts in tests are small")]

use bitcoin::hashes::Hash as _;
use bitcoin::{Amount, Txid};
use nanoark_ark_verifier::intent::ReceiptMode;
use sha2::{Digest as _, Sha256};

use super::Receipt;
use crate::ceremony::order::samples::{FEE, sat};
use crate::ceremony::transition::tests::{at, at_stage_of, plan, soon, unsigned};
use crate::ceremony::{OutputRole, Stage};
use crate::time::Timestamp;

fn receipt() -> Receipt {
    at(Stage::Signed).receipt(soon()).unwrap()
}

#[test]
fn it_says_what_was_planned() {
    for parties in 2..=5 {
        let session = at_stage_of(parties, Stage::Countersigned);
        let receipt = session.receipt(soon()).unwrap();
        let plan = plan(parties);
        assert_eq!(receipt.session_id, session.id);
        assert_eq!(receipt.ark_txid, unsigned().ark_txid);
        assert_eq!(receipt.intents, session.intent_events());
        let spent: Vec<_> = receipt.inputs.iter().map(|input| input.outpoint).collect();
        assert_eq!(spent, plan.outpoints().collect::<Vec<_>>());
        let sum = |amounts: &mut dyn Iterator<Item = Amount>| amounts.map(Amount::to_sat).sum::<u64>();
        let (inputs, outputs) = (
            sum(&mut receipt.inputs.iter().map(|input| input.amount)),
            sum(&mut receipt.outputs.iter().map(|output| output.amount)),
        );
        assert_eq!(inputs, outputs);
        assert_eq!(receipt.fee, sat(FEE * u64::try_from(parties).unwrap()));
        let numbers: Vec<u32> = receipt.outputs.iter().map(|output| output.vout).collect();
        assert_eq!(
            numbers,
            (0..u32::try_from(plan.outputs.len()).unwrap()).collect::<Vec<_>>()
        );
        let fees = receipt.outputs.iter().filter(|output| output.role == OutputRole::Fee);
        assert_eq!(fees.count(), 1);
    }
}

#[test]
fn one_party_s_wish_for_privacy_is_enough() {
    for shy in 0..3 {
        let mut session = at_stage_of(3, Stage::Signed);
        assert_eq!(session.receipt(soon()).unwrap().mode, ReceiptMode::Full);
        session.parties[shy].intent.as_mut().unwrap().intent.receipt = ReceiptMode::Hash;
        assert_eq!(session.receipt(soon()).unwrap().mode, ReceiptMode::Hash);
    }
}

#[test]
fn what_is_final_keeps_its_receipt() {
    let session = at(Stage::Finalized);
    let (now, later) = (
        session.receipt(soon()),
        session.receipt(Timestamp::from_millis(u64::MAX)),
    );
    assert_eq!(now, later);
    assert_eq!(now.unwrap().finalized_at, soon());
}

#[test]
fn its_hash_is_the_tagged_hash_of_its_canonical_json_and_stays() {
    let receipt = receipt();
    let json = serde_json_canonicalizer::to_vec(&receipt).unwrap();
    let tag = Sha256::digest(b"nanoark/receipt/v1");
    let by_hand = Sha256::new()
        .chain_update(tag)
        .chain_update(tag)
        .chain_update(&json)
        .finalize();
    assert_eq!(receipt.hash().to_string(), hex::encode(by_hand));
    // Settlements commit to it: it must not change with the program.
    assert_eq!(
        receipt.hash().to_string(),
        "58d3ec4cdc5243b6a972a1c469c348152a0053511e6b39a111031bd627c260d1"
    );
    let read: Receipt = serde_json::from_slice(&json).unwrap();
    assert_eq!(read.hash(), receipt.hash());
}

#[test]
fn every_field_is_in_the_hash() {
    let base = receipt();
    let changes: [fn(&mut Receipt); 9] = [
        |receipt| receipt.ark_txid = Txid::from_byte_array([8; 32]),
        |receipt| receipt.intents.reverse(),
        |receipt| receipt.inputs[0].amount += Amount::ONE_SAT,
        |receipt| receipt.inputs[0].outpoint.vout += 1,
        |receipt| receipt.outputs[0].amount += Amount::ONE_SAT,
        |receipt| receipt.outputs[0].role = OutputRole::Change,
        |receipt| receipt.fee += Amount::ONE_SAT,
        |receipt| receipt.finalized_at = Timestamp::from_seconds(1),
        |receipt| receipt.mode = ReceiptMode::Hash,
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut other = base.clone();
        change(&mut other);
        assert_ne!(other.hash(), base.hash(), "change {number}");
    }
}
