//! What is true of every plan.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::Amount;
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};

use super::{Bounds, Plan, PlanRefusal};

impl Plan {
    /// Whether inputs and outputs are worth the same, in satoshi and in every asset.
    #[must_use]
    pub fn is_conserving(&self) -> bool {
        let inputs = self.inputs.iter().map(|input| (input.coin.amount, &input.coin.assets));
        let outputs = self.outputs.iter().map(|output| (output.amount, &output.assets));
        worth(inputs) == worth(outputs)
    }

    /// Whether it is within what is allowed, and spends nothing twice.
    pub(super) fn check(&self, bounds: &Bounds) -> Result<(), PlanRefusal> {
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.outpoints().find(|outpoint| !seen.insert(*outpoint)) {
            return Err(PlanRefusal::SharedInput { outpoint: twice });
        }
        if self.inputs.len() > bounds.max_inputs {
            return Err(PlanRefusal::TooManyInputs {
                needed: self.inputs.len(),
                most: bounds.max_inputs,
            });
        }
        let most = bounds.maximum_output.unwrap_or(Amount::MAX_MONEY);
        let allowed = bounds.minimum_output..=most;
        match self.outputs.iter().find(|output| !allowed.contains(&output.amount)) {
            Some(output) => Err(PlanRefusal::OutputOutOfBounds {
                role: output.role,
                amount: output.amount,
                minimum: bounds.minimum_output,
                maximum: bounds.maximum_output,
            }),
            None => Ok(()),
        }
    }
}

/// What these are worth together: more digits than any of them has, so that nothing is lost in the sum.
fn worth<'a>(parts: impl Iterator<Item = (Amount, &'a Vec<AssetAmount>)>) -> (u128, BTreeMap<AssetId, u128>) {
    let mut sats = 0_u128;
    let mut assets = BTreeMap::new();
    for (amount, carried) in parts {
        sats = sats.saturating_add(u128::from(amount.to_sat()));
        for part in carried.iter().filter(|part| part.amount > 0) {
            let sum: &mut u128 = assets.entry(part.asset_id).or_default();
            *sum = sum.saturating_add(u128::from(part.amount));
        }
    }
    (sats, assets)
}
