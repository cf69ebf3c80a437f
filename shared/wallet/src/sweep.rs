//! Gathering what invoice accounts hold.

use nanoark_nano::RawAmount;

use crate::balance::BATCH;
use crate::error::WalletError;
use crate::secret::AccountIndex;
use crate::send::Sent;
use crate::sign::Intent;
use crate::state::{blocks, invoices};
use crate::wallet::Wallet;

impl Wallet {
    /// Takes in what waits for invoice accounts, burnt ones included, and sends what they hold to the main account, but
    /// for those in `keep`. The main account takes it in with [`Wallet::receive`] when the sends are final.
    ///
    /// # Errors
    /// [`WalletError`]; what was done before the error stays so, and asking again goes on.
    pub async fn sweep(&self, keep: &[AccountIndex]) -> Result<Vec<Sent>, WalletError> {
        let next = self.state().read(invoices::next_index)?;
        let candidates: Vec<AccountIndex> = (1..next.0)
            .map(AccountIndex)
            .filter(|index| !keep.contains(index))
            .collect();
        let mut swept = Vec::new();
        for batch in candidates.chunks(BATCH) {
            for found in self.balances(batch, true).await? {
                let unfinished = self.state().read(|connection| blocks::tip(connection, found.index))?;
                let unfinished = unfinished.is_some_and(|tip| tip.is_under_way());
                if found.has_something() || unfinished {
                    swept.extend(self.empty(found.index).await?);
                }
            }
        }
        Ok(swept)
    }

    /// Takes in what waits for the account and sends all that it has to the main account.
    async fn empty(&self, index: AccountIndex) -> Result<Option<Sent>, WalletError> {
        let _turn = self.turn(index).await;
        self.receive_in_turn(index, RawAmount::from_raw(1)).await?;
        let to = self.account(AccountIndex::MAIN);
        if let Some(block) = self.issue(index, &Intent::Empty { to }).await? {
            return Ok(Sent::of(block));
        }
        // Nothing is left because it was sent before, perhaps by a process that did not live to publish it.
        match self.state().read(|connection| blocks::tip(connection, index))? {
            Some(tip) if tip.is_under_way() => Ok(Sent::of(self.publish(tip).await?)),
            Some(_) | None => Ok(None),
        }
    }
}
