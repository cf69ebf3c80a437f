//! What was done (kind 31340). For everybody to read.

use bitcoin::{Amount, OutPoint, Txid};
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::intent::{ActionId, ReceiptMode};
use nanoark_domain::ceremony::{Receipt, ReceiptHash, ReceiptOutput};
use serde::{Deserialize, Serialize};

/// The content of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Tells it from a failure.
    pub status: ConfirmationStatus,
    /// The session.
    pub session_id: SessionId,
    /// The authors' names for what they had ordered, in the order of the `e` tags.
    pub ref_action_ids: Vec<ActionId>,
    /// What was done.
    pub results: Results,
}

/// Always `confirmed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmationStatus {
    /// The only one.
    #[default]
    Confirmed,
}

/// What was done, as the intents allow to tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Results {
    /// Everything.
    Full {
        /// The ark transaction.
        ark_txid: Txid,
        /// The VTXOs that it spent, in its order.
        inputs: Vec<OutPoint>,
        /// What it paid, in its order.
        outputs: Vec<ReceiptOutput>,
        /// The gateway's fee, in satoshi.
        #[serde(with = "bitcoin::amount::serde::as_sat")]
        fee: Amount,
        /// The hash of the receipt.
        receipt_hash: ReceiptHash,
    },
    /// A commitment to it. Not the transaction's id either: the operator tells everybody what a transaction of that id
    /// does.
    Hash {
        /// The hash of the receipt.
        receipt_hash: ReceiptHash,
    },
}

impl Confirmation {
    /// What the public learns of a receipt.
    #[must_use]
    pub fn of(receipt: &Receipt, ref_action_ids: Vec<ActionId>) -> Self {
        let receipt_hash = receipt.hash();
        let results = match receipt.mode {
            ReceiptMode::Full => Results::Full {
                ark_txid: receipt.ark_txid,
                inputs: receipt.inputs.iter().map(|input| input.outpoint).collect(),
                outputs: receipt.outputs.clone(),
                fee: receipt.fee,
                receipt_hash,
            },
            ReceiptMode::Hash => Results::Hash { receipt_hash },
        };
        Self {
            status: ConfirmationStatus::Confirmed,
            session_id: receipt.session_id,
            ref_action_ids,
            results,
        }
    }
}

impl Results {
    /// What names it among the gateway's confirmations: the ark transaction's id, or the receipt's hash where the id would
    /// tell what the intent keeps private.
    #[must_use]
    pub fn identifier(&self) -> String {
        match self {
            Self::Full { ark_txid, .. } => ark_txid.to_string(),
            Self::Hash { receipt_hash } => receipt_hash.to_string(),
        }
    }
}
