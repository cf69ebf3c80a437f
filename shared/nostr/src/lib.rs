//! The Nostr side of the Ark gateway: kinds and tags, encryption, composing and verifying events, and HTTP requests that a
//! Nostr key has signed (NIP-98). Nothing here talks to a relay, reads a clock or draws randomness.
//!
//! Public keys are [`bitcoin::XOnlyPublicKey`] and instants [`nanoark_domain::time::Timestamp`] everywhere; the types of
//! the `nostr` crate stay inside.

pub mod binding;
pub mod compose;
pub mod content;
pub mod encryption;
pub mod event;
pub mod http_auth;
pub mod key;
pub mod kinds;
pub mod opened;
pub mod received;
pub mod refusal;
pub mod verify;
pub mod window;

pub use compose::ComposeError;
pub use encryption::Scheme;
pub use event::SignedEvent;
pub use key::{GatewayKeys, NostrKey};
pub use kinds::GatewayKind;
pub use opened::Opened;
pub use refusal::{EventCode, EventRefusal};
pub use verify::{IncomingEvent, Rules, Topic};

#[cfg(test)]
mod tests;
