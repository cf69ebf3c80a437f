//! `nanoark ark`: bitcoin on Ark, by orders that this wallet signs and the gateway carries out.

mod amount;
mod holdings;
mod keys;
mod orders;
mod pay;
mod place;
mod recover;
mod swap;

use std::path::PathBuf;

use nanoark_ark_wallet::{ArkWallet, Gateway};
use nanoark_client::{HttpTransport, System, TransportLimits};
use nanoark_state_file::Durability;

use crate::failure::Failure;
use crate::session::Session;

pub(crate) use holdings::{Address, Coins, Trusted, Worth};
pub(crate) use orders::Ordered;
pub(crate) use recover::{Report as Recovery, Sessions};
pub(crate) use swap::Terms;

/// Which keys the Ark wallet has.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct KeyChoice {
    /// A file with a Nostr secret key (nsec1… or hex), readable by you alone, in the place of the bot's own
    #[arg(long, global = true, env = "NANOARK_NSEC_FILE", value_name = "FILE")]
    nsec_file: Option<PathBuf>,
    /// Coins belong to the bot's own key, not to the Nostr key of --nsec-file; `nanoark ark bind` tells the gateway
    #[arg(long, global = true, env = "NANOARK_SEPARATE_OWNER")]
    separate_owner: bool,
}

/// What to do on Ark.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    keys: KeyChoice,
    #[command(subcommand)]
    command: Command,
}

/// What to do on Ark.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show where to receive
    #[command(after_help = "Example:\n  nanoark ark address")]
    Address,
    /// Show what the wallet holds, by state and asset
    #[command(after_help = "Examples:\n  nanoark ark balance\n  nanoark --json ark balance | jq .spendable_sat")]
    Balance,
    /// List the wallet's VTXOs
    #[command(after_help = "Example:\n  nanoark ark vtxos")]
    Vtxos,
    /// Send bitcoin or assets, once
    #[command(after_help = "Examples:
  nanoark ark send tark1… 1000sat --key rent-2026-11
  nanoark ark send npub1… 0.0001BTC --max-fee 500sat
  nanoark ark send tark1… 330sat --asset ASSET=25

One key is one payment for ever: the same command again pays nothing twice, however the first try ended. Without --key a \
new one is made and printed before anything is sent.")]
    Send(pay::Send),
    /// Split coins into VTXOs of given amounts
    #[command(after_help = "Example:\n  nanoark ark split 1000sat 1000sat 5000sat")]
    Split(pay::Split),
    /// Join coins into one VTXO
    #[command(after_help = "Example:\n  nanoark ark consolidate")]
    Consolidate(pay::Consolidate),
    /// Exchange with another wallet in one transaction, or not at all
    #[command(subcommand)]
    Swap(swap::Command),
    /// Tell the gateway that this key's coins belong to another key
    #[command(after_help = "Example:\n  nanoark ark bind --nsec-file nsec.txt --separate-owner")]
    Bind,
    /// Go on with every order that is under way, and show what finishes the rest without the gateway
    #[command(after_help = "Examples:
  nanoark ark recover
  nanoark --json ark recover | jq '.rescues[]'

A rescue has the signed proof by which the operator gives a submitted transaction back, so that any wallet with your key \
can finish it.")]
    Recover(recover::Arguments),
    /// List the orders of this wallet and where they stand
    #[command(after_help = "Examples:\n  nanoark ark sessions\n  nanoark ark sessions --all")]
    Sessions {
        /// Those that are over too
        #[arg(long)]
        all: bool,
    },
    /// Show what the wallet holds gateway and operator to: what it first saw of them
    #[command(
        after_help = "Examples:\n  nanoark ark trust\n  nanoark ark trust --anew     after you have learned why it changed"
    )]
    Trust {
        /// Take the gateway's word for what it is from here on
        #[arg(long)]
        anew: bool,
    },
}

/// The wallet that commands work with.
type Wallet = ArkWallet<HttpTransport>;

pub(crate) async fn run(session: &Session, arguments: Arguments) -> Result<(), Failure> {
    let Arguments { keys, command } = arguments;
    match command {
        Command::Address => holdings::address(session, &open(session, &keys)?).await,
        Command::Balance => holdings::balance(session, &open(session, &keys)?).await,
        Command::Vtxos => holdings::vtxos(session, &open(session, &keys)?).await,
        Command::Send(arguments) => pay::send(session, open(session, &keys)?, arguments).await,
        Command::Split(arguments) => pay::split(session, open(session, &keys)?, arguments).await,
        Command::Consolidate(arguments) => pay::consolidate(session, open(session, &keys)?, arguments).await,
        Command::Swap(command) => swap::run(session, command, || open(session, &keys)).await,
        Command::Bind => holdings::bind(session, &open(session, &keys)?).await,
        Command::Recover(arguments) => recover::recover(session, &open(session, &keys)?, arguments).await,
        Command::Sessions { all } => recover::sessions(session, &open(session, &keys)?, all),
        Command::Trust { anew } => holdings::trust(session, &open(session, &keys)?, anew).await,
    }
}

/// The wallet of this home, or of the Nostr key that was named.
fn open(session: &Session, choice: &KeyChoice) -> Result<Wallet, Failure> {
    // Said before a passphrase is asked for.
    let url = session.settings.relay()?.to_owned();
    let keys = keys::keys(session, choice)?;
    session.home.create()?;
    let transport = HttpTransport::new(TransportLimits::default())?;
    let gateway = Gateway::new(&url, transport, keys.nostr().clone(), System)?;
    let state = session.home.ark_state(keys::name(choice, &keys).as_deref());
    Ok(ArkWallet::open(&state, Durability::Full, keys, gateway)?)
}
