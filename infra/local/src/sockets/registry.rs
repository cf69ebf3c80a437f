//! The connections that are open, and those that have ended and whose end nobody was told of yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, header};
use tokio::sync::mpsc;

use super::MAX_MESSAGE_BYTES;

/// API Gateway closes a connection over which nothing was said for so long. Pings of the protocol are nothing here, so
/// that a client which relies on them is found out.
const IDLE: Duration = Duration::from_secs(600);

/// API Gateway closes every connection after so long.
const LONGEST: Duration = Duration::from_secs(7_200);

/// How many messages wait for a client that does not read.
const MOST_UNREAD: usize = 100;

/// A frame on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message.
    Text(String),
    /// The end.
    Close {
        /// The WebSocket status code.
        code: u16,
        /// Why, in words.
        reason: String,
    },
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// There is no such connection.
    #[error("the connection is gone")]
    Gone,
    /// The message is longer than API Gateway allows.
    #[error("the message is too long")]
    TooLong,
    /// The client does not read what it was sent before.
    #[error("too many messages wait for the client")]
    Full,
}

/// The connections of the WebSocket API. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Connections {
    /// The path of the API's stage, such as `/v1`.
    pub(super) stage_path: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    open: BTreeMap<String, Open>,
    ended: VecDeque<Ended>,
}

/// Where a connection comes from.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) source_ip: String,
    pub(super) user_agent: String,
    pub(super) host: String,
}

/// A connection that is open.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) origin: Origin,
    pub(super) connected_at: u64,
    pub(super) last_active_at: u64,
    outgoing: Option<mpsc::Sender<Frame>>,
}

/// A connection that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) id: String,
    pub(super) open: Open,
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Origin {
    pub(super) fn new(headers: &HeaderMap, source_ip: &str) -> Self {
        let text = |name| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Self {
            source_ip: source_ip.to_owned(),
            user_agent: text(header::USER_AGENT),
            host: text(header::HOST),
        }
    }
}

impl Open {
    pub(super) const fn new(origin: Origin, now: u64) -> Self {
        Self {
            origin,
            connected_at: now,
            last_active_at: now,
            outgoing: None,
        }
    }

    /// The end from which the client's frames are taken. A frame more than may wait is kept free for the last one.
    pub(super) fn channel(&mut self) -> mpsc::Receiver<Frame> {
        let (outgoing, incoming) = mpsc::channel(MOST_UNREAD.saturating_add(1));
        self.outgoing = Some(outgoing);
        incoming
    }
}

impl Connections {
    pub(crate) fn new(stage_path: String) -> Self {
        Self {
            stage_path,
            state: Arc::default(),
        }
    }

    /// How many connections are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.state().open.len()
    }

    /// Sends a message to a connection, at this instant.
    ///
    /// # Errors
    ///
    /// When there is no such connection, or it does not take the message.
    pub fn post(&self, id: &str, data: &[u8], now: u64) -> Result<(), NotTaken> {
        if data.len() > MAX_MESSAGE_BYTES {
            return Err(NotTaken::TooLong);
        }
        let mut state = self.state();
        let open = state.open.get_mut(id).ok_or(NotTaken::Gone)?;
        let outgoing = open.outgoing.as_ref().ok_or(NotTaken::Gone)?;
        if outgoing.capacity() <= 1 {
            return Err(NotTaken::Full);
        }
        let text = String::from_utf8_lossy(data).into_owned();
        outgoing.try_send(Frame::Text(text)).map_err(|_| NotTaken::Gone)?;
        open.last_active_at = now;
        Ok(())
    }

    pub(super) fn open(&self, id: String, open: Open) {
        self.state().open.insert(id, open);
    }

    /// The connection, if it is open.
    pub(super) fn get(&self, id: &str) -> Option<Open> {
        self.state().open.get(id).cloned()
    }

    /// Notes that the client has said something.
    pub(super) fn heard(&self, id: &str, now: u64) -> Option<Open> {
        let mut state = self.state();
        let open = state.open.get_mut(id)?;
        open.last_active_at = now;
        Some(open.clone())
    }

    /// Ends a connection, whoever wants it; false if it has ended already.
    pub(super) fn end(&self, id: &str, code: u16, reason: &str) -> bool {
        let mut state = self.state();
        let Some(mut open) = state.open.remove(id) else {
            return false;
        };
        let reason = reason.to_owned();
        if let Some(outgoing) = open.outgoing.take() {
            let last = Frame::Close {
                code,
                reason: reason.clone(),
            };
            // Whoever does not take it any more knows that this is the end.
            let _ = outgoing.try_send(last);
        }
        let id = id.to_owned();
        state.ended.push_back(Ended { id, open, code, reason });
        true
    }

    /// Ends what was idle or open for too long.
    pub(super) fn expire(&self, now: u64) {
        let is_over = |since: u64, span: Duration| {
            let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
            since.saturating_add(span) <= now
        };
        let over: Vec<String> = self
            .state()
            .open
            .iter()
            .filter(|(_, open)| is_over(open.last_active_at, IDLE) || is_over(open.connected_at, LONGEST))
            .map(|(id, _)| id.clone())
            .collect();
        for id in over {
            self.end(&id, 1_001, "Going away");
        }
    }

    pub(super) fn take_ended(&self) -> Option<Ended> {
        self.state().ended.pop_front()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
