//! The wallet itself: its secret, its state file, its nodes, and whose turn it is.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use nanoark_nano::Account;
use nanoark_nano_rpc::NodeSet;
use nanoark_state_file::Durability;
use nanoark_surroundings::Surroundings;
use tokio::sync::OwnedMutexGuard;

use crate::error::WalletError;
use crate::secret::{AccountIndex, Secret};
use crate::state::State;
use crate::work::WorkSource;

/// A wallet. Clones are the same wallet. Several processes may share one state file; two state files must never share a
/// secret, or each may sign a block that the other does not know of (see [`WalletError::Contested`]).
#[derive(Clone)]
pub struct Wallet {
    inner: Arc<Inner>,
}

struct Inner {
    secret: Secret,
    state: State,
    nodes: NodeSet,
    work: Arc<dyn WorkSource>,
    surroundings: Arc<dyn Surroundings>,
    /// One per account that was used: its blocks are made, worked and published one after the other.
    turns: Mutex<BTreeMap<AccountIndex, Arc<tokio::sync::Mutex<()>>>>,
}

impl Wallet {
    /// Opens the wallet with its state file; makes the file if there is none.
    ///
    /// # Errors
    /// [`WalletError::OtherWallet`] if the file belongs to another secret or network; `State…` if it cannot be used.
    pub fn open(
        secret: Secret,
        state: &Path,
        nodes: NodeSet,
        work: Arc<dyn WorkSource>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Result<Self, WalletError> {
        Self::open_with(secret, state, nodes, work, surroundings, Durability::Full)
    }

    /// The same with another durability.
    ///
    /// # Errors
    /// Those of [`Wallet::open`].
    pub fn open_with(
        secret: Secret,
        state: &Path,
        nodes: NodeSet,
        work: Arc<dyn WorkSource>,
        surroundings: Arc<dyn Surroundings>,
        durability: Durability,
    ) -> Result<Self, WalletError> {
        let main = secret.private_key(AccountIndex::MAIN).public();
        let state = State::open(state, durability, main, nodes.network())?;
        Ok(Self {
            inner: Arc::new(Inner {
                secret,
                state,
                nodes,
                work,
                surroundings,
                turns: Mutex::default(),
            }),
        })
    }

    /// The account with this index.
    #[must_use]
    pub fn account(&self, index: AccountIndex) -> Account {
        self.inner.secret.private_key(index).public()
    }

    /// The nodes that the wallet asks and publishes to.
    #[must_use]
    pub fn nodes(&self) -> &NodeSet {
        &self.inner.nodes
    }

    /// Who votes with the weight of accounts that the wallet opens: what was set, or the wallet's main account.
    ///
    /// An account that is open keeps its representative.
    ///
    /// # Errors
    /// `State` if the state file cannot be read.
    pub fn representative(&self) -> Result<Account, WalletError> {
        let set = self.state().read(State::representative)?;
        Ok(set.unwrap_or_else(|| self.account(AccountIndex::MAIN)))
    }

    /// Sets who votes with the weight of accounts that the wallet opens from now on. Money that sits for long should vote
    /// through somebody who runs a node; the main account, which is the default, does not vote at all.
    ///
    /// # Errors
    /// `State` if the state file cannot be written.
    pub fn set_representative(&self, representative: Account) -> Result<(), WalletError> {
        self.state()
            .write(|transaction| State::set_representative(transaction, representative))
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.inner.secret
    }

    pub(crate) fn state(&self) -> &State {
        &self.inner.state
    }

    pub(crate) fn work_source(&self) -> &dyn WorkSource {
        self.inner.work.as_ref()
    }

    pub(crate) fn surroundings(&self) -> &dyn Surroundings {
        self.inner.surroundings.as_ref()
    }

    /// Waits until nobody else in this process is making blocks of the account. Only spares work done twice: between
    /// processes, and in the end here as well, the state file is what keeps order.
    pub(crate) async fn turn(&self, index: AccountIndex) -> OwnedMutexGuard<()> {
        self.turns_of(index).lock_owned().await
    }

    /// The same, unless somebody is: whoever has to be done in time does not wait for others.
    pub(crate) fn turn_if_free(&self, index: AccountIndex) -> Option<OwnedMutexGuard<()>> {
        self.turns_of(index).try_lock_owned().ok()
    }

    fn turns_of(&self, index: AccountIndex) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.inner.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(index).or_default())
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Wallet")
            .field("nodes", &self.inner.nodes)
            .finish_non_exhaustive()
    }
}
