//! A strict ledger, nodes in process that can be made to fail, and wallets on it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use nanoark_nano::work::is_valid;
use nanoark_nano::{Account, BlockHash, Network, RawAmount, Root, Seed, Subtype, Work};
use nanoark_nano_rpc::{Exchange, Exchanging, Limits, Node, NodeSet, Reply, RpcError};
use nanoark_surroundings::{Pending, System};
use nanoark_testkit::clock::FakeClock;
use nanoark_testkit::nano_ledger::{DevWallet, NanoLedger, NanoNode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::{AccountIndex, Durability, NoWork, Purpose, Secret, SendOrder, Wallet, WalletError, WorkSource};

pub(super) const SEED: [u8; 32] = [42; 32];

pub(super) fn raw(raw: u128) -> RawAmount {
    RawAmount::from_raw(raw)
}

pub(super) fn purpose(text: &str) -> Purpose {
    Purpose::new(text).unwrap()
}

/// What happens to requests on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They arrive and are answered.
    Answered,
    /// The process is killed when it makes its request with this number (from 0): before it arrives, or before the answer
    /// is there.
    KilledAt { request: usize, arrives: bool },
    /// The process stands still when it makes its request with this number, until it is thawed.
    FrozenAt { request: usize },
    /// Nothing arrives.
    CutOff,
}

/// Changes what a node answers.
pub(super) type Lie = Box<dyn Fn(&Value, &mut Value) + Send + Sync>;

/// The way to one node.
pub(super) struct Way {
    node: NanoNode,
    shared: Arc<Shared>,
    pub(super) cut: Arc<Mutex<bool>>,
    pub(super) lie: Arc<Mutex<Option<Lie>>>,
}

/// What all ways of a world share.
pub(super) struct Shared {
    fate: Mutex<Fate>,
    requests: AtomicUsize,
    killed: Notify,
    thawed: Notify,
    log: Mutex<Vec<String>>,
}

impl std::fmt::Debug for Way {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Way")
    }
}

impl Exchange for Way {
    fn post(&self, body: Vec<u8>, _: Limits) -> Exchanging<'_> {
        Box::pin(async move {
            let request: Value = serde_json::from_slice(&body).unwrap();
            let number = self.shared.requests.fetch_add(1, Ordering::SeqCst);
            let action = request["action"].as_str().unwrap().to_owned();
            self.shared.log.lock().unwrap().push(action);
            let fate = *self.shared.fate.lock().unwrap();
            let arrives = match fate {
                Fate::Answered | Fate::FrozenAt { .. } => true,
                Fate::KilledAt { request, arrives } => number < request || (arrives && number == request),
                Fate::CutOff => return Err(RpcError::Unreachable),
            };
            if *self.cut.lock().unwrap() {
                return Err(RpcError::Unreachable);
            }
            if fate == (Fate::FrozenAt { request: number }) {
                self.shared.killed.notify_one();
                self.shared.thawed.notified().await;
            }
            let answer = arrives.then(|| self.node.answer(&body));
            if let Fate::KilledAt { request, .. } = fate
                && number >= request
            {
                self.shared.killed.notify_one();
                std::future::pending::<()>().await;
            }
            let answer = answer.ok_or(RpcError::Unreachable)?;
            let mut body: Value = serde_json::from_str(&answer.body).unwrap();
            if let Some(lie) = self.lie.lock().unwrap().as_ref() {
                lie(&request, &mut body);
            }
            Ok(Reply {
                status: answer.status,
                retry_after: None,
                body: body.to_string().into_bytes(),
            })
        })
    }
}

/// Work at the thresholds of the dev network, counted.
#[derive(Debug, Default)]
pub(super) struct CountedWork {
    pub(super) made: AtomicUsize,
}

impl WorkSource for CountedWork {
    fn work(&self, root: Root, subtype: Subtype) -> Pending<'_, Result<Work, NoWork>> {
        self.made.fetch_add(1, Ordering::SeqCst);
        let threshold = Network::Dev.thresholds().of(subtype);
        let found = (0..)
            .map(Work::from_nonce)
            .find(|work| is_valid(&root, *work, threshold));
        Box::pin(async move { found.ok_or(NoWork::Stopped) })
    }
}

pub(super) struct World {
    pub(super) clock: FakeClock,
    pub(super) ledger: NanoLedger,
    pub(super) nodes: Vec<NanoNode>,
    pub(super) ways: Vec<Arc<Way>>,
    pub(super) shared: Arc<Shared>,
    pub(super) work: Arc<CountedWork>,
    folder: TempDir,
}

impl World {
    /// One node; blocks are final at once.
    pub(super) fn new() -> Self {
        Self::with_nodes(1)
    }

