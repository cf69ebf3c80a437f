//! The transactions of a spend as arkd builds them itself (`pkg/ark-lib/offchain`).

use ark_core::{UNSPENDABLE_KEY, anchor_output};
use bitcoin::absolute::LockTime;
use bitcoin::key::Secp256k1;
use bitcoin::secp256k1::{All, PublicKey};
use bitcoin::taproot::{ControlBlock, LeafVersion, TaprootBuilder};
use bitcoin::transaction::Version;
use bitcoin::{OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness, XOnlyPublicKey};

use super::taptree;

/// A coin that is spent, and how.
#[derive(Clone, Debug)]
pub(super) struct Spent {
    pub(super) outpoint: OutPoint,
    /// What is spent: amount and script.
    pub(super) prevout: TxOut,
    pub(super) leaf: ScriptBuf,
    /// Commits the script to the leaf.
    pub(super) control: ControlBlock,
    /// All leaves of the script.
    pub(super) leaves: Vec<ScriptBuf>,
    pub(super) keys: Vec<XOnlyPublicKey>,
    pub(super) locktime: Option<LockTime>,
}

/// A checkpoint, and how the ark transaction spends it.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    pub(super) psbt: Psbt,
    /// The ark transaction's input.
    pub(super) next: Spent,
}

impl Checkpoint {
    pub(super) fn txid(&self) -> Txid {
        self.next.outpoint.txid
    }
}

/// The key that nobody has, under every script of Ark's.
pub(super) fn unspendable() -> Option<XOnlyPublicKey> {
    let key: PublicKey = UNSPENDABLE_KEY.parse().ok()?;
    Some(key.x_only_public_key().0)
}

/// The checkpoint of this coin: its amount goes to the leaf by which it is spent, and to the operator after a delay.
pub(super) fn checkpoint(secp: &Secp256k1<All>, spent: &Spent, operator_leaf: &ScriptBuf) -> Option<Checkpoint> {
    let tree = TaprootBuilder::new()
        .add_leaf(1, operator_leaf.clone())
        .ok()?
        .add_leaf(1, spent.leaf.clone())
        .ok()?
        .finalize(secp, unspendable()?)
        .ok()?;
    let prevout = TxOut {
        value: spent.prevout.value,
        script_pubkey: ScriptBuf::new_p2tr_tweaked(tree.output_key()),
    };
    let control = tree.control_block(&(spent.leaf.clone(), LeafVersion::TapScript))?;
    let transaction = ark_transaction(std::slice::from_ref(spent), vec![prevout.clone()])?;
    let outpoint = OutPoint::new(transaction.compute_txid(), 0);
    let mut psbt = Psbt::from_unsigned_tx(transaction).ok()?;
    if let Some(input) = psbt.inputs.first_mut() {
        input.witness_utxo = Some(spent.prevout.clone());
        input
            .tap_scripts
            .insert(spent.control.clone(), (spent.leaf.clone(), LeafVersion::TapScript));
        taptree::show(input, &spent.leaves);
    }
    Some(Checkpoint {
        psbt,
        next: Spent {
            outpoint,
            prevout,
            leaf: spent.leaf.clone(),
            control,
            leaves: vec![operator_leaf.clone(), spent.leaf.clone()],
            keys: spent.keys.clone(),
            locktime: spent.locktime,
        },
    })
}

/// The transaction with these inputs and outputs, and the anchor at the end. None if two time locks do not go together.
pub(super) fn ark_transaction(inputs: &[Spent], mut outputs: Vec<TxOut>) -> Option<Transaction> {
    let mut lock_time = LockTime::ZERO;
    for input in inputs {
        if let Some(locktime) = input.locktime {
            if lock_time != LockTime::ZERO && !lock_time.is_same_unit(locktime) {
                return None;
            }
            if lock_time.to_consensus_u32() < locktime.to_consensus_u32() {
                lock_time = locktime;
            }
        }
    }
    outputs.push(anchor_output());
    Some(Transaction {
        version: Version::non_standard(3),
        lock_time,
        input: inputs
            .iter()
            .map(|input| TxIn {
                previous_output: input.outpoint,
                script_sig: ScriptBuf::new(),
                sequence: match input.locktime {
                    Some(_) => Sequence::ENABLE_LOCKTIME_NO_RBF,
                    None => Sequence::MAX,
                },
                witness: Witness::new(),
            })
            .collect(),
        output: outputs,
    })
}
