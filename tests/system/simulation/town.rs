//! Everybody in one process: relay, ledger, a buyer and a seller with their folders.

use std::path::Path;
use std::sync::Arc;

use nanoark_bots::seller::{self, OfferFile, Policy, WorkerParts};
use nanoark_bots::{Durability, buyer};
use nanoark_client::realtime::{self, SocketUrl};
use nanoark_client::{Bot, Client, Hints};
use nanoark_domain::time::Seconds;
use nanoark_nano::{Account, Network, RawAmount, Seed};
use nanoark_nano_rpc::{Limits, Node, NodeSet};
use nanoark_testkit::nano_ledger::{DevWallet, Dialect, NanoLedger, NanoNode};
use nanoark_wallet::work::LocalWork;
use nanoark_wallet::{Secret, Wallet};
use serde_json::json;
use tempfile::TempDir;

use super::chaos::{Chaos, Weather};
use super::relay::Relay;
use super::time::{Time, Virtual};
use super::tool::Counter;
use super::ways::{ToNode, ToRelay, ToSockets};
use crate::dice::Dice;
use crate::world::RELAY;

/// What the buyer begins with.
pub(super) const PURSE: &str = "1";

/// What a job costs, in XNO.
pub(super) const PRICE: &str = "0.001";

/// Everybody.
pub(super) struct Town {
    pub(super) time: Time,
    pub(super) chaos: Chaos,
    pub(super) ledger: NanoLedger,
    pub(super) relay: Relay,
    pub(super) tool: Counter,
    pub(super) socket_blocked: bool,
    seed: u64,
    folder: TempDir,
}

/// Which of the two bots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Buyer,
    Seller,
}

impl Who {
    const fn seed(self) -> [u8; 32] {
        match self {
            Self::Buyer => [0xb0; 32],
            Self::Seller => [0x5e; 32],
        }
    }

    pub(super) fn secret(self) -> Secret {
        Secret::from_seed(Seed::from_bytes(self.seed()))
    }

    pub(super) fn account(self, index: u32) -> Account {
        Seed::from_bytes(self.seed()).private_key(index).public()
    }
}

impl Town {
    pub(super) async fn new(seed: u64, fair: bool) -> Self {
        let time = Time::begin();
        let mut dice = Dice::seeded(seed);
        let weather = if fair { Weather::FAIR } else { Weather::of(&mut dice) };
        let chaos = Chaos::new(weather, seed);
        let socket_blocked = !fair && dice.roll(5) == 0;
        let ledger = NanoLedger::new(Arc::new(move || time.millis()));
        // The relay's way to the nodes has the same weather as the bots'.
        let relay = Relay::new(time, nodes(&ledger, &chaos), seed);
        relay.start().await;
        tokio::spawn(relay.clone().work());
        let folder = memory_folder();
        let town = Self {
            time,
            tool: Counter::new(chaos.clone()),
            chaos,
            ledger,
            relay,
            socket_blocked,
            seed,
            folder,
        };
        let amount = RawAmount::from_xno(PURSE).unwrap();
        let genesis = DevWallet::genesis(&town.ledger);
        let gift = genesis.send(Who::Buyer.account(0), amount).unwrap();
        town.ledger.confirm_everything_now();
        let buyer = DevWallet::new(Seed::from_bytes(Who::Buyer.seed()).private_key(0), &town.ledger);
        buyer.receive(gift.block.hash()).unwrap();
        town.ledger.confirm_everything_now();
        town
    }

    fn surroundings(&self, number: u64) -> Virtual {
        self.time.surroundings(self.seed ^ (number << 32))
    }

    /// A client of a bot; `number` tells processes apart.
    pub(super) fn client(&self, who: Who, number: u64) -> Client<ToRelay> {
        let way = ToRelay {
            relay: self.relay.clone(),
            chaos: self.chaos.clone(),
        };
        let bot = Bot::from_seed(&who.secret().bot_seed());
        Client::new(RELAY, way, bot, self.surroundings(number)).unwrap()
    }

    /// A client on whose way nothing goes wrong.
    pub(super) fn calm_client(&self, who: Who) -> Client<ToRelay> {
        let way = ToRelay {
            relay: self.relay.clone(),
            chaos: Chaos::new(Weather::FAIR, self.seed),
        };
        let bot = Bot::from_seed(&who.secret().bot_seed());
        Client::new(RELAY, way, bot, self.surroundings(1)).unwrap()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn wallet(&self, who: Who, number: u64) -> Wallet {
        let surroundings = Arc::new(self.surroundings(number));
        Wallet::open_with(
            who.secret(),
            &self.path(&format!("{who:?}-wallet.sqlite")),
            nodes(&self.ledger, &self.chaos),
            Arc::new(LocalWork::new(Network::Dev, surroundings.clone())),
            surroundings,
            Durability::Volatile,
        )
        .unwrap()
    }

    /// A process of the buyer.
    pub(super) fn buyer(&self, number: u64) -> buyer::Buyer<ToRelay> {
        let book = buyer::Book::open(&self.path("buyer.sqlite"), Durability::Volatile).unwrap();
        buyer::Buyer::new(
            self.client(Who::Buyer, number),
            Arc::new(self.wallet(Who::Buyer, number)),
            nodes(&self.ledger, &self.chaos),
            book,
            buyer::Settings::default(),
        )
        .unwrap()
    }

    /// A process of the seller.
    pub(super) fn worker(&self, number: u64) -> seller::Worker<ToRelay> {
        let offer = offer();
        let client = self.client(Who::Seller, number);
        let file = self.path("seller.sqlite");
        let state = seller::State::open(&file, offer.name(), Durability::Volatile, client.surroundings());
        seller::Worker::new(WorkerParts {
            client,
            wallet: self.wallet(Who::Seller, number),
            state: state.unwrap(),
            offer,
            tool: Arc::new(self.tool.clone()),
            quoter: None,
            policy: Policy {
                lease: Seconds(60),
                most_runs: 20,
                tools: 6,
                ..Policy::default()
            },
            metrics: Arc::default(),
        })
        .unwrap()
    }

    /// Hints for a process, unless the way is blocked for good.
    pub(super) fn hints(&self, client: &Client<ToRelay>) -> Hints {
        let way = ToSockets {
            relay: self.relay.clone(),
            chaos: self.chaos.clone(),
            blocked: self.socket_blocked,
        };
        let url: SocketUrl = "wss://relay.test/v1".parse().unwrap();
        let (hints, task) = realtime::connect(client, url, way);
        tokio::spawn(task);
        hints
    }
}

/// The seller's offer.
pub(super) fn offer() -> OfferFile {
    let file = json!({
        "title": "Count words",
        "description": "Counts the words of a text.",
        "price_xno": PRICE,
        "standing_quote_seconds": 300,
        "turnaround_seconds": 600,
    });
    OfferFile::parse(&file.to_string()).unwrap()
}

/// Three nodes, two of which must agree, of both kinds.
fn nodes(ledger: &NanoLedger, chaos: &Chaos) -> NodeSet {
    let dialects = Dialect::ALL.into_iter().cycle().take(3).enumerate();
    let nodes = dialects.map(|(number, dialect)| {
        let way = ToNode {
            node: NanoNode::new(ledger).speaking(dialect),
            chaos: chaos.clone(),
        };
        Node::over(format!("node-{number}"), Arc::new(way), Limits::default())
    });
    NodeSet::of(nodes.collect(), 2, Network::Dev, Limits::default()).unwrap()
}

/// A folder that no disk slows down, where the system has one.
fn memory_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}
