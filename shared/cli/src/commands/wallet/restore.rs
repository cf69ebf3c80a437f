//! `nanoark wallet restore`.

use nanoark_wallet::{Restored, Secret};
use schemars::JsonSchema;
use serde::Serialize;

use super::balance::Holding;
use super::key::{Keeping, exists, keep};
use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

/// How the wallet is brought back.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Keep the secret in a file without a passphrase, readable by you alone
    #[arg(long)]
    no_passphrase: bool,
    /// How many unused accounts in a row end the search
    #[arg(long, value_name = "N", default_value_t = 20)]
    gap: u32,
}

/// What was found on the ledger.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Found {
    /// The accounts that were ever used.
    accounts: Vec<Holding>,
    /// The index that the next invoice account gets.
    next_index: u32,
}

pub(super) async fn run(session: &Session, arguments: &Arguments) -> Result<(), Failure> {
    session.home.create()?;
    let secret = if session.home.has_secret() {
        if session.secrets.given()?.is_some() {
            return Err(exists(session));
        }
        session.secret()?
    } else {
        let secret = session.secrets.given_or_typed()?;
        let keeping = Keeping {
            no_passphrase: arguments.no_passphrase,
            show: false,
        };
        keep(session, &secret, &keeping)?;
        secret
    };
    let found = scan(session, secret, arguments.gap).await?;
    session.output.result(&found)
}

/// Looks for the accounts of the secret on the ledger.
async fn scan(session: &Session, secret: Secret, gap: u32) -> Result<Found, Failure> {
    let wallet = session.wallet_of(secret, &session.nodes()?)?;
    session.progress.say("looking for used accounts");
    let Restored { found, next_index } = wallet.restore(gap).await?;
    session.progress.done();
    Ok(Found {
        accounts: found.into_iter().map(Holding::from).collect(),
        next_index: next_index.0,
    })
}

impl Report for Found {
    fn text(&self) -> String {
        if self.accounts.is_empty() {
            return "No account of this wallet was ever used.".to_owned();
        }
        let lines: Vec<String> = self.accounts.iter().map(Holding::line).collect();
        format!(
            "{}\nThe next invoice account has the index {}.",
            lines.join("\n"),
            self.next_index
        )
    }
}
