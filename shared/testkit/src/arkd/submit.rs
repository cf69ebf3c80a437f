//! SubmitTx: `SubmitOffchainTx` of arkd's `internal/core/application/service.go`, check by check and in its order.

use std::collections::BTreeMap;

use bitcoin::{Amount, OutPoint, Psbt, TxOut, Txid};

use super::ledger::{Ledger, OffchainTx, Stage};
use super::outputs;
use super::rebuild::{self, Checkpoint, Spent};
use super::refusal::{ErrorCode, Refusal};
use super::signature::{self, Spend};

/// A transaction that the operator has co-signed.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub(super) txid: Txid,
    pub(super) ark: Psbt,
    /// In an order of their own, as arkd keeps them in a map.
    pub(super) checkpoints: Vec<Psbt>,
}

impl OffchainTx {
    pub(super) fn accepted(&self, txid: Txid) -> Accepted {
        Accepted {
            txid,
            ark: self.ark.clone(),
            checkpoints: self.checkpoints.values().cloned().collect(),
        }
    }
}

impl Ledger {
    /// Checks, co-signs, and marks the inputs as spent.
    pub(super) fn submit(
        &mut self,
        now_ms: u64,
        signed_ark: &str,
        checkpoints: &[String],
    ) -> Result<Accepted, Refusal> {
        let mut ark: Psbt = signed_ark.parse().map_err(|error| {
            ErrorCode::InvalidArkPsbt.with(format!("failed to parse tx: {error}"), &[("tx", &signed_ark)])
        })?;
        let txid = ark.unsigned_tx.compute_txid();
        let checkpoints = read(checkpoints)?;
        if self.transactions.contains_key(&txid) {
            return Err(
                ErrorCode::InvalidArkPsbt.with(format!("duplicated offchain tx {txid}"), &[("tx", &signed_ark)])
            );
        }
        self.all_are_known(&checkpoints)?;
        let coins = self.coins(now_ms, &ark, &checkpoints)?;
        self.owners_have_signed(&ark, txid)?;
        let kept = outputs::check(&ark.unsigned_tx, txid, signed_ark, &self.settings)?;
        let held = coins.iter().map(|coin| self.assets_of(&coin.outpoint)).collect();
        self.assets_are_allowed(&ark.unsigned_tx, &held)?;
        let rebuilt = self.rebuild(&coins, kept, &checkpoints, txid)?;
        let inputs: Vec<Spent> = rebuilt.iter().map(|checkpoint| checkpoint.next.clone()).collect();
        self.ark_signatures_are_valid(&ark, &inputs).map_err(|_| {
            ErrorCode::InvalidSignature.with(format!("invalid signature in ark tx {txid}"), &[("tx", &signed_ark)])
        })?;
        self.sign_all(&mut ark, &inputs);
        let weight = final_transaction(&ark, &inputs)
            .ok_or_else(|| ErrorCode::InternalError.because("failed to finalize ark tx"))?
            .weight()
            .to_wu();
        let most = self.settings.max_tx_weight;
        if weight > most {
            return Err(ErrorCode::TxTooLarge.with(
                format!("ark tx weight is too high: {weight}"),
                &[("weight", &weight), ("max_weight", &most)],
            ));
        }
        let checkpoints = self.signed_checkpoints(rebuilt, &coins);
        Ok(self.accept(now_ms, txid, ark, checkpoints, inputs, coins))
    }

    fn all_are_known(&self, checkpoints: &[(Txid, Psbt, OutPoint)]) -> Result<(), Refusal> {
        let wanted: Vec<String> = checkpoints.iter().map(|(_, _, coin)| coin.to_string()).collect();
        let got: Vec<String> = checkpoints
            .iter()
            .filter(|(_, _, coin)| self.vtxo(coin).is_some())
            .map(|(_, _, coin)| coin.to_string())
            .collect();
        if got.len() == wanted.len() {
            return Ok(());
        }
        Err(ErrorCode::VtxoNotFound.with(
            "some vtxos not found",
            &[
                ("vtxo_outpoints", &format!("[{}]", wanted.join(" "))),
                ("got_vtxos", &format!("[{}]", got.join(" "))),
            ],
        ))
    }

    /// The coins in the order of the ark transaction's inputs.
    fn coins(&self, now_ms: u64, ark: &Psbt, checkpoints: &[(Txid, Psbt, OutPoint)]) -> Result<Vec<Spent>, Refusal> {
        let txid = ark.unsigned_tx.compute_txid();
        let mut coins: Vec<Spent> = Vec::new();
        for (index, (from, input)) in ark.unsigned_tx.input.iter().zip(&ark.inputs).enumerate() {
            let wanted = from.previous_output.txid;
            let (_, checkpoint, _) = checkpoints
                .iter()
                .find(|(checkpoint, _, _)| *checkpoint == wanted)
                // arkd's own code has no answer for this but a caught panic.
                .ok_or_else(|| ErrorCode::InternalError.because("something went wrong"))?;
            let coin = self.coin(now_ms, index, wanted, checkpoint)?;
            if coins.iter().any(|other| other.outpoint == coin.outpoint) {
                return Err(ErrorCode::InternalError.because(format!(
                    "can't find vtxo associated with checkpoint input {}",
                    coin.outpoint
                )));
            }
            if input.tap_scripts.is_empty() {
                return Err(ErrorCode::InvalidPsbtInput.with(
                    format!("missing taproot leaf script in ark tx input {index}"),
                    &[("txid", &txid), ("input_index", &index)],
                ));
            }
            coins.push(coin);
        }
        Ok(coins)
    }

