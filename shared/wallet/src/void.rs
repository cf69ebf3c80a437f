//! Giving a purpose up: the opposite of sending, decided against it in the state file.

use crate::error::WalletError;
use crate::purpose::Purpose;
use crate::send::Sent;
use crate::state::{blocks, voided};
use crate::wallet::Wallet;

/// What became of a purpose that was to be given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voiding {
    /// Nothing was signed for it, and nothing ever will be.
    Void,
    /// A send was there first: it stands.
    Sent(Sent),
}

impl Wallet {
    /// Gives a purpose up for ever, unless a block is signed for it already. Sending for it afterwards, in whatever
    /// process, answers [`WalletError::Voided`]. May be asked again.
    ///
    /// A send that is under way in another process is either signed before this and found, or never: one transaction of
    /// the state file decides. A block that can never become final (see [`Wallet::lost`]) does not count.
    ///
    /// # Errors
    /// `State` if the state file cannot be written. Then nothing is given up.
    pub fn void(&self, purpose: &Purpose) -> Result<Voiding, WalletError> {
        self.state().write(|transaction| -> rusqlite::Result<_> {
            if let Some(sent) = blocks::of_purpose(transaction, purpose)?.and_then(Sent::of) {
                return Ok(Voiding::Sent(sent));
            }
            voided::give_up(transaction, purpose)?;
            Ok(Voiding::Void)
        })
    }

    /// Whether the purpose was given up.
    ///
    /// # Errors
    /// `State` if the state file cannot be read.
    pub fn is_void(&self, purpose: &Purpose) -> Result<bool, WalletError> {
        self.state().read(|connection| voided::is_void(connection, purpose))
    }
}
