//! One file per command.

pub(crate) mod ark;
pub(crate) mod buy;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod jobs;
pub(crate) mod offers;
pub(crate) mod receipt;
pub(crate) mod schema;
pub(crate) mod sell;
pub(crate) mod wallet;
pub(crate) mod whoami;

use std::sync::Arc;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;
use crate::home::Home;
use crate::progress::Progress;
use crate::session::Session;

/// Does what the command line says.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let output = arguments.output();
    let home = Home::find(arguments.home)?;
    let written = home.settings()?;
    let session = Session {
        settings: arguments.settings.over(written),
        home,
        secrets: arguments.secrets,
        output,
        progress: Arc::new(Progress::new(output)),
    };
    match arguments.command {
        Command::Init(arguments) => init::run(session, &arguments),
        Command::Whoami => whoami::run(&session),
        Command::Doctor(arguments) => doctor::run(&session, arguments).await,
        Command::Wallet(command) => wallet::run(&session, command).await,
        Command::Ark(arguments) => ark::run(&session, arguments).await,
        Command::Offers(command) => offers::run(&session, command).await,
        Command::Buy(arguments) => buy::run(&session, arguments).await,
        Command::Jobs(command) => jobs::run(&session, command).await,
        Command::Sell(arguments) => sell::run(&session, arguments).await,
        Command::Receipt(command) => receipt::run(&session, &command),
        Command::Schema => schema::run(&session),
        Command::Completions(arguments) => completions::run(&session, &arguments),
    }
}
