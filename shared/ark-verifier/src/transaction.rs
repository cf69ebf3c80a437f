//! The transactions of a payment, built anew from what is in them: a checkpoint per input, and the ark transaction that
//! spends the checkpoints (arkd, `pkg/ark-lib/offchain`). What a wallet signs is what it has built itself.

use alloc::vec::Vec;

use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash;
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, Script, ScriptBuf, Sequence, TapSighashType, Transaction, TxIn, TxOut, Witness};
use serde::{Deserialize, Serialize};

use crate::challenge::OperatorTerms;
use crate::packet::Extension;
use crate::script::{LeafPair, anchor, leaf_hash};

/// A VTXO that an ark transaction spends through a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The VTXO.
    pub outpoint: OutPoint,
    /// What it holds, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
    /// Its script.
    pub script_pubkey: ScriptBuf,
    /// The leaf of its script by which it is spent: operator and owner together.
    pub leaf: ScriptBuf,
}

/// The ark transaction and its checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transactions {
    /// The ark transaction, unsigned.
    pub ark_tx: Transaction,
    /// The checkpoints, unsigned, in the order of the ark transaction's inputs.
    pub checkpoints: Vec<Checkpoint>,
}

/// A checkpoint: it spends a VTXO into an output that the ark transaction spends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// It, unsigned.
    pub tx: Transaction,
    /// The VTXO's output.
    pub spends: TxOut,
    /// Its first output.
    pub pays: TxOut,
    /// The leaf by which both are spent.
    pub leaf: ScriptBuf,
}

/// The version of every transaction: arkd wants those that may pay no fee of their own (BIP-431).
const VERSION: Version = Version(3);

impl Checkpoint {
    /// The checkpoint of a VTXO.
    #[must_use]
    pub fn new(input: &Input, terms: &OperatorTerms) -> Self {
        let script = LeafPair::checkpoint(input.leaf.clone(), terms.checkpoint_tapscript.clone());
        let pays = TxOut {
            value: input.amount,
            script_pubkey: script.script_pubkey(),
        };
        Self {
            tx: Transaction {
                version: VERSION,
                lock_time: LockTime::ZERO,
                input: alloc::vec![spending(input.outpoint)],
                output: alloc::vec![pays.clone(), anchor()],
            },
            spends: TxOut {
                value: input.amount,
                script_pubkey: input.script_pubkey.clone(),
            },
            pays,
            leaf: input.leaf.clone(),
        }
    }

    /// What is signed for the VTXO: `SIGHASH_DEFAULT`, by its leaf.
    ///
    /// # Errors
    ///
    /// [`NoSighash`] for none that [`Checkpoint::new`] has built.
    pub fn sighash(&self) -> Result<[u8; 32], NoSighash> {
        sighash(&self.tx, 0, core::slice::from_ref(&self.spends), &self.leaf)
    }
}

impl Transactions {
    /// The transactions with these inputs, outputs and records. The extension and the anchor follow the outputs.
    #[must_use]
    pub fn new(inputs: &[Input], outputs: Vec<TxOut>, extension: &Extension, terms: &OperatorTerms) -> Self {
        let checkpoints: Vec<Checkpoint> = inputs.iter().map(|input| Checkpoint::new(input, terms)).collect();
        let mut output = outputs;
        output.push(extension.to_output());
        output.push(anchor());
        let ark_tx = Transaction {
            version: VERSION,
            lock_time: LockTime::ZERO,
            input: checkpoints
                .iter()
                .map(|checkpoint| spending(OutPoint::new(checkpoint.tx.compute_txid(), 0)))
                .collect(),
            output,
        };
        Self { ark_tx, checkpoints }
    }

    /// What is signed for an input of the ark transaction: `SIGHASH_DEFAULT`, by its leaf.
    ///
    /// # Errors
    ///
    /// [`NoSighash`] if there is no such input.
    pub fn ark_sighash(&self, input: usize) -> Result<[u8; 32], NoSighash> {
        let leaf = &self.checkpoints.get(input).ok_or(NoSighash)?.leaf;
        let spends: Vec<TxOut> = self
            .checkpoints
            .iter()
            .map(|checkpoint| checkpoint.pays.clone())
            .collect();
        sighash(&self.ark_tx, input, &spends, leaf)
    }
}

/// A transaction has no such input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such input to sign")]
pub struct NoSighash;

/// What is signed for an input that is spent by a leaf, with `SIGHASH_DEFAULT` (BIP-341, BIP-342). It commits to the
/// amounts and scripts of all that the transaction spends.
pub(crate) fn sighash(tx: &Transaction, input: usize, spends: &[TxOut], leaf: &Script) -> Result<[u8; 32], NoSighash> {
    SighashCache::new(tx)
        .taproot_script_spend_signature_hash(input, &Prevouts::All(spends), leaf_hash(leaf), TapSighashType::Default)
        .map(Hash::to_byte_array)
        .map_err(|_| NoSighash)
}

pub(crate) fn spending(outpoint: OutPoint) -> TxIn {
    TxIn {
        previous_output: outpoint,
        script_sig: ScriptBuf::new(),
        sequence: Sequence::MAX,
        witness: Witness::new(),
    }
}
