//! `nanoark ark send`, `split` and `consolidate`.

use bitcoin::{Amount, OutPoint};
use nanoark_ark_verifier::asset::AssetAmount;
use nanoark_ark_verifier::intent::{AssetReceiver, Destination, Receiver};
use nanoark_ark_wallet::Wanted;

use super::orders::{How, carry_out};
use super::{Wallet, amount, place};
use crate::failure::Failure;
use crate::session::Session;

/// What to send.
#[derive(Debug, clap::Args)]
pub(crate) struct Send {
    /// Where to: an Ark address, or a Nostr key as npub1…
    #[arg(value_parser = place::parse)]
    to: Destination,
    /// How much, such as 1000sat; with --asset, what carries the assets
    #[arg(value_parser = amount::parse)]
    amount: Amount,
    /// An asset to send along; may be given several times
    #[arg(long = "asset", value_name = "ID=UNITS", value_parser = amount::parse_asset)]
    assets: Vec<AssetAmount>,
    /// A VTXO to spend; may be given several times. Without any, the gateway chooses among yours
    #[arg(long = "input", value_name = "TXID:VOUT")]
    inputs: Vec<OutPoint>,
    #[command(flatten)]
    how: How,
}

/// What to split into.
#[derive(Debug, clap::Args)]
pub(crate) struct Split {
    /// The amounts, such as 1000sat 5000sat; what is left over becomes one more VTXO
    #[arg(required = true, value_name = "AMOUNT", value_parser = amount::parse)]
    amounts: Vec<Amount>,
    /// A VTXO to spend; may be given several times. Without any, the gateway chooses among yours
    #[arg(long = "input", value_name = "TXID:VOUT")]
    inputs: Vec<OutPoint>,
    #[command(flatten)]
    how: How,
}

/// What to join.
#[derive(Debug, clap::Args)]
pub(crate) struct Consolidate {
    /// A VTXO to join; may be given several times. Without any, the smallest ones, at most 10
    #[arg(long = "input", value_name = "TXID:VOUT")]
    inputs: Vec<OutPoint>,
    #[command(flatten)]
    how: How,
}

pub(super) async fn send(session: &Session, wallet: Wallet, arguments: Send) -> Result<(), Failure> {
    let Send {
        to,
        amount,
        assets,
        inputs,
        how,
    } = arguments;
    let inputs = named(inputs);
    let wanted = if assets.is_empty() {
        Wanted::Transfer {
            inputs,
            receivers: vec![Receiver { to, amount }],
        }
    } else {
        Wanted::AssetTransfer {
            inputs,
            receivers: vec![AssetReceiver { to, amount, assets }],
        }
    };
    carry_out(session, wallet, wanted, how).await
}

pub(super) async fn split(session: &Session, wallet: Wallet, arguments: Split) -> Result<(), Failure> {
    let wanted = Wanted::Split {
        inputs: named(arguments.inputs),
        amounts: arguments.amounts,
    };
    carry_out(session, wallet, wanted, arguments.how).await
}

pub(super) async fn consolidate(session: &Session, wallet: Wallet, arguments: Consolidate) -> Result<(), Failure> {
    let inputs = named(arguments.inputs);
    carry_out(session, wallet, Wanted::Consolidate { inputs }, arguments.how).await
}

fn named(inputs: Vec<OutPoint>) -> Option<Vec<OutPoint>> {
    (!inputs.is_empty()).then_some(inputs)
}
