//! A whole relay in this process: the template's stack, a Nano ledger behind one or more nodes, and bots.
//!
//! Nothing moves by itself: [`World::settle`] does what is due, [`World::advance`] moves the one clock that everything
//! asks, and does what became due.

mod draft;
mod market;
mod refusal;
mod wire;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use nanoark_client::{Bot, Client, RetryPolicy, Simulated};
use nanoark_domain::time::Timestamp;
use nanoark_local::functions::Links;
use nanoark_local::{ArkGateway, Clock, ManualClock, Options, Stack, functions};
use nanoark_nano::{RawAmount, Seed};
use nanoark_runtime::Entropy;
use nanoark_testkit::dynamodb::{CallLog, Faults, InProcessDynamoDb};
use nanoark_testkit::entropy::FakeEntropy;
use nanoark_testkit::nano_ledger::{DevWallet, Dialect, NanoLedger, NanoNode, RunningNode};
use nanoark_testkit::outage::Outage;
use tokio::net::TcpListener;

pub(crate) use draft::{Draft, set, signer};
pub(crate) use market::{Deal, PRICE, plain_offer, xno};
pub(crate) use refusal::problem;
pub(crate) use wire::StackTransport;

/// 2026-11-21T12:00:00Z, when every world begins.
pub(crate) const BEGINNING: u64 = 1_795_262_400_000;

/// The host that requests are signed for.
pub(crate) const RELAY: &str = "https://relay.test";

/// A whole relay in this process.
pub(crate) struct World {
    pub(crate) stack: Arc<Stack>,
    pub(crate) ledger: NanoLedger,
    pub(crate) nodes: Vec<RunningNode>,
    clock: ManualClock,
    shown: Clock,
    databases: BTreeMap<String, InProcessDynamoDb>,
    outages: BTreeMap<String, Outage>,
}

/// How a world is set up.
pub(crate) struct Setup {
    pub(crate) nodes: usize,
    pub(crate) quorum: usize,
}

impl Default for Setup {
    fn default() -> Self {
        Self { nodes: 1, quorum: 1 }
    }
}

