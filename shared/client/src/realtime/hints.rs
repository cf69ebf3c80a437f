//! What is heard, between the task that keeps the connection and whoever waits for hints.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use tokio::sync::mpsc;

use super::socket::SocketFailure;

/// Jobs whose hints wait to be taken. Beyond it they are forgotten, and [`Hint::Connected`] says so.
const MOST_JOBS: usize = 1_024;

/// What a connection tells whoever waits for changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// A job of the bot has changed: read it.
    Job {
        /// The job.
        job_id: JobId,
        /// Its version after the change.
        version: u64,
        /// Its status then.
        status: Status,
    },
    /// Hints come from now on. Whatever changed before may never be hinted: look now.
    Connected,
    /// No hints come until [`Hint::Connected`].
    Disconnected,
}

/// How the connection is doing, for logs, metrics and diagnoses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether hints come right now.
    pub connected: bool,
    /// How often hints began to come.
    pub connections: u64,
    /// How often there was no connection to be had, or it broke.
    pub failures: u64,
    /// Why, the last time.
    pub last_failure: Option<SocketFailure>,
    /// Frames that were no message of the relay's.
    pub malformed: u64,
    /// Hints that were heard.
    pub hints: u64,
}

/// Where hints arrive. Dropping it ends the connection.
#[derive(Debug)]
pub struct Hints {
    /// Absent where no hint ever comes.
    mailbox: Option<(Shared, mpsc::Receiver<()>)>,
}

/// Where hints are put. [`connect`](super::connect) has one; a test or a simulation makes its own with
/// [`Hints::channel`].
#[derive(Debug, Clone)]
pub struct HintSender {
    shared: Shared,
    wake: mpsc::Sender<()>,
}

type Shared = Arc<Mutex<Mailbox>>;

/// What was heard and not taken yet. The connection's changes go first: what they say holds for all jobs.
#[derive(Debug, Default)]
struct Mailbox {
    disconnected: bool,
    connected: bool,
    jobs: BTreeMap<JobId, (u64, Status)>,
    health: Health,
}

impl Hints {
    /// Hints that never come, as if the socket were blocked for good.
    #[must_use]
    pub const fn none() -> Self {
        Self { mailbox: None }
    }

    /// Hints that come from this sender.
    #[must_use]
    pub fn channel() -> (HintSender, Self) {
        let (wake, woken) = mpsc::channel(1);
        let shared = Shared::default();
        let hints = Self {
            mailbox: Some((Arc::clone(&shared), woken)),
        };
        (HintSender { shared, wake }, hints)
    }

    /// The next hint; waits for it, for ever if none comes. Of several hints about one job only the newest is given.
    ///
    /// Nothing is lost when the wait is given up. When the task that brings hints is gone, that is
    /// [`Hint::Disconnected`].
    pub async fn next(&mut self) -> Hint {
        if let Some((shared, woken)) = &mut self.mailbox {
            loop {
                if let Some(hint) = lock(shared).take() {
                    return hint;
                }
                if woken.recv().await.is_none() {
                    break;
                }
            }
            let mut mailbox = lock(shared);
            mailbox.end();
            // This, or what was put in between the look and the end of the sender.
            if let Some(hint) = mailbox.take() {
                return hint;
            }
        }
        std::future::pending().await
    }

    /// How the connection is doing.
    #[must_use]
    pub fn health(&self) -> Health {
        let health = |(shared, _): &(Shared, _)| lock(shared).health.clone();
        self.mailbox.as_ref().map(health).unwrap_or_default()
    }
}

impl HintSender {
    /// Passes a hint on.
    pub fn send(&self, hint: Hint) {
        lock(&self.shared).put(hint);
        // A wake that is there already will do.
        let _ = self.wake.try_send(());
    }

    /// Notes why there is no connection.
    pub(crate) fn failed(&self, failure: SocketFailure) {
        let health = &mut lock(&self.shared).health;
        health.failures = health.failures.saturating_add(1);
        health.last_failure = Some(failure);
    }

    /// Notes a frame that was no message.
    pub(crate) fn malformed(&self) {
        let health = &mut lock(&self.shared).health;
        health.malformed = health.malformed.saturating_add(1);
    }

    /// Waits until nobody takes hints any more.
    pub async fn closed(&self) {
        self.wake.closed().await;
    }
}

impl Mailbox {
    fn put(&mut self, hint: Hint) {
        match hint {
            Hint::Connected => {
                self.connected = true;
                self.health.connected = true;
                self.health.connections = self.health.connections.saturating_add(1);
            }
            Hint::Disconnected => {
                self.disconnected = true;
                self.connected = false;
                self.health.connected = false;
            }
            Hint::Job {
                job_id,
                version,
                status,
            } => {
                self.health.hints = self.health.hints.saturating_add(1);
                let newest = self.jobs.entry(job_id).or_insert((version, status));
                if newest.0 < version {
                    *newest = (version, status);
                }
                if self.jobs.len() > MOST_JOBS {
                    self.jobs.clear();
                    self.connected = self.health.connected;
                }
            }
        }
    }

    /// Nobody puts anything in any more.
    fn end(&mut self) {
        if self.health.connected {
            self.put(Hint::Disconnected);
        }
    }

    fn take(&mut self) -> Option<Hint> {
        if std::mem::take(&mut self.disconnected) {
            return Some(Hint::Disconnected);
        }
        if std::mem::take(&mut self.connected) {
            return Some(Hint::Connected);
        }
        let (job_id, (version, status)) = self.jobs.pop_first()?;
        Some(Hint::Job {
            job_id,
            version,
            status,
        })
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Mailbox> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
