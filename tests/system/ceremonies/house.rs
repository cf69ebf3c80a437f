//! A whole Ark gateway in this process: the template's stack, a strict arkd, and a clock that only tests move.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use bitcoin::{Amount, OutPoint};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use nanoark_ark::arkd::Arkd as ArkdClient;
use nanoark_ark::exchange::{ArkdReply, ArkdRequest, Exchange, ExchangeError, Exchanging, Limits};
use nanoark_domain::time::Timestamp;
use nanoark_local::functions::{self, Links};
use nanoark_local::{ArkGateway, Clock, Invoke, ManualClock, Options, Stack};
use nanoark_nostr_relay::Relays;
use nanoark_runtime::Entropy;
use nanoark_testkit::arkd::{Arkd, Lost, Settings};
use nanoark_testkit::dynamodb::{CallLog, InProcessDynamoDb};
use nanoark_testkit::entropy::FakeEntropy;

use super::wallet::Wallet;
use crate::world::{BEGINNING, Seeded};

/// The host that requests are made to.
pub(crate) const GATEWAY: &str = "https://gateway.test";

/// A whole gateway in this process.
pub(crate) struct House {
    pub(crate) stack: Arc<Stack>,
    pub(crate) arkd: Arkd,
    pub(crate) gateway: ArkGateway,
    pub(crate) shown: Clock,
    clock: ManualClock,
    databases: BTreeMap<String, InProcessDynamoDb>,
}

/// How a house is set up.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) operator: Settings,
    pub(crate) fee: Amount,
    pub(crate) relays: Option<(Vec<String>, Arc<dyn Relays>)>,
    pub(crate) settings: Vec<(&'static str, &'static str)>,
    /// Whether NIP-04 is taken.
    pub(crate) nip04: bool,
    /// Whether it begins at the machine's time: relays give nothing that has expired by theirs.
    pub(crate) today: bool,
    /// On the machine's clock, which nobody moves, and working by itself, as on AWS.
    pub(crate) live: bool,
    /// Who stands between the functions and what they call.
    pub(crate) between: Option<Arc<dyn Between>>,
}

/// Somebody between the functions and the world, who sees every call and may do anything to it.
pub(crate) trait Between: Send + Sync {
    /// A function's way to the tables.
    fn tables(&self, function: &str, database: &InProcessDynamoDb) -> SharedHttpClient;

    /// A function's way to the queues.
    fn queues(&self, function: &str, queues: SharedHttpClient) -> SharedHttpClient;

    /// The way to the operator.
    fn operator(&self, arkd: &Arkd) -> Arc<dyn Exchange>;

