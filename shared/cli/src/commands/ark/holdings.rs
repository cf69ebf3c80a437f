//! `nanoark ark address`, `balance`, `vtxos`, `bind` and `trust`.

use nanoark_ark_wallet::Pin;
use nanoark_ark_wallet::wire::{BalancesView, VtxoStatus, VtxoView};
use nanoark_nostr::key::npub;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Wallet, amount};
use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

/// Where the wallet receives.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Address {
    /// The Ark address.
    address: String,
    /// The Nostr key, to be paid by name.
    npub: String,
    /// The key that owns the coins, 64 hex digits.
    owner: String,
}

/// What the wallet holds, in satoshi.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Worth {
    /// The Ark address.
    address: String,
    /// What can be spent.
    spendable_sat: u64,
    /// What orders under way hold.
    held_sat: u64,
    /// What comes back through a batch only.
    recoverable_sat: u64,
    /// The assets on spendable coins.
    assets: Vec<Asset>,
    /// The first expiry of a spendable coin.
    next_expiry: Option<String>,
}

/// Units of an asset.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Asset {
    /// The asset.
    asset_id: String,
    /// How many units.
    amount: String,
}

/// The wallet's VTXOs, soonest expiry first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Coins {
    /// The VTXOs.
    vtxos: Vec<Vtxo>,
}

/// A VTXO.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Vtxo {
    /// Where it is: transaction and output.
    outpoint: String,
    /// How much it holds, in satoshi.
    amount_sat: u64,
    /// The assets on it.
    assets: Vec<Asset>,
    /// `spendable`, `held` or `recoverable`.
    status: &'static str,
    /// When the operator may sweep it.
    expires_at: String,
}

/// What the wallet holds gateway and operator to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Trusted {
    /// The gateway's Nostr key.
    gateway: String,
    /// The operator's key, 64 hex digits.
    operator: String,
    /// The Bitcoin network.
    network: String,
    /// The delay of the exit script of new coins, as a sequence number.
    exit_delay: u32,
    /// Outputs below this are no coins of their own, in satoshi.
    dust_sat: u64,
}

pub(super) async fn address(session: &Session, wallet: &Wallet) -> Result<(), Failure> {
    let address = Address::of(wallet, wallet.address().await?.to_string());
    session.output.result(&address)?;
    let bound = if wallet.owner() == wallet.nostr() {
        ""
    } else {
        ", once `nanoark ark bind` was run"
    };
    session
        .output
        .remark(&format!("It is what others pay who name {}{bound}.", address.npub));
    Ok(())
}

pub(super) async fn bind(session: &Session, wallet: &Wallet) -> Result<(), Failure> {
    let address = wallet.bind().await?.to_string();
    session.output.result(&Address::of(wallet, address))
}

pub(super) async fn balance(session: &Session, wallet: &Wallet) -> Result<(), Failure> {
    let balance = wallet.balance().await?;
    session.output.result(&Worth::from(balance))
}

pub(super) async fn vtxos(session: &Session, wallet: &Wallet) -> Result<(), Failure> {
    let vtxos = wallet.vtxos().await?.vtxos;
    session.output.result(&Coins {
        vtxos: vtxos.into_iter().map(Vtxo::from).collect(),
    })
}

pub(super) async fn trust(session: &Session, wallet: &Wallet, anew: bool) -> Result<(), Failure> {
    let pin = if anew {
        wallet.pin_anew().await?
    } else {
        Pin::of(&wallet.trust().await?)
    };
    session.output.result(&Trusted {
        gateway: npub(&pin.gateway),
        operator: pin.operator.signer.to_string(),
        network: bitcoin::Network::from(pin.operator.network).to_string(),
        exit_delay: pin.operator.exit_delay,
        dust_sat: pin.operator.dust.to_sat(),
    })
}

impl Address {
    fn of(wallet: &Wallet, address: String) -> Self {
        Self {
            address,
            npub: npub(&wallet.nostr()),
            owner: wallet.owner().to_string(),
        }
    }
}

impl From<nanoark_ark_verifier::asset::AssetAmount> for Asset {
    fn from(asset: nanoark_ark_verifier::asset::AssetAmount) -> Self {
        Self {
            asset_id: asset.asset_id.to_string(),
            amount: asset.amount.to_string(),
        }
    }
}

impl From<BalancesView> for Worth {
    fn from(balance: BalancesView) -> Self {
        Self {
            address: balance.address.to_string(),
            spendable_sat: balance.spendable.to_sat(),
            held_sat: balance.held.to_sat(),
            recoverable_sat: balance.recoverable.to_sat(),
            assets: balance.assets.into_iter().map(Asset::from).collect(),
            next_expiry: balance.next_expiry.map(|at| at.to_string()),
        }
    }
}

impl From<VtxoView> for Vtxo {
    fn from(vtxo: VtxoView) -> Self {
        Self {
            outpoint: vtxo.outpoint.to_string(),
            amount_sat: vtxo.amount.to_sat(),
            assets: vtxo.assets.into_iter().map(Asset::from).collect(),
            status: match vtxo.status {
                VtxoStatus::Spendable => "spendable",
                VtxoStatus::Held => "held",
                VtxoStatus::Recoverable => "recoverable",
            },
            expires_at: vtxo.expires_at.to_string(),
        }
    }
}

impl Report for Address {
    /// Nothing but the address, for `$(nanoark ark address)`.
    fn text(&self) -> String {
        self.address.clone()
    }
}

impl Report for Worth {
    fn text(&self) -> String {
        let show = |sat| amount::show(bitcoin::Amount::from_sat(sat));
        let mut lines = vec![format!("spendable    {}", show(self.spendable_sat))];
        for (name, sat) in [("held", self.held_sat), ("recoverable", self.recoverable_sat)] {
            if sat > 0 {
                lines.push(format!("{name:<12} {}", show(sat)));
            }
        }
        lines.extend(self.assets.iter().map(Asset::line));
        lines.extend(self.next_expiry.iter().map(|at| format!("first expiry {at}")));
        lines.join("\n")
    }
}

impl Asset {
    fn line(&self) -> String {
        format!("asset        {} of {}", self.amount, self.asset_id)
    }
}

impl Report for Coins {
    fn text(&self) -> String {
        if self.vtxos.is_empty() {
            return "no VTXOs".to_owned();
        }
        let line = |vtxo: &Vtxo| {
            let amount = amount::show(bitcoin::Amount::from_sat(vtxo.amount_sat));
            let assets: String = vtxo
                .assets
                .iter()
                .map(|asset| format!(", {} of {}", asset.amount, asset.asset_id))
                .collect();
            format!(
                "{} {amount}{assets}, {}, until {}",
                vtxo.outpoint, vtxo.status, vtxo.expires_at
            )
        };
        self.vtxos.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Report for Trusted {
    fn text(&self) -> String {
        format!(
            "gateway     {}\noperator    {}\nnetwork     {}\nexit delay  {}\ndust        {} sat",
            self.gateway, self.operator, self.network, self.exit_delay, self.dust_sat
        )
    }
}