    fn owners_have_signed(&self, ark: &Psbt, txid: Txid) -> Result<(), Refusal> {
        for (index, input) in ark.inputs.iter().enumerate() {
            if input.tap_script_sigs.is_empty() {
                return Err(ErrorCode::InvalidPsbtInput.with(
                    format!("missing tapscript spend sig in ark tx input {index}"),
                    &[("txid", &txid), ("input_index", &index)],
                ));
            }
            let signer = self.operator.signer.x_only_public_key().0;
            if input.tap_script_sigs.keys().all(|(key, _)| *key == signer) {
                return Err(ErrorCode::ArkTxInputNotSigned.with(
                    format!("tx {txid} is not signed"),
                    &[("txid", &txid), ("input_index", &index)],
                ));
            }
        }
        Ok(())
    }

    /// Builds all transactions again and compares their ids.
    fn rebuild(
        &self,
        coins: &[Spent],
        outputs: Vec<TxOut>,
        checkpoints: &[(Txid, Psbt, OutPoint)],
        txid: Txid,
    ) -> Result<Vec<Checkpoint>, Refusal> {
        let failed =
            |cause: &str| ErrorCode::InternalError.because(format!("failed to rebuild ark transaction: {cause}"));
        let leaf = self.operator.checkpoint_leaf(self.settings.checkpoint_exit_delay);
        let rebuilt = coins
            .iter()
            .map(|coin| rebuild::checkpoint(&self.operator.secp, coin, &leaf))
            .collect::<Option<Vec<Checkpoint>>>()
            .ok_or_else(|| failed("invalid checkpoint"))?;
        if total(coins.iter().map(|coin| coin.prevout.value)) != total(outputs.iter().map(|output| output.value)) {
            return Err(failed("input amount is not equal to output amount"));
        }
        if coins.is_empty() {
            return Err(failed("missing vtxos"));
        }
        let inputs: Vec<Spent> = rebuilt.iter().map(|checkpoint| checkpoint.next.clone()).collect();
        let again =
            rebuild::ark_transaction(&inputs, outputs).ok_or_else(|| failed("mixed absolute locktime types"))?;
        if rebuilt.len() != checkpoints.len() {
            return Err(ErrorCode::CheckpointMismatch.because(format!(
                "invalid number of checkpoint txs, expected {} got {}",
                rebuilt.len(),
                checkpoints.len()
            )));
        }
        for checkpoint in &rebuilt {
            let wanted = checkpoint.txid();
            if checkpoints.iter().all(|(given, _, _)| *given != wanted) {
                return Err(ErrorCode::CheckpointMismatch.with(
                    format!("invalid checkpoint txs: {wanted} not found"),
                    &[("expected_txid", &txid)],
                ));
            }
        }
        let again = again.compute_txid();
        if again != txid {
            return Err(ErrorCode::ArkTxMismatch.with(
                format!("expected tx {again}, got {txid}"),
                &[("expected_txid", &txid), ("got_txid", &again)],
            ));
        }
        Ok(rebuilt)
    }

    fn ark_signatures_are_valid(&self, ark: &Psbt, inputs: &[Spent]) -> Result<(), String> {
        let prevouts = prevouts(inputs);
        for (index, (spent, input)) in inputs.iter().zip(&ark.inputs).enumerate() {
            let shown = input.tap_scripts.get(&spent.control);
            if input.witness_utxo.as_ref() != Some(&spent.prevout) || shown.is_none_or(|(leaf, _)| *leaf != spent.leaf)
            {
                return Err(format!("invalid control block for input {index}"));
            }
            let spend = spent.spend(&ark.unsigned_tx, index, &prevouts);
            signature::check(&self.operator.secp, &spend, &input.tap_script_sigs, |key| {
                self.operator.owns(key)
            })?;
        }
        Ok(())
    }

    fn sign_all(&self, psbt: &mut Psbt, inputs: &[Spent]) {
        let prevouts = prevouts(inputs);
        let transaction = psbt.unsigned_tx.clone();
        for (index, (spent, input)) in inputs.iter().zip(&mut psbt.inputs).enumerate() {
            self.operator.sign(&spent.spend(&transaction, index, &prevouts), input);
        }
    }

