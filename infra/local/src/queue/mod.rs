//! Standard queues with the rules of Amazon SQS: visibility, delay, receive counts, dead letters, long polling.
//!
//! The messages live in SQLite, in memory or in a file. Functions reach them through the SDK, in process by
//! [`Queues::connector`] or over HTTP; the stack's own pump calls the methods here. FIFO queues do not exist.

mod api;
mod attributes;
mod connector;
mod error;
mod limits;
mod message;
mod pump;
mod server;
mod store;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

pub use attributes::Attribute;
pub use error::QueueError;
pub use message::{Message, Outgoing};
pub(crate) use pump::QueuePump;
pub(crate) use server::serve;

use crate::clock::Clock;
use crate::template::Queue;
use store::Store;

/// How often a waiting receiver looks at the clock; a message that arrives wakes it at once.
const GLANCE: Duration = Duration::from_millis(50);

/// All queues of a stack.
#[derive(Clone, Debug)]
pub struct Queues(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    definitions: Vec<Queue>,
    store: Mutex<Store>,
    clock: Clock,
    arrival: Notify,
}

/// How many messages a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Ready to be received.
    pub visible: u64,
    /// Received, and neither deleted nor visible again.
    pub in_flight: u64,
    /// Sent, and not yet visible.
    pub delayed: u64,
}

impl Depth {
    /// All messages.
    #[must_use]
    pub fn total(self) -> u64 {
        self.visible.saturating_add(self.in_flight).saturating_add(self.delayed)
    }
}

impl Queues {
    /// Opens the queues, in the file or in memory.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or holds something else.
    pub fn open(file: Option<&Path>, definitions: Vec<Queue>, clock: Clock) -> Result<Self, QueueError> {
        let store = Mutex::new(Store::open(file)?);
        Ok(Self(Arc::new(Inner {
            definitions,
            store,
            clock,
            arrival: Notify::new(),
        })))
    }

    /// The queues.
    #[must_use]
    pub fn definitions(&self) -> &[Queue] {
        &self.0.definitions
    }

    /// Puts a message on a queue and returns it as it was stored.
    ///
    /// # Errors
    ///
    /// When the queue does not exist, or the message breaks one of the limits of SQS.
    pub fn send(&self, queue: &str, outgoing: Outgoing) -> Result<Message, QueueError> {
        let queue = self.definition(queue)?;
        limits::message(&outgoing)?;
        let delay = outgoing.delay.unwrap_or(queue.delay);
        let now = self.0.clock.now();
        let message = self.store().insert(&queue.name, outgoing, now, after(now, delay))?;
        self.0.arrival.notify_waiters();
        Ok(message)
    }

    /// Takes up to `most` messages that are visible now and hides them for `visibility`, or the queue's own timeout.
    ///
    /// Messages that were received too often go to the dead-letter queue here, as they do in SQS.
    ///
    /// # Errors
    ///
    /// When the queue does not exist or a limit of SQS is broken.
    pub fn receive(&self, queue: &str, most: usize, visibility: Option<Duration>) -> Result<Vec<Message>, QueueError> {
        let queue = self.definition(queue)?;
        limits::receive(most, visibility)?;
        let now = self.0.clock.now();
        let hidden_until = after(now, visibility.unwrap_or(queue.visibility_timeout));
        let oldest = now.saturating_sub(milliseconds(queue.retention));
        let mut store = self.store();
        store.forget(&queue.name, oldest)?;
        if let Some(redrive) = &queue.redrive {
            store.bury(&queue.name, &redrive.target, redrive.max_receive_count, now)?;
        }
        Ok(store.take(&queue.name, most, now, hidden_until)?)
    }

    /// As [`Queues::receive`], but waits for a first message, for up to `wait` or the queue's own wait.
    ///
    /// # Errors
    ///
    /// As [`Queues::receive`].
    pub async fn receive_waiting(
        &self,
        queue: &str,
        most: usize,
        visibility: Option<Duration>,
        wait: Option<Duration>,
    ) -> Result<Vec<Message>, QueueError> {
        limits::wait(wait)?;
        let wait = wait.unwrap_or(self.definition(queue)?.receive_wait);
        let until = after(self.0.clock.now(), wait);
        loop {
            let arrival = self.0.arrival.notified();
            let messages = self.receive(queue, most, visibility)?;
            if !messages.is_empty() || self.0.clock.now() >= until {
                return Ok(messages);
            }
            // Whether it was woken or only glanced at the clock, the loop looks again.
            let _ = tokio::time::timeout(GLANCE, arrival).await;
        }
    }

