//! Hints over WebSocket connections: the handshake, messages, the end, and the stream that is pushed to both parties.
//!
//! A bot opens the connection, so it needs no inbound port. Nothing depends on a hint: a bot that polls hears the same, a
//! little later.

mod connect;
mod disconnect;
mod message;
mod push;

use nanoark_runtime::Function;

pub use connect::FUNCTION as CONNECT;
pub use disconnect::FUNCTION as DISCONNECT;
pub use message::FUNCTION as MESSAGE;
pub use push::FUNCTION as PUSH_HINTS;

/// Every function of this area.
pub const FUNCTIONS: [Function; 4] = [CONNECT, DISCONNECT, MESSAGE, PUSH_HINTS];
