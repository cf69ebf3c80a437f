//! Which accounts are the wallet's own, found by their bytes: those of the indexes from 0 up to the last one stored.

use nanoark_nano::Account;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::secret::AccountIndex;

/// The index of this account, if it is stored.
pub(crate) fn index_of(connection: &Connection, account: &Account) -> rusqlite::Result<Option<AccountIndex>> {
    connection
        .query_row(
            "SELECT account_index FROM accounts WHERE account = ?1",
            [account.as_bytes()],
            |row| row.get(0).map(AccountIndex),
        )
        .optional()
}

/// The first index whose account is not stored.
pub(crate) fn next_missing(connection: &Connection) -> rusqlite::Result<AccountIndex> {
    connection.query_row("SELECT coalesce(max(account_index) + 1, 0) FROM accounts", [], |row| {
        row.get(0).map(AccountIndex)
    })
}

/// Stores the account of this index.
pub(crate) fn store(transaction: &Transaction<'_>, index: AccountIndex, account: &Account) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO accounts (account_index, account) VALUES (?1, ?2)",
        params![index.0, account.as_bytes()],
    )?;
    Ok(())
}
