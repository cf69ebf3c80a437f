//! What can be said of an intent by itself, before anything is looked up.

use std::collections::BTreeSet;

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use nanoark_ark_verifier::address::Network;
use nanoark_ark_verifier::asset::AssetAmount;
use nanoark_ark_verifier::intent::{Action, Destination, Intent, MAX_INPUTS, MAX_RECEIVERS};

use super::{FeePart, Order, OrderRefusal, Ordered, Payout, named_inputs};
use crate::ceremony::coin::Holdings;

impl Order {
    /// Whether an intent could be carried out at this operator, as far as it can be said without a quote and without
    /// anybody's VTXOs.
    ///
    /// # Errors
    ///
    /// The first reason why not.
    pub fn check_alone(
        author: &XOnlyPublicKey,
        intent: &Intent,
        network: Network,
        signer: XOnlyPublicKey,
    ) -> Result<(), OrderRefusal> {
        if intent.network != network {
            return Err(OrderRefusal::WrongNetwork {
                network: intent.network,
                ours: network,
            });
        }
        let parties = Self::parties(author, intent)?;
        if let Some(inputs) = named_inputs(&intent.action) {
            check_inputs(inputs, least_inputs(&intent.action))?;
        }
        let fee = FeePart::of(intent.action.fee(), parties.len())?;
        match Ordered::of(author, &parties, &intent.action) {
            Ordered::Payouts(payouts) => {
                check_payouts(&payouts, &fee, matches!(intent.action, Action::AssetTransfer(_)))?;
                check_addresses(&payouts, network, signer)
            }
            Ordered::Everything => Ok(()),
        }
    }
}

/// How many inputs an action needs at least.
const fn least_inputs(action: &Action) -> usize {
    match action {
        Action::Transfer(_) | Action::Split(_) | Action::Swap(_) | Action::AssetTransfer(_) => 1,
        // One input would become one output: nothing would be gained.
        Action::Consolidate(_) => 2,
    }
}

fn check_inputs(inputs: &[OutPoint], least: usize) -> Result<(), OrderRefusal> {
    if inputs.len() < least {
        return Err(OrderRefusal::TooFewInputs {
            count: inputs.len(),
            least,
        });
    }
    if inputs.len() > MAX_INPUTS {
        return Err(OrderRefusal::TooManyInputs { count: inputs.len() });
    }
    let mut seen = BTreeSet::new();
    match inputs.iter().find(|outpoint| !seen.insert(**outpoint)) {
        Some(outpoint) => Err(OrderRefusal::InputTwice { outpoint: *outpoint }),
        None => Ok(()),
    }
}

fn check_payouts(payouts: &[Payout], fee: &FeePart, with_assets: bool) -> Result<(), OrderRefusal> {
    if payouts.is_empty() {
        return Err(OrderRefusal::NoReceivers);
    }
    if payouts.len() > MAX_RECEIVERS {
        return Err(OrderRefusal::TooManyReceivers { count: payouts.len() });
    }
    for payout in payouts {
        if payout.amount == Amount::ZERO || (with_assets && payout.assets.is_empty()) {
            return Err(OrderRefusal::GetsNothingAtAll);
        }
        check_assets(&payout.assets)?;
    }
    let sum = payouts
        .iter()
        .try_fold(fee.total, |sum, payout| sum.checked_add(payout.amount));
    if sum.is_none_or(|sum| sum > Amount::MAX_MONEY) {
        return Err(OrderRefusal::TooMuch);
    }
    Holdings::of(payouts.iter().map(|payout| payout.assets.as_slice()))?;
    Ok(())
}

fn check_assets(assets: &[AssetAmount]) -> Result<(), OrderRefusal> {
    let mut seen = BTreeSet::new();
    for asset in assets {
        if asset.amount == 0 {
            return Err(OrderRefusal::GetsNothingAtAll);
        }
        if !seen.insert(asset.asset_id) {
            return Err(OrderRefusal::AssetTwice { asset: asset.asset_id });
        }
    }
    Ok(())
}

fn check_addresses(payouts: &[Payout], network: Network, signer: XOnlyPublicKey) -> Result<(), OrderRefusal> {
    let foreign = payouts.iter().find_map(|payout| match payout.to {
        Destination::Address(address) => (!address.is_for(network) || address.operator() != signer).then_some(address),
        Destination::Pubkey(_) => None,
    });
    foreign.map_or(Ok(()), |address| {
        Err(OrderRefusal::ForeignAddress {
            address: Box::new(address),
        })
    })
}
