//! A shop in one process: relay, ledger, a seller's worker with nodes of its own, and a buyer who is moved by hand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nanoark_bots::Durability;
use nanoark_bots::seller::{Count, Metrics, OfferFile, Policy, State, Stop, StopHandle, Summary, Worker, WorkerParts};
use nanoark_client::realtime::{self, SocketUrl};
use nanoark_client::{Bot, Client, Hints, OffersQuery};
use nanoark_domain::id::OfferId;
use nanoark_nano::{Account, Network, RawAmount, Seed};
use nanoark_nano_rpc::{Exchange, Limits, Node, NodeSet};
use nanoark_testkit::nano_ledger::{DevWallet, Dialect, NanoLedger, NanoNode};
use nanoark_wallet::work::LocalWork;
use nanoark_wallet::{Secret, Wallet};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::PRICE;
use super::door::Door;
use super::tale::{Tale, ToldToSeller};
use crate::simulation::chaos::{Chaos, Weather};
use crate::simulation::relay::Relay;
use crate::simulation::time::{Time, Virtual};
use crate::simulation::tool::Counter;
use crate::simulation::ways::{ToNode, ToRelay, ToSockets};
use crate::world::RELAY;

/// How often the relay does what is due.
const BEAT: Duration = Duration::from_secs(5);

/// The seller's seed.
const SELLER: [u8; 32] = [0x5e; 32];

/// How a shop is set up.
pub(super) struct Terms {
    pub(super) price: RawAmount,
    /// Whether its tool fails.
    pub(super) fails: bool,
    pub(super) policy: Policy,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            price: PRICE,
            fails: false,
            policy: Policy::default(),
        }
    }
}

impl Terms {
    /// A shop whose tool fails, so that everything must be paid back.
    pub(super) fn failing() -> Self {
        Self {
            fails: true,
            ..Self::default()
        }
    }
}

/// Everybody.
pub(super) struct Shop {
    pub(super) time: Time,
    pub(super) ledger: NanoLedger,
    pub(super) relay: Relay,
    /// The nodes that the relay asks.
    pub(super) relay_nodes: Vec<NanoNode>,
    /// The nodes that the worker asks.
    pub(super) doors: Vec<Door>,
    pub(super) tale: Tale,
    pub(super) tool: Counter,
    /// The buyer's money.
    pub(super) purse: DevWallet,
    pub(super) buyer: Client<ToRelay>,
    pub(super) offer: OfferId,
    pub(super) stop: StopHandle,
    stopped: Stop,
    pub(super) workers: Vec<JoinHandle<Summary>>,
    metrics: Arc<Metrics>,
    /// Whoever ever had money, the seller aside.
    pub(super) others: Mutex<Vec<Account>>,
    terms: Terms,
    folder: TempDir,
}

impl Shop {
    pub(super) async fn open() -> Self {
        Self::with(Terms::default()).await
    }

    pub(super) async fn with(terms: Terms) -> Self {
        let mut shop = Self::closed(terms).await;
        shop.start_worker();
        shop.find_offer().await;
        shop
    }

