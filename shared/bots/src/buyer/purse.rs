//! What a buyer needs of a wallet.

use std::time::Duration;

use nanoark_nano::{Account, BlockHash};
use nanoark_surroundings::Pending;
use nanoark_wallet::{AccountIndex, Purpose, SendOrder, Sent, Wallet, WalletError};

/// What a buyer needs of a wallet: [`Wallet`], or a test's.
pub trait Purse: Send + Sync {
    /// The account that pays, and that refunds go to.
    fn main_account(&self) -> Account;

    /// Whether the account is one that this wallet gave out.
    ///
    /// # Errors
    /// When the wallet's state cannot be read.
    fn owns(&self, account: &Account) -> Result<bool, WalletError>;

    /// The block of this purpose, if one was signed. Looks at no node.
    ///
    /// # Errors
    /// When the wallet's state cannot be read.
    fn sent(&self, purpose: &Purpose) -> Result<Option<Sent>, WalletError>;

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
        Ok(*account == self.main_account())
    }

    fn sent(&self, purpose: &Purpose) -> Result<Option<Sent>, WalletError> {
        Self::sent(self, purpose)
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
