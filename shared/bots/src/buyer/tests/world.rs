//! A relay, a ledger, a wallet and a clock that a buyer can be put in.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nanoark_client::{Bot, Client, NoEntropy, Pending, Surroundings};
use nanoark_domain::payload::Input;
use nanoark_domain::time::Timestamp;
use nanoark_nano::{Account, BlockHash, Network, RawAmount, SignedBlock};
use nanoark_nano_rpc::{Exchange, Exchanging, Limits, Node, NodeSet, Reply};
use nanoark_testkit::nano_ledger::{DevWallet, NanoLedger, NanoNode};
use nanoark_wallet::{Purpose, SendOrder, Sent, SentState, WalletError};
use serde_json::json;

use super::fuse::Fuse;
use super::relay::Relay;
use crate::buyer::{Book, Buyer, Durability, Happened, Observer, Purse, Settings, Step, Wish};

/// What a job costs, in XNO.
pub(super) const PRICE: u128 = 3;

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
        Box::pin(tokio::time::sleep(time))
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

/// A wallet whose memory outlives the process, on the strict ledger: one block per purpose, stored before published.
pub(super) struct LedgerPurse {
    key: DevWallet,
    ledger: NanoLedger,
    fuse: Fuse,
    blocks: Arc<Mutex<HashMap<Purpose, (SendOrder, SignedBlock)>>>,
    work_takes: Duration,
}

impl Purse for LedgerPurse {
    fn main_account(&self) -> Account {
        self.key.account()
    }

    fn owns(&self, account: &Account) -> Result<bool, WalletError> {
        Ok(*account == self.key.account())
    }

    fn sent(&self, purpose: &Purpose) -> Result<Option<Sent>, WalletError> {
        Ok(self.blocks.lock().unwrap().get(purpose).map(|(order, block)| Sent {
            order: order.clone(),
            hash: block.block.hash(),
            state: SentState::Signed,
        }))
    }

    fn check<'a>(&'a self, order: &'a SendOrder) -> Pending<'a, Result<(), WalletError>> {
        Box::pin(async move {
            let available = self.key.balance();
            if available < order.amount {
                return Err(WalletError::Insufficient {
                    account: self.key.account(),
                    available,
                    needed: order.amount,
                });
            }
            Ok(())
        })
    }

    fn send<'a>(&'a self, order: &'a SendOrder) -> Pending<'a, Result<Sent, WalletError>> {
        Box::pin(async move {
            self.check(order).await?;
            self.fuse.cross().await;
            tokio::time::sleep(self.work_takes).await;
            let block = {
                let mut blocks = self.blocks.lock().unwrap();
                let (before, block) = blocks.entry(order.purpose.clone()).or_insert_with(|| {
                    let block = self.key.build_send(order.to, order.amount).unwrap();
                    (order.clone(), block)
                });
                assert_eq!(before, order, "a purpose is used for one thing");
                block.clone()
            };
            self.fuse.cross().await;
            if !self.ledger.contains(&block.block.hash()) {
                self.ledger.process(&block).unwrap();
            }
            self.fuse.cross().await;
            Ok(Sent {
                order: order.clone(),
                hash: block.block.hash(),
                state: SentState::Published,
            })
        })
    }

    fn wait_confirmed(&self, hash: BlockHash, patience: Duration) -> Pending<'_, Result<bool, WalletError>> {
        Box::pin(async move {
            self.fuse.cross().await;
            let until = tokio::time::Instant::now() + patience;
            loop {
                if self.ledger.is_confirmed(&hash) {
                    return Ok(true);
                }
                let stored = self
                    .blocks
                    .lock()
                    .unwrap()
                    .values()
                    .find(|(_, block)| block.block.hash() == hash)
                    .cloned();
                if let Some((_, block)) = stored.filter(|_| !self.ledger.contains(&hash)) {
                    self.ledger.process(&block).unwrap();
                }
                if tokio::time::Instant::now() >= until {
                    return Ok(false);
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
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
    blocks: Arc<Mutex<HashMap<Purpose, (SendOrder, SignedBlock)>>>,
    folder: tempfile::TempDir,
}

impl World {
    /// A world in which the buyer has 100 XNO.
    pub(super) fn new() -> Self {
        let clock = Clock {
            begun: tokio::time::Instant::now(),
            dice: Arc::new(Mutex::new(7)),
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
            blocks: Arc::default(),
            folder: tempfile::tempdir().unwrap(),
        };
        world.key().fund_from_genesis(xno(100)).unwrap();
        world
    }

    pub(super) fn key(&self) -> DevWallet {
        DevWallet::numbered(3, 0, &self.ledger)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("buyer.sqlite")
    }

    /// A process: everything that does not outlive one is new.
    pub(super) fn buyer(&self) -> Buyer<Relay> {
        let client = Client::new("http://relay.example", self.relay.clone(), bot(), self.clock.clone()).unwrap();
        let exchange = InProcess {
            node: NanoNode::new(&self.ledger),
            fuse: self.fuse.clone(),
        };
        let node = Node::over("ledger", Arc::new(exchange), Limits::default());
        let nodes = NodeSet::of(vec![node], 1, Network::Dev, Limits::default()).unwrap();
        let purse = LedgerPurse {
            key: self.key(),
            ledger: self.ledger.clone(),
            fuse: self.fuse.clone(),
            blocks: Arc::clone(&self.blocks),
            work_takes: self.work_takes,
        };
        let book = Book::open(&self.path(), Durability::Volatile).unwrap();
        Buyer::new(client, Arc::new(purse), nodes, book, self.settings.clone()).unwrap()
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

    /// How many blocks the buyer signed.
    pub(super) fn signed(&self) -> usize {
        self.blocks.lock().unwrap().len()
    }
}

fn bot() -> Bot {
    Bot::from_seed(&[1; 32])
}
