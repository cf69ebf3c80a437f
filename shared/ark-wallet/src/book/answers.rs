//! What was approved, and the answers to it: each written once, before the answer leaves.

use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_verifier::check::Approved;
use nanoark_ark_verifier::hash::PayloadRef;
use nanoark_ark_verifier::intent::ActionId;
use nanoark_domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Book, BookError, from_json, instant, millis, parsed, to_json};
use crate::rescue::Rescue;

/// An answer as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredAnswer {
    pub(crate) step: Step,
    /// What was signed.
    pub(crate) payload_ref: PayloadRef,
    /// The event.
    pub(crate) event: String,
    /// When it was last sent.
    pub(crate) sent_at: Option<Timestamp>,
    /// Whether the gateway, or a relay, has it, or has refused it.
    pub(crate) is_taken: bool,
    /// Why the gateway did not take it.
    pub(crate) refused: Option<String>,
}

const COLUMNS: &str = "step, payload_ref, event, sent_at, is_taken, refused";

type Raw = (u8, String, String, Option<i64>, bool, Option<String>);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
    ))
}

fn answer((step, payload_ref, event, sent_at, is_taken, refused): Raw) -> Result<StoredAnswer, BookError> {
    Ok(StoredAnswer {
        step: Step::try_from(step).map_err(|error| BookError::Damaged(error.to_owned()))?,
        payload_ref: parsed(&payload_ref)?,
        event,
        sent_at: sent_at.map(instant),
        is_taken,
        refused,
    })
}

fn find(connection: &Connection, id: &ActionId, step: Step) -> Result<Option<StoredAnswer>, BookError> {
    let row = connection
        .query_row(
            &format!("SELECT {COLUMNS} FROM answers WHERE action_id = ? AND step = ?"),
            params![id.as_str(), step.number()],
            raw,
        )
        .optional()?;
    row.map(answer).transpose()
}

impl Book {
    /// The answers of an order, by step.
    pub(crate) fn answers(&self, id: &ActionId) -> Result<Vec<StoredAnswer>, BookError> {
        self.read(|connection| {
            let mut statement = connection.prepare(&format!(
                "SELECT {COLUMNS} FROM answers WHERE action_id = ? ORDER BY step"
            ))?;
            let rows = statement.query_map(params![id.as_str()], raw)?;
            rows.map(|row| answer(row?)).collect()
        })
    }

    /// Keeps what was approved at step 1, what finishes it without the gateway, and the answer, in one write.
    pub(crate) fn approve(
        &self,
        id: &ActionId,
        approved: &Approved,
        rescue: &Rescue,
        answer: &StoredAnswer,
    ) -> Result<(), BookError> {
        self.write(|transaction| {
            let before: Option<String> = transaction
                .query_row(
                    "SELECT approved FROM orders WHERE action_id = ? AND is_over = 0",
                    params![id.as_str()],
                    |row| row.get(0),
                )
                .optional()?
                .ok_or(BookError::Superseded)?;
            if let Some(before) = before {
                let before: Approved = from_json(&before)?;
                if before.txid != approved.txid || before.session_id != approved.session_id {
                    return Err(BookError::Superseded);
                }
            }
            transaction.execute(
                "UPDATE orders SET approved = ?, rescue = ?, session_id = ? WHERE action_id = ?",
                params![
                    to_json(approved)?,
                    to_json(rescue)?,
                    approved.session_id.to_string(),
                    id.as_str()
                ],
            )?;
            insert(transaction, id, answer)
        })
    }

    /// Keeps the answer to step 2.
    pub(crate) fn keep_answer(&self, id: &ActionId, answer: &StoredAnswer) -> Result<(), BookError> {
        self.write(|transaction| {
            let open: Option<bool> = transaction
                .query_row(
                    "SELECT is_over = 0 FROM orders WHERE action_id = ?",
                    params![id.as_str()],
                    |row| row.get(0),
                )
                .optional()?;
            if open != Some(true) {
                return Err(BookError::Superseded);
            }
            insert(transaction, id, answer)
        })
    }

    /// The answer is on its way: written before it is sent.
    pub(crate) fn sending(&self, id: &ActionId, step: Step, now: Timestamp) -> Result<(), BookError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE answers SET sent_at = ? WHERE action_id = ? AND step = ?",
                params![millis(now), id.as_str(), step.number()],
            )?;
            Ok(())
        })
    }

    /// The gateway or a relay has the answer, or has refused it.
    pub(crate) fn taken(&self, id: &ActionId, step: Step, refused: Option<&str>) -> Result<(), BookError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE answers SET is_taken = 1, refused = ? WHERE action_id = ? AND step = ?",
                params![refused, id.as_str(), step.number()],
            )?;
            Ok(())
        })
    }

    /// The answer is to be sent once more, as the same bytes.
    pub(crate) fn send_again(&self, id: &ActionId, step: Step) -> Result<(), BookError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE answers SET is_taken = 0 WHERE action_id = ? AND step = ?",
                params![id.as_str(), step.number()],
            )?;
            Ok(())
        })
    }
}

/// Keeps an answer, unless there is one to the same: then that one goes out.
fn insert(connection: &Connection, id: &ActionId, answer: &StoredAnswer) -> Result<(), BookError> {
    match find(connection, id, answer.step)? {
        Some(there) if there.payload_ref == answer.payload_ref => Ok(()),
        Some(_) => Err(BookError::Superseded),
        None => {
            connection.execute(
                "INSERT INTO answers (action_id, step, payload_ref, event, is_taken) VALUES (?, ?, ?, ?, 0)",
                params![
                    id.as_str(),
                    answer.step.number(),
                    answer.payload_ref.to_string(),
                    answer.event
                ],
            )?;
            Ok(())
        }
    }
}
