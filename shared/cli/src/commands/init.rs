//! `nanoark init`: a folder with settings, guard rails and a wallet.

use nanoark_client::System;
use nanoark_wallet::Secret;
use schemars::JsonSchema;
use serde::Serialize;

use super::wallet::{Keeping, keep};
use super::whoami::Identity;
use crate::failure::{Failure, Trouble};
use crate::output::Report;
use crate::session::Session;
use crate::settings::Settings;

/// How the bot is made.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nanoark init --local
      a bot for the stack that `cargo run -- up` serves; its money is worth nothing, so its key has no passphrase
  nanoark init --relay https://relay.example --nano-rpc https://node-a.example,https://node-b.example
      a bot on the live network, with a new key behind a passphrase
  nanoark --secret-file seed.txt init --restore --relay https://relay.example --nano-rpc https://node-a.example
      the same bot again, from its seed or mnemonic

The settings are those of the options and the environment; run it again to change them. Key and policy are made once \
and never replaced. The policy (policy.json) is what the bot may buy: edit it to allow more or less.")]
pub(crate) struct Arguments {
    /// Use the relay and the ledger of `cargo run -- up` on this machine
    #[arg(long)]
    local: bool,
    /// Bring back a bot from its seed or mnemonic instead of making a new one
    #[arg(long)]
    restore: bool,
    /// Keep the secret in a file without a passphrase, readable by you alone
    #[arg(long)]
    no_passphrase: bool,
}

/// What `init` made.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Made {
    /// Who the bot is.
    #[serde(flatten)]
    identity: Identity,
    /// Whether its key was made, or brought back, just now.
    new_key: bool,
    /// The buyer's policy file.
    policy: String,
}

pub(crate) fn run(session: Session, arguments: &Arguments) -> Result<(), Failure> {
    let mut session = session;
    if arguments.local {
        session.settings = session.settings.over(Settings::local());
    }
    session.home.create()?;
    let new_key = !session.home.has_secret();
    if !new_key && arguments.restore {
        return Err(Failure::new(
            Trouble::SecretExists,
            format!("{} has a key already", session.home.path().display()),
            "restore into another folder with --home DIR; a key is never replaced",
        ));
    }
    let keeping = Keeping {
        no_passphrase: arguments.no_passphrase,
        show: false,
    };
    let secret = if !new_key {
        session.secret()?
    } else if arguments.restore {
        let secret = session.secrets.given_or_typed()?;
        keep(&session, &secret, &keeping)?;
        secret
    } else {
        let secret = Secret::new_mnemonic(&System)?;
        keep(&session, &secret, &keeping)?;
        secret
    };
    session.home.write_settings(&session.settings)?;
    session.home.write_first_policy()?;
    session.output.result(&Made {
        identity: Identity::of(&session, &secret),
        new_key,
        policy: session.home.policy_file().display().to_string(),
    })?;
    if arguments.restore {
        session
            .output
            .remark("`nanoark wallet restore` looks for the accounts that this key has used.");
    } else if new_key {
        session.output.remark(
            "A new key was made. Back up the folder: whoever has it has the money, and nobody else can restore it.",
        );
    }
    Ok(())
}

impl Report for Made {
    fn text(&self) -> String {
        format!("{}\npolicy   {}", self.identity.text(), self.policy)
    }
}
