//! Bitcoin Core's script engine as the judge of final transactions.

use bitcoin::consensus::serialize;
use bitcoin::{Psbt, Transaction, Witness};
use bitcoinconsensus::{Utxo, verify};

use crate::signing::ToSign;

/// The transaction with both signatures, leaf and control block on every input.
fn finished(psbt: &Psbt) -> Transaction {
    let mut tx = psbt.unsigned_tx.clone();
    for (place, input) in psbt.inputs.iter().enumerate() {
        let to_sign = ToSign::of(psbt, place).unwrap();
        let (control_block, (leaf, _)) = input.tap_scripts.first_key_value().unwrap();
        let mut witness = Witness::new();
        for key in [to_sign.owner, to_sign.signer] {
            let signature = to_sign.placed(input, key).expect("both have signed");
            witness.push(signature.serialize());
        }
        witness.push(leaf.as_bytes());
        witness.push(control_block.serialize());
        tx.input[place].witness = witness;
    }
    tx
}

/// Whether Bitcoin Core accepts every input of the signed transaction.
pub(crate) fn accepts(psbt: &Psbt) -> bool {
    let bytes = serialize(&finished(psbt));
    let spent: Vec<_> = psbt
        .inputs
        .iter()
        .map(|input| input.witness_utxo.as_ref().unwrap())
        .collect();
    let coins: Vec<_> = spent
        .iter()
        .map(|output| Utxo {
            script_pubkey: output.script_pubkey.as_bytes().as_ptr(),
            script_pubkey_len: u32::try_from(output.script_pubkey.len()).unwrap(),
            value: i64::try_from(output.value.to_sat()).unwrap(),
        })
        .collect();
    spent.iter().enumerate().all(|(place, output)| {
        let script = output.script_pubkey.as_bytes();
        verify(script, output.value.to_sat(), &bytes, Some(&coins), place).is_ok()
    })
}

#[test]
fn the_engine_refuses_what_is_not_signed_for() {
    let plan = crate::tests::plan::Plan::seeded(1, 2, 1);
    let unsigned = plan.build();
    let signatures = plan.sign_ark(&unsigned.ark_tx);
    let mut signed = crate::signing::insert_ark_signatures(&unsigned.ark_tx, &signatures).unwrap();
    plan.operator.sign_all(&mut signed);
    assert!(accepts(&signed));

    let mut worth_more = signed.clone();
    worth_more.inputs[1].witness_utxo.as_mut().unwrap().value += bitcoin::Amount::ONE_SAT;
    assert!(!accepts(&worth_more));
    let mut paying_less = signed;
    paying_less.unsigned_tx.output[0].value -= bitcoin::Amount::ONE_SAT;
    assert!(!accepts(&paying_less));
}
