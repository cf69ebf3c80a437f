//! A client of Nostr relays that asks, publishes and hangs up. It keeps no connection, because what calls it may be stopped
//! at any time.
//!
//! A relay is trusted with nothing. It may lie, flood, stall, send garbage or never finish: whatever it does, a call ends by
//! its deadline, holds a bounded number of events and bytes, and returns only events whose signatures hold and that were
//! asked for.

mod authentication;
mod collect;
mod filter;
mod message;
mod publish;
mod talk;
mod url;
mod websocket;

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;

pub use authentication::{Identity, Now};
pub use collect::{Collected, End, MAX_BYTES, MAX_REFUSED};
pub use filter::Filter;
pub use publish::PublishError;
pub use url::{InvalidRelayUrl, RelayUrl};
pub use websocket::{NoTls, WebSocketRelays};

/// Relays, as their clients see them. A simulation puts its own in the place of [`WebSocketRelays`].
pub trait Relays: fmt::Debug + Send + Sync {
    /// Asks a relay for the stored events that match, and waits for its word that there are no more, at most this long.
    fn collect<'a>(&'a self, relay: &'a RelayUrl, filter: &'a Filter, time: Duration) -> BoxFuture<'a, Collected>;

    /// Gives a relay an event, as JSON, and waits for its word that it has it, at most this long. To publish again is
    /// harmless: a relay that has the event says so.
    fn publish<'a>(
        &'a self,
        relay: &'a RelayUrl,
        event: &'a str,
        time: Duration,
    ) -> BoxFuture<'a, Result<(), PublishError>>;
}
