//! How requests reach the relay.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use nanoark_surroundings::Pending;
use reqwest::Url;

/// Something that takes a signed request to the relay and brings the answer back, byte for byte.
pub trait Transport: Send + Sync {
    /// Sends the request. The address is absolute; path and query MUST go out exactly as they are, because they are
    /// signed.
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>> {
        (**self).send(request)
    }
}

/// Why there is no answer. The request may have arrived all the same: only the same request with the same idempotency
/// key finds out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The address cannot be used.
    #[error("the address cannot be used")]
    Address,
    /// Nobody answered in time.
    #[error("no answer in time")]
    Timeout,
    /// No connection, or it broke.
    #[error("the connection failed: {0}")]
    Connection(String),
    /// The answer is larger than this client reads.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// What one call over HTTP may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransportLimits {
    /// To connect.
    pub connect_timeout: Duration,
    /// For the whole call, from connecting to the last byte.
    pub timeout: Duration,
    /// For the body of an answer, in bytes.
    pub max_response_bytes: usize,
}

impl Default for TransportLimits {
    /// 5 s to connect, 30 s in all (API Gateway gives up at 30), and 2 MiB: the largest job is about half a MiB.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            max_response_bytes: 2 << 20,
        }
    }
}

/// The machine has no usable TLS set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("TLS cannot be set up")]
pub struct NoTls;

/// HTTP and HTTPS, without redirects: a signature is good for one host only.
#[derive(Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    limits: TransportLimits,
}

impl HttpTransport {
    /// A transport with these limits. Connects to nothing yet.
    ///
    /// # Errors
    /// [`NoTls`].
    pub fn new(limits: TransportLimits) -> Result<Self, NoTls> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Losing the race to another thread leaves a provider installed, which is all that is wanted.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(limits.connect_timeout)
            .timeout(limits.timeout)
            .build()
            .map_err(|_| NoTls)?;
        Ok(Self { client, limits })
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| TransportError::Address)?;
        // `Url` writes some characters in another way than `Uri`; then the signature would be for another request.
        if url.path() != parts.uri.path() || url.query() != parts.uri.query() {
            return Err(TransportError::Address);
        }
        let call = self.client.request(parts.method, url).headers(parts.headers).body(body);
        let mut answer = call.send().await.map_err(|error| failure(&error))?;
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failure(&error))? {
            if body.len().saturating_add(chunk.len()) > self.limits.max_response_bytes {
                return Err(TransportError::TooLarge(self.limits.max_response_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpTransport")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request<Bytes>) -> Pending<'_, Result<Response<Bytes>, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

fn failure(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    // The innermost cause says what happened; the outer ones repeat the address.
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    TransportError::Connection(cause.to_string())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one connection with these bytes and returns what was asked.
    async fn serve(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4_096];
            let length = stream.read(&mut bytes).await.unwrap();
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
            String::from_utf8_lossy(&bytes[..length]).into_owned()
        });
        (address, asked)
    }

    fn transport(max_response_bytes: usize) -> HttpTransport {
        HttpTransport::new(TransportLimits {
            timeout: Duration::from_secs(2),
            max_response_bytes,
            ..TransportLimits::default()
        })
        .unwrap()
    }

    #[tokio::test]
    async fn a_request_goes_out_and_its_answer_comes_back_unchanged() {
        let (address, asked) =
            serve(b"HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\nnanoark-request-id: r1\r\n\r\n{}").await;
        let request = Request::post(format!("{address}/v1/jobs?q=a%20b&tag=%C3%BC"))
            .body(Bytes::from_static(b"{}"))
            .unwrap();
        let answer = transport(100).send(request).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (409, &b"{}"[..]));
        assert_eq!(answer.headers()["nanoark-request-id"], "r1");
        assert!(
            asked
                .await
                .unwrap()
                .starts_with("POST /v1/jobs?q=a%20b&tag=%C3%BC HTTP/1.1\r\n")
        );
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_or_redirects_is_not_followed() {
        let (address, _) = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
        let request = Request::get(address).body(Bytes::new()).unwrap();
        assert_eq!(
            transport(4).send(request).await.unwrap_err(),
            TransportError::TooLarge(4)
        );
        let (address, _) = serve(b"HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
        let request = Request::get(address).body(Bytes::new()).unwrap();
        assert_eq!(transport(4).send(request).await.unwrap().status().as_u16(), 307);
    }

    #[tokio::test]
    async fn what_cannot_be_sent_as_signed_is_not_sent() {
        let request = Request::get("http://127.0.0.1:1/a/../b").body(Bytes::new()).unwrap();
        assert_eq!(transport(4).send(request).await.unwrap_err(), TransportError::Address);
        let request = Request::get("http://127.0.0.1:1/").body(Bytes::new()).unwrap();
        assert!(matches!(
            transport(4).send(request).await,
            Err(TransportError::Connection(_))
        ));
    }
}
