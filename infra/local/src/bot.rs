//! A bot on this machine: a folder with its secret and its state, and its ways to the relay and the ledger that run here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nanoark_bots::buyer::{Book, Buyer};
use nanoark_bots::seller::{Policy, State, Worker, WorkerParts};
use nanoark_bots::{Durability, buyer};
use nanoark_client::realtime::{self, WebSocketTransport};
use nanoark_client::{Client, Hints, HttpTransport, System, TransportLimits};
use nanoark_nano_rpc::{Limits, NodeSet};
use nanoark_wallet::work::LocalWork;
use nanoark_wallet::{Secret, Wallet};

use crate::Failure;
use crate::running::Running;
use crate::words::{self, CountWords};

/// A bot on this machine.
pub(crate) struct Bot {
    folder: PathBuf,
    websocket: String,
    pub(crate) client: Client<HttpTransport>,
    pub(crate) wallet: Wallet,
}

impl Bot {
    /// The bot of this folder, which is made if it is not there. Its money is the dev network's, so its secret has no
    /// passphrase.
    pub(crate) fn open(running: &Running, folder: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let file = folder.join("secret");
        let secret = if file.exists() {
            Secret::from_file(&file)?
        } else {
            let secret = Secret::new_seed(&System)?;
            secret.write_plain(&file)?;
            secret
        };
        let key = nanoark_client::Bot::from_seed(&secret.bot_seed());
        let transport = HttpTransport::new(TransportLimits::default())?;
        let urls = running.nano_url_list()?;
        let majority = (urls.len() / 2).saturating_add(1);
        let nodes = NodeSet::new(urls, majority, running.network(), Limits::default())?;
        let work = Arc::new(LocalWork::new(nodes.network(), Arc::new(System)));
        Ok(Self {
            websocket: running.stack().websocket_url().unwrap_or_default(),
            client: Client::new(&running.http_url(), transport, key, System)?,
            wallet: Wallet::open(secret, &folder.join("wallet.sqlite"), nodes, work, Arc::new(System))?,
            folder: folder.to_owned(),
        })
    }

    /// As a buyer.
    pub(crate) fn buyer(&self) -> Result<Buyer<HttpTransport>, Failure> {
        let book = Book::open(&self.folder.join("buyer.sqlite"), Durability::Full)?;
        let (client, wallet) = (self.client.clone(), self.wallet.clone());
        let nodes = wallet.nodes().clone();
        Ok(Buyer::new(
            client,
            Arc::new(wallet),
            nodes,
            book,
            buyer::Settings::default(),
        )?)
    }

    /// As a seller that counts words.
    pub(crate) fn worker(&self) -> Result<Worker<HttpTransport>, Failure> {
        let offer = words::offer()?;
        let file = self.folder.join("seller.sqlite");
        let parts = WorkerParts {
            client: self.client.clone(),
            wallet: self.wallet.clone(),
            state: State::open(&file, offer.name(), Durability::Full, &System)?,
            offer,
            tool: Arc::new(CountWords),
            quoter: Some(Arc::new(CountWords)),
            policy: Policy::default(),
            metrics: Arc::default(),
        };
        Ok(Worker::new(parts)?)
    }

    /// Hints about its jobs.
    pub(crate) fn hints(&self) -> Result<Hints, Failure> {
        let url = self.websocket.parse()?;
        let (hints, connection) = realtime::connect(&self.client, url, WebSocketTransport::new()?);
        tokio::spawn(connection);
        Ok(hints)
    }
}