    fn signed_checkpoints(&self, rebuilt: Vec<Checkpoint>, coins: &[Spent]) -> BTreeMap<Txid, Psbt> {
        rebuilt
            .into_iter()
            .zip(coins)
            .map(|(checkpoint, coin)| {
                let txid = checkpoint.txid();
                let mut psbt = checkpoint.psbt;
                self.sign_all(&mut psbt, std::slice::from_ref(coin));
                (txid, psbt)
            })
            .collect()
    }

    fn accept(
        &mut self,
        now_ms: u64,
        txid: Txid,
        ark: Psbt,
        checkpoints: BTreeMap<Txid, Psbt>,
        inputs: Vec<Spent>,
        coins: Vec<Spent>,
    ) -> Accepted {
        let mut spent: Vec<_> = coins
            .iter()
            .filter_map(|coin| self.vtxo(&coin.outpoint))
            .map(|vtxo| (vtxo.expires_at, vtxo.commitments.clone(), vtxo.depth))
            .collect();
        spent.sort_by_key(|(expires_at, _, _)| *expires_at);
        let mut commitments: Vec<Txid> = Vec::new();
        for commitment in spent.iter().flat_map(|(_, commitments, _)| commitments) {
            if !commitments.contains(commitment) {
                commitments.push(*commitment);
            }
        }
        let depth = spent
            .iter()
            .map(|(_, _, depth)| *depth)
            .max()
            .unwrap_or(0)
            .saturating_add(1);
        let expires_at = spent.first().map_or(0, |(expires_at, _, _)| *expires_at);
        for (coin, input) in coins.iter().zip(&inputs) {
            if let Some(vtxo) = self.change(&coin.outpoint, now_ms) {
                vtxo.spent_by = Some(input.outpoint.txid);
                vtxo.ark_txid = Some(txid);
            }
        }
        let transaction = OffchainTx {
            ark,
            checkpoints,
            inputs,
            coins,
            stage: Stage::Accepted,
            started_at: now_ms / 1_000,
            expires_at,
            commitments,
            depth,
        };
        let accepted = transaction.accepted(txid);
        self.transactions.insert(txid, transaction);
        let count = self.submissions.entry(txid).or_default();
        count.submitted = count.submitted.saturating_add(1);
        accepted
    }

    fn assets_of(&self, outpoint: &OutPoint) -> Vec<(ark_core::asset::AssetId, u64)> {
        self.vtxo(outpoint).map(|vtxo| vtxo.assets.clone()).unwrap_or_default()
    }
}

impl Spent {
    pub(super) fn spend<'a>(
        &'a self,
        transaction: &'a bitcoin::Transaction,
        index: usize,
        prevouts: &'a [TxOut],
    ) -> Spend<'a> {
        Spend {
            transaction,
            index,
            prevouts,
            leaf: &self.leaf,
            keys: &self.keys,
        }
    }
}

pub(super) fn prevouts(inputs: &[Spent]) -> Vec<TxOut> {
    inputs.iter().map(|input| input.prevout.clone()).collect()
}

/// The transaction with its witnesses, if everybody has signed.
pub(super) fn final_transaction(psbt: &Psbt, inputs: &[Spent]) -> Option<bitcoin::Transaction> {
    let prevouts = prevouts(inputs);
    let mut transaction = psbt.unsigned_tx.clone();
    let mut witnesses = Vec::new();
    for (index, (spent, input)) in inputs.iter().zip(&psbt.inputs).enumerate() {
        let spend = spent.spend(&psbt.unsigned_tx, index, &prevouts);
        witnesses.push(signature::witness(&spend, &spent.control, &input.tap_script_sigs)?);
    }
    for (input, witness) in transaction.input.iter_mut().zip(witnesses) {
        input.witness = witness;
    }
    Some(transaction)
}

fn total(amounts: impl Iterator<Item = Amount>) -> u128 {
    amounts.fold(0, |sum, amount| sum.saturating_add(u128::from(amount.to_sat())))
}

/// The checkpoints with their ids and the coins they spend.
fn read(texts: &[String]) -> Result<Vec<(Txid, Psbt, OutPoint)>, Refusal> {
    let mut checkpoints: Vec<(Txid, Psbt, OutPoint)> = Vec::new();
    for text in texts {
        let psbt: Psbt = text.parse().map_err(|error| {
            ErrorCode::InvalidCheckpointPsbt.with(format!("failed to parse tx: {error}"), &[("tx", text)])
        })?;
        let txid = psbt.unsigned_tx.compute_txid();
        let [input] = psbt.unsigned_tx.input.as_slice() else {
            return Err(
                ErrorCode::InvalidPsbtMissingInput.with(format!("invalid checkpoint tx {txid}"), &[("txid", &txid)])
            );
        };
        let coin = input.previous_output;
        if checkpoints.iter().any(|(_, _, other)| *other == coin) {
            return Err(ErrorCode::InvalidPsbtInput.with(
                format!("duplicated vtxo input {coin}"),
                &[("txid", &txid), ("input_index", &0)],
            ));
        }
        checkpoints.push((txid, psbt, coin));
    }
    Ok(checkpoints)
}
