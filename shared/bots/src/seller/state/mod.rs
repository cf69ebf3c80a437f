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

use nanoark_client::{NoEntropy, Surroundings};
use nanoark_domain::time::Timestamp;
use nanoark_state_file::{Durability, OpenError};
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use jobs::{Claimed, NextLook};
pub use offers::OfferRecord;

use schema::MIGRATIONS;
use slot::Slot;

/// Why the state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It cannot be read or written.
    #[error("the seller's state file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// It cannot be opened.
    #[error("the seller's state file: {0}")]
    Open(#[from] OpenError),
    /// The files beside it cannot be made.
    #[error("beside the seller's state file: {0}")]
    File(#[from] std::io::Error),
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
        let mut connection = nanoark_state_file::open(path, durability, MIGRATIONS)?;
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

/// The database's number of an instant, whose milliseconds end with the year 9999.
fn millis(instant: Timestamp) -> i64 {
    i64::try_from(instant.as_millis()).unwrap_or(i64::MAX)
}
