//! What a checkpoint has to be: the spending of one known coin by a leaf that the operator signs too.

use bitcoin::absolute::LockTime;
use bitcoin::relative;
use bitcoin::taproot::LeafVersion;
use bitcoin::{Psbt, ScriptBuf, Sequence, TxOut, Txid, XOnlyPublicKey};

use super::closure::Closure;
use super::ledger::{Ledger, VtxoRecord};
use super::rebuild::{Spent, unspendable};
use super::refusal::{ErrorCode, Refusal};
use super::taptree;

/// The first block height that is a time.
const LOCKTIME_THRESHOLD: u32 = 500_000_000;

impl Ledger {
    /// The coin that this checkpoint spends, for the ark transaction's input of this index.
    pub(super) fn coin(&self, now_ms: u64, index: usize, txid: Txid, checkpoint: &Psbt) -> Result<Spent, Refusal> {
        let refuse =
            |cause: String| ErrorCode::InvalidPsbtInput.with(cause, &[("txid", &txid), ("input_index", &index)]);
        let (Some(input), Some(from)) = (checkpoint.inputs.first(), checkpoint.unsigned_tx.input.first()) else {
            return Err(
                ErrorCode::InvalidPsbtMissingInput.with(format!("invalid checkpoint tx {txid}"), &[("txid", &txid)])
            );
        };
        let outpoint = from.previous_output;
        let prevout = input
            .witness_utxo
            .as_ref()
            .ok_or_else(|| refuse(format!("missing witness utxo on input {index}")))?;
        let mut spending = input.tap_scripts.iter();
        let (control, (leaf, version)) = spending
            .next()
            .ok_or_else(|| refuse(format!("missing tapscript leaf on input {index}")))?;
        if input.tap_scripts.len() > 1 {
            let count = input.tap_scripts.len();
            return Err(refuse(format!(
                "expected exactly one taproot leaf script on input {index}, got {count}"
            )));
        }
        let leaves = taptree::of(input).ok_or_else(|| refuse(format!("missing taptree on input {index}")))?;
        let vtxo = self
            .vtxo(&outpoint)
            .ok_or_else(|| ErrorCode::VtxoNotFound.because("some vtxos not found"))?;
        free(vtxo, now_ms)?;
        self.script_is_allowed(&leaves, now_ms)
            .map_err(|cause| invalid_script(cause, &leaves))?;
        let script = self
            .script_of(&leaves)
            .ok_or_else(|| invalid_script("failed to compute taproot tree".to_owned(), &leaves))?;
        if script != vtxo.script {
            let (wanted, got) = (vtxo.script.to_hex_string(), script.to_hex_string());
            return Err(refuse(format!("expected {wanted}, got {got}")));
        }
        if prevout.script_pubkey != vtxo.script {
            return Err(refuse(format!(
                "witness utxo script mismatch: expected {}, got {}",
                prevout.script_pubkey.to_hex_string(),
                vtxo.script.to_hex_string()
            )));
        }
        if prevout.value != vtxo.amount {
            return Err(refuse(format!(
                "witness utxo value mismatch: expected {}, got {}",
                vtxo.amount.to_sat(),
                prevout.value.to_sat()
            )));
        }
        let closure = Closure::decode(leaf).ok_or_else(|| refuse("invalid closure script".to_owned()))?;
        let (keys, locktime) = match closure {
            Closure::Multisig { keys } => (keys, None),
            Closure::CltvMultisig { locktime, keys } => (keys, Some(locktime)),
            // Conditions are not played: no leaf that the double knows how to spend has one.
            Closure::CsvMultisig { .. } | Closure::ConditionMultisig { .. } | Closure::ConditionCsvMultisig { .. } => {
                let leaf = leaf.to_hex_string();
                return Err(refuse(format!("invalid spending tapscript on input {index}: {leaf}")));
            }
        };
        if let Some(locktime) = locktime {
            unlocked(locktime, now_ms)?;
        }
        let committed = *version == LeafVersion::TapScript
            && unspendable().is_some_and(|internal| control.internal_key == internal)
            && output_key(&vtxo.script)
                .is_some_and(|key| control.verify_taproot_commitment(&self.operator.secp, key, leaf));
        if !committed {
            return Err(refuse(format!(
                "failed to parse control block {}",
                hex::encode(control.serialize())
            )));
        }
        Ok(Spent {
            outpoint,
            prevout: TxOut {
                value: vtxo.amount,
                script_pubkey: vtxo.script.clone(),
            },
            leaf: leaf.clone(),
            control: control.clone(),
            leaves,
            keys,
            locktime,
        })
    }

