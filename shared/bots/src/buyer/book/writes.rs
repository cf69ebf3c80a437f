//! What happens inside a transaction.

use nanoark_domain::bot::BotId;
use nanoark_domain::time::Timestamp;
use nanoark_nano::RawAmount;
use rusqlite::{Connection, Transaction, params};

use super::rows::{self, COLUMNS, read_purchase, to_json};
use super::{Asked, BookError, Committed};
use crate::buyer::progress::Progress;
use crate::buyer::purchase::{Purchase, PurchaseKey, add};

/// The purchase that is asked for: the one of the key, or without one the unfinished one of the same offer and input.
pub(super) fn repeated(connection: &Connection, asked: &Asked<'_>) -> Result<Option<Purchase>, BookError> {
    let (offer, input) = (asked.offer.to_string(), asked.input_hash.to_string());
    match asked.key {
        Some(key) => match find(connection, "key = ?1", params![key.as_str()])? {
            Some(other)
                if other.order.offer.offer_id != asked.offer || other.order.input_hash() != asked.input_hash =>
            {
                Err(BookError::KeyTaken(other.key))
            }
            before => Ok(before),
        },
        None => {
            let condition = "offer_id = ?1 AND input_hash = ?2 AND is_over = 0 ORDER BY created_at LIMIT 1";
            find(connection, condition, params![offer, input])
        }
    }
}

/// Takes the smaller of the two bounds.
pub(super) fn repeat(
    transaction: &Transaction<'_>,
    mut before: Purchase,
    max: RawAmount,
) -> Result<Purchase, BookError> {
    let undecided = match before.progress {
        Progress::Reserved | Progress::Requesting | Progress::Requested => true,
        Progress::Agreed { .. }
        | Progress::Accepted { .. }
        | Progress::Paying { .. }
        | Progress::Paid { .. }
        | Progress::Named { .. }
        | Progress::Withdrawing { .. }
        | Progress::Refunding { .. }
        | Progress::Ended { .. } => false,
    };
    if undecided && max < before.order.max {
        before.order.max = max;
        let (progress, now) = (before.progress.clone(), before.updated_at);
        return update(transaction, &before, progress, now);
    }
    Ok(before)
}

pub(super) fn find(
    connection: &Connection,
    condition: &str,
    parameters: &[&dyn rusqlite::ToSql],
) -> Result<Option<Purchase>, BookError> {
    let query = format!("SELECT {COLUMNS} FROM purchases WHERE {condition}");
    let mut statement = connection.prepare(&query)?;
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(read_purchase).transpose()
}

/// What all purchases take, but for `without`.
pub(super) fn committed(
    connection: &Connection,
    seller: &BotId,
    without: Option<&PurchaseKey>,
) -> Result<Committed, BookError> {
    let mut statement = connection.prepare("SELECT seller, committed_raw FROM purchases WHERE key IS NOT ?1")?;
    let mut rows = statement.query(params![without.map(PurchaseKey::as_str)])?;
    let (mut sums, seller) = (Committed::default(), seller.to_string());
    while let Some(row) = rows.next()? {
        let (of, amount): (String, String) = (row.get(0)?, row.get(1)?);
        let amount: RawAmount = amount
            .parse()
            .map_err(|error| BookError::Damaged(format!("committed_raw: {error}")))?;
        sums.total = add(sums.total, amount);
        if of == seller {
            sums.to_seller = add(sums.to_seller, amount);
        }
    }
    Ok(sums)
}

pub(super) fn insert(transaction: &Transaction<'_>, purchase: &Purchase) -> Result<(), BookError> {
    let order = &purchase.order;
    transaction.execute(
        "INSERT INTO purchases (key, job_id, offer_id, seller, input_hash, purchase_order, progress, is_over, \
         committed_raw, version, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)",
        params![
            purchase.key.as_str(),
            purchase.job_id.to_string(),
            order.offer.offer_id.to_string(),
            order.offer.seller.to_string(),
            order.input_hash().to_string(),
            to_json(order)?,
            to_json(&purchase.progress)?,
            purchase.progress.is_over(),
            purchase.committed().to_string(),
            rows::number(purchase.version),
            rows::instant(purchase.created_at),
        ],
    )?;
    Ok(())
}

/// Writes progress down if nobody else has meanwhile. Whoever was signing is not any more.
pub(super) fn update(
    transaction: &Transaction<'_>,
    purchase: &Purchase,
    progress: Progress,
    now: Timestamp,
) -> Result<Purchase, BookError> {
    let next = Purchase {
        progress,
        version: purchase.version.saturating_add(1),
        updated_at: now,
        ..purchase.clone()
    };
    let changed = transaction.execute(
        "UPDATE purchases SET purchase_order = ?1, progress = ?2, is_over = ?3, committed_raw = ?4, version = ?5, \
         updated_at = ?6, signer = NULL, signer_until = 0 WHERE key = ?7 AND version = ?8",
        params![
            to_json(&next.order)?,
            to_json(&next.progress)?,
            next.progress.is_over(),
            next.committed().to_string(),
            rows::number(next.version),
            rows::instant(now),
            next.key.as_str(),
            rows::number(purchase.version),
        ],
    )?;
    if changed == 1 {
        Ok(next)
    } else {
        Err(BookError::Superseded)
    }
}
