//! The gateway's HTTP API, typed.

mod call;
mod error;
mod patience;

use std::fmt;
use std::sync::Arc;

use bitcoin::Txid;
use http::{Method, Uri};
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_client::{RetryPolicy, Transport};
use nanoark_domain::ceremony::Quote;
use nanoark_http::wire::gateway::{BalancesView, EventTaken, InfoView, ReceiptView, SessionView, VtxosView};
use nanoark_nostr::NostrKey;
use nanoark_surroundings::Surroundings;
use serde::de::DeserializeOwned;

use call::Call;
pub use error::{GatewayError, GatewayProblem};

/// A client of one gateway, for one Nostr key. Clones share everything.
///
/// Every call may be made again: an event counts once by its id, and reads change nothing. So calls that fail for a passing
/// reason are tried again here, signed anew.
pub struct Gateway<T> {
    origin: String,
    transport: Arc<T>,
    key: NostrKey,
    surroundings: Arc<dyn Surroundings>,
    retry: RetryPolicy,
}

/// A text that is no address of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address of a gateway is http or https with a host, and nothing after it")]
pub struct InvalidGatewayUrl;

impl<T: Transport> Gateway<T> {
    /// A client of the gateway at `base_url`, such as `https://gateway.example`.
    ///
    /// # Errors
    /// When the address is not absolute, or says more than scheme, host and port.
    pub fn new(
        base_url: &str,
        transport: T,
        key: NostrKey,
        surroundings: impl Surroundings + 'static,
    ) -> Result<Self, InvalidGatewayUrl> {
        let uri: Uri = base_url.parse().map_err(|_| InvalidGatewayUrl)?;
        let scheme = uri
            .scheme_str()
            .filter(|scheme| matches!(*scheme, "http" | "https"))
            .ok_or(InvalidGatewayUrl)?;
        let authority = uri.authority().map(http::uri::Authority::as_str);
        let authority = authority.ok_or(InvalidGatewayUrl)?;
        if authority.contains('@') || uri.path() != "/" || uri.query().is_some() {
            return Err(InvalidGatewayUrl);
        }
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            transport: Arc::new(transport),
            key,
            surroundings: Arc::new(surroundings),
            retry: RetryPolicy::default(),
        })
    }

    /// The same client with another patience.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Where the gateway is.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.origin
    }

    pub(crate) fn surroundings(&self) -> &dyn Surroundings {
        &*self.surroundings
    }

    /// `GET /v1/info`: what the gateway is.
    ///
    /// # Errors
    /// [`GatewayError`], as of every call here.
    pub async fn info(&self) -> Result<InfoView, GatewayError> {
        self.call(&Call::public("/v1/info".to_owned())).await
    }

    /// `GET /v1/quote`: what a session costs.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn quote(&self) -> Result<Quote, GatewayError> {
        self.call(&Call::public("/v1/quote".to_owned())).await
    }

    /// `POST /v1/events`: gives the gateway a signed event, as JSON.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn post_event(&self, event: &str) -> Result<EventTaken, GatewayError> {
        self.call(&Call::event("/v1/events".to_owned(), event)).await
    }

    /// `POST /v1/sessions`: opens a session with a signed intent, as JSON.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn open_session(&self, intent: &str) -> Result<SessionView, GatewayError> {
        self.call(&Call::event("/v1/sessions".to_owned(), intent)).await
    }

    /// `GET /v1/sessions/{session_id}`: a session that the wallet is a party to.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn session(&self, id: SessionId) -> Result<SessionView, GatewayError> {
        self.call(&Call::own(Method::GET, format!("/v1/sessions/{id}"))).await
    }

    /// `DELETE /v1/sessions/{session_id}`: ends a session while nothing has been submitted.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn terminate(&self, id: SessionId) -> Result<SessionView, GatewayError> {
        self.call(&Call::own(Method::DELETE, format!("/v1/sessions/{id}")))
            .await
    }

    /// `GET /v1/vtxos`: the wallet's VTXOs.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn vtxos(&self) -> Result<VtxosView, GatewayError> {
        self.call(&Call::own(Method::GET, "/v1/vtxos".to_owned())).await
    }

    /// `GET /v1/balances`: the sums of the wallet's VTXOs.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn balances(&self) -> Result<BalancesView, GatewayError> {
        self.call(&Call::own(Method::GET, "/v1/balances".to_owned())).await
    }

    /// `GET /v1/receipts/{ark_txid}`: what a final ark transaction did.
    ///
    /// # Errors
    /// [`GatewayError`].
    pub async fn receipt(&self, ark_txid: Txid) -> Result<ReceiptView, GatewayError> {
        self.call(&Call::public(format!("/v1/receipts/{ark_txid}"))).await
    }

    async fn call<A: DeserializeOwned>(&self, call: &Call) -> Result<A, GatewayError> {
        let mut made = 0_u32;
        loop {
            made = made.saturating_add(1);
            let error = match self.call_once(call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match patience::wait(&self.retry, &error, made, self.surroundings()) {
                Some(wait) => self.surroundings.sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    async fn call_once<A: DeserializeOwned>(&self, call: &Call) -> Result<A, GatewayError> {
        let request = call.request(&self.origin, &self.key, self.surroundings.now())?;
        let (parts, body) = self.transport.send(request).await?.into_parts();
        if !parts.status.is_success() {
            return Err(GatewayError::from_answer(parts.status, &parts.headers, &body));
        }
        serde_json::from_slice(&body).map_err(|error| GatewayError::Unexpected {
            status: parts.status,
            reason: format!("the body cannot be read: {error}"),
        })
    }
}

impl<T> Clone for Gateway<T> {
    fn clone(&self) -> Self {
        Self {
            origin: self.origin.clone(),
            transport: Arc::clone(&self.transport),
            key: self.key.clone(),
            surroundings: Arc::clone(&self.surroundings),
            retry: self.retry,
        }
    }
}

impl<T> fmt::Debug for Gateway<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Gateway")
            .field("origin", &self.origin)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
