//! One node: sending a request and reading the answer, however hostile the other end is.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nanoark_nano::BlockHash;
use reqwest::{Client, Url};
use serde_json::Value;

use crate::error::{NodeError, RpcError};
use crate::exchange::{Exchange, Http, new_client};

/// What one call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the whole call, from connecting to the last byte.
    pub timeout: Duration,
    /// For the body of an answer, in bytes.
    pub max_response_bytes: usize,
}

impl Default for Limits {
    /// 5 s and 1 MiB: a hundred receivable blocks with their sources take 20 KiB.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            max_response_bytes: 1 << 20,
        }
    }
}

/// A Nano node's RPC interface.
///
/// `Debug` and [`Node::name`] show host and port only: path, query and user info may hold the operator's key.
#[derive(Clone)]
pub struct Node {
    name: String,
    exchange: Arc<dyn Exchange>,
    limits: Limits,
    /// The network it has shown to be on.
    network: Arc<OnceLock<BlockHash>>,
}

/// Why there can be no client for a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNode {
    /// It is neither `http://` nor `https://`, or has no host.
    #[error("a node is reached by http or https")]
    NotHttp,
    /// The machine has no usable TLS set-up.
    #[error("TLS cannot be set up")]
    Tls,
}

impl Node {
    /// The node at `url`. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`InvalidNode`].
    pub fn new(url: Url, limits: Limits) -> Result<Self, InvalidNode> {
        Self::with_client(url, limits, new_client()?)
    }

    /// The node at the other end of `exchange`, called `name` in logs.
    #[must_use]
    pub fn over(name: impl Into<String>, exchange: Arc<dyn Exchange>, limits: Limits) -> Self {
        Self {
            name: name.into(),
            exchange,
            limits,
            network: Arc::default(),
        }
    }

    pub(crate) fn with_client(url: Url, limits: Limits, client: Client) -> Result<Self, InvalidNode> {
        let host = url
            .host_str()
            .filter(|_| matches!(url.scheme(), "http" | "https"))
            .ok_or(InvalidNode::NotHttp)?;
        let name = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self::over(name, Arc::new(Http { url, client }), limits))
    }

    /// Refuses a node that says that it is on another network than the one with this first block. Asked until it has
    /// answered once; a node that does not say is judged by the rest of its answers.
    pub(crate) async fn is_on(&self, genesis: BlockHash) -> Result<(), RpcError> {
        if self.network.get() == Some(&genesis) {
            return Ok(());
        }
        match self.version().await {
            Ok(version) if version.network_identifier != genesis => Err(RpcError::WrongNetwork),
            Ok(_) => {
                // A node that changes its network without a restart of ours does not exist.
                let _ = self.network.set(genesis);
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }

    /// Host and port, for logs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Posts `request` and returns the JSON answered, unless it is an error.
    pub(crate) async fn post(&self, action: &'static str, request: &Value) -> Result<Value, RpcError> {
        let reply = self
            .exchange
            .post(request.to_string().into_bytes(), self.limits)
            .await?;
        match reply.status {
            200 => {}
            429 => {
                return Err(RpcError::RateLimited {
                    retry_after: reply.retry_after,
                });
            }
            status => return Err(RpcError::Http { status }),
        }
        let answer: Value = serde_json::from_slice(&reply.body).map_err(|_| RpcError::NotJson)?;
        match answer.get("error") {
            None => Ok(answer),
            Some(Value::String(text)) => Err(RpcError::Node(NodeError::from_text(text))),
            Some(_) => Err(RpcError::UnexpectedShape { action, field: "error" }),
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Node")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
