//! Finding the accounts again, from the secret alone.

use std::collections::BTreeSet;

use nanoark_nano::Account;

use crate::balance::{AccountBalance, BATCH};
use crate::error::{WalletError, too_few};
use crate::secret::AccountIndex;
use crate::state::invoices;
use crate::wallet::Wallet;

/// The first index that no wallet has.
const END: u32 = 1 << 31;

/// What restoring found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Accounts that were ever used, and what they hold, not yet final blocks included.
    pub found: Vec<AccountBalance>,
    /// The index that the next invoice gets.
    pub next_index: AccountIndex,
}

impl Wallet {
    /// Finds the accounts that were ever used, from the secret alone: goes on until `gap` unused ones in a row. None of
    /// them is given out for an invoice any more.
    ///
    /// An account is used if any node has a block of it or a send to it, final or not.
    ///
    /// # Errors
    /// `Nodes` or `TooFewNodes` when less than a quorum answers, `State` if the state file cannot be written.
    pub async fn restore(&self, gap: u32) -> Result<Restored, WalletError> {
        let mut found = Vec::new();
        let (mut next, mut end) = (0_u32, gap.max(1));
        while next < end.min(END) {
            let until = next
                .saturating_add(u32::try_from(BATCH).unwrap_or(u32::MAX))
                .min(end.min(END));
            let batch: Vec<AccountIndex> = (next..until).map(AccountIndex).collect();
            for account in self.used(&batch).await? {
                end = account.index.0.saturating_add(1).saturating_add(gap.max(1));
                found.push(account);
            }
            next = until;
        }
        let beyond = found
            .last()
            .map_or(1, |last: &AccountBalance| last.index.0.saturating_add(1));
        let next_index = self.state().write(|transaction| {
            invoices::skip_to(transaction, AccountIndex(beyond.clamp(1, END)))?;
            invoices::next_index(transaction)
        })?;
        Ok(Restored { found, next_index })
    }

    /// Those of the accounts that were ever used.
    async fn used(&self, batch: &[AccountIndex]) -> Result<Vec<AccountBalance>, WalletError> {
        let accounts: Vec<Account> = batch.iter().map(|index| self.account(*index)).collect();
        let balances = self.balances(batch, false).await?;
        let answers = self
            .nodes()
            .ask(|node| {
                let accounts = accounts.clone();
                async move { node.accounts_frontiers(&accounts).await }
            })
            .await;
        let quorum = self.nodes().quorum();
        let opened: Vec<_> = answers.iter().filter_map(|(_, answer)| answer.as_ref().ok()).collect();
        if opened.len() < quorum {
            return Err(too_few(&answers, quorum));
        }
        let opened: BTreeSet<Account> = opened
            .into_iter()
            .flat_map(|frontiers| frontiers.keys().copied())
            .collect();
        Ok(balances
            .into_iter()
            .filter(|account| account.has_something() || opened.contains(&account.account))
            .collect())
    }
}
