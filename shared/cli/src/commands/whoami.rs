//! `nanoark whoami`.

use nanoark_client::Bot;
use nanoark_domain::bot::BotId;
use nanoark_nano::Account;
use nanoark_wallet::{AccountIndex, Secret};
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

/// Who the bot is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Identity {
    /// The bot's id: its Ed25519 public key.
    #[schemars(with = "String")]
    bot: BotId,
    /// The Nano account that it pays from and is refunded to.
    #[schemars(with = "String")]
    account: Account,
    /// Its folder.
    home: String,
    /// The relay, if one is set.
    relay: Option<String>,
    /// The Nano network.
    network: String,
}

pub(crate) fn run(session: &Session) -> Result<(), Failure> {
    let secret = session.secret()?;
    session.output.result(&Identity::of(session, &secret))
}

impl Identity {
    pub(crate) fn of(session: &Session, secret: &Secret) -> Self {
        Self {
            bot: Bot::from_seed(&secret.bot_seed()).id(),
            account: secret.private_key(AccountIndex::MAIN).public(),
            home: session.home.path().display().to_string(),
            relay: session.settings.relay.clone(),
            network: session.settings.network().as_str().to_owned(),
        }
    }
}

impl Report for Identity {
    fn text(&self) -> String {
        format!(
            "bot      {}\naccount  {}\nhome     {}\nrelay    {}\nnetwork  {}",
            self.bot,
            self.account,
            self.home,
            self.relay.as_deref().unwrap_or("none set"),
            self.network
        )
    }
}
