//! Hints over a WebSocket connection: that a job has changed, at once instead of at the next poll.
//!
//! A hint is never the truth and may be missing, late, twice or out of order. [`connect`] keeps a connection up for as
//! long as its [`Hints`] are there: it signs the handshake, subscribes, pings before API Gateway calls the connection
//! idle, replaces it before API Gateway ends it for its age, and comes back after every failure with growing, random
//! waits. A [`Follower`](crate::Follower) takes the hints to wait less.

mod handshake;
mod hints;
mod link;
mod schedule;
mod socket;
#[cfg(feature = "realtime")]
mod websocket;

pub use handshake::{InvalidSocketUrl, SocketUrl};
pub use hints::{Health, Hint, HintSender, Hints};
pub use link::connect;
pub use socket::{Frame, Socket, SocketFailure, SocketTransport};
#[cfg(feature = "realtime")]
pub use websocket::WebSocketTransport;
