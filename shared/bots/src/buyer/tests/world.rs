//! A relay, a ledger, a wallet and a clock that a buyer can be put in.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nanoark_client::{Bot, Client, NoEntropy, Pending, Surroundings};
use nanoark_domain::payload::Input;
use nanoark_domain::time::Timestamp;
use nanoark_nano::work::is_valid;
use nanoark_nano::{Network, RawAmount, Root, Seed, Subtype, Work};
use nanoark_nano_rpc::{Exchange, Exchanging, Limits, Node, NodeSet, Reply};
use nanoark_testkit::nano_ledger::{DevWallet, NanoLedger, NanoNode};
use nanoark_wallet::{NoWork, Secret, Wallet, WorkSource};
use serde_json::json;

use super::fuse::Fuse;
use super::relay::Relay;
use crate::Durability;
use crate::buyer::{Book, Buyer, Happened, Observer, Settings, Step, Wish};

/// What a job costs, in XNO.
pub(super) const PRICE: u128 = 3;

/// Every byte of the wallet's seed.
const WALLET: u8 = 3;

const START: u64 = 1_795_253_400_000;

/// So many XNO.
pub(super) fn xno(amount: u128) -> RawAmount {
    RawAmount::from_raw(amount * nanoark_nano::amount::RAW_PER_XNO)
}

/// The paused clock of tokio.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    begun: tokio::time::Instant,
    dice: Arc<Mutex<u64>>,
    /// Whether timers that are set from now on never go off: the process is put to sleep, and time is not.
    pub(super) asleep: Arc<AtomicBool>,
}

impl Clock {
    /// The same time for a process that can be put to sleep by itself.
    pub(super) fn of_its_own(&self) -> Self {
        Self {
            asleep: Arc::default(),
            ..self.clone()
        }
    }
}

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        let passed = self.begun.elapsed().as_millis();
        Timestamp::from_millis(START + u64::try_from(passed).unwrap())
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        let mut dice = self.dice.lock().unwrap();
        for part in bytes.chunks_mut(8) {
            *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            part.copy_from_slice(&dice.to_be_bytes()[..part.len()]);
        }
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Pending<'_, ()> {
        Box::pin(async move {
            tokio::time::sleep(time).await;
            if self.asleep.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// A node in process.
#[derive(Debug)]
struct InProcess {
    node: NanoNode,
    fuse: Fuse,
}

impl Exchange for InProcess {
    fn post(&self, body: Vec<u8>, _: Limits) -> Exchanging<'_> {
        Box::pin(async move {
            self.fuse.cross().await;
            let answer = self.node.answer(&body);
            self.fuse.cross().await;
            Ok(Reply {
                status: answer.status,
                retry_after: None,
                body: answer.body.into_bytes(),
            })
        })
    }
}

/// Work at the thresholds of the dev network, which takes as long as it is told to.
#[derive(Debug)]
struct SlowWork(Duration);

impl WorkSource for SlowWork {
    fn work(&self, root: Root, subtype: Subtype) -> Pending<'_, Result<Work, NoWork>> {
        Box::pin(async move {
            tokio::time::sleep(self.0).await;
            let threshold = Network::Dev.thresholds().of(subtype);
            let found = (0..)
                .map(Work::from_nonce)
                .find(|work| is_valid(&root, *work, threshold));
            found.ok_or(NoWork::Stopped)
        })
    }
}

/// What was told.
#[derive(Default)]
pub(super) struct Told(pub(super) Mutex<Vec<Happened>>);

impl Observer for Told {
    fn step(&self, step: &Step) {
        self.0.lock().unwrap().push(step.what.clone());
    }
}

impl Told {
    /// The steps that were written down, by name.
    pub(super) fn steps(&self) -> Vec<&'static str> {
        let told = self.0.lock().unwrap();
        told.iter()
            .filter_map(|what| match what {
                Happened::Went { progress } => Some(progress.name()),
                _ => None,
            })
            .collect()
    }
}

