//! FinalizeTx: `FinalizeOffchainTx` of arkd's `internal/core/application/service.go`.

use std::collections::BTreeMap;

use bitcoin::{OutPoint, Psbt, Txid};

use super::ledger::{FinalTransaction, Ledger, OffchainTx, Stage, VtxoRecord};
use super::outputs;
use super::refusal::{ErrorCode, Refusal};
use super::signature;
use super::submit::{final_transaction, prevouts};

impl Ledger {
    /// Takes the checkpoints with the owners' signatures and puts the outputs on record. After any refusal the
    /// transaction counts as failed.
    pub(super) fn finalize(&mut self, now_ms: u64, txid: &str, checkpoints: &[String]) -> Result<(), Refusal> {
        let unknown = || ErrorCode::TxNotFound.with(format!("offchain tx {txid} not found"), &[("txid", &txid)]);
        let id: Txid = txid.parse().map_err(|_| unknown())?;
        let transaction = self.transactions.get(&id).cloned().ok_or_else(unknown)?;
        match self.finished_by(&transaction, checkpoints) {
            Ok(checkpoints) => {
                self.conclude(now_ms, id, transaction, checkpoints);
                Ok(())
            }
            Err(refusal) => {
                if let Some(transaction) = self.transactions.get_mut(&id) {
                    transaction.stage = Stage::Failed {
                        finalized_before: match transaction.stage {
                            Stage::Accepted => false,
                            Stage::Finalized => true,
                            Stage::Failed { finalized_before } => finalized_before,
                        },
                    };
                }
                Err(refusal)
            }
        }
    }

    /// The final checkpoints, if these are all of them and they have all signatures.
    fn finished_by(&self, transaction: &OffchainTx, texts: &[String]) -> Result<BTreeMap<Txid, Psbt>, Refusal> {
        let mut given = BTreeMap::new();
        for text in texts {
            let psbt = self.signed_checkpoint(transaction, text).map_err(|_| {
                ErrorCode::InvalidSignature.with(format!("invalid signature in checkpoint tx {text}"), &[("tx", text)])
            })?;
            given.insert(psbt.unsigned_tx.compute_txid(), psbt);
        }
        for coin in &transaction.coins {
            let outpoint = coin.outpoint;
            if self.vtxo(&outpoint).is_some_and(|vtxo| vtxo.unrolled) {
                return Err(ErrorCode::VtxoAlreadyUnrolled
                    .with(format!("{outpoint} already unrolled"), &[("vtxo_outpoint", &outpoint)]));
            }
        }
        for (index, input) in transaction.inputs.iter().enumerate() {
            let wanted = input.outpoint.txid;
            if !given.contains_key(&wanted) {
                return Err(ErrorCode::InvalidPsbtInput.with(
                    format!("tx {wanted} not found"),
                    &[("txid", &wanted), ("input_index", &index)],
                ));
            }
        }
        given.retain(|txid, _| transaction.checkpoints.contains_key(txid));
        match transaction.stage {
            Stage::Accepted => Ok(given),
            Stage::Finalized | Stage::Failed { .. } => Err(ErrorCode::InternalError
                .because("failed to finalize offchain tx: not in a valid stage to finalize offchain tx")),
        }
    }

    /// A checkpoint of this transaction with the signatures of all, the operator's among them.
    fn signed_checkpoint(&self, transaction: &OffchainTx, text: &str) -> Result<Psbt, String> {
        let psbt: Psbt = text.parse().map_err(|error| format!("{error}"))?;
        let txid = psbt.unsigned_tx.compute_txid();
        let coin = transaction
            .inputs
            .iter()
            .zip(&transaction.coins)
            .find_map(|(input, coin)| (input.outpoint.txid == txid).then_some(coin))
            .ok_or("not a checkpoint of this transaction")?;
        let input = psbt.inputs.first().ok_or("no input")?;
        let shown = input.tap_scripts.get(&coin.control);
        if input.witness_utxo.as_ref() != Some(&coin.prevout) || shown.is_none_or(|(leaf, _)| *leaf != coin.leaf) {
            return Err("invalid control block".to_owned());
        }
        let prevouts = [coin.prevout.clone()];
        let spend = coin.spend(&psbt.unsigned_tx, 0, &prevouts);
        signature::check(&self.operator.secp, &spend, &input.tap_script_sigs, |_| false)?;
        Ok(psbt)
    }

    fn conclude(&mut self, now_ms: u64, txid: Txid, mut transaction: OffchainTx, checkpoints: BTreeMap<Txid, Psbt>) {
        for (input, coin) in transaction.inputs.iter().zip(&transaction.coins) {
            let checkpoint = checkpoints
                .get(&input.outpoint.txid)
                .and_then(|psbt| final_transaction(psbt, std::slice::from_ref(coin)));
            self.finished.extend(checkpoint.map(|transaction| FinalTransaction {
                transaction,
                prevouts: vec![coin.prevout.clone()],
            }));
        }
        let finished = final_transaction(&transaction.ark, &transaction.inputs);
        self.finished.extend(finished.map(|last| FinalTransaction {
            transaction: last,
            prevouts: prevouts(&transaction.inputs),
        }));
        transaction.checkpoints = checkpoints;
        transaction.stage = Stage::Finalized;
        self.put_outputs_on_record(now_ms, txid, &transaction);
        self.transactions.insert(txid, transaction);
        let count = self.submissions.entry(txid).or_default();
        count.finalized = count.finalized.saturating_add(1);
    }

    fn put_outputs_on_record(&mut self, now_ms: u64, txid: Txid, transaction: &OffchainTx) {
        let unsigned = &transaction.ark.unsigned_tx;
        let mut carried = self.take_assets(unsigned);
        let expired = now_ms > transaction.expires_at.saturating_mul(1_000);
        for (vout, output) in (0_u32..).zip(&unsigned.output) {
            let Some(script) = outputs::vtxo_script(output) else {
                continue;
            };
            self.add(VtxoRecord {
                outpoint: OutPoint::new(txid, vout),
                amount: output.value,
                // An output below the dust limit cannot be spent off chain again; arkd lists it as swept.
                swept: expired || script != output.script_pubkey,
                script,
                assets: carried.remove(&vout).unwrap_or_default(),
                spent_by: None,
                ark_txid: None,
                pending: false,
                unrolled: false,
                preconfirmed: true,
                created_at: transaction.started_at,
                expires_at: transaction.expires_at,
                updated_at_ms: now_ms,
                commitments: transaction.commitments.clone(),
                depth: transaction.depth,
            });
        }
    }
}
