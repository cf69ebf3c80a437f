//! What the wallet has.

use std::collections::BTreeMap;

use nanoark_nano::{Account, RawAmount};

use crate::error::{WalletError, too_few};
use crate::secret::AccountIndex;
use crate::state::{blocks, invoices};
use crate::wallet::Wallet;

/// How many accounts a node is asked about at once.
pub(crate) const BATCH: usize = 50;

/// What the wallet has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The main account, and every other that has something or was given out.
    pub accounts: Vec<AccountBalance>,
}

/// What one account has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountBalance {
    /// Its place in the wallet.
    pub index: AccountIndex,
    /// The account.
    pub account: Account,
    /// What it holds after its last block, in raw; of the ledger only final blocks count, of our own all.
    pub balance: RawAmount,
    /// What was sent to it and waits to be received, in raw; final sends only.
    pub receivable: RawAmount,
}

impl Balance {
    /// What all accounts hold and could receive, in raw.
    #[must_use]
    pub fn total(&self) -> RawAmount {
        let parts = self.accounts.iter().flat_map(|one| [one.balance, one.receivable]);
        parts.fold(RawAmount::ZERO, |sum, part| {
            sum.checked_add(part).unwrap_or(RawAmount::MAX)
        })
    }
}

impl Wallet {
    /// What the main account and every invoice account that was given out hold, and any other account of the wallet that
    /// has something.
    ///
    /// It is the nodes' word, as far as a quorum of them goes along; no block is ever signed on it.
    ///
    /// # Errors
    /// `Nodes` or `TooFewNodes` when less than a quorum answers, `State` if the state file cannot be read.
    pub async fn balance(&self) -> Result<Balance, WalletError> {
        let (next, given_out) = self
            .state()
            .read(|connection| Ok((invoices::next_index(connection)?, invoices::given_out(connection)?)))?;
        let mut accounts = Vec::new();
        let all: Vec<AccountIndex> = (0..next.0).map(AccountIndex).collect();
        for batch in all.chunks(BATCH) {
            for found in self.balances(batch, true).await? {
                let own = self.state().read(|connection| blocks::tip(connection, found.index))?;
                let balance = match own {
                    Some(tip) if tip.is_under_way() => tip.block.balance,
                    Some(_) | None => found.balance,
                };
                let found = AccountBalance { balance, ..found };
                let shown =
                    found.index == AccountIndex::MAIN || given_out.contains(&found.index) || found.has_something();
                if shown {
                    accounts.push(found);
                }
            }
        }
        Ok(Balance { accounts })
    }

    /// What these accounts have, by the nodes' word.
    pub(crate) async fn balances(
        &self,
        indexes: &[AccountIndex],
        only_confirmed: bool,
    ) -> Result<Vec<AccountBalance>, WalletError> {
        let accounts: Vec<Account> = indexes.iter().map(|index| self.account(*index)).collect();
        let answers = self
            .nodes()
            .ask(|node| {
                let accounts = accounts.clone();
                async move { node.accounts_balances(&accounts, only_confirmed).await }
            })
            .await;
        let quorum = self.nodes().quorum();
        let said: Vec<&BTreeMap<Account, nanoark_nano_rpc::AccountBalance>> =
            answers.iter().filter_map(|(_, answer)| answer.as_ref().ok()).collect();
        if said.len() < quorum {
            return Err(too_few(&answers, quorum));
        }
        let each = indexes.iter().zip(&accounts).map(|(index, account)| {
            let words = || said.iter().filter_map(|balances| balances.get(account));
            AccountBalance {
                index: *index,
                account: *account,
                balance: agreed(words().map(|word| word.balance).collect(), quorum),
                receivable: agreed(words().map(|word| word.receivable).collect(), quorum),
            }
        });
        Ok(each.collect())
    }
}

impl AccountBalance {
    pub(crate) fn has_something(&self) -> bool {
        self.balance != RawAmount::ZERO || self.receivable != RawAmount::ZERO
    }
}

/// The most that a quorum says is there.
fn agreed(mut amounts: Vec<RawAmount>, quorum: usize) -> RawAmount {
    amounts.sort_unstable_by(|one, other| other.cmp(one));
    let at = quorum.saturating_sub(1);
    amounts.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_counts_when_a_quorum_says_at_least_so_much() {
        for (amounts, quorum, expected) in [
            (vec![5], 1, 5),
            (vec![5, 9], 1, 9),
            (vec![5, 9], 2, 5),
            (vec![9, 5, 7], 2, 7),
            (vec![9, 5, 7], 3, 5),
            (vec![9], 2, 0),
            (vec![], 1, 0),
        ] {
            let amounts = amounts.into_iter().map(RawAmount::from_raw).collect();
            assert_eq!(agreed(amounts, quorum), RawAmount::from_raw(expected));
        }
    }
}
