//! `nanoark ark swap`: one party writes the terms, every party accepts the very same ones.

use std::path::PathBuf;

use bitcoin::{Amount, XOnlyPublicKey};
use nanoark_ark_verifier::asset::AssetAmount;
use nanoark_ark_verifier::intent::{ActionId, Leg, Swap};
use nanoark_ark_wallet::Wanted;
use nanoark_client::{Surroundings as _, System};
use nanoark_nostr::key::npub;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::orders::{How, carry_out};
use super::{Wallet, amount, place};
use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

/// What to do with a swap.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write the terms of a swap: what you give to whom, and what you get
    #[command(after_help = "Example:
  nanoark --json ark swap terms npub1… --give 1000sat --get 330sat --get-asset ASSET=25 > terms.json

Send the file to the other party. Nothing is ordered until both have accepted it.")]
    Terms(Offer),
    /// Accept the terms: it happens for all parties at once, or for none
    #[command(after_help = "Example:\n  nanoark ark swap accept terms.json")]
    Accept {
        /// The terms as `nanoark ark swap terms` wrote them; - for standard input
        file: PathBuf,
        #[command(flatten)]
        how: How,
    },
}

/// What is offered.
#[derive(Debug, clap::Args)]
pub(crate) struct Offer {
    /// The Nostr key of the other party, as npub1…
    #[arg(value_name = "NPUB", value_parser = place::parse_key)]
    partner: XOnlyPublicKey,
    /// What you give, such as 1000sat; what carries the assets of --give-asset
    #[arg(long, value_name = "AMOUNT", value_parser = amount::parse)]
    give: Amount,
    /// What you get, such as 1000sat; what carries the assets of --get-asset
    #[arg(long, value_name = "AMOUNT", value_parser = amount::parse)]
    get: Amount,
    /// An asset that you give; may be given several times
    #[arg(long = "give-asset", value_name = "ID=UNITS", value_parser = amount::parse_asset)]
    give_assets: Vec<AssetAmount>,
    /// An asset that you get; may be given several times
    #[arg(long = "get-asset", value_name = "ID=UNITS", value_parser = amount::parse_asset)]
    get_assets: Vec<AssetAmount>,
    /// The swap's name, 8 to 64 of A-Z a-z 0-9 _ -; without it, a random one
    #[arg(long, value_name = "NAME")]
    id: Option<ActionId>,
}

/// The terms of a swap: what every party signs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Terms {
    /// The swap's name.
    #[schemars(with = "String")]
    swap_id: ActionId,
    /// Who gives what to whom: Nostr keys in hex, satoshi, and assets.
    #[schemars(with = "Vec<Value>")]
    legs: Vec<Leg>,
    /// What each party pays the gateway: an address, and satoshi.
    #[schemars(with = "Value")]
    fee: nanoark_ark_verifier::intent::Fee,
}

pub(super) async fn run(
    session: &Session,
    command: Command,
    open: impl FnOnce() -> Result<Wallet, Failure>,
) -> Result<(), Failure> {
    match command {
        Command::Terms(offer) => terms(session, &open()?, offer).await,
        Command::Accept { file, mut how } => {
            // A file that cannot be read is said before a passphrase is asked for.
            let swap = read(&file)?;
            let wallet = open()?;
            session.output.remark(&told(&swap, wallet.nostr()));
            // The same terms accepted again are the same order.
            how.name(&swap.swap_id);
            carry_out(session, wallet, Wanted::Swap(swap), how).await
        }
    }
}

async fn terms(session: &Session, wallet: &Wallet, offer: Offer) -> Result<(), Failure> {
    let swap_id = match offer.id {
        Some(id) => id,
        None => random_name()?,
    };
    let me = wallet.nostr();
    if offer.partner == me {
        return Err(Failure::usage(
            "the other party is this wallet itself",
            "name the other party's key, as its `nanoark ark address` shows it",
        ));
    }
    let legs = vec![
        Leg {
            from: me,
            to: offer.partner,
            amount: offer.give,
            assets: offer.give_assets,
        },
        Leg {
            from: offer.partner,
            to: me,
            amount: offer.get,
            assets: offer.get_assets,
        },
    ];
    let Swap { swap_id, legs, fee } = wallet.swap_terms(swap_id, legs).await?;
    session.output.result(&Terms { swap_id, legs, fee })
}

/// Terms as this program prints them, with or without the type of the line.
fn read(file: &std::path::Path) -> Result<Swap, Failure> {
    let wrong = |reason: String| {
        Failure::usage(
            format!("{} holds no terms of a swap: {reason}", file.display()),
            "`nanoark --json ark swap terms` writes such a file",
        )
    };
    let text = crate::input::file_or_stdin(file)?;
    let mut value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if let Some(members) = value.as_object_mut() {
        members.remove("type");
    }
    serde_json::from_value(value).map_err(|error| wrong(error.to_string()))
}

/// What the terms mean for this wallet.
fn told(swap: &Swap, me: XOnlyPublicKey) -> String {
    let mut lines = Vec::new();
    for leg in &swap.legs {
        let assets: String = leg
            .assets
            .iter()
            .map(|asset| format!(" and {} of {}", asset.amount, asset.asset_id))
            .collect();
        let what = format!("{}{assets}", amount::show(leg.amount));
        if leg.from == me {
            lines.push(format!("you give {what} to {}", npub(&leg.to)));
        }
        if leg.to == me {
            lines.push(format!("you get {what} from {}", npub(&leg.from)));
        }
    }
    lines.push(format!("you pay a fee of {}", amount::show(swap.fee.amount)));
    lines.join("\n")
}

fn random_name() -> Result<ActionId, Failure> {
    let mut bytes = [0; 8];
    System.fill(&mut bytes)?;
    format!("swap-{}", hex::encode(bytes))
        .parse()
        .map_err(|error| Failure::internal(&error))
}

impl Report for Terms {
    /// The terms are for the other party's program to read in either form.
    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
