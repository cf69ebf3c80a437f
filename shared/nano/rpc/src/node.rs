//! One node: sending a request and reading the answer, however hostile the other end is.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nanoark_nano::BlockHash;
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::Value;

use crate::error::{NodeError, RpcError};

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
    url: Url,
    name: String,
    client: Client,
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

    pub(crate) fn with_client(url: Url, limits: Limits, client: Client) -> Result<Self, InvalidNode> {
        let host = url
            .host_str()
            .filter(|_| matches!(url.scheme(), "http" | "https"))
            .ok_or(InvalidNode::NotHttp)?;
        let name = url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self {
            url,
            name,
            client,
            limits,
            network: Arc::default(),
        })
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

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Posts `request` and returns the JSON answered, unless it is an error.
    pub(crate) async fn post(&self, action: &'static str, request: &Value) -> Result<Value, RpcError> {
        let call = self
            .client
            .post(self.url.clone())
            .timeout(self.limits.timeout)
            .json(request)
            .send();
        let response = call.await.map_err(|error| transport_error(&error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS => {
                return Err(RpcError::RateLimited {
                    retry_after: retry_after(&response),
                });
            }
            status => {
                return Err(RpcError::Http {
                    status: status.as_u16(),
                });
            }
        }
        let body = self.read(response).await?;
        let answer: Value = serde_json::from_slice(&body).map_err(|_| RpcError::NotJson)?;
        match answer.get("error") {
            None => Ok(answer),
            Some(Value::String(text)) => Err(RpcError::Node(NodeError::from_text(text))),
            Some(_) => Err(RpcError::UnexpectedShape { action, field: "error" }),
        }
    }

    /// Reads the body and stops as soon as it is too large, whatever its length was announced to be.
    async fn read(&self, mut response: Response) -> Result<Vec<u8>, RpcError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| transport_error(&error))? {
            if body.len().saturating_add(chunk.len()) > self.limits.max_response_bytes {
                return Err(RpcError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
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

/// A client that goes nowhere but where it is told: no redirects, no proxy from the environment.
///
/// It keeps no idle connections. Nodes close theirs after each answer, and a connection that slept through a frozen
/// Lambda instance fails exactly when it is needed.
pub(crate) fn new_client() -> Result<Client, InvalidNode> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race to another thread leaves a provider installed, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|_| InvalidNode::Tls)
}

/// Keeps the kind of the error only: its text contains the URL.
fn transport_error(error: &reqwest::Error) -> RpcError {
    if error.is_timeout() {
        RpcError::Timeout
    } else {
        RpcError::Unreachable
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
