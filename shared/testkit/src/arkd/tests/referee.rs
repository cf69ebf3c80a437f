//! Bitcoin Core's script engine, which is not ours.

use bitcoin::consensus::serialize;
use bitcoinconsensus::Utxo;

use crate::arkd::{Arkd, FinalTransaction};

/// Every witness so far is valid. How many there are.
pub(super) fn core_accepts(arkd: &Arkd) -> usize {
    arkd.final_transactions()
        .iter()
        .map(|finished| core_verifies(finished).unwrap())
        .sum()
}

/// Verifies every input with all rules, taproot's too.
pub(super) fn core_verifies(finished: &FinalTransaction) -> Result<usize, bitcoinconsensus::Error> {
    let FinalTransaction { transaction, prevouts } = finished;
    assert_eq!(transaction.input.len(), prevouts.len());
    let bytes = serialize(transaction);
    let spent: Vec<Utxo> = prevouts
        .iter()
        .map(|prevout| Utxo {
            script_pubkey: prevout.script_pubkey.as_bytes().as_ptr(),
            script_pubkey_len: prevout.script_pubkey.len().try_into().unwrap(),
            value: prevout.value.to_sat().try_into().unwrap(),
        })
        .collect();
    for (index, prevout) in prevouts.iter().enumerate() {
        let (script, amount) = (prevout.script_pubkey.as_bytes(), prevout.value.to_sat());
        bitcoinconsensus::verify(script, amount, &bytes, Some(&spent), index)?;
    }
    Ok(prevouts.len())
}
