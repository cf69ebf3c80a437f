//! The recovery proof: by it the operator gives back a transaction that was submitted and not finalised (arkd's
//! `GetPendingTx`). It has the form of a BIP-322 proof: its first input spends an output that never was, whose transaction
//! holds the hash of the message, and so it can never be a transaction of value.

use alloc::vec::Vec;

use bitcoin::absolute::LockTime;
use bitcoin::hashes::{Hash as _, HashEngine as _, sha256t_hash_newtype};
use bitcoin::opcodes::OP_0;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};

use crate::transaction::{Input, NoSighash, sighash, spending};

sha256t_hash_newtype! {
    struct MessageTag = hash_str("ark-intent-proof-message");
    struct MessageHash(_);
}

/// The message that asks for a pending transaction, good until `expire_at` (seconds since the Unix epoch, 0 for ever). A
/// wallet signs no other: some of them spend.
#[must_use]
pub fn message(expire_at: u64) -> alloc::string::String {
    alloc::format!(r#"{{"type":"get-pending-tx","expire_at":{expire_at}}}"#)
}

/// When a [`message`] expires. Nothing for any other text.
#[must_use]
pub fn expiry(text: &str) -> Option<u64> {
    let digits = text.strip_prefix(r#"{"type":"get-pending-tx","expire_at":"#)?;
    let expire_at = digits.strip_suffix('}')?.parse().ok()?;
    (message(expire_at) == text).then_some(expire_at)
}

/// A recovery proof, unsigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// It. Its first input stands for the message, the others are the inputs in their order.
    pub tx: Transaction,
    /// The outputs that it spends.
    pub spends: Vec<TxOut>,
    leaves: Vec<ScriptBuf>,
}

impl Proof {
    /// The proof over these inputs, as `ark_core::intent::make_intent` builds it for inputs without a lock time. Nothing if
    /// there are none.
    #[must_use]
    pub fn new(message: &str, inputs: &[Input]) -> Option<Self> {
        let first = inputs.first()?;
        let spent_by_first = TxOut {
            value: Amount::ZERO,
            script_pubkey: first.script_pubkey.clone(),
        };
        let challenge = challenge_tx(message, spent_by_first.clone());
        let stands_for_message = spending(OutPoint::new(challenge.compute_txid(), 0));
        let owned = inputs.iter().map(|input| spending(input.outpoint));
        let tx = Transaction {
            version: Version::TWO,
            lock_time: LockTime::ZERO,
            input: core::iter::once(stands_for_message).chain(owned).collect(),
            output: alloc::vec![TxOut {
                value: Amount::ZERO,
                script_pubkey: ScriptBuf::new_op_return([]),
            }],
        };
        let spends = core::iter::once(spent_by_first).chain(inputs.iter().map(|input| TxOut {
            value: input.amount,
            script_pubkey: input.script_pubkey.clone(),
        }));
        let leaves = core::iter::once(first).chain(inputs).map(|input| input.leaf.clone());
        Some(Self {
            tx,
            spends: spends.collect(),
            leaves: leaves.collect(),
        })
    }

    /// What is signed, one per input of the proof and in its order: `SIGHASH_DEFAULT`, by the leaf of the input.
    ///
    /// # Errors
    ///
    /// [`NoSighash`] for none that [`Proof::new`] has built.
    pub fn sighashes(&self) -> Result<Vec<[u8; 32]>, NoSighash> {
        self.leaves
            .iter()
            .enumerate()
            .map(|(input, leaf)| sighash(&self.tx, input, &self.spends, leaf))
            .collect()
    }
}

/// The transaction that holds the message (BIP-322's `to_spend`), with arkd's tag.
fn challenge_tx(message: &str, output: TxOut) -> Transaction {
    let mut engine = MessageHash::engine();
    engine.input(message.as_bytes());
    let script_sig = ScriptBuf::builder()
        .push_opcode(OP_0)
        .push_slice(MessageHash::from_engine(engine).to_byte_array())
        .into_script();
    Transaction {
        version: Version::non_standard(0),
        lock_time: LockTime::ZERO,
        input: alloc::vec![TxIn {
            previous_output: OutPoint::new(Txid::all_zeros(), u32::MAX),
            script_sig,
            sequence: Sequence::ZERO,
            witness: Witness::new(),
        }],
        output: alloc::vec![output],
    }
}
