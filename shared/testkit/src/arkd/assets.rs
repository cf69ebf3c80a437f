//! What an asset packet may do (`pkg/ark-lib/asset/tx_validation.go`).

use std::collections::BTreeMap;

use ark_core::asset::AssetId;
use bitcoin::{Transaction, Txid};

use super::ledger::{AssetFacts, Ledger};
use super::outputs::Kind;
use super::packet::{Control, Group, groups};
use super::refusal::{ErrorCode, Refusal};

/// The assets that each output carries.
pub(super) type Carried = BTreeMap<u32, Vec<(AssetId, u64)>>;

/// What each input carries, in the order of the inputs.
pub(super) type Held = Vec<Vec<(AssetId, u64)>>;

impl Ledger {
    /// Whether the packet accounts for what the inputs hold, and issues only what it may.
    pub(super) fn assets_are_allowed(&self, transaction: &Transaction, held: &Held) -> Result<(), Refusal> {
        let txid = transaction.compute_txid();
        let packet = groups(transaction).map_err(|cause| {
            ErrorCode::AssetValidationFailed.because(format!("failed to get asset packet from tx: {cause}"))
        })?;
        let Some(packet) = packet else {
            if held.iter().any(|assets| !assets.is_empty()) {
                return Err(ErrorCode::AssetValidationFailed.because(format!("asset packet not found in tx {txid}")));
            }
            return Ok(());
        };
        every_asset_is_accounted_for(&packet, held)?;
        for (index, group) in packet.iter().enumerate() {
            let asset = group.id(txid, index).ok_or_else(|| {
                ErrorCode::AssetValidationFailed.because(format!("asset group index {index} out of range"))
            })?;
            match group.asset {
                None => self.may_issue(&packet, group)?,
                Some(asset) => self.may_reissue(&packet, group, asset)?,
            }
            outputs_exist(transaction, group, asset)?;
            inputs_hold(group, asset, held)?;
        }
        self.not_too_many(&carried(&packet, txid))
    }

    fn may_issue(&self, packet: &[Group], group: &Group) -> Result<(), Refusal> {
        match group.control {
            None => Ok(()),
            Some(Control::ById(control)) if self.assets.contains_key(&control) => Ok(()),
            Some(Control::ById(control)) => Err(ErrorCode::AssetValidationFailed.with(
                format!("control asset {control} does not exist"),
                &[("asset_id", &control)],
            )),
            Some(Control::ByGroup(index)) => {
                match packet.get(usize::from(index)) {
                    None => Err(ErrorCode::AssetValidationFailed
                        .because(format!("control asset group index {index} out of range"))),
                    Some(control) if control.asset.is_none() => Ok(()),
                    Some(_) => Err(ErrorCode::AssetValidationFailed.because(format!(
                        "control asset referenced by group index {index} is not an issuance"
                    ))),
                }
            }
        }
    }

    /// More out than in needs the control asset in the same packet. Less is a burn, which the owner may always do.
    fn may_reissue(&self, packet: &[Group], group: &Group, asset: AssetId) -> Result<(), Refusal> {
        if sum(&group.outputs) <= sum(&group.inputs) {
            return Ok(());
        }
        let facts = self.assets.get(&asset).ok_or_else(|| {
            ErrorCode::AssetValidationFailed.with(format!("asset {asset} not found"), &[("asset_id", &asset)])
        })?;
        let control = facts.control.ok_or_else(|| {
            ErrorCode::ControlAssetInvalid.with(
                format!("asset {asset} does not have a control asset"),
                &[("asset_id", &asset)],
            )
        })?;
        if packet.iter().any(|other| other.asset == Some(control)) {
            return Ok(());
        }
        Err(ErrorCode::AssetNotFound.with(
            format!("control asset {control} not found in the packet"),
            &[("asset_id", &control)],
        ))
    }

    fn not_too_many(&self, carried: &Carried) -> Result<(), Refusal> {
        let most = self.settings.max_assets_per_vtxo;
        match carried.iter().find(|(_, assets)| assets.len() > most) {
            None => Ok(()),
            Some((output, assets)) => Err(ErrorCode::VtxoWithTooManyAssets.with(
                format!("output {output} has {} assets, exceeds max {most}", assets.len()),
                &[("asset_count", &assets.len()), ("max_assets", &most)],
            )),
        }
    }