    pub(super) fn with_nodes(count: usize) -> Self {
        let clock = FakeClock::at_millis(1_800_000_000_000);
        let ledger = NanoLedger::new(clock.closure());
        ledger.set_confirmation_delay(0);
        let shared = Arc::new(Shared {
            fate: Mutex::new(Fate::Answered),
            requests: AtomicUsize::new(0),
            killed: Notify::new(),
            thawed: Notify::new(),
            log: Mutex::default(),
        });
        let nodes: Vec<NanoNode> = (0..count).map(|_| NanoNode::new(&ledger)).collect();
        let ways = nodes
            .iter()
            .map(|node| {
                Arc::new(Way {
                    node: node.clone(),
                    shared: Arc::clone(&shared),
                    cut: Arc::default(),
                    lie: Arc::default(),
                })
            })
            .collect();
        Self {
            clock,
            ledger,
            nodes,
            ways,
            shared,
            work: Arc::default(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn node_set(&self, quorum: usize) -> NodeSet {
        let node = |(number, way): (usize, &Arc<Way>)| {
            Node::over(
                format!("node-{number}"),
                Arc::clone(way) as Arc<dyn Exchange>,
                Limits::default(),
            )
        };
        let nodes = self.ways.iter().enumerate().map(node).collect();
        NodeSet::of(nodes, quorum, Network::Dev, Limits::default()).unwrap()
    }

    /// The wallet, on the usual state file. Opened again it is another process.
    pub(super) fn wallet(&self) -> Wallet {
        self.wallet_on("wallet.sqlite")
    }

    pub(super) fn wallet_on(&self, file: &str) -> Wallet {
        let majority = (self.ways.len() / 2).saturating_add(1);
        self.wallet_with(file, majority)
    }

    pub(super) fn wallet_with(&self, file: &str, quorum: usize) -> Wallet {
        self.open(Secret::from_seed(Seed::from_bytes(SEED)), file, quorum)
            .unwrap()
    }

    pub(super) fn open(&self, secret: Secret, file: &str, quorum: usize) -> Result<Wallet, WalletError> {
        let work: Arc<dyn WorkSource> = Arc::clone(&self.work) as Arc<dyn WorkSource>;
        let (state, nodes) = (self.path(file), self.node_set(quorum));
        Wallet::open_with(secret, &state, nodes, work, Arc::new(System), Durability::Volatile)
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// The same account with the ledger's own tool: what somebody else does who has the secret.
    pub(super) fn elsewhere(&self, index: u32) -> DevWallet {
        DevWallet::numbered(SEED[0], index, &self.ledger)
    }

    /// Gives the main account so much, received and final.
    pub(super) fn fund(&self, amount: u128) {
        self.elsewhere(0).fund_from_genesis(raw(amount)).unwrap();
        self.ledger.confirm_everything_now();
    }

    /// Somebody sends so much to the account.
    pub(super) fn pay(&self, to: Account, amount: u128) -> BlockHash {
        let genesis = DevWallet::genesis(&self.ledger);
        genesis.send(to, raw(amount)).unwrap().block.hash()
    }

    pub(super) fn balance_of(&self, account: &Account) -> u128 {
        self.ledger.head(account).map_or(0, |head| head.balance.raw())
    }

    /// What waits for the account: one entry per send.
    pub(super) fn waiting_for(&self, account: &Account) -> Vec<u128> {
        let mut amounts: Vec<u128> = self
            .ledger
            .receivable(account)
            .iter()
            .map(|(_, amount)| amount.raw())
            .collect();
        amounts.sort_unstable();
        amounts
    }

    pub(super) fn set_fate(&self, fate: Fate) {
        self.shared.requests.store(0, Ordering::SeqCst);
        *self.shared.fate.lock().unwrap() = fate;
    }

    /// Returns when the process stands still.
    pub(super) async fn frozen(&self) {
        self.shared.killed.notified().await;
    }

    /// Lets the process that stands still go on.
    pub(super) fn thaw(&self) {
        self.shared.thawed.notify_one();
    }

    /// Runs it until it is done or the process is killed. `None` if it was killed.
    pub(super) async fn until_killed<T>(&self, run: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.shared.killed.notified() => None,
            done = run => Some(done),
        }
    }

    /// The actions that were asked for since the last time.
    pub(super) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.log.lock().unwrap())
    }
}

/// An account of somebody else.
pub(super) fn stranger(number: u32) -> Account {
    Seed::from_bytes([9; 32]).private_key(number).public()
}

pub(super) fn order(text: &str, to: Account, amount: u128) -> SendOrder {
    SendOrder {
        purpose: purpose(text),
        from: AccountIndex::MAIN,
        to,
        amount: raw(amount),
    }
}
