//! Purposes that were given up: nothing is ever signed for them.

use rusqlite::{Connection, OptionalExtension, Transaction};

use crate::purpose::Purpose;

/// Whether the purpose was given up.
pub(crate) fn is_void(connection: &Connection, purpose: &Purpose) -> rusqlite::Result<bool> {
    connection
        .query_row(
            "SELECT 1 FROM voided WHERE purpose = ?1",
            [purpose.as_str()],
            |_| Ok(()),
        )
        .optional()
        .map(|found| found.is_some())
}

/// Gives the purpose up. An error if it has a block that is not lost: look in the same transaction.
pub(crate) fn give_up(transaction: &Transaction<'_>, purpose: &Purpose) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO voided (purpose) VALUES (?1) ON CONFLICT (purpose) DO NOTHING",
        [purpose.as_str()],
    )?;
    Ok(())
}
