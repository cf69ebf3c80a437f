//! The worker's state file: what must not be forgotten when the worker is killed.
//!
//! Several processes may share one file. Each has a slot of its own, held by a lock of the operating system that ends
//! with the process, and takes a job for itself before it does anything about it; what a dead process had taken is
//! free again as soon as its slot is seen to be.

mod jobs;
mod offers;
mod schema;
mod slot;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nanoark_client::{NoEntropy, Surroundings};
use nanoark_domain::time::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use jobs::{Claimed, NextLook};
pub use offers::OfferRecord;

use slot::Slot;

/// How long a process waits for another's write.
const BUSY: Duration = Duration::from_secs(10);

/// Whether what is written survives the machine losing its power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It does.
    Full,
    /// It survives the death of the process only: for simulations.
    Volatile,
}

/// Why the state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be read or written.
    #[error("the seller's state file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// It, or the files beside it, cannot be made.
    #[error("the seller's state file: {0}")]
    File(#[from] std::io::Error),
    /// It was written by a later version.
    #[error("the seller's state file is of a later version ({0})")]
    TooNew(i64),
    /// It holds something that this version never wrote.
    #[error("the seller's state file holds something else in {0}")]
    Unreadable(&'static str),
    /// Too many processes share it.
    #[error("{} processes share the seller's state file already", slot::MOST)]
    NoSlot,
    /// The machine gives no randomness for the worker's name.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// The state file, and this process's slot in it.
#[derive(Debug)]
pub struct State {
    connection: Mutex<Connection>,
    path: PathBuf,
    slot: Slot,
    worker: String,
    offer: String,
}

impl State {
    /// Opens the state file for the jobs of the offer of this name; makes it, readable by its owner only, if there is
    /// none. What an earlier process left under way is free to be taken again.
    ///
    /// Workers of several offers may share a file. Each sees the jobs of its own offer only: its tool is for no others.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn open(
        path: &Path,
        offer: &str,
        durability: Durability,
        surroundings: &dyn Surroundings,
    ) -> Result<Self, StateError> {
        make_private_file(path)?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = match durability {
            Durability::Full => "FULL",
            Durability::Volatile => "OFF",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        schema::migrate(&mut connection)?;
        let worker = worker_name(&mut connection, surroundings)?;
        let slot = Slot::take(path)?;
        let state = Self {
            connection: Mutex::new(connection),
            path: path.to_owned(),
            slot,
            worker,
            offer: offer.to_owned(),
        };
        state.free(state.slot.number(), surroundings.now())?;
        state.free_dead(surroundings.now())?;
        Ok(state)
    }

    /// The name of this state file's workers: random, and made with the file.
    #[must_use]
    pub fn worker(&self) -> &str {
        &self.worker
    }

    /// Frees what processes had taken that are gone.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn free_dead(&self, now: Timestamp) -> Result<(), StateError> {
        for number in self.taken_slots()? {
            if number == self.slot.number() {
                continue;
            }
            // Held until its jobs are free, so that no new process can take the slot and jobs of its own meanwhile.
            if let Some(_dead) = Slot::try_number(&self.path, number)? {
                self.free(number, now)?;
            }
        }
        Ok(())
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does all of it or nothing.
    fn write<A>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<A, StateError>) -> Result<A, StateError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answer = change(&transaction)?;
        transaction.commit()?;
        Ok(answer)
    }
}

fn worker_name(connection: &mut Connection, surroundings: &dyn Surroundings) -> Result<String, StateError> {
    let mut random = [0; 8];
    surroundings.fill(&mut random)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "INSERT OR IGNORE INTO worker (id, name) VALUES (1, ?1)",
        [hex::encode(random)],
    )?;
    let name = transaction.query_row("SELECT name FROM worker WHERE id = 1", [], |row| row.get(0))?;
    transaction.commit()?;
    Ok(name)
}

fn make_private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The database's number of an instant, whose milliseconds end with the year 9999.
fn millis(instant: Timestamp) -> i64 {
    i64::try_from(instant.as_millis()).unwrap_or(i64::MAX)
}
