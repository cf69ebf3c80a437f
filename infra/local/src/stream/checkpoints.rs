//! How far each event source has read its stream, so that a restart neither loses nor skips a change.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, params};

/// The positions of all event sources.
#[derive(Debug)]
pub(crate) struct Checkpoints(Mutex<Connection>);

/// The disk or the file failed.
#[derive(Debug, thiserror::Error)]
#[error("the checkpoints failed: {0}")]
pub struct CheckpointError(#[from] rusqlite::Error);

impl Checkpoints {
    /// Opens the checkpoints, in the file or in memory.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or holds something else.
    pub(crate) fn open(file: Option<&Path>) -> Result<Self, CheckpointError> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL;
             CREATE TABLE IF NOT EXISTS checkpoints (source TEXT PRIMARY KEY, position TEXT NOT NULL);",
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    /// The last record that the source is done with.
    ///
    /// # Errors
    ///
    /// When the file fails.
    pub(crate) fn position(&self, source: &str) -> Result<Option<String>, CheckpointError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let position = connection
            .query_row("SELECT position FROM checkpoints WHERE source = ?1", [source], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(position)
    }

    /// Remembers that the source is done with everything up to this record.
    ///
    /// # Errors
    ///
    /// When the file fails.
    pub(crate) fn advance(&self, source: &str, position: &str) -> Result<(), CheckpointError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        connection.execute(
            "INSERT INTO checkpoints (source, position) VALUES (?1, ?2)
             ON CONFLICT (source) DO UPDATE SET position = excluded.position",
            params![source, position],
        )?;
        Ok(())
    }
}
