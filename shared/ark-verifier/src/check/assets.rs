//! Where Arkade assets go: as ordered, the rest back to whom it was, and nowhere else.

use alloc::collections::{BTreeMap, BTreeSet};

use super::demand::{Assets, Demand, add, merged, sum};
use super::outputs::Outputs;
use super::{Coin, Refusal};
use crate::asset::AssetId;
use crate::packet::{AssetEntry, AssetPacket};

/// Units by asset, by input or output.
type Routes = BTreeMap<u16, Assets>;

pub(super) fn check(
    own: &[(u32, &Coin)],
    inputs: usize,
    demand: &Demand<'_>,
    outputs: &Outputs<'_>,
) -> Result<(), Refusal> {
    let mut held = BTreeMap::new();
    for (input, coin) in own {
        let input = u16::try_from(*input).map_err(|_| Refusal::Overflow)?;
        held.insert(input, sum(&coin.assets)?);
    }
    let left = left_over(&merged(held.values())?, &demand.given_assets()?)?;
    if let (Some(asset), None) = (left.keys().next(), outputs.own_change) {
        return Err(Refusal::AssetLost { asset: *asset });
    }
    let Some(packet) = &outputs.extension.assets else {
        let moves = demand.ordered.iter().any(|ordered| !ordered.assets.is_empty());
        return if moves || !left.is_empty() {
            Err(Refusal::AssetPacketMissing)
        } else {
            Ok(())
        };
    };
    let (taken, given) = routes(packet)?;
    for input in taken.keys() {
        if usize::from(*input) >= inputs {
            return Err(Refusal::NoSuchInput {
                input: u32::from(*input),
            });
        }
    }
    for (input, expected) in &held {
        if let Some(asset) = differing(taken.get(input), expected) {
            return Err(Refusal::AssetInput { input: *input, asset });
        }
    }
    check_outputs(&given, demand, outputs, &left)
}

fn check_outputs(given: &Routes, demand: &Demand<'_>, outputs: &Outputs<'_>, left: &Assets) -> Result<(), Refusal> {
    let ordered = demand.ordered.iter().map(|ordered| &ordered.assets).enumerate();
    let own_change = outputs.own_change.map(|output| (output, left));
    for (output, expected) in ordered.chain(own_change) {
        let output = u16::try_from(output).map_err(|_| Refusal::Overflow)?;
        if let Some(asset) = differing(given.get(&output), expected) {
            return Err(Refusal::AssetOutput { output, asset });
        }
    }
    for (output, assets) in given {
        let place = usize::from(*output);
        let may_hold = place < demand.ordered.len() || outputs.changes.contains(&place);
        if let (Some(asset), false) = (assets.keys().next(), may_hold) {
            return Err(Refusal::AssetMisrouted {
                output: *output,
                asset: *asset,
            });
        }
    }
    Ok(())
}

/// What comes from where and goes where, by the packet: every asset once, every place once, as much out as in.
fn routes(packet: &AssetPacket) -> Result<(Routes, Routes), Refusal> {
    let (mut taken, mut given) = (Routes::new(), Routes::new());
    let mut seen = BTreeSet::new();
    for group in &packet.groups {
        let asset = group.asset;
        if !seen.insert(asset) || (group.inputs.is_empty() && group.outputs.is_empty()) {
            return Err(Refusal::AssetRepeated { asset });
        }
        let comes = collect(&mut taken, asset, &group.inputs)?;
        let goes = collect(&mut given, asset, &group.outputs)?;
        if comes != goes {
            return Err(Refusal::AssetUnbalanced { asset });
        }
    }
    Ok((taken, given))
}

fn collect(routes: &mut Routes, asset: AssetId, entries: &[AssetEntry]) -> Result<u64, Refusal> {
    let mut total = Assets::new();
    for AssetEntry { index, amount } in entries {
        let before = routes.entry(*index).or_default().insert(asset, *amount);
        if before.is_some() || *amount == 0 {
            return Err(Refusal::AssetRepeated { asset });
        }
        add(&mut total, asset, *amount)?;
    }
    Ok(total.into_values().next().unwrap_or(0))
}

fn left_over(held: &Assets, given: &Assets) -> Result<Assets, Refusal> {
    let mut left = held.clone();
    for (asset, amount) in given {
        let rest = left.remove(asset).unwrap_or(0).checked_sub(*amount);
        match rest.ok_or(Refusal::AssetShort { asset: *asset })? {
            0 => None,
            rest => left.insert(*asset, rest),
        };
    }
    Ok(left)
}

/// An asset of which there is not as much as expected.
fn differing(found: Option<&Assets>, expected: &Assets) -> Option<AssetId> {
    let nothing = Assets::new();
    let found = found.unwrap_or(&nothing);
    let assets: BTreeSet<AssetId> = found.keys().chain(expected.keys()).copied().collect();
    assets.into_iter().find(|asset| found.get(asset) != expected.get(asset))
}
