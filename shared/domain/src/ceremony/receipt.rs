//! What proves that a session happened.

use bitcoin::hashes::{Hash as _, sha256t_hash_newtype};
use bitcoin::{Amount, OutPoint, Txid};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::asset::AssetAmount;
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::{ActionType, ReceiptMode};
use serde::{Deserialize, Serialize};

use super::plan::{OutputRole, Plan};
use super::session::Session;
use crate::canonical;
use crate::time::Timestamp;

sha256t_hash_newtype! {
    /// The domain of [`ReceiptHash`].
    pub struct ReceiptTag = hash_str("nanoark/receipt/v1");

    /// Names a receipt: a tagged hash of its canonical JSON (RFC 8785). The leaf that a settlement's Merkle tree takes.
    #[hash_newtype(forward)]
    pub struct ReceiptHash(_);
}

/// What a final ark transaction did, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The ark transaction.
    pub ark_txid: Txid,
    /// The session.
    pub session_id: SessionId,
    /// What was ordered.
    pub action: ActionType,
    /// The events of the intents, as the transaction's packet holds them.
    pub intents: Vec<EventId>,
    /// What was spent.
    pub inputs: Vec<ReceiptInput>,
    /// What was made.
    pub outputs: Vec<ReceiptOutput>,
    /// The gateway's fee, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub fee: Amount,
    /// When the operator had finalised it.
    pub finalized_at: Timestamp,
    /// What the public is told of it.
    pub mode: ReceiptMode,
}

/// A spent VTXO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptInput {
    /// Where it was.
    pub outpoint: OutPoint,
    /// How much it held, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
}

/// A VTXO that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptOutput {
    /// Its number in the ark transaction.
    pub vout: u32,
    /// What it is for.
    pub role: OutputRole,
    /// Whose it is.
    pub address: ArkAddress,
    /// How much it holds, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
    /// The assets on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetAmount>,
}

impl Receipt {
    /// The receipt of a session that was carried out as planned.
    #[must_use]
    pub fn of(session: &Session, plan: &Plan, ark_txid: Txid, finalized_at: Timestamp) -> Self {
        let outputs = (0_u32..).zip(&plan.outputs).map(|(vout, output)| ReceiptOutput {
            vout,
            role: output.role,
            address: output.address,
            amount: output.amount,
            assets: output.assets.clone(),
        });
        let inputs = plan.inputs.iter().map(|input| ReceiptInput {
            outpoint: input.coin.outpoint,
            amount: input.coin.amount,
        });
        let fees = plan.outputs.iter().filter(|output| output.role == OutputRole::Fee);
        // One party's wish for privacy is enough.
        let hidden = session.intents().any(|party| party.intent.receipt == ReceiptMode::Hash);
        Self {
            ark_txid,
            session_id: session.id,
            action: session.action,
            intents: session.intent_events(),
            inputs: inputs.collect(),
            outputs: outputs.collect(),
            fee: fees.map(|output| output.amount).fold(Amount::ZERO, |sum, amount| {
                sum.checked_add(amount).unwrap_or(Amount::MAX)
            }),
            finalized_at,
            mode: if hidden { ReceiptMode::Hash } else { ReceiptMode::Full },
        }
    }

    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> ReceiptHash {
        ReceiptHash::hash(&canonical::json(self))
    }
}

#[cfg(test)]
mod tests;