    /// The script with these leaves.
    fn script_of(&self, leaves: &[ScriptBuf]) -> Option<ScriptBuf> {
        // The keys and the delay do not enter the script.
        let signer = self.operator.signer.x_only_public_key().0;
        let delay = Sequence::from_512_second_intervals(1);
        ark_core::Vtxo::new_with_custom_scripts(
            &self.operator.secp,
            signer,
            signer,
            leaves.to_vec(),
            delay,
            self.settings.network,
        )
        .ok()
        .map(|vtxo| vtxo.script_pubkey())
    }

    /// Every leaf that needs no waiting has a key of the operator's, every other one waits long enough, and there are
    /// both.
    fn script_is_allowed(&self, leaves: &[ScriptBuf], now_ms: u64) -> Result<(), String> {
        let (mut collaborative, mut exits) = (0_usize, 0_usize);
        for leaf in leaves {
            match Closure::decode(leaf).ok_or("invalid vtxo script: unknown closure")? {
                Closure::Multisig { keys }
                | Closure::CltvMultisig { keys, .. }
                | Closure::ConditionMultisig { keys } => {
                    if !self.accepts_signer_among(&keys, now_ms) {
                        return Err("invalid forfeit closure, signer pubkey not found".to_owned());
                    }
                    collaborative = collaborative.saturating_add(1);
                }
                Closure::CsvMultisig { delay, .. } | Closure::ConditionCsvMultisig { delay, .. } => {
                    if seconds(delay) < Some(self.settings.unilateral_exit_delay) {
                        return Err("exit delay is too short".to_owned());
                    }
                    exits = exits.saturating_add(1);
                }
            }
        }
        match (collaborative, exits) {
            (0, _) => Err("no forfeit leaf".to_owned()),
            (_, 0) => Err("no exit leaf".to_owned()),
            (_, _) => Ok(()),
        }
    }

    fn accepts_signer_among(&self, keys: &[XOnlyPublicKey], now_ms: u64) -> bool {
        let now = i64::try_from(now_ms / 1_000).unwrap_or(i64::MAX);
        keys.contains(&self.operator.signer.x_only_public_key().0)
            || self
                .operator
                .deprecated
                .iter()
                .filter(|signer| signer.cutoff == 0 || now < signer.cutoff)
                .any(|signer| keys.contains(&signer.key.x_only_public_key().0))
    }
}

/// Whether the coin can be spent off chain.
fn free(vtxo: &VtxoRecord, now_ms: u64) -> Result<(), Refusal> {
    let outpoint = vtxo.outpoint;
    let (code, state) = if vtxo.spent_by.is_some() {
        (ErrorCode::VtxoAlreadySpent, "already spent")
    } else if vtxo.unrolled {
        (ErrorCode::VtxoAlreadyUnrolled, "already unrolled")
    } else if vtxo.swept || vtxo.is_expired(now_ms) {
        (ErrorCode::VtxoRecoverable, "is recoverable")
    } else {
        return Ok(());
    };
    Err(code.with(format!("{outpoint} {state}"), &[("vtxo_outpoint", &outpoint)]))
}

fn invalid_script(cause: String, leaves: &[ScriptBuf]) -> Refusal {
    let leaves: Vec<String> = leaves.iter().map(|leaf| leaf.to_hex_string()).collect();
    ErrorCode::InvalidVtxoScript.with(cause, &[("tapscripts", &format!("[{}]", leaves.join(" ")))])
}

/// Block heights are not played: a leaf that waits for one stays locked.
fn unlocked(locktime: LockTime, now_ms: u64) -> Result<(), Refusal> {
    let wanted = locktime.to_consensus_u32();
    let (now, unit) = match locktime {
        LockTime::Blocks(_) => (0, "height"),
        LockTime::Seconds(_) => (now_ms / 1_000, "time"),
    };
    if u64::from(wanted) <= now && wanted >= LOCKTIME_THRESHOLD {
        return Ok(());
    }
    Err(ErrorCode::ForfeitClosureLocked.with(
        format!("{wanted} > {now} (block{unit})"),
        &[("locktime", &wanted), ("current_locktime", &now), ("type", &unit)],
    ))
}

fn seconds(delay: Sequence) -> Option<u32> {
    match delay.to_relative_lock_time()? {
        relative::LockTime::Time(time) => u32::from(time.value()).checked_mul(512),
        relative::LockTime::Blocks(_) => None,
    }
}

fn output_key(script: &ScriptBuf) -> Option<XOnlyPublicKey> {
    if !script.is_p2tr() {
        return None;
    }
    XOnlyPublicKey::from_slice(script.as_bytes().get(2..)?).ok()
}
