//! `GET /v1/balances`: sums of the caller's VTXOs.

use std::collections::BTreeMap;

use bitcoin::{Amount, XOnlyPublicKey};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::wire::gateway::{BalancesView, VtxoStatus, VtxoView, VtxosView};
use nanoark_runtime::{Function, Relay, Trigger, WalletCall};

use super::vtxos;
use crate::refusal::Refusal;

/// The function.
pub const FUNCTION: Function = Function {
    name: "get-balances",
    trigger: Trigger::Wallet(|relay, call| Box::pin(handle(relay, call))),
};

async fn handle(relay: &Relay, call: &WalletCall) -> Result<Response, Problem> {
    super::ok(&read(relay, &call.author()).await?)
}

pub(crate) async fn read(relay: &Relay, caller: &XOnlyPublicKey) -> Result<BalancesView, Refusal> {
    Ok(sums(&vtxos::read(relay, caller).await?))
}

fn sums(view: &VtxosView) -> BalancesView {
    let of = |status: VtxoStatus| view.vtxos.iter().filter(move |vtxo| vtxo.status == status);
    let sum = |status| {
        of(status).fold(Amount::ZERO, |sum, vtxo: &VtxoView| {
            sum.checked_add(vtxo.amount).unwrap_or(Amount::MAX)
        })
    };
    let mut assets: BTreeMap<AssetId, u64> = BTreeMap::new();
    for asset in of(VtxoStatus::Spendable).flat_map(|vtxo| &vtxo.assets) {
        let sum = assets.entry(asset.asset_id).or_default();
        *sum = sum.saturating_add(asset.amount);
    }
    BalancesView {
        address: view.address,
        spendable: sum(VtxoStatus::Spendable),
        held: sum(VtxoStatus::Held),
        recoverable: sum(VtxoStatus::Recoverable),
        assets: assets
            .into_iter()
            .map(|(asset_id, amount)| AssetAmount { asset_id, amount })
            .collect(),
        next_expiry: of(VtxoStatus::Spendable).map(|vtxo| vtxo.expires_at).min(),
    }
}
