//! Making a key, and showing the account that it has.

use std::io::{IsTerminal as _, Write as _};

use nanoark_client::System;
use nanoark_nano::{Account, Network};
use nanoark_wallet::{AccountIndex, KeyFile, Secret};
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::{Failure, Trouble};
use crate::output::Report;
use crate::session::Session;

/// How a secret is kept.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct Keeping {
    /// Keep the secret in a file without a passphrase, readable by you alone
    #[arg(long)]
    pub(crate) no_passphrase: bool,
    /// Show the 24 words once, for a backup on paper; only at a terminal
    #[arg(long)]
    pub(crate) show: bool,
}

/// The account that the wallet pays from.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MainAccount {
    /// The account.
    #[schemars(with = "String")]
    pub(crate) account: Account,
}

impl Report for MainAccount {
    fn text(&self) -> String {
        self.account.to_string()
    }
}

pub(super) fn create(session: &Session, keeping: &Keeping) -> Result<(), Failure> {
    session.home.create()?;
    if session.home.has_secret() {
        return Err(exists(session));
    }
    if keeping.show && (session.output.is_json() || !std::io::stdout().is_terminal()) {
        return Err(Failure::new(
            Trouble::NoTerminal,
            "--show writes the words to a terminal only, and this is none",
            "leave --show out and copy the key file as a backup",
        ));
    }
    let secret = Secret::new_mnemonic(&System)?;
    keep(session, &secret, keeping)?;
    if keeping.show {
        show(&secret)?;
    }
    session.output.result(&MainAccount {
        account: main_account(&secret),
    })
}

pub(super) fn address(session: &Session) -> Result<(), Failure> {
    session.output.result(&MainAccount {
        account: main_account(&session.secret()?),
    })
}

pub(super) fn exists(session: &Session) -> Failure {
    Failure::new(
        Trouble::SecretExists,
        format!("{} has a key already", session.home.path().display()),
        "use another folder with --home DIR; a key is never replaced",
    )
}

/// Keeps the secret: encrypted, unless the user said otherwise or its money is worth nothing.
pub(crate) fn keep(session: &Session, secret: &Secret, keeping: &Keeping) -> Result<(), Failure> {
    let worthless = session.settings.network() == Network::Dev && session.secrets.given_passphrase()?.is_none();
    if keeping.no_passphrase || worthless {
        secret.write_plain(&session.home.plain_secret_file())?;
    } else {
        let passphrase = session.secrets.new_passphrase()?;
        KeyFile::create(&session.home.key_file(), secret, &passphrase, &System)?;
    }
    Ok(())
}

fn main_account(secret: &Secret) -> Account {
    secret.private_key(AccountIndex::MAIN).public()
}

/// The only place where a secret is written to anything but its file.
fn show(secret: &Secret) -> Result<(), Failure> {
    let mut terminal = std::io::stdout().lock();
    writeln!(terminal, "Write these words down. They are not shown again.\n")
        .and_then(|()| terminal.write_all(secret.reveal().as_bytes()))
        .and_then(|()| writeln!(terminal, "\n"))
        .map_err(|error| Failure::internal(&error))
}
