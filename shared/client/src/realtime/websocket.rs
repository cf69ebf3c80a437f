//! WebSocket connections over TCP and TLS.

use std::fmt;
use std::sync::Arc;

use futures::{SinkExt, StreamExt};
use http::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{Request, Uri};
use nanoark_surroundings::Pending;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::socket::{Frame, Socket, SocketFailure, SocketTransport};
use crate::transport::NoTls;

/// The largest message that is read: what API Gateway sends at most.
const LARGEST: usize = 128 << 10;

/// WebSocket connections over TCP and TLS, with the same trust in certificates as
/// [`HttpTransport`](crate::HttpTransport). It has no time limits of its own: [`connect`](super::connect) sets them.
#[derive(Clone)]
pub struct WebSocketTransport {
    tls: Arc<ClientConfig>,
}

impl WebSocketTransport {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`NoTls`].
    pub fn new() -> Result<Self, NoTls> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|_| NoTls)?
            .with_no_client_auth();
        Ok(Self { tls: Arc::new(tls) })
    }

    async fn open(&self, handshake: Request<()>) -> Result<Box<dyn Socket>, SocketFailure> {
        let (host, port, secure) = destination(handshake.uri())?;
        let tcp = TcpStream::connect((host.as_str(), port)).await.map_err(broken)?;
        tcp.set_nodelay(true).map_err(broken)?;
        if !secure {
            return upgrade(handshake, tcp).await;
        }
        let name = ServerName::try_from(host).map_err(broken)?;
        let tls = TlsConnector::from(Arc::clone(&self.tls));
        upgrade(handshake, tls.connect(name, tcp).await.map_err(broken)?).await
    }
}

impl fmt::Debug for WebSocketTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebSocketTransport").finish_non_exhaustive()
    }
}

impl SocketTransport for WebSocketTransport {
    fn connect(&self, handshake: Request<()>) -> Pending<'_, Result<Box<dyn Socket>, SocketFailure>> {
        Box::pin(self.open(handshake))
    }
}

/// Host without brackets, port, and whether to speak TLS.
fn destination(uri: &Uri) -> Result<(String, u16, bool), SocketFailure> {
    let secure = match uri.scheme_str() {
        Some("ws") => false,
        Some("wss") => true,
        Some(_) | None => return Err(SocketFailure::Signing),
    };
    let host = uri.host().ok_or(SocketFailure::Signing)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    Ok((host, port, secure))
}

async fn upgrade<S>(mut handshake: Request<()>, stream: S) -> Result<Box<dyn Socket>, SocketFailure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let headers = handshake.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    let key = HeaderValue::from_str(&generate_key()).map_err(broken)?;
    headers.insert(SEC_WEBSOCKET_KEY, key);
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    let opened = client_async_with_config(handshake, stream, Some(config)).await;
    let (stream, _) = opened.map_err(failure)?;
    Ok(Box::new(stream))
}

impl<S> Socket for WebSocketStream<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    fn send(&mut self, text: String) -> Pending<'_, Result<(), SocketFailure>> {
        Box::pin(async move { SinkExt::send(self, Message::text(text)).await.map_err(failure) })
    }

    fn next(&mut self) -> Pending<'_, Result<Frame, SocketFailure>> {
        Box::pin(async move {
            match StreamExt::next(self).await {
                Some(Ok(Message::Text(text))) => Ok(Frame::Text(text.as_str().to_owned())),
                Some(Ok(Message::Binary(_))) => Ok(Frame::Binary),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Frame::Control),
                Some(Ok(Message::Close(close))) => Err(SocketFailure::Closed(close.map(|close| close.code.into()))),
                Some(Err(error)) => Err(failure(error)),
                None => Err(SocketFailure::Closed(None)),
            }
        })
    }

    fn close(mut self: Box<Self>) -> Pending<'static, ()> {
        Box::pin(async move {
            // It is over either way.
            let _ = SinkExt::close(&mut *self).await;
        })
    }
}

fn failure(error: Error) -> SocketFailure {
    match error {
        Error::Http(answer) => SocketFailure::Refused(answer.status()),
        Error::Capacity(_) => SocketFailure::TooLarge,
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => SocketFailure::Closed(None),
        other @ (Error::Io(_)
        | Error::Tls(_)
        | Error::Protocol(_)
        | Error::WriteBufferFull(_)
        | Error::Utf8(_)
        | Error::AttackAttempt
        | Error::Url(_)
        | Error::HttpFormat(_)) => broken(other),
    }
}

fn broken(error: impl fmt::Display) -> SocketFailure {
    SocketFailure::Connection(error.to_string())
}
