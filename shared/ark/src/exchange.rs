//! How a request reaches arkd.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use nanoark_domain::time::Seconds;
use reqwest::{Certificate, Client, Url};

use crate::breaker::Threshold;

/// The version of arkd that requests are written for, in `X-Build-Version`. arkd refuses those of another major version.
pub const BUILD_VERSION: &str = ark_core::server::TARGET_ARKD_VERSION;

/// An exchange under way.
pub type Exchanging<'a> = Pin<Box<dyn Future<Output = Result<ArkdReply, ExchangeError>> + Send + 'a>>;

/// Something that takes a request to arkd and brings back what it says. HTTP, unless a test or a simulation puts its own in
/// the place ([`Arkd::over`](crate::arkd::Arkd::over)).
pub trait Exchange: fmt::Debug + Send + Sync {
    /// Carries one request.
    fn exchange(&self, request: ArkdRequest) -> Exchanging<'_>;
}

/// A request to arkd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArkdRequest {
    /// `GET` or `POST`.
    pub method: Method,
    /// The path and the query, from the first `/`.
    pub path_and_query: String,
    /// For `X-Digest`: the operator's terms that the request relies on.
    pub digest: Option<String>,
    /// JSON.
    pub body: Option<Bytes>,
}

/// What arkd says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArkdReply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// There was no connection; the request has not left.
    #[error("no connection: {detail}")]
    NotConnected {
        /// What went wrong.
        detail: String,
    },
    /// The connection broke once there was one; the request may have arrived.
    #[error("the connection broke: {detail}")]
    Broken {
        /// What went wrong.
        detail: String,
    },
    /// No whole reply in time.
    #[error("no reply in time")]
    Timeout,
    /// The reply is larger than the limit.
    #[error("the reply is too large")]
    TooLarge,
}

/// What calls may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the whole call, from connecting to the last byte.
    pub timeout: Duration,
    /// For connecting.
    pub connect_timeout: Duration,
    /// For the body of a reply, in bytes.
    pub max_reply_bytes: usize,
    /// For all VTXOs of one query, over its pages.
    pub max_vtxos: usize,
    /// How long the operator's terms are taken as known.
    pub info_for: Seconds,
    /// When calls are given up for a while.
    pub breaker: Threshold,
}

impl Default for Limits {
    /// 10 s, 3 s, and 1 MiB (a page of a hundred VTXOs takes 70 KiB); 10,000 VTXOs; terms for 60 s.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
            max_reply_bytes: 1 << 20,
            max_vtxos: 10_000,
            info_for: Seconds(60),
            breaker: Threshold::default(),
        }
    }
}

/// Why there can be no client for a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidArkd {
    /// It is neither `http://` nor `https://`, or has no host.
    #[error("arkd is reached by http or https")]
    NotHttp,
    /// The extra certificate is none in PEM.
    #[error("the extra certificate cannot be read")]
    Certificate,
    /// The machine has no usable TLS set-up.
    #[error("TLS cannot be set up")]
    Tls,
}

/// HTTP and HTTPS.
pub(crate) struct Http {
    base: String,
    client: Client,
    max_reply_bytes: usize,
}

impl Http {
    /// A client that goes nowhere but where it is told: no redirects, no proxy from the environment.
    ///
    /// It keeps no idle connections: one that slept through a frozen Lambda instance fails exactly when it is needed.
    pub(crate) fn new(url: &str, limits: &Limits, extra_ca_pem: Option<&[u8]>) -> Result<Self, InvalidArkd> {
        let url: Url = url.parse().map_err(|_| InvalidArkd::NotHttp)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(InvalidArkd::NotHttp);
        }
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Losing the race to another thread leaves a provider installed, which is all that is wanted.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let certificates = match extra_ca_pem {
            Some(pem) => Certificate::from_pem_bundle(pem)
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or(InvalidArkd::Certificate)?,
            None => Vec::new(),
        };
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(limits.timeout)
            .connect_timeout(limits.connect_timeout)
            .tls_certs_merge(certificates)
            .build()
            .map_err(|_| InvalidArkd::Tls)?;
        Ok(Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
            client,
            max_reply_bytes: limits.max_reply_bytes,
        })
    }

    async fn carry(&self, request: ArkdRequest) -> Result<ArkdReply, ExchangeError> {
        let url = format!("{}{}", self.base, request.path_and_query);
        let mut call = self
            .client
            .request(request.method, url)
            .header("x-build-version", BUILD_VERSION);
        if let Some(digest) = request.digest {
            call = call.header("x-digest", digest);
        }
        if let Some(body) = request.body {
            call = call.header(http::header::CONTENT_TYPE, "application/json").body(body);
        }
        let mut response = call.send().await.map_err(transport_error)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        // Stops as soon as it is too large, whatever its length was announced to be.
        while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
            if body.len().saturating_add(chunk.len()) > self.max_reply_bytes {
                return Err(ExchangeError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(ArkdReply {
            status,
            body: body.into(),
        })
    }
}

impl Exchange for Http {
    fn exchange(&self, request: ArkdRequest) -> Exchanging<'_> {
        Box::pin(self.carry(request))
    }
}

impl fmt::Debug for Http {
    /// Path, query and user info may hold a key of the operator's.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Http").finish_non_exhaustive()
    }
}

/// The URL may hold a key, so it is left out of the text.
fn transport_error(error: reqwest::Error) -> ExchangeError {
    let error = error.without_url();
    // The innermost cause says most: "connection refused", "certificate unknown".
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let detail = cause.to_string();
    if error.is_connect() || error.is_builder() {
        ExchangeError::NotConnected { detail }
    } else if error.is_timeout() {
        ExchangeError::Timeout
    } else {
        ExchangeError::Broken { detail }
    }
}
