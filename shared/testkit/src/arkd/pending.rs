//! GetPendingTx: `GetPendingOffchainTxs` of arkd's service, and the proof of `pkg/ark-lib/intent`.

use bitcoin::absolute::LockTime;
use bitcoin::hashes::{Hash as _, sha256};
use bitcoin::opcodes::all::OP_PUSHBYTES_0;
use bitcoin::psbt;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness, XOnlyPublicKey};
use serde::{Deserialize, Serialize};

use super::closure::Closure;
use super::ledger::Ledger;
use super::rebuild::unspendable;
use super::refusal::{ErrorCode, Grpc, Refusal};
use super::signature::{self, Spend};
use super::submit::Accepted;

/// The message, with its fields in the order in which arkd writes them: the proof is over its own spelling.
#[derive(Debug, Serialize, Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    expire_at: i64,
}

impl Ledger {
    /// The transactions that wait for their checkpoints, of the coins that the proof spends.
    ///
    /// As in arkd the proof is looked at only if one of its coins is pending.
    pub(super) fn pending_of(&self, now_ms: u64, proof: &str, message: &str) -> Result<Vec<Accepted>, Refusal> {
        let invalid = |cause: String| Refusal::plain(Grpc::InvalidArgument, cause);
        let message: Message =
            serde_json::from_str(message).map_err(|error| invalid(format!("invalid intent message: {error}")))?;
        if message.kind != "get-pending-tx" {
            return Err(invalid(format!("invalid intent message type: {}", message.kind)));
        }
        let psbt: Psbt = proof
            .parse()
            .map_err(|error| invalid(format!("failed to parse intent proof tx: {error}")))?;
        if message.expire_at > 0 {
            let expires_ms = message.expire_at.unsigned_abs().saturating_mul(1_000);
            if now_ms > expires_ms {
                return Err(ErrorCode::InvalidIntentTimerange.with(
                    "proof of ownership expired",
                    &[
                        ("valid_at", &0),
                        ("expire_at", &message.expire_at),
                        ("now", &(now_ms / 1_000)),
                    ],
                ));
            }
        }
        let txid = psbt.unsigned_tx.compute_txid();
        let covered: Vec<(OutPoint, &psbt::Input)> = psbt
            .unsigned_tx
            .input
            .iter()
            .map(|input| input.previous_output)
            .zip(&psbt.inputs)
            .skip(1)
            .collect();
        let pending: Vec<Txid> = covered
            .iter()
            .filter_map(|(outpoint, _)| self.vtxo(outpoint))
            .filter(|vtxo| self.is_pending(vtxo))
            .filter_map(|vtxo| vtxo.ark_txid)
            .collect();
        if pending.is_empty() {
            return Ok(Vec::new());
        }
        for (index, (outpoint, input)) in (1_usize..).zip(&covered) {
            self.shows_its_coin(outpoint, input).map_err(|cause| {
                ErrorCode::InvalidPsbtInput.with(cause, &[("txid", &txid), ("input_index", &index)])
            })?;
        }
        let spelled = serde_json::to_string(&message).unwrap_or_default();
        self.proof_is_valid(&psbt, &spelled).map_err(|cause| {
            ErrorCode::InvalidIntentProof.with(
                format!("invalid intent proof: {cause}"),
                &[("proof", &proof), ("message", &spelled)],
            )
        })?;
        let mut found: Vec<Accepted> = Vec::new();
        for txid in pending {
            if found.iter().all(|other| other.txid != txid) {
                found.extend(
                    self.transactions
                        .get(&txid)
                        .map(|transaction| transaction.accepted(txid)),
                );
            }
        }
        Ok(found)
    }

    fn shows_its_coin(&self, outpoint: &OutPoint, input: &psbt::Input) -> Result<(), String> {
        if input.tap_scripts.is_empty() {
            return Err("missing taproot leaf script".to_owned());
        }
        let Some(vtxo) = self.vtxo(outpoint).filter(|vtxo| self.is_pending(vtxo)) else {
            return Ok(());
        };
        let shown = input.witness_utxo.as_ref().ok_or("missing witness utxo")?;
        if shown.value != vtxo.amount {
            let (got, expected) = (shown.value.to_sat(), vtxo.amount.to_sat());
            return Err(format!("invalid witness utxo value: got {got} expected {expected}"));
        }
        if shown.script_pubkey != vtxo.script {
            let (got, expected) = (shown.script_pubkey.to_hex_string(), vtxo.script.to_hex_string());
            return Err(format!("invalid witness utxo script: got {got} expected {expected}"));
        }
        Ok(())
    }

