//! A relay may ask who is there (NIP-42).

use std::fmt;
use std::sync::Arc;

use nanoark_domain::time::Timestamp;
use nanoark_nostr::{NostrKey, compose};

use crate::url::RelayUrl;

/// The longest question that is signed.
const LONGEST: usize = 1 << 10;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Who a relay is told is there.
#[derive(Clone)]
pub struct Identity {
    /// Signs the answer.
    pub key: NostrKey,
    /// Dates the answer.
    pub now: Now,
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Identity").field(&self.key).finish()
    }
}

/// Where the authentication stands on one connection. A relay's first question is answered, and no other.
#[derive(Debug)]
pub(crate) struct Authentication {
    identity: Option<Identity>,
    relay: String,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Unasked,
    Answered { event: String },
    Accepted,
    Refused,
}

impl Authentication {
    pub(crate) fn new(identity: Option<Identity>, relay: &RelayUrl) -> Self {
        Self {
            identity,
            relay: relay.to_string(),
            state: State::Unasked,
        }
    }

    /// The answer to a question.
    pub(crate) fn asked(&mut self, challenge: &str) -> Option<String> {
        if self.state != State::Unasked || challenge.len() > LONGEST {
            return None;
        }
        let identity = self.identity.as_ref()?;
        let event = compose::relay_authentication(&identity.key, &self.relay, challenge, (identity.now)()).ok()?;
        self.state = State::Answered {
            event: event.id().to_string(),
        };
        Some(format!("[\"AUTH\",{}]", event.json()))
    }

    /// What became of the answer, if this is what the relay speaks of.
    pub(crate) fn answered(&mut self, id: &str, accepted: bool) -> Option<bool> {
        let State::Answered { event } = &self.state else {
            return None;
        };
        if event != id {
            return None;
        }
        self.state = if accepted { State::Accepted } else { State::Refused };
        Some(accepted)
    }

    /// Whether the relay knows who is there.
    pub(crate) fn is_accepted(&self) -> bool {
        self.state == State::Accepted
    }

    /// Whether the relay may yet come to know who is there.
    pub(crate) fn is_possible(&self) -> bool {
        self.identity.is_some() && self.state != State::Refused
    }
}

/// Whether a relay wants to know who is there before it does what it was asked.
pub(crate) fn is_required(message: &str) -> bool {
    message.starts_with("auth-required:")
}
