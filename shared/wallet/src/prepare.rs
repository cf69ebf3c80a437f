//! Work made ahead, while there is nothing else to do.

use crate::error::WalletError;
use crate::secret::AccountIndex;
use crate::state::prepared;
use crate::wallet::Wallet;
use crate::work::{InAdvance, KeptWork};

impl Wallet {
    /// Makes and keeps the work that the account's next block needs: enough for a send if it is open, for its first
    /// receive otherwise. To be called while idle; takes as long as the work. False if it was there already.
    ///
    /// # Errors
    /// [`WalletError`]: nodes that do not answer, or no work.
    pub async fn prepare_work(&self, index: AccountIndex) -> Result<bool, WalletError> {
        let survey = self.survey(index).await?;
        let due = InAdvance::of(self.account(index), self.last_block(index, &survey)?);
        let network = self.nodes().network();
        let kept = self
            .state()
            .read(|connection| prepared::of_account(connection, index))?;
        let Some(InAdvance { root, subtype }) = due.unless_kept(kept, network) else {
            return Ok(false);
        };
        let work = self.work_source().work(root, subtype).await?;
        let made = KeptWork { root, work };
        if made.for_block(root, subtype, network).is_none() {
            return Err(WalletError::TooLittleWork { root });
        }
        self.state()
            .write(|transaction| prepared::keep(transaction, index, made))?;
        Ok(true)
    }
}
