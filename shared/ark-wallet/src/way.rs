//! By which way events go to the gateway and come from it.

use std::fmt;
use std::sync::Arc;

use nanoark_nostr_relay::{RelayUrl, Relays};

/// By which way intents and answers go, and challenges come. Either way the same events; an order may change ways at any
/// point.
#[derive(Clone)]
pub enum Way {
    /// The gateway's HTTP API.
    Https,
    /// Nostr relays.
    Relays {
        /// The client of relays.
        client: Arc<dyn Relays>,
        /// Those to publish to and to ask.
        urls: Vec<RelayUrl>,
    },
}

impl fmt::Debug for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Https => formatter.write_str("Https"),
            Self::Relays { urls, .. } => formatter.debug_tuple("Relays").field(urls).finish(),
        }
    }
}