    /// Deletes a message by the receipt of its last receive; an older receipt deletes nothing and is no error.
    ///
    /// # Errors
    ///
    /// When the queue does not exist or the receipt is none.
    pub fn delete(&self, queue: &str, receipt: &str) -> Result<(), QueueError> {
        let queue = self.definition(queue)?;
        let (id, receives) = message::parse_receipt(receipt)?;
        Ok(self.store().delete(&queue.name, id, receives)?)
    }

    /// Hides a received message for this long from now on; zero shows it at once.
    ///
    /// # Errors
    ///
    /// When the queue does not exist, the receipt is none, the span is over twelve hours, or the message is not in flight.
    pub fn change_visibility(&self, queue: &str, receipt: &str, visibility: Duration) -> Result<(), QueueError> {
        let queue = self.definition(queue)?;
        limits::visibility(visibility)?;
        let (id, receives) = message::parse_receipt(receipt)?;
        let now = self.0.clock.now();
        if !self
            .store()
            .hide(&queue.name, id, receives, now, after(now, visibility))?
        {
            return Err(QueueError::NotInFlight);
        }
        self.0.arrival.notify_waiters();
        Ok(())
    }

    /// How many messages the queue holds now.
    ///
    /// # Errors
    ///
    /// When the queue does not exist.
    pub fn depth(&self, queue: &str) -> Result<Depth, QueueError> {
        let queue = self.definition(queue)?;
        Ok(self.store().depth(&queue.name, self.0.clock.now())?)
    }

    /// Everything the queue holds, hidden or not, without receiving it.
    ///
    /// # Errors
    ///
    /// When the queue does not exist.
    pub fn peek(&self, queue: &str) -> Result<Vec<Message>, QueueError> {
        let queue = self.definition(queue)?;
        Ok(self.store().all(&queue.name)?)
    }

    /// When the first message of the queue becomes or became visible, in milliseconds since the epoch.
    ///
    /// # Errors
    ///
    /// When the queue does not exist.
    pub fn first_visible(&self, queue: &str) -> Result<Option<u64>, QueueError> {
        let queue = self.definition(queue)?;
        Ok(self.store().first_visible(&queue.name)?)
    }

    /// Deletes everything the queue holds.
    ///
    /// # Errors
    ///
    /// When the queue does not exist.
    pub fn purge(&self, queue: &str) -> Result<(), QueueError> {
        let queue = self.definition(queue)?;
        Ok(self.store().purge(&queue.name)?)
    }

    /// Moves the messages of a dead-letter queue back to where they came from, as new ones, and says how many.
    ///
    /// # Errors
    ///
    /// When the queue does not exist or is nobody's dead-letter queue.
    pub fn redrive(&self, dead: &str) -> Result<usize, QueueError> {
        let dead = self.definition(dead)?;
        let leads_here = |queue: &&Queue| {
            queue
                .redrive
                .as_ref()
                .is_some_and(|redrive| redrive.target == dead.name)
        };
        if !self.0.definitions.iter().any(|queue| leads_here(&queue)) {
            return Err(QueueError::InvalidValue(format!(
                "{} is no dead-letter queue",
                dead.name
            )));
        }
        let moved = self.store().revive(&dead.name, self.0.clock.now())?;
        self.0.arrival.notify_waiters();
        Ok(moved)
    }

    /// Completes when a message arrives, or becomes visible by a call, from the moment on that this is called.
    pub fn arrival(&self) -> Notified<'_> {
        self.0.arrival.notified()
    }

    /// The queue of this name, whether given as such, as a URL or as an ARN.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn definition(&self, name: &str) -> Result<&Queue, QueueError> {
        let name = name.rsplit(['/', ':']).next().unwrap_or_default();
        self.0
            .definitions
            .iter()
            .find(|queue| queue.name == name)
            .ok_or(QueueError::NoSuchQueue)
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // Every write of the store is one transaction, so a panic elsewhere leaves nothing half done.
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn after(now: u64, span: Duration) -> u64 {
    now.saturating_add(milliseconds(span))
}
