//! Sending: at most one block per purpose, for ever.

use std::time::Duration;

use nanoark_nano::{Account, BlockHash, RawAmount, StateBlock};

use crate::error::WalletError;
use crate::purpose::Purpose;
use crate::secret::AccountIndex;
use crate::sign::{Attempt, Intent, Sends};
use crate::state::blocks::{self, Progress, Role, StoredBlock};
use crate::wallet::Wallet;

/// How often an attempt is begun again: because another process was faster, or a block of ours was lost.
const ATTEMPTS: usize = 5;

/// What is waited for a block that somebody else made to become final. Usually it takes half a second.
const PAUSE: Duration = Duration::from_millis(500);

/// A payment to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendOrder {
    /// What it is for.
    pub purpose: Purpose,
    /// The account that pays.
    pub from: AccountIndex,
    /// The account that is paid.
    pub to: Account,
    /// How much, in raw.
    pub amount: RawAmount,
}

/// The one block of a purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What was ordered.
    pub order: SendOrder,
    /// The block.
    pub hash: BlockHash,
    /// How far it is.
    pub state: SentState,
}

/// How far a block of ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentState {
    /// Signed and stored; whether any node has it is not known.
    Signed,
    /// A node took it.
    Published,
    /// A quorum of the nodes calls it final.
    Confirmed,
}

impl Wallet {
    /// The block that [`Wallet::send`] would publish now: the one of the purpose, or the one it would sign. Nothing is
    /// stored or sent.
    ///
    /// # Errors
    /// Those of [`Wallet::send`], as far as they come before publishing.
    pub async fn draft(&self, order: &SendOrder) -> Result<StateBlock, WalletError> {
        let before = self.state().read(|connection| Sends::of(connection, &order.purpose))?;
        if let Some(stored) = before.for_order(&order.purpose, order.to, order.amount)? {
            return Ok(stored.block);
        }
        let survey = self.survey(order.from).await?;
        let unsigned = self.unsigned(order.from, &survey, &order.intent())?;
        unsigned.ok_or_else(|| WalletError::Unsettled {
            account: self.account(order.from),
        })
    }

    /// Sends: at most one block per purpose for ever. It is stored before it is published; asked again, the very same
    /// block is published again. Returns when a node took it.
    ///
    /// A block is given up, and another one signed, only when a quorum of the nodes calls a different block with the same
    /// predecessor final.
    ///
    /// # Errors
    /// [`WalletError`]. Whatever it is, asking again with the same order is safe, and asking with another one is not
    /// needed: [`Wallet::sent`] says whether there is a block.
    pub async fn send(&self, order: &SendOrder) -> Result<Sent, WalletError> {
        let _turn = self.turn(order.from).await;
        let block = self.issue(order.from, &order.intent()).await?;
        block.and_then(Sent::of).ok_or(WalletError::InvalidAmount)
    }

    /// The block of this purpose, if one was signed. One that can never become final does not count; see
    /// [`Wallet::lost`].
    ///
    /// # Errors
    /// `State` if the state file cannot be read.
    pub fn sent(&self, purpose: &Purpose) -> Result<Option<Sent>, WalletError> {
        let living = self
            .state()
            .read(|connection| blocks::of_purpose(connection, purpose))?;
        Ok(living.and_then(Sent::of))
    }

    /// The blocks of this purpose that were given up, oldest first: others were final in their places.
    ///
    /// # Errors
    /// `State` if the state file cannot be read.
    pub fn lost(&self, purpose: &Purpose) -> Result<Vec<BlockHash>, WalletError> {
        self.state().read(|connection| blocks::lost_of(connection, purpose))
    }

    /// Makes the block that does this, unless there is one, and publishes it. `None` if there is nothing to do. To be
    /// called in the account's turn.
    pub(crate) async fn issue(&self, index: AccountIndex, intent: &Intent) -> Result<Option<StoredBlock>, WalletError> {
        let mut last_error = None;
        for _ in 0..ATTEMPTS {
            let block = match self.existing(intent)? {
                Some(block) => block,
                None => {
                    let survey = self.survey(index).await?;
                    match self.sign(index, &survey, intent)? {
                        Attempt::Stored(block) => *block,
                        Attempt::Nothing => return Ok(None),
                        Attempt::Rival { ours, theirs } => {
                            last_error = Some(self.decide(index, ours, theirs).await?.into());
                            continue;
                        }
                        Attempt::NotFinal { head } => {
                            let account = self.account(index);
                            last_error = Some(WalletError::NotFinal { account, head });
                            self.surroundings().sleep(PAUSE).await;
                            continue;
                        }
                        Attempt::Unclear => continue,
                    }
                }
            };
            match self.publish(block).await {
                Ok(block) => return Ok(Some(block)),
                Err(lost @ WalletError::Lost { .. }) => last_error = Some(lost),
                Err(error) => return Err(error),
            }
        }
        Err(last_error.unwrap_or_else(|| WalletError::Unsettled {
            account: self.account(index),
        }))
    }

    /// The living block that does this already, without asking anybody.
    fn existing(&self, intent: &Intent) -> Result<Option<StoredBlock>, WalletError> {
        match intent {
            Intent::Send { purpose, to, amount } => self
                .state()
                .read(|connection| Sends::of(connection, purpose))?
                .for_order(purpose, *to, *amount),
            Intent::Receive { source, .. } => self.state().read(|connection| blocks::of_source(connection, *source)),
            Intent::Empty { .. } => Ok(None),
        }
    }
}

impl SendOrder {
    fn intent(&self) -> Intent {
        Intent::Send {
            purpose: self.purpose.clone(),
            to: self.to,
            amount: self.amount,
        }
    }
}

impl Sent {
    /// What a stored block is, if it is a living send.
    pub(crate) fn of(stored: StoredBlock) -> Option<Self> {
        let (hash, to) = (stored.hash(), stored.block.link.as_account());
        let state = match stored.progress {
            Progress::Signed => SentState::Signed,
            Progress::Published => SentState::Published,
            Progress::Confirmed => SentState::Confirmed,
            Progress::Lost => return None,
        };
        match stored.role {
            Role::Send { purpose } => Some(Self {
                order: SendOrder {
                    purpose,
                    from: stored.index,
                    to,
                    amount: stored.amount,
                },
                hash,
                state,
            }),
            Role::Receive { .. } | Role::Open { .. } | Role::Foreign => None,
        }
    }
}
