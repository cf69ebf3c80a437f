//! Coins as the search sees them.

use std::cmp::Reverse;

use crate::ceremony::coin::{Coin, Holdings, TooManyAssets};

use super::Wanted;

/// What a set of coins has to hold.
#[derive(Debug)]
pub(super) struct Need {
    /// In satoshi.
    pub(super) sats: u64,
    /// Of each asset.
    pub(super) assets: Holdings,
    /// The least that change holds where there is some, in satoshi; never zero.
    pub(super) least_change: u64,
}

/// A coin, reduced to what decides whether it is chosen.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    /// The coin.
    pub(super) coin: &'a Coin,
    /// What it holds in satoshi.
    pub(super) sats: u64,
    /// What it holds of each asset that is needed, in the order of their ids.
    pub(super) assets: Vec<u64>,
    /// Whether it holds an asset that is not needed.
    pub(super) foreign: bool,
}

/// What a set of candidates holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// In satoshi.
    pub(super) sats: u64,
    /// Of each asset that is needed.
    pub(super) assets: Vec<u64>,
    /// Whether there is an asset among them that is not needed.
    pub(super) foreign: bool,
}

impl Need {
    pub(super) fn of(wanted: &Wanted) -> Result<Self, TooManyAssets> {
        Ok(Self {
            sats: wanted.amount.to_sat(),
            assets: Holdings::of([wanted.assets.as_slice()])?,
            least_change: wanted.minimum_change.to_sat().max(1),
        })
    }

    /// Whether this may come back.
    pub(super) const fn allows(&self, change: u64, assets_left: bool) -> bool {
        change >= self.least_change || (change == 0 && !assets_left)
    }

    /// Whether this is enough of every asset.
    pub(super) fn assets_covered(&self, held: &Held) -> bool {
        self.assets
            .iter()
            .zip(&held.assets)
            .all(|(need, held)| *held >= need.amount)
    }

    /// What comes back from this, if it is enough and may come back.
    pub(super) fn change(&self, held: &Held) -> Option<u64> {
        let change = held.sats.checked_sub(self.sats)?;
        (self.assets_covered(held) && self.allows(change, self.leaves_assets(held))).then_some(change)
    }

    /// Whether assets come back from this.
    pub(super) fn leaves_assets(&self, held: &Held) -> bool {
        held.foreign
            || self
                .assets
                .iter()
                .zip(&held.assets)
                .any(|(need, held)| *held > need.amount)
    }
}

impl<'a> Candidate<'a> {
    /// All coins: those that hold a needed asset first, and where they hold the same of them, the larger ones first.
    /// Among coins that differ in nothing that matters the better ones come first.
    pub(super) fn all(coins: &[&'a Coin], need: &Need) -> Vec<Self> {
        let mut candidates: Vec<Self> = coins.iter().map(|coin| Self::new(coin, need)).collect();
        candidates.sort_unstable_by(|one, other| one.rank().cmp(&other.rank()));
        candidates
    }

    fn new(coin: &'a Coin, need: &Need) -> Self {
        let held_of = |asset| {
            let held = coin.assets.iter().filter(|held| held.asset_id == asset);
            held.fold(0_u64, |sum, held| sum.saturating_add(held.amount))
        };
        Self {
            coin,
            sats: coin.amount.to_sat(),
            assets: need.assets.iter().map(|needed| held_of(needed.asset_id)).collect(),
            foreign: coin
                .assets
                .iter()
                .any(|held| held.amount > 0 && need.assets.amount(held.asset_id) == 0),
        }
    }

    fn rank(&self) -> impl Ord + '_ {
        let better = (self.coin.expires_at, self.coin.outpoint);
        (Reverse(&self.assets), Reverse(self.sats), self.foreign, better)
    }

    /// Whether it holds any needed asset.
    pub(super) fn carries(&self) -> bool {
        self.assets.iter().any(|amount| *amount > 0)
    }

    /// Whether it can take the place of another without a difference to what is covered and what comes back.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.sats == other.sats && self.assets == other.assets && self.foreign == other.foreign
    }
}

impl Held {
    /// Nothing yet.
    pub(super) fn nothing(need: &Need) -> Self {
        Self {
            sats: 0,
            assets: need.assets.iter().map(|_| 0).collect(),
            foreign: false,
        }
    }

    /// With a candidate more. What cannot be counted stays at the most that can.
    pub(super) fn with(&self, candidate: &Candidate<'_>) -> Self {
        let assets = self.assets.iter().zip(&candidate.assets);
        Self {
            sats: self.sats.saturating_add(candidate.sats),
            assets: assets.map(|(held, more)| held.saturating_add(*more)).collect(),
            foreign: self.foreign || candidate.foreign,
        }
    }
}