    /// A shop whose worker has not begun.
    pub(super) async fn closed(terms: Terms) -> Self {
        let time = Time::begin();
        let ledger = NanoLedger::new(Arc::new(move || time.millis()));
        let relay_nodes = three(&ledger);
        let ways = relay_nodes.iter().map(|node| {
            let (node, chaos) = (node.clone(), fair());
            Arc::new(ToNode { node, chaos }) as Arc<dyn Exchange>
        });
        let relay = Relay::new(time, set(ways), 1);
        relay.start().await;
        tokio::spawn(keep(relay.clone()));
        let way = ToRelay {
            relay: relay.clone(),
            chaos: fair(),
        };
        let purse = DevWallet::numbered(0xb0, 0, &ledger);
        purse.fund_from_genesis(RawAmount::from_xno("100").unwrap()).unwrap();
        let (stop, stopped) = StopHandle::new();
        let weather = Weather {
            tool_fails: if terms.fails { 1_000 } else { 0 },
            ..Weather::FAIR
        };
        Self {
            time,
            relay_nodes,
            doors: three(&ledger).into_iter().map(Door::to).collect(),
            tale: Tale::default(),
            tool: Counter::new(Chaos::new(weather, 1)),
            others: Mutex::new(vec![purse.account(), Account::BURN]),
            purse,
            buyer: Client::new(RELAY, way, Bot::from_seed(&[0xb0; 32]), time.surroundings(1)).unwrap(),
            offer: OfferId::from_bytes([0; 16]),
            stop,
            stopped,
            workers: Vec::new(),
            metrics: Arc::default(),
            terms,
            ledger,
            relay,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A worker begins; the second and further ones share the state with the first.
    pub(super) fn start_worker(&mut self) {
        let worker = self.worker(100 + self.workers.len() as u64);
        let (hints, stop) = (self.hints(), self.stopped.clone());
        let run = async move { worker.run(hints, stop).await.unwrap() };
        self.workers.push(tokio::spawn(run));
    }

    fn client(&self, surroundings: Virtual) -> Client<ToldToSeller> {
        let way = ToldToSeller {
            way: ToRelay {
                relay: self.relay.clone(),
                chaos: fair(),
            },
            tale: self.tale.clone(),
        };
        Client::new(RELAY, way, Bot::from_seed(&secret().bot_seed()), surroundings).unwrap()
    }

    fn hints(&self) -> Hints {
        let way = ToSockets {
            relay: self.relay.clone(),
            chaos: fair(),
            blocked: false,
        };
        let url: SocketUrl = "wss://relay.test/v1".parse().unwrap();
        let (hints, task) = realtime::connect(&self.client(self.time.surroundings(2)), url, way);
        tokio::spawn(task);
        hints
    }

    fn worker(&self, number: u64) -> Worker<ToldToSeller> {
        let surroundings: Virtual = self.time.surroundings(number);
        let client = self.client(surroundings.clone());
        let doors = self
            .doors
            .iter()
            .cloned()
            .map(|door| Arc::new(door) as Arc<dyn Exchange>);
        let surroundings = Arc::new(surroundings);
        let wallet = Wallet::open_with(
            secret(),
            &self.folder.path().join("wallet.sqlite"),
            set(doors),
            Arc::new(LocalWork::new(Network::Dev, surroundings.clone())),
            surroundings,
            Durability::Volatile,
        );
        let offer = json!({
            "title": "Count words",
            "price_raw": self.terms.price,
            "turnaround_seconds": 600,
        });
        let offer = OfferFile::parse(&offer.to_string()).unwrap();
        let file = self.folder.path().join("seller.sqlite");
        let state = State::open(&file, offer.name(), Durability::Volatile, client.surroundings());
        Worker::new(WorkerParts {
            client,
            wallet: wallet.unwrap(),
            state: state.unwrap(),
            offer,
            tool: Arc::new(self.tool.clone()),
            quoter: None,
            policy: self.terms.policy.clone(),
            metrics: Arc::clone(&self.metrics),
        })
        .unwrap()
    }

    pub(super) async fn find_offer(&mut self) {
        let query = OffersQuery::for_words("count words");
        self.offer = loop {
            self.pass(Duration::from_secs(1)).await;
            let found = self.buyer.search_offers(&query).await.unwrap().value.offers;
            if let Some(offer) = found.first() {
                break offer.offer_id;
            }
        };
    }

    /// The seller's account with this number: 0 is its own, from 1 on they are for invoices.
    pub(super) fn sellers(&self, number: u32) -> DevWallet {
        DevWallet::new(Seed::from_bytes(SELLER).private_key(number), &self.ledger)
    }

    /// Somebody else with money.
    pub(super) fn stranger(&self, number: u8) -> DevWallet {
        let stranger = DevWallet::numbered(number, 0, &self.ledger);
        self.others.lock().unwrap().push(stranger.account());
        stranger.fund_from_genesis(RawAmount::from_xno("10").unwrap()).unwrap();
        stranger
    }

    /// How often the workers counted this.
    pub(super) fn counted(&self, what: &Count) -> u64 {
        self.metrics.get(what)
    }

    pub(super) async fn pass(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

fn secret() -> Secret {
    Secret::from_seed(Seed::from_bytes(SELLER))
}

fn fair() -> Chaos {
    Chaos::new(Weather::FAIR, 1)
}

/// Three nodes of both kinds.
fn three(ledger: &NanoLedger) -> Vec<NanoNode> {
    let dialects = Dialect::ALL.into_iter().cycle().take(3);
    dialects
        .map(|dialect| NanoNode::new(ledger).speaking(dialect))
        .collect()
}

/// Two of them must agree.
fn set(ways: impl Iterator<Item = Arc<dyn Exchange>>) -> NodeSet {
    let nodes = (1..).zip(ways);
    let nodes = nodes.map(|(number, way)| Node::over(format!("node-{number}"), way, Limits::default()));
    NodeSet::of(nodes.collect(), 2, Network::Dev, Limits::default()).unwrap()
}

/// Does what is due at the relay, for ever.
async fn keep(relay: Relay) {
    loop {
        if let Some(stack) = relay.stack() {
            stack.settle().await.unwrap();
        }
        tokio::time::sleep(BEAT).await;
    }
}
