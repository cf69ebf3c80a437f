//! The messages in SQLite. Every method is one transaction; the rules about them are its callers'.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::Depth;
use super::message::{Message, Outgoing};

type Result<T> = std::result::Result<T, rusqlite::Error>;

// AUTOINCREMENT: a number is never used twice, so that an old receipt cannot reach a new message.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        origin TEXT,
        body TEXT NOT NULL,
        attributes TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        visible_at INTEGER NOT NULL,
        first_received_at INTEGER,
        receives INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at);
";

const COLUMNS: &str = "number, body, attributes, sent_at, first_received_at, receives, origin";

#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
}

impl Store {
    pub(super) fn open(file: Option<&Path>) -> Result<Self> {
        let connection = match file {
            Some(file) => Connection::open(file)?,
            None => Connection::open_in_memory()?,
        };
        // A crash of the process loses nothing; only a crash of the machine may lose the last messages.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection })
    }

    pub(super) fn insert(&mut self, queue: &str, message: Outgoing, now: u64, visible_at: u64) -> Result<Message> {
        let attributes = serde_json::to_string(&message.attributes).map_err(|error| unstorable(error.into()))?;
        self.connection
            .prepare_cached(
                "INSERT INTO messages (queue, body, attributes, sent_at, visible_at)
                 VALUES (:queue, :body, :attributes, :now, :visible_at)",
            )?
            .execute(named_params! {
                ":queue": queue,
                ":body": message.body,
                ":attributes": attributes,
                ":now": stored(now),
                ":visible_at": stored(visible_at),
            })?;
        Ok(Message {
            number: self.connection.last_insert_rowid(),
            body: message.body,
            attributes: message.attributes,
            sent_at: now,
            first_received_at: None,
            receives: 0,
            origin: None,
        })
    }

    /// Deletes what was sent before `oldest`.
    pub(super) fn forget(&mut self, queue: &str, oldest: u64) -> Result<()> {
        self.connection
            .prepare_cached("DELETE FROM messages WHERE queue = :queue AND sent_at < :oldest")?
            .execute(named_params! {":queue": queue, ":oldest": stored(oldest)})
            .map(drop)
    }

    /// Moves what is visible and was received `most` times to the queue `target`.
    pub(super) fn bury(&mut self, queue: &str, target: &str, most: u32, now: u64) -> Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE messages SET queue = :target, origin = queue, visible_at = :now
                 WHERE queue = :queue AND visible_at <= :now AND receives >= :most",
            )?
            .execute(named_params! {":queue": queue, ":target": target, ":most": most, ":now": stored(now)})
            .map(drop)
    }

    /// Receives up to `most` visible messages, the longest visible first.
    pub(super) fn take(&mut self, queue: &str, most: usize, now: u64, hidden_until: u64) -> Result<Vec<Message>> {
        let sql = format!(
            "UPDATE messages SET
                 receives = receives + 1,
                 visible_at = :hidden_until,
                 first_received_at = COALESCE(first_received_at, :now)
             WHERE number IN (
                 SELECT number FROM messages WHERE queue = :queue AND visible_at <= :now
                 ORDER BY visible_at, number LIMIT :most)
             RETURNING {COLUMNS}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let parameters = named_params! {
            ":queue": queue, ":now": stored(now), ":hidden_until": stored(hidden_until), ":most": most,
        };
        let mut messages = statement.query_map(parameters, message)?.collect::<Result<Vec<_>>>()?;
        // RETURNING promises no order.
        messages.sort_by_key(|message| message.number);
        Ok(messages)
    }

    pub(super) fn delete(&mut self, queue: &str, number: i64, receives: u32) -> Result<()> {
        self.connection
            .prepare_cached("DELETE FROM messages WHERE queue = :queue AND number = :number AND receives = :receives")?
            .execute(named_params! {":queue": queue, ":number": number, ":receives": receives})
            .map(drop)
    }

    /// Hides a message in flight until then; false when it is not in flight under this receipt.
    pub(super) fn hide(&mut self, queue: &str, number: i64, receives: u32, now: u64, until: u64) -> Result<bool> {
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE messages SET visible_at = :until
                 WHERE queue = :queue AND number = :number AND receives = :receives AND visible_at > :now",
            )?
            .execute(named_params! {
                ":queue": queue, ":number": number, ":receives": receives, ":now": stored(now), ":until": stored(until),
            })?;
        Ok(changed > 0)
    }

    pub(super) fn depth(&self, queue: &str, now: u64) -> Result<Depth> {
        self.connection
            .prepare_cached(
                "SELECT
                     COUNT(*) FILTER (WHERE visible_at <= :now),
                     COUNT(*) FILTER (WHERE visible_at > :now AND receives > 0),
                     COUNT(*) FILTER (WHERE visible_at > :now AND receives = 0)
                 FROM messages WHERE queue = :queue",
            )?
            .query_row(named_params! {":queue": queue, ":now": stored(now)}, |row| {
                Ok(Depth {
                    visible: natural(row, 0)?,
                    in_flight: natural(row, 1)?,
                    delayed: natural(row, 2)?,
                })
            })
    }

    pub(super) fn all(&self, queue: &str) -> Result<Vec<Message>> {
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE queue = :queue ORDER BY number");
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.query_map(named_params! {":queue": queue}, message)?.collect()
    }

    pub(super) fn first_visible(&self, queue: &str) -> Result<Option<u64>> {
        self.connection
            .prepare_cached("SELECT visible_at FROM messages WHERE queue = :queue ORDER BY visible_at LIMIT 1")?
            .query_row(named_params! {":queue": queue}, |row| natural(row, 0))
            .optional()
    }

    pub(super) fn purge(&mut self, queue: &str) -> Result<()> {
        self.connection
            .prepare_cached("DELETE FROM messages WHERE queue = :queue")?
            .execute(named_params! {":queue": queue})
            .map(drop)
    }

    /// Moves everything on a dead-letter queue back to its origin, to be received as if for the first time.
    pub(super) fn revive(&mut self, dead: &str, now: u64) -> Result<usize> {
        self.connection
            .prepare_cached(
                "UPDATE messages SET queue = origin, origin = NULL, receives = 0, first_received_at = NULL,
                     sent_at = :now, visible_at = :now
                 WHERE queue = :dead AND origin IS NOT NULL",
            )?
            .execute(named_params! {":dead": dead, ":now": stored(now)})
    }
}

fn message(row: &Row<'_>) -> Result<Message> {
    let attributes: String = row.get(2)?;
    Ok(Message {
        number: row.get(0)?,
        body: row.get(1)?,
        attributes: serde_json::from_str(&attributes).map_err(|error| unstorable(error.into()))?,
        sent_at: natural(row, 3)?,
        first_received_at: row.get::<_, Option<i64>>(4)?.map(i64::unsigned_abs),
        receives: row.get(5)?,
        origin: row.get(6)?,
    })
}

fn natural(row: &Row<'_>, column: usize) -> Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

/// SQLite's integers are signed; an instant beyond them is as good as never.
fn stored(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds).unwrap_or(i64::MAX)
}

fn unstorable(error: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error)
}
