//! Whether an account is the wallet's own.

use nanoark_nano::Account;
use rusqlite::Transaction;

use crate::error::WalletError;
use crate::secret::AccountIndex;
use crate::state::{accounts, invoices};
use crate::wallet::Wallet;

/// How many accounts are derived in one transaction, which takes milliseconds.
const BATCH: u32 = 200;

impl Wallet {
    /// The place of this account in the wallet, if it is the main account or that of an index that was ever given out or
    /// passed over: of an invoice, burnt, or found by [`Wallet::restore`].
    ///
    /// # Errors
    /// `State` if the state file cannot be used.
    pub fn index_of(&self, account: &Account) -> Result<Option<AccountIndex>, WalletError> {
        loop {
            let (found, is_complete) = self.state().read(|connection| {
                let is_complete = accounts::next_missing(connection)? >= invoices::next_index(connection)?;
                Ok((accounts::index_of(connection, account)?, is_complete))
            })?;
            if found.is_some() || is_complete {
                return Ok(found);
            }
            self.state().write(|transaction| self.store_accounts(transaction))?;
        }
    }

    /// Derives and stores the next accounts that were given out and are not stored.
    fn store_accounts(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        let AccountIndex(missing) = accounts::next_missing(transaction)?;
        let AccountIndex(next) = invoices::next_index(transaction)?;
        for index in (missing..next.min(missing.saturating_add(BATCH))).map(AccountIndex) {
            accounts::store(transaction, index, &self.account(index))?;
        }
        Ok(())
    }
}