/// Everything that outlives a process.
pub(super) struct World {
    pub(super) ledger: NanoLedger,
    pub(super) clock: Clock,
    pub(super) fuse: Fuse,
    pub(super) relay: Relay,
    pub(super) settings: Settings,
    pub(super) work_takes: Duration,
    folder: tempfile::TempDir,
}

impl World {
    /// A world in which the buyer has 100 XNO.
    pub(super) fn new() -> Self {
        let clock = Clock {
            begun: tokio::time::Instant::now(),
            dice: Arc::new(Mutex::new(7)),
            asleep: Arc::default(),
        };
        let ticking = clock.clone();
        let ledger = NanoLedger::new(Arc::new(move || ticking.now().as_millis()));
        let fuse = Fuse::new();
        let relay = Relay::new(&ledger, clock.clone(), fuse.clone(), bot());
        let world = Self {
            ledger,
            clock,
            fuse,
            relay,
            settings: Settings::default(),
            work_takes: Duration::from_secs(2),
            folder: tempfile::tempdir().unwrap(),
        };
        world.key().fund_from_genesis(xno(100)).unwrap();
        world.ledger.confirm_everything_now();
        world
    }

    pub(super) fn key(&self) -> DevWallet {
        DevWallet::numbered(WALLET, 0, &self.ledger)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("buyer.sqlite")
    }

    /// A process: everything that does not outlive one is new.
    pub(super) fn buyer(&self) -> Buyer<Relay> {
        self.buyer_with(&self.clock)
    }

    /// The same with a clock of its own.
    pub(super) fn buyer_with(&self, clock: &Clock) -> Buyer<Relay> {
        let client = Client::new("http://relay.example", self.relay.clone(), bot(), clock.clone()).unwrap();
        let nodes = self.nodes();
        let wallet = self.wallet_over(nodes.clone(), clock);
        let book = Book::open(&self.path(), Durability::Volatile).unwrap();
        Buyer::new(client, Arc::new(wallet), nodes, book, self.settings.clone()).unwrap()
    }

    fn nodes(&self) -> NodeSet {
        let exchange = InProcess {
            node: NanoNode::new(&self.ledger),
            fuse: self.fuse.clone(),
        };
        let node = Node::over("ledger", Arc::new(exchange), Limits::default());
        NodeSet::of(vec![node], 1, Network::Dev, Limits::default()).unwrap()
    }

    /// The buyer's wallet, as another process opens it.
    pub(super) fn wallet(&self) -> Wallet {
        self.wallet_over(self.nodes(), &self.clock)
    }

    fn wallet_over(&self, nodes: NodeSet, clock: &Clock) -> Wallet {
        let secret = Secret::from_seed(Seed::from_bytes([WALLET; 32]));
        let work = Arc::new(SlowWork(self.work_takes));
        let path = self.wallet_path();
        let durability = Durability::Volatile;
        Wallet::open_with(secret, &path, nodes, work, Arc::new(clock.clone()), durability).unwrap()
    }

    fn wallet_path(&self) -> PathBuf {
        self.folder.path().join("wallet.sqlite")
    }

    /// Loses the buyer's memory, but not the wallet's.
    pub(super) fn forget(&self) {
        std::fs::remove_file(self.path()).unwrap();
    }

    pub(super) fn wish(&self) -> Wish {
        Wish {
            offer: self.relay.offer().offer_id,
            input: Input::Json(json!({ "text": "one two three" })),
            max: xno(5),
            refund_account: None,
            key: None,
        }
    }

    /// How many sends the wallet signed, published or not.
    pub(super) fn signed(&self) -> usize {
        let _made = self.wallet();
        let file = rusqlite::Connection::open(self.wallet_path()).unwrap();
        let query = "SELECT count(*) FROM blocks WHERE kind = 'send'";
        file.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

fn bot() -> Bot {
    Bot::from_seed(&[1; 32])
}
