//! The worker's way to one of its nodes, which can be blocked or lead to somebody who is no node.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nanoark_nano_rpc::{Exchange, Exchanging, Limits, Reply, RpcError};
use nanoark_testkit::nano_ledger::NanoNode;

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The node answers it.
    Open,
    /// Nobody answers it.
    Stalls,
    /// This is answered, whatever it asks.
    Says {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// The node answers, and the connection breaks half way.
    Breaks,
}

/// A node, and the way to it. Clones are the same one.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) node: NanoNode,
    way: Arc<Mutex<Way>>,
}

impl Door {
    pub(super) fn to(node: NanoNode) -> Self {
        Self {
            node,
            way: Arc::new(Mutex::new(Way::Open)),
        }
    }

    /// From now on this happens to every request.
    pub(super) fn set(&self, way: Way) {
        *self.way.lock().unwrap() = way;
    }

    async fn exchange(&self, body: Vec<u8>, limits: Limits) -> Result<Reply, RpcError> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let way = self.way.lock().unwrap().clone();
        let (status, body) = match way {
            Way::Stalls => {
                tokio::time::sleep(limits.timeout).await;
                return Err(RpcError::Timeout);
            }
            Way::Says { status, body } => (status, body),
            Way::Open => {
                let answer = self.node.answer(&body);
                (answer.status, answer.body)
            }
            Way::Breaks => {
                let answer = self.node.answer(&body);
                let half = answer.body.chars().take(answer.body.len() / 2).collect();
                (answer.status, half)
            }
        };
        Ok(Reply {
            status,
            retry_after: None,
            body: body.into_bytes(),
        })
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Door")
    }
}

impl Exchange for Door {
    fn post(&self, body: Vec<u8>, limits: Limits) -> Exchanging<'_> {
        Box::pin(self.exchange(body, limits))
    }
}
