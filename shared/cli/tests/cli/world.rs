//! A whole relay with its ledger in this process, on ports of its own.

use std::net::Ipv4Addr;
use std::sync::Arc;

use nanoark_local::{ArkGateway, Clock, Invoke, Listen, Options, Stack, functions};
use nanoark_nano::RawAmount;
use nanoark_runtime::{Entropy, SystemEntropy};
use nanoark_testkit::arkd::{Arkd, RunningArkd};
use nanoark_testkit::dynamodb::InProcessDynamoDb;
use nanoark_testkit::nano_ledger::{DevWallet, NanoLedger, NanoNode, RunningNode};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::binary::Bot;

/// A relay and a ledger that run while this lives.
pub(crate) struct World {
    runtime: Runtime,
    stack: Option<Stack>,
    node: Option<RunningNode>,
    ledger: NanoLedger,
    arkd: Option<RunningArkd>,
    pub(crate) relay: String,
    pub(crate) nano_rpc: String,
}

impl World {
    pub(crate) fn start() -> Self {
        Self::over(Runtime::new().unwrap(), None)
    }

    /// The same with an Ark operator.
    pub(crate) fn start_with_arkd() -> Self {
        let runtime = Runtime::new().unwrap();
        let clock = Clock::system();
        let arkd = Arkd::new(Arc::new(move || clock.now()));
        let running = runtime.block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            arkd.serve(listener).unwrap()
        });
        Self::over(runtime, Some(running))
    }

    fn over(runtime: Runtime, arkd: Option<RunningArkd>) -> Self {
        let mut ark_gateway = ArkGateway::default();
        if let Some(arkd) = &arkd {
            ark_gateway.arkd_url = arkd.url();
        }
        let clock = Clock::system();
        let now = clock.clone();
        let ledger = NanoLedger::new(Arc::new(move || now.now()));
        let (stack, node) = runtime.block_on(async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let node = NanoNode::new(&ledger).serve(listener).unwrap();
            let options = Options::new()
                .clock(clock)
                .listen(Listen::default())
                .background()
                .parameter("NanoRpcUrls", node.url())
                .parameter("NanoQuorum", "0")
                .parameter("NanoNetwork", "dev")
                .ark_gateway(&ark_gateway)
                .functions(|services| {
                    let database = InProcessDynamoDb::over(services.database().clone());
                    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
                    let invoke = functions::in_process(services, |_| database.http_client(), &entropy)?;
                    Ok(Arc::new(invoke) as Arc<dyn Invoke>)
                });
            (Stack::start(options).await.unwrap(), node)
        });
        Self {
            relay: stack.http_url().unwrap(),
            nano_rpc: node.url(),
            stack: Some(stack),
            node: Some(node),
            ledger,
            arkd,
            runtime,
        }
    }

    /// The Ark operator.
    pub(crate) fn arkd(&self) -> &Arkd {
        self.arkd.as_ref().unwrap().arkd()
    }

    /// A bot that knows this relay and this ledger, without money.
    pub(crate) fn bot(&self) -> Bot {
        self.bot_over(&self.relay, &self.nano_rpc)
    }

    /// The same, that reaches relay and ledger by other ways.
    pub(crate) fn bot_over(&self, relay: &str, nano_rpc: &str) -> Bot {
        let bot = Bot::nobody();
        let websocket = self.stack.as_ref().unwrap().websocket_url().unwrap();
        let places = [
            "--relay",
            relay,
            "--websocket",
            &websocket,
            "--nano-rpc",
            nano_rpc,
            "--nano-network",
            "dev",
        ];
        bot.run(&[&["init"], &places[..]].concat()).good();
        bot
    }

    /// The same with money that waits to be received.
    pub(crate) fn rich_bot(&self) -> Bot {
        let bot = self.bot();
        self.give(&bot);
        bot
    }

    /// Sends the bot 1 XNO, which it has to receive.
    pub(crate) fn give(&self, bot: &Bot) {
        let account = bot.result(&["wallet", "address"])["account"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let genesis = DevWallet::genesis(&self.ledger);
        genesis.send(account, RawAmount::from_xno("1").unwrap()).unwrap();
        self.ledger.confirm_everything_now();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let (stack, node) = (self.stack.take(), self.node.take());
        self.runtime.block_on(async {
            if let Some(stack) = stack {
                stack.stop().await;
            }
            if let Some(node) = node {
                node.stop().await;
            }
        });
    }
}
