//! What the wallet must not forget, in SQLite: safe under several processes and a kill at any point.
//!
//! Calls are short and are made where they are needed; whatever must be true together is one immediate transaction.

pub(crate) mod accounts;
pub(crate) mod blocks;
pub(crate) mod invoices;
pub(crate) mod prepared;
mod schema;
pub(crate) mod voided;

use std::path::Path;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nanoark_nano::{Account, Network};
use nanoark_state_file::Durability;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::error::WalletError;
use schema::MIGRATIONS;

/// The open state file.
#[derive(Debug)]
pub(crate) struct State {
    connection: Mutex<Connection>,
}

impl State {
    /// Opens the state of the wallet with this main account on this network; makes it if there is none.
    pub(crate) fn open(
        path: &Path,
        durability: Durability,
        main_account: Account,
        network: Network,
    ) -> Result<Self, WalletError> {
        let connection = nanoark_state_file::open(path, durability, MIGRATIONS)?;
        let state = Self {
            connection: Mutex::new(connection),
        };
        state.write(|transaction| belong_to(transaction, main_account, network))?;
        Ok(state)
    }

    /// Looks something up.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, WalletError> {
        Ok(look(&self.lock())?)
    }

    /// Does all of it or nothing, while no other process writes.
    pub(crate) fn write<T, E>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, WalletError>
    where
        WalletError: From<E>,
    {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = change(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that was not committed was rolled back when the panic dropped it.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who votes for accounts that the wallet opens, if it was set.
    pub(crate) fn representative(connection: &Connection) -> rusqlite::Result<Option<Account>> {
        connection.query_row("SELECT representative FROM wallet", [], |row| optional_text(row, 0))
    }

    pub(crate) fn set_representative(connection: &Connection, representative: Account) -> rusqlite::Result<()> {
        connection.execute("UPDATE wallet SET representative = ?1", [representative.to_string()])?;
        Ok(())
    }
}

fn belong_to(transaction: &Transaction<'_>, expected: Account, expected_network: Network) -> Result<(), WalletError> {
    let owner: Option<(Account, Network)> = transaction
        .query_row("SELECT main_account, network FROM wallet", [], |row| {
            Ok((text(row, 0)?, text(row, 1)?))
        })
        .optional()?;
    match owner {
        Some((found, found_network)) if found == expected && found_network == expected_network => Ok(()),
        Some((found, found_network)) => Err(WalletError::OtherWallet {
            found,
            found_network,
            expected,
            expected_network,
        }),
        None => {
            transaction.execute(
                "INSERT INTO wallet (only, main_account, network, next_index) VALUES (1, ?1, ?2, 1)",
                params![expected.to_string(), expected_network.as_str()],
            )?;
            Ok(())
        }
    }
}

/// A text column that is parsed.
fn text<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let text: String = row.get(at)?;
    text.parse().map_err(|error| wrong_text(at, error))
}

/// The same for one that may be empty.
fn optional_text<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    at: usize,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(at)?;
    text.map(|text| text.parse().map_err(|error| wrong_text(at, error)))
        .transpose()
}

fn wrong_text(at: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests {
    use nanoark_state_file::OpenError;

    use super::*;

    fn account(byte: u8) -> Account {
        Account::from_bytes([byte; 32])
    }

    #[test]
    fn a_state_file_belongs_to_one_wallet_on_one_network() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.sqlite");
        let open = |main, network| State::open(&path, Durability::Full, main, network);
        open(account(1), Network::Dev).unwrap();
        open(account(1), Network::Dev).unwrap();
        for (main, network) in [(account(2), Network::Dev), (account(1), Network::Live)] {
            assert!(matches!(open(main, network), Err(WalletError::OtherWallet { .. })));
        }
    }

    #[test]
    fn a_later_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.sqlite");
        let open = || State::open(&path, Durability::Full, account(1), Network::Dev);
        let state = open().unwrap();
        state
            .read(|connection| connection.pragma_update(None, "user_version", 99))
            .unwrap();
        drop(state);
        assert!(matches!(
            open(),
            Err(WalletError::StateFile(OpenError::TooNew { version: 99, known: 2 }))
        ));
    }

    #[test]
    fn many_may_open_a_new_file_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.sqlite");
        std::thread::scope(|scope| {
            let open = || State::open(&path, Durability::Volatile, account(1), Network::Dev).map(drop);
            let opened: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            for opened in opened {
                opened.join().unwrap().unwrap();
            }
        });
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.sqlite");
        let _state = State::open(&path, Durability::Full, account(1), Network::Dev).unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        }
    }
}
