//! Relays over real WebSockets, on TCP and TLS.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};
use futures::{SinkExt as _, StreamExt as _};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::Relays;
use crate::authentication::{Authentication, Identity};
use crate::collect::{Collected, Collecting, End};
use crate::filter::Filter;
use crate::publish::{PublishError, Publishing};
use crate::talk::{Next, Talk};
use crate::url::RelayUrl;

/// The largest message that is read. Far more than an event may have, so that one large event, which anybody can address to
/// anybody, is passed over and does not end the connection.
const LARGEST: usize = 1 << 20;

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_millis(200);

/// Relays over real WebSockets.
#[derive(Clone)]
pub struct WebSocketRelays {
    tls: Arc<ClientConfig>,
    identity: Option<Identity>,
}

/// The platform has no certificates to trust in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("TLS cannot be set up")]
pub struct NoTls;

/// Why a conversation did not come to its end.
enum Broken {
    Unreachable(String),
    Disconnected(String),
}

impl WebSocketRelays {
    /// Trusts in the platform's certificates, and tells relays that ask who is there.
    ///
    /// # Errors
    /// [`NoTls`].
    pub fn new(identity: Option<Identity>) -> Result<Self, NoTls> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|_| NoTls)?
            .with_no_client_auth();
        Ok(Self::with_tls(Arc::new(tls), identity))
    }

    /// Trusts in what this configuration trusts in.
    #[must_use]
    pub const fn with_tls(tls: Arc<ClientConfig>, identity: Option<Identity>) -> Self {
        Self { tls, identity }
    }

    async fn converse(&self, relay: &RelayUrl, talk: &mut dyn Talk) -> Result<(), Broken> {
        let tcp = TcpStream::connect(relay.destination()).await.map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        if !relay.is_secure() {
            return converse_over(relay, tcp, talk).await;
        }
        let (host, _) = relay.destination();
        let name = ServerName::try_from(host.to_owned()).map_err(unreachable)?;
        let tls = TlsConnector::from(Arc::clone(&self.tls));
        converse_over(relay, tls.connect(name, tcp).await.map_err(unreachable)?, talk).await
    }

    fn authentication(&self, relay: &RelayUrl) -> Authentication {
        Authentication::new(self.identity.clone(), relay)
    }
}

impl fmt::Debug for WebSocketRelays {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (formatter
            .debug_struct("WebSocketRelays")
            .field("identity", &self.identity))
        .finish_non_exhaustive()
    }
}

impl Relays for WebSocketRelays {
    fn collect<'a>(&'a self, relay: &'a RelayUrl, filter: &'a Filter, time: Duration) -> BoxFuture<'a, Collected> {
        async move {
            let mut talk = Collecting::new(filter, self.authentication(relay));
            let broken = match timeout(time, self.converse(relay, &mut talk)).await {
                Ok(Ok(())) => None,
                Ok(Err(Broken::Unreachable(why))) => Some(End::Unreachable(why)),
                Ok(Err(Broken::Disconnected(why))) => Some(End::Disconnected(why)),
                Err(_) => Some(End::TimedOut),
            };
            talk.into_collected(broken)
        }
        .boxed()
    }

    fn publish<'a>(
        &'a self,
        relay: &'a RelayUrl,
        event: &'a str,
        time: Duration,
    ) -> BoxFuture<'a, Result<(), PublishError>> {
        async move {
            let mut talk = Publishing::new(event, self.authentication(relay))?;
            let broken = match timeout(time, self.converse(relay, &mut talk)).await {
                Ok(Ok(())) | Err(_) => PublishError::Timeout,
                Ok(Err(Broken::Unreachable(why))) => PublishError::Unreachable(why),
                Ok(Err(Broken::Disconnected(why))) => PublishError::Disconnected(why),
            };
            talk.into_outcome().unwrap_or(Err(broken))
        }
        .boxed()
    }
}

async fn converse_over<S>(relay: &RelayUrl, stream: S, talk: &mut dyn Talk) -> Result<(), Broken>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let handshake = relay.to_string().into_client_request().map_err(unreachable)?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    // A redirection is an error here: nobody is sent elsewhere.
    let opened = client_async_with_config(handshake, stream, Some(config)).await;
    let (mut socket, _) = opened.map_err(unreachable)?;
    say(&mut socket, talk.opening()).await?;
    loop {
        let frame = (socket.next().await)
            .ok_or_else(|| Broken::Disconnected("without a goodbye".to_owned()))?
            .map_err(disconnected)?;
        let next = match frame {
            Message::Text(text) => talk.hear(text.as_str()),
            // Counts as garbage.
            Message::Binary(_) => talk.hear(""),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Next::Wait,
            Message::Close(_) => return Err(Broken::Disconnected("with a goodbye".to_owned())),
        };
        match next {
            Next::Wait => {}
            Next::Say(text) => say(&mut socket, text).await?,
            Next::Done => break,
        }
    }
    // The conversation is over, whether the relay hears it or not.
    let _ = timeout(GOODBYE, goodbye(socket, talk.closing())).await;
    Ok(())
}

async fn say<S>(socket: &mut WebSocketStream<S>, text: String) -> Result<(), Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    socket.send(Message::text(text)).await.map_err(disconnected)
}

async fn goodbye<S>(mut socket: WebSocketStream<S>, text: Option<String>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if let Some(text) = text {
        let _ = socket.send(Message::text(text)).await;
    }
    let _ = socket.close(None).await;
}

fn unreachable(error: impl fmt::Display) -> Broken {
    Broken::Unreachable(error.to_string())
}

fn disconnected(error: impl fmt::Display) -> Broken {
    Broken::Disconnected(error.to_string())
}
