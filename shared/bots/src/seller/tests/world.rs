//! A relay, a ledger, a buyer and a clock that workers can be put in.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nanoark_client::{Bot, Client, Hints, NoEntropy, Pending, Surroundings};
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Caller, Command, Stage, Status};
use nanoark_domain::payload::Input;
use nanoark_domain::payment::{Finding, PaymentStatus, Receipt, RefundFinding, RefundState};
use nanoark_domain::time::Timestamp;
use nanoark_nano::{Network, RawAmount, Root, Subtype, Work};
use nanoark_nano_rpc::{Exchange, Exchanging, Limits, Node, NodeSet, Reply};
use nanoark_testkit::nano_ledger::{DevWallet, NanoLedger, NanoNode};
use nanoark_wallet::{NoWork, Secret, Wallet, WorkSource};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::relay::Relay;
use crate::Durability;
use crate::seller::{
    Metrics, OfferFile, Policy, State, Stop, Summary, Task, TaskKind, Tool, ToolFailure, ToolOutput, Worker,
    WorkerParts,
};

const START: u64 = 1_795_253_400_000;

/// What a job costs, in raw.
pub(super) const PRICE: u128 = 10_000_000_000_000_000_000_000_000_000;

/// The paused clock of tokio, and dice.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    begun: tokio::time::Instant,
    dice: Arc<AtomicU64>,
}

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(START + u64::try_from(self.begun.elapsed().as_millis()).unwrap())
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for byte in bytes {
            let dice = self.dice.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            *byte = (dice.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40).to_be_bytes()[7];
        }
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Pending<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Counts the points at which a process may die, and at one of them lets it through no more.
#[derive(Debug, Clone)]
pub(super) struct Fuse(Arc<(AtomicU64, AtomicU64, Notify)>);

impl Fuse {
    pub(super) fn new() -> Self {
        Self::that_blows_at(u64::MAX)
    }

    pub(super) fn that_blows_at(point: u64) -> Self {
        Self(Arc::new((AtomicU64::new(0), AtomicU64::new(point), Notify::new())))
    }

    pub(super) async fn cross(&self) {
        if self.0.0.fetch_add(1, Ordering::SeqCst) >= self.0.1.load(Ordering::SeqCst) {
            self.0.2.notify_one();
            std::future::pending::<()>().await;
        }
    }

    pub(super) async fn blown(&self) {
        self.0.2.notified().await;
    }

    pub(super) fn has_blown(&self) -> bool {
        self.0.0.load(Ordering::SeqCst) > self.0.1.load(Ordering::SeqCst)
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

/// Work that is made where it is asked for, so that no other thread has a say in what happens when.
#[derive(Debug)]
struct AtOnce(NanoLedger);

impl WorkSource for AtOnce {
    fn work(&self, root: Root, _: Subtype) -> Pending<'_, Result<Work, NoWork>> {
        let work = self.0.work_for(&root);
        Box::pin(async move { Ok(work) })
    }
}

/// What tools did, over all processes.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Runs that began, and runs that ended, per job.
    runs: Mutex<BTreeMap<JobId, (u32, u32)>>,
    at_once: AtomicU64,
    pub(super) most_at_once: AtomicU64,
}

impl Told {
    pub(super) fn runs(&self, job: JobId) -> (u32, u32) {
        self.runs.lock().unwrap().get(&job).copied().unwrap_or_default()
    }
}

/// A tool that counts words, and takes its time.
#[derive(Debug, Clone)]
pub(super) struct Words {
    told: Arc<Told>,
    pub(super) takes: Duration,
    pub(super) fails: bool,
    fuse: Fuse,
}

struct Running<'a>(&'a Told);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.at_once.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Tool for Words {
    fn run<'a>(&'a self, task: &'a Task, cancel: Stop) -> Pending<'a, Result<ToolOutput, ToolFailure>> {
        assert!(matches!(task.kind, TaskKind::Work { .. }));
        Box::pin(async move {
            self.told.runs.lock().unwrap().entry(task.job_id).or_default().0 += 1;
            let at_once = self.told.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            self.told.most_at_once.fetch_max(at_once, Ordering::SeqCst);
            let _running = Running(&self.told);
            self.fuse.cross().await;
            tokio::select! {
                () = tokio::time::sleep(self.takes) => {}
                () = cancel.asked() => return Err(ToolFailure::Cancelled),
            }
            self.fuse.cross().await;
            self.told.runs.lock().unwrap().entry(task.job_id).or_default().1 += 1;
            if self.fails {
                return Err(ToolFailure::Exit(3));
            }
            let input: Value = serde_json::from_slice(&task.input).unwrap();
            let words = input["text"].as_str().unwrap().split_whitespace().count();
            Ok(ToolOutput(json!({ "words": words })))
        })
    }
}

/// Everything that outlives a process.
pub(super) struct World {
    pub(super) ledger: NanoLedger,
    pub(super) clock: Clock,
    pub(super) relay: Relay,
    pub(super) buyer: Bot,
    pub(super) payer: DevWallet,
    pub(super) told: Arc<Told>,
    pub(super) policy: Policy,
    pub(super) takes: Duration,
    pub(super) fails: bool,
    folder: tempfile::TempDir,
}

pub(super) type TestWorker = Worker<Relay>;

