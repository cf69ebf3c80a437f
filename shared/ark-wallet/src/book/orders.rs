//! Orders.

use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::check::Approved;
use nanoark_ark_verifier::intent::ActionId;
use nanoark_domain::ceremony::Stage;
use nanoark_domain::time::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{Book, BookError, from_json, instant, millis, parsed, to_json};
use crate::order::{Order, Progress};
use crate::rescue::Rescue;

const COLUMNS: &str =
    "action_id, event_id, event, intent, gateway, session_id, heard, progress, approved, created_at, sent_at";

/// A row as SQLite has it.
struct Raw {
    action_id: String,
    event_id: String,
    event: String,
    intent: String,
    gateway: String,
    session_id: Option<String>,
    heard: Option<String>,
    progress: String,
    approved: Option<String>,
    created_at: i64,
    sent_at: Option<i64>,
}

impl Raw {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            action_id: row.get(0)?,
            event_id: row.get(1)?,
            event: row.get(2)?,
            intent: row.get(3)?,
            gateway: row.get(4)?,
            session_id: row.get(5)?,
            heard: row.get(6)?,
            progress: row.get(7)?,
            approved: row.get(8)?,
            created_at: row.get(9)?,
            sent_at: row.get(10)?,
        })
    }

    fn order(self) -> Result<Order, BookError> {
        Ok(Order {
            action_id: parsed(&self.action_id)?,
            event: parsed(&self.event_id)?,
            event_json: self.event,
            intent: from_json(&self.intent)?,
            gateway: parsed(&self.gateway)?,
            session: self.session_id.as_deref().map(parsed::<SessionId>).transpose()?,
            heard: self.heard.as_deref().map(from_json::<Stage>).transpose()?,
            progress: from_json(&self.progress)?,
            approved: self.approved.as_deref().map(from_json::<Approved>).transpose()?,
            created_at: instant(self.created_at),
            sent_at: self.sent_at.map(instant),
        })
    }
}

impl Book {
    pub(crate) fn order(&self, id: &ActionId) -> Result<Option<Order>, BookError> {
        self.read(|connection| {
            let row = connection
                .query_row(
                    &format!("SELECT {COLUMNS} FROM orders WHERE action_id = ?"),
                    params![id.as_str()],
                    Raw::of,
                )
                .optional()?;
            row.map(Raw::order).transpose()
        })
    }

    /// All orders, oldest first.
    pub(crate) fn orders(&self) -> Result<Vec<Order>, BookError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare(&format!("SELECT {COLUMNS} FROM orders ORDER BY created_at, action_id"))?;
            let rows = statement.query_map([], Raw::of)?;
            rows.map(|row| row?.order()).collect()
        })
    }

    /// Keeps an order, unless there is one of its name: then that one is returned.
    pub(crate) fn begin(&self, order: &Order) -> Result<Option<Order>, BookError> {
        self.write(|transaction| {
            if let Some(there) = transaction
                .query_row(
                    &format!("SELECT {COLUMNS} FROM orders WHERE action_id = ?"),
                    params![order.action_id.as_str()],
                    Raw::of,
                )
                .optional()?
            {
                return there.order().map(Some);
            }
            transaction.execute(
                "INSERT INTO orders (action_id, event_id, event, intent, gateway, progress, is_over, created_at)
                 VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
                params![
                    order.action_id.as_str(),
                    order.event.to_string(),
                    order.event_json,
                    to_json(&order.intent)?,
                    order.gateway.to_string(),
                    to_json(&order.progress)?,
                    millis(order.created_at),
                ],
            )?;
            Ok(None)
        })
    }

    /// The gateway has the intent, by a relay or with a session.
    pub(crate) fn posted(&self, id: &ActionId, session: Option<SessionId>, now: Timestamp) -> Result<(), BookError> {
        self.write(|transaction| {
            set_progress(transaction, id, &Progress::Posted)?;
            transaction.execute(
                "UPDATE orders SET session_id = coalesce(session_id, ?), sent_at = ? WHERE action_id = ?",
                params![session.map(|session| session.to_string()), millis(now), id.as_str()],
            )?;
            Ok(())
        })
    }

    /// The intent is to be sent once more.
    pub(crate) fn post_again(&self, id: &ActionId) -> Result<(), BookError> {
        self.write(|transaction| set_progress(transaction, id, &Progress::Composed))
    }

    /// What was heard of the session.
    pub(crate) fn heard(&self, id: &ActionId, session: SessionId, stage: Option<Stage>) -> Result<(), BookError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE orders SET session_id = coalesce(session_id, ?), heard = coalesce(?, heard) WHERE action_id = ?",
                params![
                    session.to_string(),
                    stage.map(|stage| to_json(&stage)).transpose()?,
                    id.as_str()
                ],
            )?;
            Ok(())
        })
    }

    /// The order is over, unless it is already.
    pub(crate) fn end(&self, id: &ActionId, progress: &Progress) -> Result<(), BookError> {
        self.write(|transaction| set_progress(transaction, id, progress))
    }

    /// The session of a refused order is ended, or past ending.
    pub(crate) fn ended(&self, id: &ActionId) -> Result<(), BookError> {
        self.write(|transaction| {
            let text: String = transaction.query_row(
                "SELECT progress FROM orders WHERE action_id = ?",
                params![id.as_str()],
                |row| row.get(0),
            )?;
            let Progress::Refused { reason, .. } = from_json(&text)? else {
                return Ok(());
            };
            let ended = Progress::Refused { reason, ended: true };
            transaction.execute(
                "UPDATE orders SET progress = ? WHERE action_id = ?",
                params![to_json(&ended)?, id.as_str()],
            )?;
            Ok(())
        })
    }

    /// What finishes the order without the gateway, once it was approved.
    pub(crate) fn rescue(&self, id: &ActionId) -> Result<Option<Rescue>, BookError> {
        self.read(|connection| {
            let text: Option<Option<String>> = connection
                .query_row(
                    "SELECT rescue FROM orders WHERE action_id = ?",
                    params![id.as_str()],
                    |row| row.get(0),
                )
                .optional()?;
            text.flatten().as_deref().map(from_json).transpose()
        })
    }
}

/// Writes progress, but nothing over an end.
fn set_progress(transaction: &Transaction<'_>, id: &ActionId, progress: &Progress) -> Result<(), BookError> {
    transaction.execute(
        "UPDATE orders SET progress = ?, is_over = ? WHERE action_id = ? AND is_over = 0",
        params![to_json(progress)?, progress.is_over(), id.as_str()],
    )?;
    Ok(())
}
