//! Between rows and types.

use nanoark_domain::time::Timestamp;
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::BookError;
use crate::buyer::purchase::Purchase;

/// The columns that [`read_purchase`] reads, in its order.
pub(super) const COLUMNS: &str = "key, job_id, purchase_order, progress, version, created_at, updated_at";

/// Reads a purchase.
pub(super) fn read_purchase(row: &Row<'_>) -> Result<Purchase, BookError> {
    let text = |column: usize| row.get::<_, String>(column);
    let count = |column: usize| -> Result<u64, BookError> {
        u64::try_from(row.get::<_, i64>(column)?).map_err(|error| BookError::Damaged(error.to_string()))
    };
    Ok(Purchase {
        key: text(0)?.parse().map_err(damaged)?,
        job_id: text(1)?.parse().map_err(damaged)?,
        order: from_json(&text(2)?)?,
        progress: from_json(&text(3)?)?,
        version: count(4)?,
        created_at: Timestamp::from_millis(count(5)?),
        updated_at: Timestamp::from_millis(count(6)?),
    })
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, BookError> {
    serde_json::to_string(value).map_err(damaged)
}

pub(super) fn from_json<A: DeserializeOwned>(text: &str) -> Result<A, BookError> {
    serde_json::from_str(text).map_err(damaged)
}

/// An instant as SQLite holds it: milliseconds since 1970.
pub(super) fn instant(at: Timestamp) -> i64 {
    number(at.as_millis())
}

/// A count as SQLite holds it.
pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn damaged(error: impl std::fmt::Display) -> BookError {
    BookError::Damaged(error.to_string())
}