impl World {
    pub(super) fn new() -> Self {
        let clock = Clock {
            begun: tokio::time::Instant::now(),
            dice: Arc::default(),
        };
        let ticking = clock.clone();
        let ledger = NanoLedger::new(Arc::new(move || ticking.now().as_millis()));
        let payer = DevWallet::numbered(3, 0, &ledger);
        payer.fund_from_genesis(RawAmount::from_raw(PRICE * 1_000)).unwrap();
        Self {
            relay: Relay::new(seller().id(), clock.clone()),
            buyer: Bot::from_seed(&[1; 32]),
            told: Arc::default(),
            policy: Policy::default(),
            takes: Duration::from_secs(30),
            fails: false,
            folder: tempfile::tempdir().unwrap(),
            ledger,
            clock,
            payer,
        }
    }

    /// A process: everything that does not outlive one is new. Machines have files of their own.
    pub(super) fn worker(&self, machine: u8, fuse: &Fuse) -> TestWorker {
        let folder = self.folder.path().join(machine.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        let relay = self.relay.with_fuse(fuse.clone());
        let client = Client::new("http://relay.example", relay, seller(), self.clock.clone()).unwrap();
        let exchange = InProcess {
            node: NanoNode::new(&self.ledger),
            fuse: fuse.clone(),
        };
        let node = Node::over("ledger", Arc::new(exchange), Limits::default());
        let nodes = NodeSet::of(vec![node], 1, Network::Dev, Limits::default()).unwrap();
        let surroundings: Arc<dyn Surroundings> = Arc::new(self.clock.clone());
        let wallet = Wallet::open_with(
            Secret::from_seed(nanoark_nano::Seed::from_bytes([100 + machine; 32])),
            &folder.join("wallet.sqlite"),
            nodes,
            Arc::new(AtOnce(self.ledger.clone())),
            surroundings,
            Durability::Volatile,
        )
        .unwrap();
        let offer = OfferFile::parse(
            r#"{"title": "Words", "price_xno": "0.01", "turnaround_seconds": 60, "standing_quote_seconds": 600}"#,
        )
        .unwrap();
        let path = folder.join("seller.sqlite");
        let state = State::open(&path, offer.name(), Durability::Volatile, &self.clock).unwrap();
        let tool = Words {
            told: Arc::clone(&self.told),
            takes: self.takes,
            fails: self.fails,
            fuse: fuse.clone(),
        };
        Worker::new(WorkerParts {
            client,
            wallet,
            state,
            offer,
            tool: Arc::new(tool),
            quoter: None,
            policy: self.policy.clone(),
            metrics: Arc::new(Metrics::default()),
        })
        .unwrap()
    }

    /// Runs a worker until this holds, then stops it.
    pub(super) async fn work_until(&self, worker: &TestWorker, holds: impl Fn() -> bool) -> Summary {
        let (handle, stop) = crate::seller::StopHandle::new();
        let (summary, ()) = tokio::join!(worker.run(Hints::none(), stop), async {
            let patience = Duration::from_secs(20_000);
            let waited = tokio::time::timeout(patience, async {
                while !holds() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
            waited.await.expect("it never came true");
            handle.stop();
        });
        summary.unwrap()
    }

    /// Requests a job as soon as there is an offer.
    pub(super) async fn request(&self, number: u32) -> JobId {
        loop {
            let input = Input::Json(json!({ "text": "to be or not" }));
            if let Some(job) = self.relay.request(&self.buyer, number, input) {
                return job;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    pub(super) fn buyer_does(&self, job: JobId, command: Command) {
        let caller = Caller::Bot(self.buyer.id());
        self.relay.order(job, caller, command).unwrap();
    }

    /// Buys: requests, accepts, pays `amount`, names the payment unless it is forgotten; the relay judges what is named.
    pub(super) async fn buy(&self, number: u32, amount: u128, finding: Option<Finding>) -> JobId {
        let job = self.request(number).await;
        self.until(job, Status::Quoted).await;
        self.buyer_does(job, Command::Accept);
        let invoice = self.relay.view(job).quote.unwrap().invoice_account;
        let amount = RawAmount::from_raw(amount);
        let block = self.payer.send(invoice, amount).unwrap();
        let hash = block.block.hash();
        if let Some(finding) = finding {
            self.buyer_does(job, Command::SubmitPayment { hash });
            tokio::time::sleep(Duration::from_secs(3)).await;
            let receipt = Receipt {
                hash,
                payer: self.payer.account(),
                amount,
                seen_at: self.clock.now(),
                in_time: finding != Finding::Late,
            };
            self.relay.judge(job, finding, vec![receipt]);
        }
        job
    }

    pub(super) async fn until(&self, job: JobId, status: Status) {
        while self.relay.job(job).status() != status {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// The relay finds every refund that was named.
    pub(super) fn find_refunds(&self, job: JobId) -> usize {
        let shown = self.relay.job(job).money.refunds;
        for (hash, refund) in &shown {
            if refund.state == RefundState::Submitted {
                let block = self.ledger.block(hash).unwrap();
                let before = self.ledger.balance_after(&block.block.previous).unwrap();
                let amount = before.checked_sub(block.block.balance).unwrap();
                let to = block.block.link.as_account();
                self.relay
                    .judge_refund(job, *hash, RefundFinding::Confirmed { amount, to });
            }
        }
        shown.len()
    }

    pub(super) fn is_over(&self, job: JobId) -> bool {
        let job = self.relay.job(job);
        match job.stage {
            Stage::Finished { .. } => true,
            _ => !job.status().is_open(),
        }
    }

    pub(super) fn payment(&self, job: JobId) -> PaymentStatus {
        self.relay.job(job).money.payment.status()
    }
}

fn seller() -> Bot {
    Bot::from_seed(&[9; 32])
}
