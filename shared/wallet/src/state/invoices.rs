//! Which invoice account is whose. An account is given out once: neither a burnt one nor one that was found used is ever
//! given out again.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::purpose::Purpose;
use crate::secret::AccountIndex;

/// An invoice account in the state file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allotted {
    pub(crate) index: AccountIndex,
    /// Whether the ledger was shown to know nothing of it.
    pub(crate) proved: bool,
}

/// The account of this purpose.
pub(crate) fn of_purpose(connection: &Connection, purpose: &Purpose) -> rusqlite::Result<Option<Allotted>> {
    connection
        .query_row(
            "SELECT account_index, proved FROM invoices WHERE purpose = ?1",
            [purpose.as_str()],
            |row| {
                Ok(Allotted {
                    index: AccountIndex(row.get(0)?),
                    proved: row.get(1)?,
                })
            },
        )
        .optional()
}

/// The account of this purpose; the next one if it has none.
pub(crate) fn allot(transaction: &Transaction<'_>, purpose: &Purpose) -> rusqlite::Result<Allotted> {
    if let Some(allotted) = of_purpose(transaction, purpose)? {
        return Ok(allotted);
    }
    let index = next_index(transaction)?;
    transaction.execute("UPDATE wallet SET next_index = next_index + 1", [])?;
    transaction.execute(
        "INSERT INTO invoices (account_index, purpose, proved) VALUES (?1, ?2, 0)",
        params![index.0, purpose.as_str()],
    )?;
    Ok(Allotted { index, proved: false })
}

/// Records that the account was unused. False if it is not the purpose's any more.
pub(crate) fn prove(connection: &Connection, purpose: &Purpose, index: AccountIndex) -> rusqlite::Result<bool> {
    let changed = connection.execute(
        "UPDATE invoices SET proved = 1 WHERE account_index = ?1 AND purpose = ?2",
        params![index.0, purpose.as_str()],
    )?;
    Ok(changed == 1)
}

/// Takes the purpose's account away from it, whichever that is.
pub(crate) fn burn(connection: &Connection, purpose: &Purpose) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE invoices SET burnt_for = purpose, purpose = NULL WHERE purpose = ?1",
        [purpose.as_str()],
    )?;
    Ok(())
}

/// Takes this account away from the purpose, unless that has happened already.
pub(crate) fn burn_account(connection: &Connection, purpose: &Purpose, index: AccountIndex) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE invoices SET burnt_for = purpose, purpose = NULL WHERE account_index = ?1 AND purpose = ?2",
        params![index.0, purpose.as_str()],
    )?;
    Ok(())
}

/// The index that the next invoice gets.
pub(crate) fn next_index(connection: &Connection) -> rusqlite::Result<AccountIndex> {
    connection.query_row("SELECT next_index FROM wallet", [], |row| row.get(0).map(AccountIndex))
}

/// Gives out no index below this one any more. Never goes back.
pub(crate) fn skip_to(connection: &Connection, next: AccountIndex) -> rusqlite::Result<()> {
    connection.execute("UPDATE wallet SET next_index = max(next_index, ?1)", [next.0])?;
    Ok(())
}

/// The accounts that belong to a purpose now.
pub(crate) fn given_out(connection: &Connection) -> rusqlite::Result<Vec<AccountIndex>> {
    let mut query =
        connection.prepare("SELECT account_index FROM invoices WHERE purpose IS NOT NULL ORDER BY account_index")?;
    let rows = query.query_map([], |row| row.get(0).map(AccountIndex))?;
    rows.collect()
}
