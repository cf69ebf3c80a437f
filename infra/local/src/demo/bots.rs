//! The two bots, with a folder that lasts as long as the demo.

use std::path::PathBuf;
use std::sync::Arc;

use nanoark_bots::buyer::{Book, Buyer, Happened, Observer, Progress, Step};
use nanoark_bots::seller::{Policy, State, Worker, WorkerParts};
use nanoark_bots::{buyer, seller};
use nanoark_client::realtime::{self, WebSocketTransport};
use nanoark_client::{Bot, Client, Hints, HttpTransport, System, TransportLimits};
use nanoark_nano_rpc::{Limits, NodeSet};
use nanoark_wallet::work::LocalWork;
use nanoark_wallet::{Secret, Wallet};
use serde_json::json;
use tempfile::TempDir;

use super::timeline::{Timeline, Who};
use super::words::{self, CountWords};
use crate::Failure;
use crate::running::Running;

/// Both bots' folder, wallets and ways.
pub(super) struct House {
    folder: TempDir,
    websocket: String,
    nodes: NodeSet,
    seller_wallet: Wallet,
    buyer_wallet: Wallet,
    pub(super) seller: Client<HttpTransport>,
    pub(super) buyer: Client<HttpTransport>,
}

impl House {
    pub(super) fn new(running: &Running) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let nodes = NodeSet::new(running.nano_url_list()?, 1, running.network(), Limits::default())?;
        let bot = |name: &str| -> Result<_, Failure> {
            let secret = Secret::new_seed(&System)?;
            let transport = HttpTransport::new(TransportLimits::default())?;
            let client = Client::new(
                &running.http_url(),
                transport,
                Bot::from_seed(&secret.bot_seed()),
                System,
            )?;
            let work = Arc::new(LocalWork::new(nodes.network(), Arc::new(System)));
            let state = folder.path().join(name);
            let wallet = Wallet::open(secret, &state, nodes.clone(), work, Arc::new(System))?;
            Ok((client, wallet))
        };
        let (seller, seller_wallet) = bot("seller-wallet.sqlite")?;
        let (buyer, buyer_wallet) = bot("buyer-wallet.sqlite")?;
        Ok(Self {
            folder,
            websocket: running.stack().websocket_url().unwrap_or_default(),
            nodes,
            seller_wallet,
            buyer_wallet,
            seller,
            buyer,
        })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The buyer, and its wallet.
    pub(super) fn buyer(&self) -> Result<(Buyer<HttpTransport>, Wallet), Failure> {
        let wallet = self.buyer_wallet.clone();
        let book = Book::open(&self.file("buyer.sqlite"), buyer::Durability::Full)?;
        let settings = buyer::Settings::default();
        let client = self.buyer.clone();
        let buyer = Buyer::new(client, Arc::new(wallet.clone()), self.nodes.clone(), book, settings)?;
        Ok((buyer, wallet))
    }

    /// The seller's worker.
    pub(super) fn worker(&self) -> Result<Worker<HttpTransport>, Failure> {
        let offer = words::offer()?;
        let file = self.file("seller.sqlite");
        let parts = WorkerParts {
            client: self.seller.clone(),
            wallet: self.seller_wallet.clone(),
            state: State::open(&file, offer.name(), seller::Durability::Full, &System)?,
            offer,
            tool: Arc::new(CountWords),
            quoter: Some(Arc::new(CountWords)),
            policy: Policy::default(),
            metrics: Arc::default(),
        };
        Ok(Worker::new(parts)?)
    }

    /// Hints for one of them.
    pub(super) fn hints(&self, client: &Client<HttpTransport>) -> Result<Hints, Failure> {
        let (hints, connection) = realtime::connect(client, self.websocket.parse()?, WebSocketTransport::new()?);
        tokio::spawn(connection);
        Ok(hints)
    }
}

/// Tells what the buyer does.
pub(super) struct Told(pub(super) Arc<Timeline>);

impl Observer for Told {
    fn step(&self, step: &Step) {
        let name = match &step.what {
            Happened::Went { progress } => match progress {
                Progress::Requesting => "request-job",
                Progress::Agreed { .. } => "accept-job",
                Progress::Paid { .. } => "pay",
                Progress::Named { .. } => "submit-payment",
                Progress::Ended { .. } => "result",
                Progress::Reserved
                | Progress::Requested
                | Progress::Accepted { .. }
                | Progress::Paying { .. }
                | Progress::Withdrawing { .. }
                | Progress::Refunding { .. } => return,
            },
            Happened::Job { payment_status, .. }
                if nanoark_domain::payment::PaymentStatus::PAID.contains(payment_status) =>
            {
                "payment-judged"
            }
            Happened::SetAside { .. }
            | Happened::Resumed { .. }
            | Happened::Job { .. }
            | Happened::Waiting { .. }
            | Happened::NotFinal { .. }
            | Happened::Trouble { .. } => return,
        };
        // Whoever listens to the story may have gone; the purchase goes on.
        let _ = self.0.step(
            name,
            Who::Buyer,
            &step.what.sentence(),
            &json!({ "job_id": step.job_id }),
        );
    }
}
