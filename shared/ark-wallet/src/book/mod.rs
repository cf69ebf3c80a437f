//! What the wallet remembers: its state file.
//!
//! Several processes may share it. Every change is one `BEGIN IMMEDIATE` transaction, and what can be written once only,
//! an approval or an answer, is looked for inside it.

mod answers;
mod coins;
mod orders;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use nanoark_ark_verifier::challenge::OperatorTerms;
use nanoark_domain::time::Timestamp;
use nanoark_state_file::{Durability, OpenError};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::pin::Pin;

pub(crate) use answers::StoredAnswer;

/// One script per version; a file of version *n* has had the first *n* of them.
const MIGRATIONS: &[&str] = &[VERSION_1];

const VERSION_1: &str = "
    CREATE TABLE pin (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        gateway TEXT NOT NULL,
        operator TEXT NOT NULL,
        pinned_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE coins (
        outpoint TEXT PRIMARY KEY,
        coin TEXT NOT NULL,
        seen_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE orders (
        action_id TEXT PRIMARY KEY,
        event_id TEXT NOT NULL UNIQUE,
        event TEXT NOT NULL,
        intent TEXT NOT NULL,
        gateway TEXT NOT NULL,
        session_id TEXT,
        heard TEXT,
        progress TEXT NOT NULL,
        is_over INTEGER NOT NULL,
        approved TEXT,
        rescue TEXT,
        created_at INTEGER NOT NULL,
        sent_at INTEGER
    ) STRICT;
    CREATE INDEX open_orders ON orders (created_at) WHERE is_over = 0;
    CREATE TABLE answers (
        action_id TEXT NOT NULL REFERENCES orders,
        step INTEGER NOT NULL,
        payload_ref TEXT NOT NULL,
        event TEXT NOT NULL,
        sent_at INTEGER,
        is_taken INTEGER NOT NULL,
        refused TEXT,
        PRIMARY KEY (action_id, step)
    ) STRICT;
";

/// The wallet's memory. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    connection: Arc<Mutex<Connection>>,
}

/// Why the state file is of no use, or holds against what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It cannot be opened.
    #[error("the wallet's Ark state file: {0}")]
    Open(#[from] OpenError),
    /// SQLite says no.
    #[error("the wallet's Ark state file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row cannot be read.
    #[error("the wallet's Ark state file holds something unreadable: {0}")]
    Damaged(String),
    /// Another process approved something else for the same order.
    #[error("another process went on with the order")]
    Superseded,
}

impl Book {
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Self, BookError> {
        let connection = nanoark_state_file::open(path, durability, MIGRATIONS)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    pub(crate) fn pin(&self) -> Result<Option<Pin>, BookError> {
        self.read(|connection| {
            let row: Option<(String, String)> = connection
                .query_row("SELECT gateway, operator FROM pin", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            row.map(|(gateway, operator)| {
                Ok(Pin {
                    gateway: parsed(&gateway)?,
                    operator: from_json::<OperatorTerms>(&operator)?,
                })
            })
            .transpose()
        })
    }

    /// Keeps a pin in the place of the one that may be there.
    pub(crate) fn set_pin(&self, pin: &Pin, now: Timestamp) -> Result<(), BookError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO pin (one, gateway, operator, pinned_at) VALUES (1, ?, ?, ?)",
                params![pin.gateway.to_string(), to_json(&pin.operator)?, millis(now)],
            )?;
            Ok(())
        })
    }

    fn read<R>(&self, read: impl FnOnce(&Connection) -> Result<R, BookError>) -> Result<R, BookError> {
        read(&self.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<R>(&self, write: impl FnOnce(&Transaction<'_>) -> Result<R, BookError>) -> Result<R, BookError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let written = write(&transaction)?;
        transaction.commit()?;
        Ok(written)
    }
}

fn to_json(value: &impl Serialize) -> Result<String, BookError> {
    serde_json::to_string(value).map_err(|error| BookError::Damaged(error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, BookError> {
    serde_json::from_str(text).map_err(|error| BookError::Damaged(error.to_string()))
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, BookError> {
    text.parse()
        .map_err(|_| BookError::Damaged(format!("{text} is not what it should be")))
}

fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.as_millis()).unwrap_or(i64::MAX)
}

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(millis).unwrap_or_default())
}
