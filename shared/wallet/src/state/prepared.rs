//! Work that was made before it is needed: one per account, for the block that comes next.

use nanoark_nano::BlockHash;
use rusqlite::{Connection, OptionalExtension, params};

use super::text;
use crate::secret::AccountIndex;
use crate::work::KeptWork;

/// The work that is kept for the account.
pub(crate) fn of_account(connection: &Connection, index: AccountIndex) -> rusqlite::Result<Option<KeptWork>> {
    connection
        .query_row(
            "SELECT root, work FROM prepared_work WHERE account_index = ?1",
            [index.0],
            |row| {
                // A root is written as a hash is.
                let root: BlockHash = text(row, 0)?;
                Ok(KeptWork {
                    root: root.into(),
                    work: text(row, 1)?,
                })
            },
        )
        .optional()
}

/// Keeps the work, in place of what was kept for the account.
pub(crate) fn keep(connection: &Connection, index: AccountIndex, kept: KeptWork) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO prepared_work (account_index, root, work) VALUES (?1, ?2, ?3)
         ON CONFLICT (account_index) DO UPDATE SET root = excluded.root, work = excluded.work",
        params![index.0, kept.root.to_string(), kept.work.to_string()],
    )?;
    Ok(())
}

/// Drops what is kept for the account.
pub(crate) fn drop_of(connection: &Connection, index: AccountIndex) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM prepared_work WHERE account_index = ?1", [index.0])?;
    Ok(())
}
