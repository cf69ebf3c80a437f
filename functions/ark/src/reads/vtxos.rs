//! `GET /v1/vtxos`: the caller's VTXOs that are not spent.

use bitcoin::{OutPoint, XOnlyPublicKey};
use nanoark_ark::indexer::{VtxoFilter, VtxoState};
use nanoark_domain::ceremony::HoldState;
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::wire::gateway::{VtxoStatus, VtxoView, VtxosView};
use nanoark_runtime::{Function, Relay, Trigger, WalletCall};

use crate::holdings::{Home, of_owner};
use crate::refusal::Refusal;

/// The function.
pub const FUNCTION: Function = Function {
    name: "list-vtxos",
    trigger: Trigger::Wallet(|relay, call| Box::pin(handle(relay, call))),
};

async fn handle(relay: &Relay, call: &WalletCall) -> Result<Response, Problem> {
    super::ok(&read(relay, &call.author()).await?)
}

pub(crate) async fn read(relay: &Relay, caller: &XOnlyPublicKey) -> Result<VtxosView, Refusal> {
    let arkd = relay.gateway()?.arkd()?;
    let info = arkd.info().await.map_err(Refusal::Operator)?;
    let bindings = relay.store().bindings_of(&[*caller]).await?;
    let home = Home::of(caller, &bindings, &info).map_err(|error| Refusal::Internal(error.to_string()))?;
    let mut held = Vec::new();
    for filter in [VtxoFilter::Spendable, VtxoFilter::Recoverable] {
        held.extend(
            of_owner(arkd, home.owner, filter, &info)
                .await
                .map_err(Refusal::Operator)?,
        );
    }
    // An expired VTXO may be told twice.
    held.sort_by_key(|held| held.vtxo.outpoint);
    held.dedup_by_key(|held| held.vtxo.outpoint);
    let outpoints: Vec<OutPoint> = held.iter().map(|held| held.vtxo.outpoint).collect();
    let holds = relay.store().holds_on(&outpoints).await?;
    let now = relay.now();
    let mut vtxos: Vec<VtxoView> = held
        .into_iter()
        .filter_map(|held| {
            let hold = holds.get(&held.vtxo.outpoint).filter(|hold| match hold.state {
                HoldState::Reserved => hold.lease_until.is_none_or(|until| until > now),
                HoldState::Submitted | HoldState::Spent => true,
            });
            let status = match (held.state(&info, now), hold) {
                (VtxoState::Spendable, None) => VtxoStatus::Spendable,
                (VtxoState::Spendable, Some(_)) => VtxoStatus::Held,
                (VtxoState::Recoverable, _) => VtxoStatus::Recoverable,
                (VtxoState::Spent | VtxoState::Unrolled, _) => return None,
            };
            Some(VtxoView {
                outpoint: held.vtxo.outpoint,
                amount: held.vtxo.amount,
                assets: held.vtxo.assets,
                status,
                held_by: hold.map(|hold| hold.holder),
                expires_at: held.vtxo.expires_at,
                preconfirmed: held.vtxo.is_preconfirmed,
                owner: home.owner,
                signer: held.script.signer,
                exit_delay: held.script.exit_delay.to_consensus_u32(),
            })
        })
        .collect();
    vtxos.sort_by_key(|vtxo| (vtxo.expires_at, vtxo.outpoint));
    Ok(VtxosView {
        address: home.address,
        vtxos,
    })
}