    /// Whether the owner of every input, the made-up first one too, has signed.
    fn proof_is_valid(&self, proof: &Psbt, message: &str) -> Result<(), String> {
        if proof.inputs.len() < 2 {
            return Err("expected at least 2 inputs".to_owned());
        }
        if proof.unsigned_tx.output.is_empty() {
            return Err("expected at least 1 output".to_owned());
        }
        let mut prevouts = proof
            .inputs
            .iter()
            .map(|input| input.witness_utxo.clone())
            .collect::<Option<Vec<TxOut>>>()
            .ok_or("missing witness utxo field")?;
        let owner = prevouts
            .get(1)
            .map(|prevout| prevout.script_pubkey.clone())
            .unwrap_or_default();
        let to_spend = to_spend(message, owner);
        let first = proof.unsigned_tx.input.first().map(|input| input.previous_output);
        if first != Some(OutPoint::new(to_spend.compute_txid(), 0)) {
            return Err("wrong tx hash in message input".to_owned());
        }
        for (prevout, made_up) in prevouts.iter_mut().zip(to_spend.output) {
            *prevout = made_up;
        }
        for (index, (input, prevout)) in proof.inputs.iter().zip(&prevouts).enumerate() {
            let (control, (leaf, _)) = input
                .tap_scripts
                .first_key_value()
                .ok_or_else(|| format!("missing taproot leaf script for input {index}"))?;
            let key = XOnlyPublicKey::from_slice(prevout.script_pubkey.as_bytes().get(2..).unwrap_or_default())
                .map_err(|_| format!("input {index} is not taproot"))?;
            if Some(control.internal_key) != unspendable()
                || !control.verify_taproot_commitment(&self.operator.secp, key, leaf)
            {
                return Err(format!("invalid control block for input {index}"));
            }
            let sequence = proof.unsigned_tx.input.get(index).map(|input| input.sequence);
            let keys = keys(leaf, sequence).ok_or_else(|| format!("failed to execute script for input {index}"))?;
            let spend = Spend {
                transaction: &proof.unsigned_tx,
                index,
                prevouts: &prevouts,
                leaf,
                keys: &keys,
            };
            signature::check(&self.operator.secp, &spend, &input.tap_script_sigs, |key| {
                self.operator.owns(key)
            })?;
        }
        Ok(())
    }
}

/// The keys of a leaf that can be used with this sequence. Conditions are not played.
fn keys(leaf: &ScriptBuf, sequence: Option<Sequence>) -> Option<Vec<XOnlyPublicKey>> {
    match Closure::decode(leaf)? {
        Closure::Multisig { keys } => Some(keys),
        Closure::CsvMultisig { delay, keys } => (sequence? >= delay).then_some(keys),
        Closure::CltvMultisig { .. } | Closure::ConditionMultisig { .. } | Closure::ConditionCsvMultisig { .. } => None,
    }
}

/// The transaction that never was, with the message in its input and the first coin's script in its output.
fn to_spend(message: &str, owner: ScriptBuf) -> Transaction {
    let tag = sha256::Hash::hash(b"ark-intent-proof-message");
    let mut tagged = Vec::new();
    tagged.extend_from_slice(tag.as_byte_array());
    tagged.extend_from_slice(tag.as_byte_array());
    tagged.extend_from_slice(message.as_bytes());
    Transaction {
        version: Version::non_standard(0),
        lock_time: LockTime::ZERO,
        input: vec![TxIn {
            previous_output: OutPoint::new(Txid::all_zeros(), u32::MAX),
            script_sig: ScriptBuf::builder()
                .push_opcode(OP_PUSHBYTES_0)
                .push_slice(sha256::Hash::hash(&tagged).as_byte_array())
                .into_script(),
            sequence: Sequence::ZERO,
            witness: Witness::new(),
        }],
        output: vec![TxOut {
            value: Amount::ZERO,
            script_pubkey: owner,
        }],
    }
}