    /// The functions themselves.
    fn functions(&self, functions: nanoark_local::InProcess) -> Arc<dyn Invoke>;
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let beginning = if setup.today { Clock::system().now() } else { BEGINNING };
        let (manual, clock) = Clock::manual(beginning);
        let shown = if setup.live { Clock::system() } else { manual };
        let arkd = {
            let shown = shown.clone();
            Arkd::with_settings(setup.operator, Arc::new(move || shown.now()))
        };
        let (nostr_relays, relays) = setup.relays.unzip();
        let gateway = ArkGateway {
            nostr_relays: nostr_relays.unwrap_or_default(),
            fee: setup.fee,
            ..ArkGateway::default()
        };
        let between = setup.between;
        let operator = between.as_ref().map_or_else(
            || Arc::new(InProcess(arkd.clone())) as Arc<dyn Exchange>,
            |between| between.operator(&arkd),
        );
        let links = Links {
            arkd: Some(client_over(operator, &shown)),
            relays,
            nodes: None,
        };
        let databases: Arc<Mutex<BTreeMap<String, InProcessDynamoDb>>> = Arc::default();
        let filled = Arc::clone(&databases);
        let options = Options::new()
            .template(crate::world::with_variables(&setup.settings))
            .clock(shown.clone())
            .parameter("NanoRpcUrls", "http://127.0.0.1:9")
            .ark_gateway(&gateway)
            .parameter("AllowNip04", if setup.nip04 { "yes" } else { "no" })
            .functions(move |services| {
                let database = services.database().clone();
                let entropy: Arc<dyn Entropy> = Arc::new(Seeded(FakeEntropy::seeded(7)));
                let connect = |function: &str| {
                    let own = InProcessDynamoDb::over(database.clone());
                    filled.lock().unwrap().insert(function.to_owned(), own.clone());
                    match &between {
                        Some(between) => between.tables(function, &own),
                        None => own.http_client(),
                    }
                };
                let queues = |function: &str| {
                    let queues = services.queues().connector();
                    match &between {
                        Some(between) => between.queues(function, queues),
                        None => queues,
                    }
                };
                let linked = functions::in_process_over(services, connect, queues, &links, &entropy)?;
                Ok(match &between {
                    Some(between) => between.functions(linked),
                    None => Arc::new(linked),
                })
            });
        let options = if setup.live { options.background() } else { options };
        let stack = Arc::new(Stack::start(options).await.unwrap());
        let databases = std::mem::take(&mut *databases.lock().unwrap());
        Self {
            stack,
            arkd,
            gateway,
            shown,
            clock,
            databases,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.shown.now())
    }

    /// Does everything that is due now.
    pub(crate) async fn settle(&self) {
        self.stack.settle().await.unwrap();
    }

    /// Moves the clock second by second, at most ten minutes at once after the first ten, and does what becomes due.
    pub(crate) async fn advance(&self, span: Duration) {
        let mut left = span;
        while !left.is_zero() {
            let stride = if left.as_secs() <= 600 { 1 } else { 60 };
            let stride = Duration::from_secs(stride).min(left);
            self.clock.advance(stride);
            self.settle().await;
            left -= stride;
        }
    }

    /// Moves the clock without doing what becomes due.
    pub(crate) fn pass(&self, span: Duration) {
        self.clock.advance(span);
    }

    /// Runs a scheduled function now.
    pub(crate) async fn trigger(&self, function: &str) {
        self.stack.trigger(function).await.unwrap();
        self.settle().await;
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.stack.http(request).await
    }

    /// A wallet of this number, whose Nostr key owns its coins.
    pub(crate) fn wallet(&self, number: u8) -> Wallet<'_> {
        Wallet::new(self, number)
    }

    /// Gives a wallet a coin.
    pub(crate) fn fund(&self, wallet: &Wallet<'_>, satoshi: u64) -> OutPoint {
        self.arkd
            .fund(&wallet.address().script_pubkey(), Amount::from_sat(satoshi))
    }

    /// The DynamoDB calls of a function.
    pub(crate) fn calls(&self, function: &str) -> &CallLog {
        self.databases[function].calls()
    }
}

/// A client of an arkd in this process.
pub(crate) fn client(arkd: &Arkd, clock: &Clock) -> ArkdClient {
    client_over(Arc::new(InProcess(arkd.clone())), clock)
}

fn client_over(exchange: Arc<dyn Exchange>, clock: &Clock) -> ArkdClient {
    let shown = clock.clone();
    let now = Arc::new(move || Timestamp::from_millis(shown.now()));
    ArkdClient::over(exchange, Limits::default(), now)
}

/// The way to an arkd in this process.
pub(crate) struct InProcess(pub(crate) Arkd);

impl std::fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("InProcess")
    }
}

impl Exchange for InProcess {
    fn exchange(&self, request: ArkdRequest) -> Exchanging<'_> {
        Box::pin(async move {
            let mut headers = HeaderMap::new();
            if let Some(digest) = &request.digest {
                headers.insert("X-Digest", digest.parse().unwrap());
            }
            let body = request.body.unwrap_or_default();
            let outcome = self.0.call(&request.method, &request.path_and_query, &headers, &body);
            match outcome.fault {
                Some(Lost::Cut) => Err(ExchangeError::Broken {
                    detail: "cut".to_owned(),
                }),
                Some(Lost::Stalled) => Err(ExchangeError::Timeout),
                None => Ok(ArkdReply {
                    status: outcome.status,
                    body: outcome.body,
                }),
            }
        })
    }
}
