//! Invoice accounts: a fresh one per purpose, proved unused on the ledger before anybody hears of it.

use nanoark_nano::{Account, RawAmount};
use nanoark_nano_rpc::{Node, NodeError, ReceivableFilter, RpcError};

use crate::error::{WalletError, too_few};
use crate::purpose::Purpose;
use crate::secret::AccountIndex;
use crate::state::invoices;
use crate::wallet::Wallet;

/// How many used accounts are burnt in one go. More than a few mean that the state is older than the secret's use.
const TRIES: usize = 20;

/// An account for one invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// What it is for.
    pub purpose: Purpose,
    /// Its place in the wallet.
    pub index: AccountIndex,
    /// The account.
    pub account: Account,
}

impl Wallet {
    /// The invoice account of this purpose: the same for ever, and nobody else's. A new one is proved unused on the
    /// ledger first (used ones are skipped and burnt): a quorum of the nodes has no block of it and nothing that waits
    /// for it, final or not, and no node knows better.
    ///
    /// # Errors
    /// [`WalletError`]. The account is not given out before the proof; asking again goes on with it.
    pub async fn invoice(&self, purpose: &Purpose) -> Result<Invoice, WalletError> {
        for _ in 0..TRIES {
            let allotted = self
                .state()
                .write(|transaction| invoices::allot(transaction, purpose))?;
            let index = allotted.index;
            if allotted.proved {
                return Ok(self.as_invoice(purpose, index));
            }
            if self.is_unused(self.account(index)).await? {
                let proved = self
                    .state()
                    .write(|transaction| invoices::prove(transaction, purpose, index))?;
                if proved {
                    return Ok(self.as_invoice(purpose, index));
                }
            } else {
                tracing::warn!(%index, "an invoice account is in use already and is burnt");
                self.state()
                    .write(|transaction| invoices::burn_account(transaction, purpose, index))?;
            }
        }
        Err(WalletError::NoUnusedAccount { tried: TRIES })
    }

    /// The invoice account of this purpose, if it was given one.
    ///
    /// # Errors
    /// `State` if the state file cannot be read.
    pub fn invoice_of(&self, purpose: &Purpose) -> Result<Option<Invoice>, WalletError> {
        let allotted = self
            .state()
            .read(|connection| invoices::of_purpose(connection, purpose))?;
        Ok(allotted
            .filter(|allotted| allotted.proved)
            .map(|allotted| self.as_invoice(purpose, allotted.index)))
    }

    /// Takes this purpose's invoice account away from it (somebody else has used it); the next [`Wallet::invoice`] gives
    /// another. The account itself is never given out again.
    ///
    /// # Errors
    /// `State` if the state file cannot be written.
    pub fn burn_invoice(&self, purpose: &Purpose) -> Result<(), WalletError> {
        self.state().write(|transaction| invoices::burn(transaction, purpose))
    }

    fn as_invoice(&self, purpose: &Purpose, index: AccountIndex) -> Invoice {
        Invoice {
            purpose: purpose.clone(),
            index,
            account: self.account(index),
        }
    }

    /// Whether the ledger knows nothing of the account. Too few answers are an error and never "unused".
    async fn is_unused(&self, account: Account) -> Result<bool, WalletError> {
        let answers = self
            .nodes()
            .ask(|node| async move { knows(&node, account).await })
            .await;
        if answers.iter().any(|(_, answer)| answer == &Ok(true)) {
            return Ok(false);
        }
        let quorum = self.nodes().quorum();
        let unused = answers.iter().filter(|(_, answer)| answer == &Ok(false)).count();
        if unused >= quorum {
            Ok(true)
        } else {
            Err(too_few(&answers, quorum))
        }
    }
}

/// Whether the node has a block of the account, or a send to it, final or not.
async fn knows(node: &Node, account: Account) -> Result<bool, RpcError> {
    let anything = ReceivableFilter {
        count: 1,
        threshold: RawAmount::ZERO,
        only_confirmed: false,
    };
    // First what waits, then the account: a payment that is received in between is in one of the two.
    if !node.receivable(&account, anything).await?.is_empty() {
        return Ok(true);
    }
    match node.account_info(&account).await {
        Ok(_) => Ok(true),
        Err(RpcError::Node(NodeError::AccountNotFound)) => Ok(false),
        Err(error) => Err(error),
    }
}
