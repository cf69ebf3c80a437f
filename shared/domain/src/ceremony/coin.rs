//! A VTXO that may be spent.

use std::collections::BTreeMap;

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A spendable VTXO with the default script of its owner, as the operator's indexer shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coin {
    /// Where it is.
    pub outpoint: OutPoint,
    /// How much it holds.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
    /// The key that owns it.
    pub owner: XOnlyPublicKey,
    /// The operator's key in its script: the current signer, or one that is being replaced.
    pub signer: XOnlyPublicKey,
    /// The delay of its exit script, as a sequence number.
    pub exit_delay: u32,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The assets on it, each named once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetAmount>,
}

/// More of an asset than can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more of asset {0} than can be counted")]
pub struct TooManyAssets(pub AssetId);

/// How much there is of each asset. An asset of which there is nothing is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Holdings(BTreeMap<AssetId, u64>);

impl Holdings {
    /// What these lists hold together.
    pub(super) fn of<'a>(lists: impl IntoIterator<Item = &'a [AssetAmount]>) -> Result<Self, TooManyAssets> {
        let mut sums = BTreeMap::new();
        for held in lists.into_iter().flatten().filter(|held| held.amount > 0) {
            let sum: &mut u64 = sums.entry(held.asset_id).or_default();
            *sum = sum.checked_add(held.amount).ok_or(TooManyAssets(held.asset_id))?;
        }
        Ok(Self(sums))
    }

    /// How much there is of an asset.
    pub(super) fn amount(&self, asset: AssetId) -> u64 {
        self.0.get(&asset).copied().unwrap_or_default()
    }

    /// Each asset with its amount, in the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = AssetAmount> + '_ {
        self.0
            .iter()
            .map(|(&asset_id, &amount)| AssetAmount { asset_id, amount })
    }

    /// What is left of it without these; nothing where they are more.
    pub(super) fn without(&self, taken: &Self) -> Self {
        let left = self
            .iter()
            .map(|held| (held.asset_id, held.amount.saturating_sub(taken.amount(held.asset_id))));
        Self(left.filter(|(_, amount)| *amount > 0).collect())
    }

    /// As a list, in the order of the ids.
    pub(super) fn into_list(self) -> Vec<AssetAmount> {
        self.iter().collect()
    }
}
