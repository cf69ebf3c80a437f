//! What a buyer needs of a wallet.

use std::time::Duration;

use nanoark_nano::{Account, BlockHash};
use nanoark_surroundings::Pending;
use nanoark_wallet::{AccountIndex, Purpose, SendOrder, Sent, Voiding, Wallet, WalletError};

/// What a buyer needs of a wallet: [`Wallet`], or a test's.
pub trait Purse: Send + Sync {
    /// The account that pays, and that refunds go to.
    fn main_account(&self) -> Account;

    /// Whether the account is one of this wallet's: the one that pays, or one that it ever gave out.
    ///
    /// # Errors
    /// When the wallet's state cannot be read.
    fn owns(&self, account: &Account) -> Result<bool, WalletError>;

    /// The block of this purpose, if one was signed. Looks at no node.
    ///
    /// # Errors
    /// When the wallet's state cannot be read.
    fn sent(&self, purpose: &Purpose) -> Result<Option<Sent>, WalletError>;

    /// Gives the purpose up for ever, unless a block is signed for it: then that stands. In whatever process, a send for a
    /// purpose that was given up answers [`WalletError::Voided`].
    ///
    /// # Errors
    /// When the wallet's state cannot be written. Then nothing is given up.
    fn void(&self, purpose: &Purpose) -> Result<Voiding, WalletError>;

    /// Whether the purpose was given up.
    ///
    /// # Errors
    /// When the wallet's state cannot be read.
    fn is_void(&self, purpose: &Purpose) -> Result<bool, WalletError>;

    /// Whether the wallet could send this now. Signs nothing.
    fn check<'a>(&'a self, order: &'a SendOrder) -> Pending<'a, Result<(), WalletError>>;

    /// Sends: at most one block per purpose for ever. Asked again, the very same block is published again.
    fn send<'a>(&'a self, order: &'a SendOrder) -> Pending<'a, Result<Sent, WalletError>>;

    /// Waits until our nodes call the block final, publishing it again meanwhile; whether it is in time.
    fn wait_confirmed(&self, hash: BlockHash, patience: Duration) -> Pending<'_, Result<bool, WalletError>>;
}

impl Purse for Wallet {
    fn main_account(&self) -> Account {
        self.account(AccountIndex::MAIN)
    }

    fn owns(&self, account: &Account) -> Result<bool, WalletError> {
        Ok(self.index_of(account)?.is_some())
    }

    fn sent(&self, purpose: &Purpose) -> Result<Option<Sent>, WalletError> {
        Self::sent(self, purpose)
    }

    fn void(&self, purpose: &Purpose) -> Result<Voiding, WalletError> {
        Self::void(self, purpose)
    }

    fn is_void(&self, purpose: &Purpose) -> Result<bool, WalletError> {
        Self::is_void(self, purpose)
    }

    fn check<'a>(&'a self, order: &'a SendOrder) -> Pending<'a, Result<(), WalletError>> {
        Box::pin(async move { self.draft(order).await.map(drop) })
    }

    fn send<'a>(&'a self, order: &'a SendOrder) -> Pending<'a, Result<Sent, WalletError>> {
        Box::pin(Self::send(self, order))
    }

    fn wait_confirmed(&self, hash: BlockHash, patience: Duration) -> Pending<'_, Result<bool, WalletError>> {
        Box::pin(Self::wait_confirmed(self, hash, patience))
    }
}
