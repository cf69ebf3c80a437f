//! What the ark transaction will be: inputs and outputs, down to the satoshi.

mod check;
mod making;
mod refusal;
#[cfg(test)]
mod tests;

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::asset::AssetAmount;
use serde::{Deserialize, Serialize};

use super::coin::Coin;
pub use making::{Addresses, Bounds};
pub use refusal::PlanRefusal;

/// An input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The party that spends it, by its number in the session.
    pub party: usize,
    /// The VTXO.
    pub coin: Coin,
}

/// What an output is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputRole {
    /// What an intent orders.
    Ordered,
    /// The gateway's fee.
    Fee,
    /// What a party gets back.
    Change,
}

/// An output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// What it is for.
    pub role: OutputRole,
    /// Where it goes.
    pub address: ArkAddress,
    /// How much.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
    /// The assets on it, each named once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetAmount>,
}

/// What the ark transaction will be. Inputs and outputs are worth the same, in satoshi and in every asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The inputs, party by party.
    pub inputs: Vec<Input>,
    /// The outputs: as ordered, then the fee, then each party's change.
    pub outputs: Vec<Output>,
}

impl Plan {
    /// The VTXOs that it spends.
    pub fn outpoints(&self) -> impl Iterator<Item = OutPoint> + '_ {
        self.inputs.iter().map(|input| input.coin.outpoint)
    }

    /// The inputs of a party, with their numbers in the transaction.
    pub fn inputs_of(&self, party: usize) -> impl Iterator<Item = (u32, &Input)> + '_ {
        (0_u32..)
            .zip(&self.inputs)
            .filter(move |(_, input)| input.party == party)
    }

    /// The key that owns a party's inputs.
    #[must_use]
    pub fn owner_of(&self, party: usize) -> Option<XOnlyPublicKey> {
        self.inputs_of(party).next().map(|(_, input)| input.coin.owner)
    }
}