impl World {
    /// A world with one node.
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        Self::with_settings(setup, &[]).await
    }

    /// A world whose functions all have these settings (environment variables) besides those of the template.
    pub(crate) async fn with_settings(setup: Setup, settings: &[(&str, &str)]) -> Self {
        let (shown, clock) = Clock::manual(BEGINNING);
        let ledger = {
            let shown = shown.clone();
            NanoLedger::new(Arc::new(move || shown.now()))
        };
        let mut nodes = Vec::new();
        // Both kinds of node, in turns: a C++ node first.
        for dialect in Dialect::ALL.into_iter().cycle().take(setup.nodes) {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            nodes.push(NanoNode::new(&ledger).speaking(dialect).serve(listener).unwrap());
        }
        let urls: Vec<String> = nodes.iter().map(RunningNode::url).collect();
        let databases: Arc<Mutex<BTreeMap<String, InProcessDynamoDb>>> = Arc::default();
        let filled = Arc::clone(&databases);
        let outages: Arc<Mutex<BTreeMap<String, Outage>>> = Arc::default();
        let broken = Arc::clone(&outages);
        let options = Options::new()
            .template(with_variables(settings))
            .clock(shown.clone())
            .parameter("NanoRpcUrls", urls.join(","))
            .parameter("NanoQuorum", setup.quorum.to_string())
            .parameter("NanoNetwork", "dev")
            .ark_gateway(&ArkGateway::default())
            .functions(move |services| {
                let database = services.database().clone();
                let entropy: Arc<dyn Entropy> = Arc::new(Seeded(FakeEntropy::seeded(7)));
                // A way to the database per function, so that each one's calls and faults are its own.
                let connect = |function: &str| {
                    let own = InProcessDynamoDb::over(database.clone());
                    filled.lock().unwrap().insert(function.to_owned(), own.clone());
                    own.http_client()
                };
                // The same for the queues.
                let queues = |function: &str| {
                    let own = Outage::over(services.queues().connector());
                    broken.lock().unwrap().insert(function.to_owned(), own.clone());
                    own.http_client()
                };
                Ok(Arc::new(functions::in_process_over(
                    services,
                    connect,
                    queues,
                    &Links::default(),
                    &entropy,
                )?))
            });
        let stack = Arc::new(Stack::start(options).await.unwrap());
        let databases = std::mem::take(&mut *databases.lock().unwrap());
        let outages = std::mem::take(&mut *outages.lock().unwrap());
        Self {
            stack,
            ledger,
            nodes,
            clock,
            shown,
            databases,
            outages,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.shown.now())
    }

    /// Moves the clock without doing what becomes due.
    pub(crate) fn pass(&self, span: Duration) {
        self.clock.advance(span);
    }

    /// Sets the clock, also back: the clocks of two functions differ a little.
    pub(crate) fn set_clock(&self, now: Timestamp) {
        self.clock.set(now.as_millis());
    }

    /// Moves the clock, second by second at first and then in longer strides, and does what becomes due at each.
    pub(crate) async fn advance(&self, span: Duration) {
        let mut left = span;
        while !left.is_zero() {
            let stride = Duration::from_secs(match left.as_secs() {
                0..=600 => 1,
                601..=7_200 => 60,
                7_201..=86_400 => 600,
                _ => 3_600,
            });
            let stride = stride.min(left);
            self.clock.advance(stride);
            self.settle().await;
            left = left.saturating_sub(stride);
        }
    }

    /// Does everything that is due now.
    pub(crate) async fn settle(&self) {
        self.stack.settle().await.unwrap();
    }

    /// Runs a scheduled function now.
    pub(crate) async fn trigger(&self, function: &str) {
        self.stack.trigger(function).await.unwrap();
        self.settle().await;
    }

    /// A bot of this number, with its client.
    pub(crate) fn bot(&self, number: u8) -> Client<StackTransport> {
        let shown = self.shown.clone();
        let surroundings = Simulated::new(Arc::new(move || shown.now()), u64::from(number));
        let transport = StackTransport(Arc::clone(&self.stack));
        Client::new(RELAY, transport, Bot::from_seed(&[number; 32]), surroundings)
            .unwrap()
            .with_retry(RetryPolicy::NEVER)
    }

    /// A wallet of this number with money in it.
    pub(crate) fn wallet(&self, number: u8) -> DevWallet {
        let wallet = DevWallet::new(Seed::from_bytes([number; 32]).private_key(0), &self.ledger);
        wallet.fund_from_genesis(RawAmount::from_xno("100").unwrap()).unwrap();
        wallet
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.stack.http(request).await
    }

    /// The DynamoDB calls of a function.
    pub(crate) fn calls(&self, function: &str) -> &CallLog {
        self.databases[function].calls()
    }

    /// What can go wrong with the DynamoDB calls of a function.
    pub(crate) fn faults(&self, function: &str) -> &Faults {
        self.databases[function].faults()
    }

    /// What can go wrong with the queue calls of a function.
    pub(crate) fn queue_outage(&self, function: &str) -> &Outage {
        &self.outages[function]
    }
}

/// The functions' randomness, the same in every run.
#[derive(Debug)]
pub(crate) struct Seeded(pub(crate) FakeEntropy);

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), nanoark_runtime::NoEntropy> {
        self.0.fill(bytes);
        Ok(())
    }
}

/// The template, with more variables for every function.
pub(crate) fn with_variables(settings: &[(&str, &str)]) -> String {
    let template = nanoark_local::template::EMBEDDED;
    if settings.is_empty() {
        return template.to_owned();
    }
    let mut globals = "\nGlobals:\n  Function:\n    Environment:\n      Variables:\n".to_owned();
    for (name, value) in settings {
        globals.push_str(&format!("        {name}: \"{value}\"\n"));
    }
    template.replacen("\nGlobals:\n  Function:\n", &globals, 1)
}
