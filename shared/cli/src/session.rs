//! What commands work with: the bot, the relay's client, the Nano nodes and the wallet, made from settings.

use std::sync::Arc;

use nanoark_bots::buyer::Policy;
use nanoark_client::realtime::{InvalidSocketUrl, SocketUrl};
use nanoark_client::{Bot, Client, HttpTransport, System, TransportLimits};
use nanoark_nano_rpc::{Limits, Node, NodeSet, Url};
use nanoark_wallet::work::{NodeWork, WorkSource};
use nanoark_wallet::{Secret, Wallet};

use crate::failure::{Failure, Trouble};
use crate::home::Home;
use crate::output::Output;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::unlock::SecretSource;

/// Everything that the options before the command say.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) home: Home,
    pub(crate) settings: Settings,
    pub(crate) secrets: SecretSource,
    pub(crate) output: Output,
    pub(crate) progress: Arc<Progress>,
}

/// The bot with its wallet.
pub(crate) struct Unlocked {
    pub(crate) client: Client<HttpTransport>,
    pub(crate) wallet: Wallet,
    pub(crate) nodes: NodeSet,
}

impl Session {
    /// A client that signs as this bot.
    pub(crate) fn client(&self, bot: Bot) -> Result<Client<HttpTransport>, Failure> {
        let transport = HttpTransport::new(TransportLimits::default())?;
        Ok(Client::new(self.settings.relay()?, transport, bot, System)?)
    }

    /// A client for what needs no signature. Whatever it signs, nobody has the key of.
    pub(crate) fn public_client(&self) -> Result<Client<HttpTransport>, Failure> {
        self.client(Bot::from_seed(&[0; 32]))
    }

    /// A client that signs as this home's bot.
    pub(crate) fn own_client(&self) -> Result<Client<HttpTransport>, Failure> {
        // Said before a passphrase is asked for.
        self.settings.relay()?;
        self.client(Bot::from_seed(&self.secret()?.bot_seed()))
    }

    /// Where hints come from, if that is set.
    pub(crate) fn socket_url(&self) -> Result<Option<SocketUrl>, Failure> {
        let Some(url) = &self.settings.websocket else {
            return Ok(None);
        };
        let parsed = url.parse().map_err(|error: InvalidSocketUrl| {
            Failure::usage(error.to_string(), "name it as --websocket wss://host/v1")
        })?;
        Ok(Some(parsed))
    }

    /// What this bot may buy.
    pub(crate) fn policy(&self) -> Result<Policy, Failure> {
        let file = self.home.policy_file();
        let bad = |reason: String| {
            Failure::new(
                Trouble::BadPolicy,
                format!("{}: {reason}", file.display()),
                "`nanoark init` writes a first policy where there is none; docs/cli.md describes the file",
            )
        };
        let text = std::fs::read_to_string(&file).map_err(|error| bad(error.to_string()))?;
        Policy::parse(&text).map_err(|error| bad(error.to_string()))
    }

    /// The nodes, of which more than half must agree unless another quorum was said.
    pub(crate) fn nodes(&self) -> Result<NodeSet, Failure> {
        let urls = self.settings.nano_rpc()?;
        let parsed: Result<Vec<Url>, _> = urls.iter().map(|url| Url::parse(url.trim())).collect();
        let parsed = parsed.map_err(|error| {
            Failure::usage(
                format!("a Nano node's address is no URL: {error}"),
                "name nodes as --nano-rpc https://node-a.example,https://node-b.example",
            )
        })?;
        let majority = (parsed.len() / 2).saturating_add(1);
        let quorum = self.settings.nano_quorum.unwrap_or(majority);
        Ok(NodeSet::new(
            parsed,
            quorum,
            self.settings.network(),
            Limits::default(),
        )?)
    }

    pub(crate) fn secret(&self) -> Result<Secret, Failure> {
        self.secrets.unlock(&self.home)
    }

    /// Bot, nodes and wallet.
    pub(crate) fn unlock(&self) -> Result<Unlocked, Failure> {
        let nodes = self.nodes()?;
        let secret = self.secret()?;
        let client = self.client(Bot::from_seed(&secret.bot_seed()))?;
        let wallet = self.wallet_of(secret, &nodes)?;
        Ok(Unlocked { client, wallet, nodes })
    }

    /// The wallet alone: it needs no relay.
    pub(crate) fn wallet(&self) -> Result<Wallet, Failure> {
        let nodes = self.nodes()?;
        self.wallet_of(self.secret()?, &nodes)
    }

    /// The wallet of this secret.
    pub(crate) fn wallet_of(&self, secret: Secret, nodes: &NodeSet) -> Result<Wallet, Failure> {
        self.home.create()?;
        let work = self.work()?;
        let state = self.home.wallet_state();
        let wallet = Wallet::open(secret, &state, nodes.clone(), work, Arc::new(System))?;
        if let Some(representative) = self.settings.representative {
            wallet.set_representative(representative)?;
        }
        Ok(wallet)
    }

    /// The work server first, if there is one; this machine otherwise.
    fn work(&self) -> Result<Arc<dyn WorkSource>, Failure> {
        let server = match &self.settings.work_server {
            Some(url) => Some(Node::new(
                Url::parse(url).map_err(|error| {
                    Failure::usage(
                        format!("the work server's address is no URL: {error}"),
                        "name it as --work-server URL",
                    )
                })?,
                Limits {
                    timeout: NodeWork::PATIENCE,
                    ..Limits::default()
                },
            )?),
            None => None,
        };
        Ok(crate::work::source(server, self.settings.network(), &self.progress))
    }
}
