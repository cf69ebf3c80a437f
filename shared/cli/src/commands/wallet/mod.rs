//! `nanoark wallet`.

mod balance;
mod key;
mod receive;
mod restore;
mod send;

use nanoark_nano::RawAmount;

use crate::failure::Failure;
use crate::session::Session;

pub(crate) use balance::Holdings;
pub(crate) use key::{Keeping, MainAccount, keep};
pub(crate) use receive::{Pocketed, Swept};
pub(crate) use restore::Found;
pub(crate) use send::{Draft, SentNow};

/// What to do with the wallet.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a key, without settings; `nanoark init` does both
    #[command(after_help = "Examples:
  nanoark wallet create
  nanoark wallet create --show          shows the 24 words once, for a backup on paper
  NANOARK_PASSPHRASE_FILE=pass nanoark wallet create

No other command ever shows the secret. The key file is a backup too: copy key.json, and remember its passphrase.")]
    Create(Keeping),
    /// Bring back a wallet from its seed or mnemonic, or find its accounts again
    #[command(after_help = "Examples:
  nanoark wallet restore                 asks for the seed or mnemonic, keeps it, and looks for used accounts
  nanoark --secret-file seed.txt wallet restore
  nanoark wallet restore --gap 100       looks further, with the key that is there")]
    Restore(restore::Arguments),
    /// Show the account to send money to
    #[command(after_help = "Example:\n  nanoark wallet address")]
    Address,
    /// Show what the wallet holds and what waits for it
    #[command(after_help = "Examples:\n  nanoark wallet balance\n  nanoark --json wallet balance")]
    Balance,
    /// Send money, once
    #[command(after_help = "Examples:
  nanoark wallet send ACCOUNT 0.5XNO --key rent-2026-11
  nanoark wallet send ACCOUNT 0.5XNO --dry-run

One key is one payment for ever: the same command again sends nothing twice, however the first try ended. Without \
--key a new one is made and printed before anything is sent.")]
    Send(send::Arguments),
    /// Take in what waits for the account
    #[command(after_help = "Examples:\n  nanoark wallet receive\n  nanoark wallet receive --least 0.0001XNO")]
    Receive {
        /// Leave smaller amounts waiting, such as 0.0001XNO
        #[arg(long, value_name = "AMOUNT", value_parser = crate::amount::parse, default_value = "1raw")]
        least: RawAmount,
    },
    /// Bring what invoice accounts hold to the main account
    #[command(after_help = "Example:\n  nanoark wallet sweep")]
    Sweep,
}

pub(crate) async fn run(session: &Session, command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(keeping) => key::create(session, &keeping),
        Command::Restore(arguments) => restore::run(session, &arguments).await,
        Command::Address => key::address(session),
        Command::Balance => balance::run(session).await,
        Command::Send(arguments) => send::run(session, arguments).await,
        Command::Receive { least } => receive::receive(session, least).await,
        Command::Sweep => receive::sweep(session).await,
    }
}
