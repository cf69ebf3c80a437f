//! Which VTXOs pay for what is wanted.

mod candidate;
mod reach;
mod search;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use bitcoin::Amount;
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};

use super::coin::{Coin, Holdings, TooManyAssets};
use candidate::{Candidate, Need};

/// What VTXOs are to pay for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The satoshi of all outputs and the fee; at least one.
    pub amount: Amount,
    /// The assets on all outputs; one that is named twice is added up.
    pub assets: Vec<AssetAmount>,
    /// The least that change may hold, in satoshi. No change at all is always allowed, unless assets are left over.
    pub minimum_change: Amount,
    /// The most VTXOs that may be spent.
    pub max_inputs: usize,
}

/// VTXOs that pay for what is wanted, and what comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The VTXOs. Those that were chosen begin with the one that expires first.
    pub coins: Vec<Coin>,
    /// The satoshi that come back: none, or the least that is allowed at least.
    pub change: Amount,
    /// The assets that come back, in the order of their ids.
    pub change_assets: Vec<AssetAmount>,
}

/// Why nothing can be paid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionRefusal {
    /// The VTXOs hold too little.
    #[error("{} satoshi are wanted, and the spendable VTXOs hold {}", .wanted.to_sat(), .available.to_sat())]
    Insufficient {
        /// What they hold.
        available: Amount,
        /// What is wanted.
        wanted: Amount,
    },
    /// The VTXOs hold too little of an asset.
    #[error("{wanted} of the asset {asset} are wanted, and the spendable VTXOs hold {available}")]
    InsufficientAsset {
        /// The asset.
        asset: AssetId,
        /// What they hold.
        available: u64,
        /// What is wanted.
        wanted: u64,
    },
    /// The VTXOs hold enough, but whichever are spent, what comes back is too little for an output.
    #[error("{} satoshi would come back, and an output holds {} at least", .change.to_sat(), .minimum.to_sat())]
    ChangeBelowMinimum {
        /// What would come back if all of them were spent.
        change: Amount,
        /// The least that would have to come back.
        minimum: Amount,
    },
    /// The VTXOs hold enough, but too many of them would have to be spent.
    #[error("{needed} VTXOs would have to be spent, which is more than allowed: consolidate some first")]
    TooManyInputs {
        /// How many would have to be spent, beginning with the largest.
        needed: usize,
    },
    /// The VTXOs hold more bitcoin than there will ever be.
    #[error("the VTXOs are said to hold more bitcoin than there is")]
    TooMuch,
    /// An asset is wanted, or comes back, in an amount that cannot be counted.
    #[error(transparent)]
    TooManyAssets(#[from] TooManyAssets),
}

/// Chooses VTXOs: as few as possible; among those the ones that leave the least change; among those the ones that expire
/// first; among those the ones whose outpoints come first. The order in which the coins are given does not matter, and
/// neither does one that is given twice.
///
/// The search takes at most 2^15 steps per number of inputs, so that the work grows no faster than `n log n` for `n`
/// coins. That is enough for the best choice among 14 coins or fewer. Among more it may leave more change than the best
/// choice would, or spend more coins where few sets are allowed; it finds a set whenever the coins with the most of each
/// asset and then the largest ones are one.
///
/// # Errors
///
/// Coins that hold too little, that leave change which no output may hold, or of which too many are needed.
pub fn select(coins: &[Coin], wanted: &Wanted) -> Result<Selection, SelectionRefusal> {
    let need = Need::of(wanted)?;
    let mut seen = BTreeSet::new();
    let coins: Vec<&Coin> = coins.iter().filter(|coin| seen.insert(coin.outpoint)).collect();
    check_coverage(&coins, wanted, &need)?;
    let candidates = Candidate::all(&coins, &need);
    let chosen = search::best(&candidates, &need, wanted.max_inputs)?;
    let mut chosen: Vec<&Coin> = chosen
        .into_iter()
        .filter_map(|index| candidates.get(index).map(|candidate| candidate.coin))
        .collect();
    chosen.sort_unstable_by_key(|coin| (coin.expires_at, coin.outpoint));
    settle(&chosen, wanted, &need)
}

/// Takes exactly these VTXOs, in this order.
///
/// # Errors
///
/// Coins that hold too little, that leave change which no output may hold, or that are too many.
pub fn take_all(coins: &[Coin], wanted: &Wanted) -> Result<Selection, SelectionRefusal> {
    let need = Need::of(wanted)?;
    let coins: Vec<&Coin> = coins.iter().collect();
    check_coverage(&coins, wanted, &need)?;
    if coins.len() > wanted.max_inputs {
        return Err(SelectionRefusal::TooManyInputs { needed: coins.len() });
    }
    settle(&coins, wanted, &need)
}

/// What all these coins hold, in satoshi. What cannot be counted stays at the most that can.
fn sum(coins: &[&Coin]) -> Amount {
    coins.iter().fold(Amount::ZERO, |sum, coin| {
        sum.checked_add(coin.amount).unwrap_or(Amount::MAX)
    })
}

/// Whether all of them together are enough.
fn check_coverage(coins: &[&Coin], wanted: &Wanted, need: &Need) -> Result<(), SelectionRefusal> {
    let available = sum(coins);
    if available < wanted.amount {
        return Err(SelectionRefusal::Insufficient {
            available,
            wanted: wanted.amount,
        });
    }
    for asset in need.assets.iter() {
        let held = coins
            .iter()
            .flat_map(|coin| &coin.assets)
            .filter(|held| held.asset_id == asset.asset_id);
        let available = held.fold(0_u64, |sum, held| sum.saturating_add(held.amount));
        if available < asset.amount {
            return Err(SelectionRefusal::InsufficientAsset {
                asset: asset.asset_id,
                available,
                wanted: asset.amount,
            });
        }
    }
    Ok(())
}

/// What comes back when these coins, which are enough, are spent.
fn settle(coins: &[&Coin], wanted: &Wanted, need: &Need) -> Result<Selection, SelectionRefusal> {
    let spent = sum(coins);
    if spent > Amount::MAX_MONEY {
        return Err(SelectionRefusal::TooMuch);
    }
    let change = spent.checked_sub(wanted.amount).unwrap_or(Amount::ZERO);
    let held = Holdings::of(coins.iter().map(|coin| coin.assets.as_slice()))?;
    let change_assets = held.without(&need.assets).into_list();
    if !need.allows(change.to_sat(), !change_assets.is_empty()) {
        return Err(SelectionRefusal::ChangeBelowMinimum {
            change,
            minimum: Amount::from_sat(need.least_change),
        });
    }
    Ok(Selection {
        coins: coins.iter().map(|coin| (*coin).clone()).collect(),
        change,
        change_assets,
    })
}
