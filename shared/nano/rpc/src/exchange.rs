//! How a request reaches a node.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, Url};

use crate::error::RpcError;
use crate::node::{InvalidNode, Limits};

/// An exchange under way.
pub type Exchanging<'a> = Pin<Box<dyn Future<Output = Result<Reply, RpcError>> + Send + 'a>>;

/// Something that takes a request's body to a node and brings back what it says. HTTP, unless a simulation puts its own
/// in the place ([`Node::over`](crate::Node::over)).
pub trait Exchange: fmt::Debug + Send + Sync {
    /// Posts the body, within these limits.
    ///
    /// Errors are those of the way: [`RpcError::Timeout`], [`RpcError::Unreachable`], [`RpcError::TooLarge`].
    fn post(&self, body: Vec<u8>, limits: Limits) -> Exchanging<'_>;
}

/// What a node answers over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// What its `Retry-After` asks for.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// HTTP and HTTPS.
pub(crate) struct Http {
    pub(crate) url: Url,
    pub(crate) client: Client,
}

impl Http {
    async fn exchange(&self, body: Vec<u8>, limits: Limits) -> Result<Reply, RpcError> {
        let call = self
            .client
            .post(self.url.clone())
            .timeout(limits.timeout)
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body)
            .send();
        let mut response = call.await.map_err(|error| transport_error(&error))?;
        let (status, retry_after) = (response.status().as_u16(), retry_after(&response));
        let mut body = Vec::new();
        // Stops as soon as it is too large, whatever its length was announced to be.
        while let Some(chunk) = response.chunk().await.map_err(|error| transport_error(&error))? {
            if body.len().saturating_add(chunk.len()) > limits.max_response_bytes {
                return Err(RpcError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status,
            retry_after,
            body,
        })
    }
}

impl Exchange for Http {
    fn post(&self, body: Vec<u8>, limits: Limits) -> Exchanging<'_> {
        Box::pin(self.exchange(body, limits))
    }
}

impl fmt::Debug for Http {
    /// Path, query and user info may hold the operator's key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Http").finish_non_exhaustive()
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
