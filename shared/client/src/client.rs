//! The client: signing, sending, reading, trying again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderMap, HeaderName, StatusCode, Uri};
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::time::Seconds;
use nanoark_http::idempotency::{IDEMPOTENCY_REPLAYED, IdempotencyKey};
use nanoark_http::signature::{Stamp, sign_request};
use nanoark_surroundings::{NoEntropy, Surroundings};
use serde::de::DeserializeOwned;

use crate::answer::{Answer, REQUEST_ID, text};
use crate::bot::Bot;
use crate::call::Call;
use crate::error::ClientError;
use crate::retry::RetryPolicy;
use crate::transport::Transport;

/// The response header with the wait before the next poll; it also stands on a 304, which has no body.
const NEXT_POLL_MS: HeaderName = HeaderName::from_static("nanoark-next-poll-ms");

/// How long a signature is good for. Every try is signed anew, so it only needs to outlast one.
const SIGNATURE_LIFETIME: Seconds = Seconds(60);

/// A client of one relay, for one bot.
///
/// Clones share everything. Calls may run side by side.
pub struct Client<T> {
    origin: String,
    transport: Arc<T>,
    bot: Bot,
    surroundings: Arc<dyn Surroundings>,
    retry: RetryPolicy,
}

/// Why there can be no client for an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address of a relay is http or https with a host, and nothing after it")]
pub struct InvalidBaseUrl;

impl<T: Transport> Client<T> {
    /// A client of the relay at `base_url`, such as `https://relay.example`.
    ///
    /// # Errors
    /// When the address is not absolute, or says more than scheme, host and port.
    pub fn new(
        base_url: &str,
        transport: T,
        bot: Bot,
        surroundings: impl Surroundings + 'static,
    ) -> Result<Self, InvalidBaseUrl> {
        let uri: Uri = base_url.parse().map_err(|_| InvalidBaseUrl)?;
        let scheme = uri
            .scheme_str()
            .filter(|scheme| matches!(*scheme, "http" | "https"))
            .ok_or(InvalidBaseUrl)?;
        let authority = uri
            .authority()
            .map(http::uri::Authority::as_str)
            .ok_or(InvalidBaseUrl)?;
        if authority.contains('@') || uri.path() != "/" || uri.query().is_some() {
            return Err(InvalidBaseUrl);
        }
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            transport: Arc::new(transport),
            bot,
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

    /// Who the client speaks for.
    #[must_use]
    pub const fn bot(&self) -> &Bot {
        &self.bot
    }

    /// Where the relay is.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.origin
    }

    /// What the client takes from the machine.
    #[must_use]
    pub fn surroundings(&self) -> &dyn Surroundings {
        &*self.surroundings
    }

    /// A key for a new intention: 32 random hex digits. Keep it until the intention is done or given up.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn fresh_key(&self) -> Result<IdempotencyKey, NoEntropy> {
        // Hex digits are a key; the error cannot happen.
        self.random_text()?.parse().map_err(|_| NoEntropy)
    }

    /// The key of an intention that has a name, such as `quote:job_…`: always the same for this bot and this name.
    ///
    /// Whoever comes back after a crash finds the key again without having stored it. The name must say all that makes
    /// the intention what it is: another request under the same key is refused with `idempotency_conflict`.
    #[must_use]
    #[expect(clippy::expect_used, reason = "64 hex digits are a key")]
    pub fn key_for(&self, purpose: &str) -> IdempotencyKey {
        let text = format!("nanoark-key-v1\n{}\n{purpose}", self.bot.id());
        let digest = Sha256Digest::of(text.as_bytes());
        digest.to_string().parse().expect("hex digits")
    }

    pub(crate) fn shared_surroundings(&self) -> Arc<dyn Surroundings> {
        Arc::clone(&self.surroundings)
    }

    fn random_text(&self) -> Result<String, NoEntropy> {
        let mut bytes = [0; 16];
        self.surroundings.fill(&mut bytes)?;
        Ok(hex::encode(bytes))
    }

    /// Sends the call until it succeeds, is refused for good, or the policy's patience is over; signs every try anew.
    pub(crate) async fn send_with_retry(&self, call: &Call) -> Result<Answer<Bytes>, ClientError> {
        let mut attempts = 0_u32;
        loop {
            attempts = attempts.saturating_add(1);
            match self.send_once(call).await {
                Ok(answer) => return Ok(Answer { attempts, ..answer }),
                Err(error) => match self.retry.wait(&error, attempts, self.surroundings()) {
                    Some(wait) => self.surroundings.sleep(wait).await,
                    None => return Err(error),
                },
            }
        }
    }

    async fn send_once(&self, call: &Call) -> Result<Answer<Bytes>, ClientError> {
        let mut request = call.request(&self.origin)?;
        if call.signed {
            let nonce = self.random_text()?;
            let created = self.surroundings.now();
            let expires = created.plus(SIGNATURE_LIFETIME);
            let stamp = Stamp {
                created,
                expires,
                nonce: Some(&nonce),
            };
            sign_request(&mut request, self.bot.signer(), &stamp)?;
        }
        let (head, body) = self.transport.send(request).await?.into_parts();
        let status = head.status;
        let done = status.is_success() || (status == StatusCode::NOT_MODIFIED && call.etag.is_some());
        if !done {
            return Err(ClientError::from_answer(
                status,
                &head.headers,
                &body,
                "no problem document",
            ));
        }
        Ok(Answer {
            value: body,
            status,
            replayed: text(&head.headers, &IDEMPOTENCY_REPLAYED).is_some_and(|replayed| replayed == "true"),
            request_id: text(&head.headers, &REQUEST_ID),
            etag: text(&head.headers, &ETAG),
            next_poll: text(&head.headers, &NEXT_POLL_MS)
                .and_then(|milliseconds| milliseconds.parse().ok())
                .map(Duration::from_millis),
            attempts: 1,
        })
    }

    /// Sends the call and reads the answer's body.
    pub(crate) async fn ask<A: DeserializeOwned>(&self, call: &Call) -> Result<Answer<A>, ClientError> {
        read(self.send_with_retry(call).await?)
    }
}

/// Reads an answer's body.
pub(crate) fn read<A: DeserializeOwned>(answer: Answer<Bytes>) -> Result<Answer<A>, ClientError> {
    let status = answer.status;
    answer.map(|body| {
        serde_json::from_slice(&body)
            .map_err(|error| ClientError::from_answer(status, &HeaderMap::new(), &body, &error.to_string()))
    })
}

impl<T> Clone for Client<T> {
    fn clone(&self) -> Self {
        Self {
            origin: self.origin.clone(),
            transport: Arc::clone(&self.transport),
            bot: self.bot.clone(),
            surroundings: Arc::clone(&self.surroundings),
            retry: self.retry,
        }
    }
}

impl<T> fmt::Debug for Client<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("relay", &self.origin)
            .field("bot", &self.bot)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
