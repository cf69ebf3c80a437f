//! What carries frames: a real WebSocket, or a function call in a simulation.

use http::{Request, StatusCode};
use nanoark_surroundings::Pending;

/// Something that opens WebSocket connections.
pub trait SocketTransport: Send + Sync {
    /// Opens a connection with this handshake. Its address is absolute, with the scheme `ws` or `wss`; path and the
    /// header fields `host`, `signature-input` and `signature` MUST go out exactly as they are, because they are signed.
    fn connect(&self, handshake: Request<()>) -> Pending<'_, Result<Box<dyn Socket>, SocketFailure>>;
}

/// An open connection. Dropping it ends it.
pub trait Socket: Send {
    /// Sends a text frame.
    fn send(&mut self, text: String) -> Pending<'_, Result<(), SocketFailure>>;

    /// The next frame; waits for it. Nothing may be lost when the wait is given up.
    fn next(&mut self) -> Pending<'_, Result<Frame, SocketFailure>>;

    /// Says goodbye. May give up early: the connection is over either way.
    fn close(self: Box<Self>) -> Pending<'static, ()>;
}

impl<T: SocketTransport + ?Sized> SocketTransport for std::sync::Arc<T> {
    fn connect(&self, handshake: Request<()>) -> Pending<'_, Result<Box<dyn Socket>, SocketFailure>> {
        (**self).connect(handshake)
    }
}

/// What arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text.
    Text(String),
    /// Bytes, which the relay never sends.
    Binary,
    /// A ping or a pong of the WebSocket protocol.
    Control,
}

/// Why there is no connection, or none any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocketFailure {
    /// The handshake was refused: 401 means that the signature does not pass, most likely for a clock that is off.
    #[error("the handshake was refused with {0}")]
    Refused(StatusCode),
    /// The other side ended the connection, with this status if it gave one.
    #[error("the connection was closed{}", .0.map_or_else(String::new, |code| format!(" with {code}")))]
    Closed(Option<u16>),
    /// No connection, or it broke.
    #[error("the connection failed: {0}")]
    Connection(String),
    /// Nothing came in time: no connection, no answer to `subscribe` or to a ping.
    #[error("no answer in time")]
    Timeout,
    /// A frame is larger than this client reads.
    #[error("a frame is too large")]
    TooLarge,
    /// The relay does not know this connection any more.
    #[error("the relay does not know the connection")]
    Forgotten,
    /// The relay could not look the connection up.
    #[error("the relay cannot look the connection up")]
    Unavailable,
    /// The handshake cannot be signed.
    #[error("the handshake cannot be signed")]
    Signing,
}
