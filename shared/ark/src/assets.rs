//! The asset packet of an ark transaction: which input brings how much of which Arkade asset, and which output gets it.

use std::collections::BTreeMap;

use ark_core::asset::packet::{AssetGroup, AssetInput, AssetOutput, Packet};
use ark_core::server::Asset;
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};

/// Why no packet can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssetError {
    /// An input or output names an asset with nothing of it.
    #[error("no units of asset {asset}")]
    Nothing {
        /// The asset.
        asset: AssetId,
    },
    /// What comes in is not what goes out.
    #[error("{spent} units of asset {asset} come in and {received} go out")]
    Unbalanced {
        /// The asset.
        asset: AssetId,
        /// The units of all inputs.
        spent: u128,
        /// The units of all outputs.
        received: u128,
    },
    /// More inputs or outputs than a packet can number, or more units than one holds.
    #[error("a packet cannot hold this")]
    TooLarge,
}

/// One asset's way through the transaction: units by input and by output.
#[derive(Default)]
struct Flow {
    inputs: BTreeMap<u16, u64>,
    outputs: BTreeMap<u16, u64>,
}

/// The packet that takes every asset from the inputs to the outputs, one group per asset in the order of their ids, or `None`
/// when no asset moves. The slices are in the order of the transaction's inputs and outputs.
///
/// # Errors
///
/// [`AssetError`].
pub fn packet(inputs: &[&[AssetAmount]], outputs: &[&[AssetAmount]]) -> Result<Option<Packet>, AssetError> {
    let mut flows: BTreeMap<AssetId, Flow> = BTreeMap::new();
    enter(&mut flows, inputs, |flow| &mut flow.inputs)?;
    enter(&mut flows, outputs, |flow| &mut flow.outputs)?;
    if flows.is_empty() {
        return Ok(None);
    }
    let groups = flows
        .into_iter()
        .map(|(asset, flow)| group(asset, flow))
        .collect::<Result<_, _>>()?;
    Ok(Some(Packet { groups }))
}

fn enter(
    flows: &mut BTreeMap<AssetId, Flow>,
    places: &[&[AssetAmount]],
    side: fn(&mut Flow) -> &mut BTreeMap<u16, u64>,
) -> Result<(), AssetError> {
    for (index, amounts) in places.iter().enumerate() {
        let index = u16::try_from(index).map_err(|_| AssetError::TooLarge)?;
        for AssetAmount { asset_id, amount } in *amounts {
            if *amount == 0 {
                return Err(AssetError::Nothing { asset: *asset_id });
            }
            let units = side(flows.entry(*asset_id).or_default()).entry(index).or_default();
            *units = units.checked_add(*amount).ok_or(AssetError::TooLarge)?;
        }
    }
    Ok(())
}

fn group(asset: AssetId, flow: Flow) -> Result<AssetGroup, AssetError> {
    // At most 2^16 places of 64 bits each.
    let total = |units: &BTreeMap<u16, u64>| {
        units
            .values()
            .fold(0_u128, |sum, units| sum.saturating_add(u128::from(*units)))
    };
    let (spent, received) = (total(&flow.inputs), total(&flow.outputs));
    if spent != received {
        return Err(AssetError::Unbalanced { asset, spent, received });
    }
    Ok(AssetGroup {
        asset_id: Some(of_ark_core(asset)),
        control_asset: None,
        metadata: None,
        inputs: flow
            .inputs
            .into_iter()
            .map(|(input_index, amount)| AssetInput { input_index, amount })
            .collect(),
        outputs: flow
            .outputs
            .into_iter()
            .map(|(output_index, amount)| AssetOutput { output_index, amount })
            .collect(),
    })
}

/// The id as ark-core has it.
#[must_use]
pub fn of_ark_core(asset: AssetId) -> ark_core::asset::AssetId {
    use bitcoin::hashes::Hash as _;
    let mut txid = [0; 32];
    let mut group = [0; 2];
    // The text has the transaction's id as people write it: its bytes in reverse.
    for (byte, of_asset) in txid.iter_mut().rev().zip(asset.as_bytes()) {
        *byte = *of_asset;
    }
    for (byte, of_asset) in group.iter_mut().zip(asset.as_bytes().iter().skip(32)) {
        *byte = *of_asset;
    }
    ark_core::asset::AssetId {
        txid: bitcoin::Txid::from_byte_array(txid),
        group_index: u16::from_le_bytes(group),
    }
}

/// The amounts as ark-core has them.
pub(crate) fn amounts_of_ark_core(amounts: &[AssetAmount]) -> Vec<Asset> {
    amounts
        .iter()
        .map(|amount| Asset {
            asset_id: of_ark_core(amount.asset_id),
            amount: amount.amount,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(fill: u8) -> AssetId {
        AssetId::from_bytes([fill; 34])
    }

    fn of(fill: u8, amount: u64) -> AssetAmount {
        AssetAmount {
            asset_id: asset(fill),
            amount,
        }
    }

    #[test]
    fn ids_are_written_alike() {
        let bytes: [u8; 34] = std::array::from_fn(|index| u8::try_from(index * 7 % 251).unwrap());
        let id = AssetId::from_bytes(bytes);
        assert_eq!(of_ark_core(id).to_string(), id.to_string());
        assert_eq!(
            id.to_string().parse::<ark_core::asset::AssetId>().unwrap(),
            of_ark_core(id)
        );
    }

    #[test]
    fn groups_come_in_the_order_of_their_ids() {
        let packet = packet(
            &[&[of(9, 5), of(1, 2)], &[], &[of(1, 3), of(1, 1)]],
            &[&[of(1, 6)], &[of(9, 4)], &[of(9, 1)]],
        )
        .unwrap()
        .unwrap();
        let told: Vec<_> = packet
            .groups
            .iter()
            .map(|group| {
                let inputs: Vec<_> = group.inputs.iter().map(|at| (at.input_index, at.amount)).collect();
                let outputs: Vec<_> = group.outputs.iter().map(|at| (at.output_index, at.amount)).collect();
                (group.asset_id.unwrap(), inputs, outputs)
            })
            .collect();
        assert_eq!(
            told,
            [
                (of_ark_core(asset(1)), vec![(0, 2), (2, 4)], vec![(0, 6)]),
                (of_ark_core(asset(9)), vec![(0, 5)], vec![(1, 4), (2, 1)]),
            ]
        );
    }

    #[test]
    fn every_unit_that_comes_in_goes_out() {
        let unbalanced = |spent, received| AssetError::Unbalanced {
            asset: asset(1),
            spent,
            received,
        };
        for (inputs, outputs, expected) in [
            (vec![of(1, 5)], vec![of(1, 4)], unbalanced(5, 4)),
            (vec![of(1, 5)], vec![], unbalanced(5, 0)),
            (vec![], vec![of(1, 5)], unbalanced(0, 5)),
            (vec![of(1, 5)], vec![of(1, 6)], unbalanced(5, 6)),
            (vec![of(1, 0)], vec![of(1, 0)], AssetError::Nothing { asset: asset(1) }),
            (vec![of(1, u64::MAX), of(1, 1)], vec![], AssetError::TooLarge),
        ] {
            assert_eq!(packet(&[&inputs], &[&outputs]).unwrap_err(), expected);
        }
        assert!(packet(&[&[], &[]], &[&[]]).unwrap().is_none());
        let (half, rest) = (of(1, u64::MAX), of(1, u64::MAX));
        assert!(packet(&[&[half], &[rest]], &[&[rest], &[half]]).unwrap().is_some());
    }
}