    /// Puts the transaction's issuances on record and says what its outputs carry.
    pub(super) fn take_assets(&mut self, transaction: &Transaction) -> Carried {
        let txid = transaction.compute_txid();
        // It was checked when the transaction was accepted.
        let packet = groups(transaction).ok().flatten().unwrap_or_default();
        for (index, group) in packet.iter().enumerate() {
            if let (None, Some(asset)) = (group.asset, group.id(txid, index)) {
                let control = match group.control {
                    None => None,
                    Some(Control::ById(control)) => Some(control),
                    Some(Control::ByGroup(group_index)) => Some(AssetId { txid, group_index }),
                };
                let metadata = group.metadata.clone();
                self.assets.insert(asset, AssetFacts { control, metadata });
            }
        }
        carried(&packet, txid)
    }
}

fn carried(packet: &[Group], txid: Txid) -> Carried {
    let mut carried = Carried::new();
    for (index, group) in packet.iter().enumerate() {
        for (output, amount) in &group.outputs {
            if let Some(asset) = group.id(txid, index) {
                carried.entry(u32::from(*output)).or_default().push((asset, *amount));
            }
        }
    }
    carried
}

fn sum(amounts: &[(u16, u64)]) -> u128 {
    amounts
        .iter()
        .fold(0, |sum, (_, amount)| sum.saturating_add(u128::from(*amount)))
}

fn every_asset_is_accounted_for(packet: &[Group], held: &Held) -> Result<(), Refusal> {
    for (index, assets) in held.iter().enumerate() {
        for (asset, amount) in assets {
            let Some(group) = packet.iter().find(|group| group.asset == Some(*asset)) else {
                return Err(ErrorCode::AssetNotFound.with(
                    format!("input {index} owns asset {asset} but it's not present in the packet"),
                    &[("asset_id", asset)],
                ));
            };
            let refuse = |cause: String| ErrorCode::AssetInputInvalid.with(cause, &[("asset_id", asset)]);
            match group.inputs.iter().find(|(input, _)| usize::from(*input) == index) {
                None => {
                    return Err(refuse(format!(
                        "input {index} owns asset {asset} but it's not present in the asset group inputs"
                    )));
                }
                Some((_, stated)) if stated != amount => {
                    return Err(refuse(format!(
                        "input {index} owns asset {asset} but amount mismatch: {stated} != {amount}"
                    )));
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// arkd refuses the anchor and the packet itself; the double refuses whatever is no VTXO.
fn outputs_exist(transaction: &Transaction, group: &Group, asset: AssetId) -> Result<(), Refusal> {
    for (output, _) in &group.outputs {
        let refuse = |cause: String| {
            ErrorCode::AssetOutputInvalid.with(cause, &[("output_index", output), ("asset_id", &asset)])
        };
        let Some(found) = transaction.output.get(usize::from(*output)) else {
            let count = transaction.output.len();
            return Err(refuse(format!(
                "asset output vout {output} out of range ({count} outputs)"
            )));
        };
        match Kind::of(&found.script_pubkey) {
            Kind::Taproot | Kind::SubDust(_) => {}
            Kind::Anchor => return Err(refuse(format!("asset output vout {output} is an anchor output"))),
            Kind::Extension | Kind::Data | Kind::Other => {
                return Err(refuse(format!("asset output vout {output} is a packet output")));
            }
        }
    }
    Ok(())
}

fn inputs_hold(group: &Group, asset: AssetId, held: &Held) -> Result<(), Refusal> {
    for (place, (input, stated)) in group.inputs.iter().enumerate() {
        let refuse =
            |cause: String| ErrorCode::AssetInputInvalid.with(cause, &[("input_index", input), ("asset_id", &asset)]);
        let Some(assets) = held.get(usize::from(*input)) else {
            let count = held.len();
            return Err(refuse(format!(
                "asset input index out of range: {input} ({count} inputs)"
            )));
        };
        if assets.is_empty() {
            return Err(refuse(format!(
                "asset input {place} references input {input} which does not contain any assets"
            )));
        }
        match assets.iter().find(|(held, _)| *held == asset) {
            None => {
                return Err(refuse(format!(
                    "asset input {place} references input with asset {asset} but asset not found in tx input {input}"
                )));
            }
            Some((_, amount)) if amount != stated => {
                return Err(refuse(format!(
                    "asset input {place} references input with asset {asset} but amount mismatch: {amount} != {stated}"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
