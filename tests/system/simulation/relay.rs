//! The relay with its functions, which can go down in the middle of everything and come up again over the same tables.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nanoark_local::functions::Links;
use nanoark_local::{ArkGateway, Options, Remains, Stack, functions};
use nanoark_nano_rpc::NodeSet;
use nanoark_runtime::Entropy;
use nanoark_testkit::dynamodb::InProcessDynamoDb;
use nanoark_testkit::entropy::FakeEntropy;

use super::time::Time;
use crate::world::Seeded;

/// How often what is due is done: streams, queues, schedules.
const BEAT: Duration = Duration::from_millis(100);

/// The same once nobody waits for it any more.
const SLOW_BEAT: Duration = Duration::from_secs(1);

/// The relay. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Relay(Arc<Inner>);

struct Inner {
    time: Time,
    nodes: NodeSet,
    seed: u64,
    up: Mutex<Option<Arc<Stack>>>,
    remains: Mutex<Option<Remains>>,
    hurry: AtomicBool,
}

impl Relay {
    pub(crate) fn new(time: Time, nodes: NodeSet, seed: u64) -> Self {
        Self(Arc::new(Inner {
            time,
            nodes,
            seed,
            up: Mutex::new(None),
            remains: Mutex::new(None),
            hurry: AtomicBool::new(true),
        }))
    }

    /// The stack, unless it is down.
    pub(crate) fn stack(&self) -> Option<Arc<Stack>> {
        self.0.up.lock().unwrap().clone()
    }

    pub(crate) async fn start(&self) {
        let inner = &self.0;
        let seed = inner.seed;
        let links = Links {
            nodes: Some(inner.nodes.clone()),
            ..Links::default()
        };
        let mut options = Options::new()
            .clock(inner.time.clock())
            .parameter("NanoRpcUrls", "http://never.asked")
            .parameter("NanoQuorum", "1")
            .parameter("NanoNetwork", "dev")
            .ark_gateway(&ArkGateway::default())
            .functions(move |services| {
                let database = InProcessDynamoDb::over(services.database().clone());
                let queues = services.queues().connector();
                let entropy: Arc<dyn Entropy> = Arc::new(Seeded(FakeEntropy::seeded(seed)));
                Ok(Arc::new(functions::in_process_over(
                    services,
                    |_| database.http_client(),
                    |_| queues.clone(),
                    &links,
                    &entropy,
                )?))
            });
        if let Some(remains) = inner.remains.lock().unwrap().take() {
            options = options.over(remains);
        }
        let stack = Stack::start(options).await.unwrap();
        *inner.up.lock().unwrap() = Some(Arc::new(stack));
    }

    /// Ends it at once, whatever it is doing. Connections break, requests stay unanswered.
    pub(crate) fn kill(&self) {
        if let Some(stack) = self.0.up.lock().unwrap().take() {
            *self.0.remains.lock().unwrap() = Some(stack.remains());
        }
    }

    /// Does what is due, beat by beat, for ever. What a killed stack is doing is given up at its next wait.
    pub(crate) async fn work(self) {
        loop {
            if let Some(stack) = self.stack() {
                let killed = async {
                    while self.stack().is_some_and(|up| Arc::ptr_eq(&up, &stack)) {
                        tokio::time::sleep(BEAT).await;
                    }
                };
                tokio::select! {
                    settled = stack.settle() => { settled.unwrap(); }
                    () = killed => {}
                }
            }
            let beat = if self.0.hurry.load(Ordering::Relaxed) {
                BEAT
            } else {
                SLOW_BEAT
            };
            tokio::time::sleep(beat).await;
        }
    }

    /// From here on nobody waits for it.
    pub(crate) fn slow_down(&self) {
        self.0.hurry.store(false, Ordering::Relaxed);
    }
}
