//! Signing the next block of an account, in one transaction with choosing its place.

use nanoark_nano::block::InvalidBlock;
use nanoark_nano::{Account, BlockHash, RawAmount, StateBlock, Subtype};
use rusqlite::{Connection, Transaction};

use crate::chain::{self, Standing};
use crate::error::WalletError;
use crate::purpose::Purpose;
use crate::secret::AccountIndex;
use crate::state::blocks::{self, NewBlock, Role, StoredBlock};
use crate::state::{State, prepared, voided};
use crate::survey::Survey;
use crate::wallet::Wallet;

/// What a block is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Send this much, once for ever.
    Send {
        purpose: Purpose,
        to: Account,
        amount: RawAmount,
    },
    /// Send all that there is.
    Empty { to: Account },
    /// Take in this send.
    Receive { source: BlockHash, amount: RawAmount },
}

/// How an attempt to sign went.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// There is a block for it, signed now or before.
    Stored(Box<StoredBlock>),
    /// There is nothing to be done.
    Nothing,
    /// Another block has the place of one of ours.
    Rival { ours: BlockHash, theirs: BlockHash },
    /// The account's last block was made elsewhere and is not final.
    NotFinal { head: BlockHash },
    /// The nodes say too little about where the account stands.
    Unclear,
}

/// What the next block follows.
#[derive(Debug, Clone, Copy)]
struct Head {
    hash: BlockHash,
    balance: RawAmount,
    representative: Account,
}

/// Where the next block goes.
enum Place {
    Unopened,
    After(Head),
    Rival {
        ours: BlockHash,
        theirs: BlockHash,
    },
    /// Nobody but whoever made the last block would publish it again: ours after it might hang in the air for ever.
    NotFinal {
        head: BlockHash,
    },
    Unclear,
}

impl Wallet {
    /// Signs and stores the block that does this, unless there is one.
    ///
    /// The place is chosen inside of the transaction, so that of two processes the second sees the first one's block and
    /// goes on after it.
    pub(crate) fn sign(&self, index: AccountIndex, survey: &Survey, intent: &Intent) -> Result<Attempt, WalletError> {
        self.state()
            .write(|transaction| self.sign_in(transaction, index, survey, intent))
    }

    fn sign_in(
        &self,
        transaction: &Transaction<'_>,
        index: AccountIndex,
        survey: &Survey,
        intent: &Intent,
    ) -> Result<Attempt, WalletError> {
        if let Some(stored) = already(transaction, intent)? {
            return Ok(Attempt::Stored(Box::new(stored)));
        }
        let head = match place(transaction, index, survey)? {
            Place::Unopened => None,
            Place::After(head) => Some(head),
            Place::Rival { ours, theirs } => return Ok(Attempt::Rival { ours, theirs }),
            Place::NotFinal { head } => return Ok(Attempt::NotFinal { head }),
            Place::Unclear => return Ok(Attempt::Unclear),
        };
        let representative = self.representative_in(transaction)?;
        let account = self.account(index);
        let Some((block, role, amount)) = build(account, head, representative, intent)? else {
            return Ok(Attempt::Nothing);
        };
        let signature = self.secret().private_key(index).sign(block.hash().as_bytes());
        let subtype = match role {
            Role::Send { .. } => Subtype::Send,
            Role::Receive { .. } | Role::Open { .. } | Role::Foreign => Subtype::Receive,
        };
        let kept = prepared::of_account(transaction, index)?;
        let work = kept.and_then(|kept| kept.for_block(block.root(), subtype, self.nodes().network()));
        blocks::insert(
            transaction,
            &NewBlock {
                index,
                block: &block,
                signature,
                work,
                role: &role,
                amount,
            },
        )?;
        prepared::drop_of(transaction, index)?;
        let stored = blocks::of_hash(transaction, block.hash())?;
        Ok(stored.map_or(Attempt::Unclear, |stored| Attempt::Stored(Box::new(stored))))
    }

    /// The block that [`Wallet::sign`] would sign now; `None` if there is nothing to do.
    pub(crate) fn unsigned(
        &self,
        index: AccountIndex,
        survey: &Survey,
        intent: &Intent,
    ) -> Result<Option<StateBlock>, WalletError> {
        let head = self.next_place(index, survey)?;
        let representative = self.representative()?;
        let built = build(self.account(index), head, representative, intent)?;
        Ok(built.map(|(block, _, _)| block))
    }

    /// The block that the account's next one comes after, if it has one.
    pub(crate) fn last_block(&self, index: AccountIndex, survey: &Survey) -> Result<Option<BlockHash>, WalletError> {
        Ok(self.next_place(index, survey)?.map(|head| head.hash))
    }

    /// What the account's next block comes after; an error if it has no certain place yet.
    fn next_place(&self, index: AccountIndex, survey: &Survey) -> Result<Option<Head>, WalletError> {
        let account = self.account(index);
        match self.state().read(|connection| place(connection, index, survey))? {
            Place::Unopened => Ok(None),
            Place::After(head) => Ok(Some(head)),
            Place::NotFinal { head } => Err(WalletError::NotFinal { account, head }),
            Place::Rival { .. } | Place::Unclear => Err(WalletError::Unsettled { account }),
        }
    }

    /// The block that has the place of one of ours, as far as the nodes showed: ours, then theirs.
    pub(crate) fn rival(
        &self,
        index: AccountIndex,
        survey: &Survey,
    ) -> Result<Option<(BlockHash, BlockHash)>, WalletError> {
        match self.state().read(|connection| place(connection, index, survey))? {
            Place::Rival { ours, theirs } => Ok(Some((ours, theirs))),
            Place::Unopened | Place::After(_) | Place::NotFinal { .. } | Place::Unclear => Ok(None),
        }
    }

    fn representative_in(&self, connection: &Connection) -> rusqlite::Result<Account> {
        let set = State::representative(connection)?;
        Ok(set.unwrap_or_else(|| self.account(AccountIndex::MAIN)))
    }
}

/// The living block that does this already.
fn already(connection: &Connection, intent: &Intent) -> Result<Option<StoredBlock>, WalletError> {
    match intent {
        Intent::Send { purpose, to, amount } => Sends::of(connection, purpose)?.for_order(purpose, *to, *amount),
        Intent::Receive { source, .. } => Ok(blocks::of_source(connection, *source)?),
        Intent::Empty { .. } => Ok(None),
    }
}

/// What the state file holds for a purpose.
pub(crate) struct Sends {
    living: Option<StoredBlock>,
    is_void: bool,
}

impl Sends {
    pub(crate) fn of(connection: &Connection, purpose: &Purpose) -> rusqlite::Result<Self> {
        Ok(Self {
            living: blocks::of_purpose(connection, purpose)?,
            is_void: voided::is_void(connection, purpose)?,
        })
    }

    /// The living block, if it is the one for this order; an error if nothing may be signed for it.
    pub(crate) fn for_order(
        self,
        purpose: &Purpose,
        to: Account,
        amount: RawAmount,
    ) -> Result<Option<StoredBlock>, WalletError> {
        match self.living {
            Some(stored) => same_order(stored, purpose, to, amount).map(Some),
            None if self.is_void => Err(WalletError::Voided {
                purpose: purpose.clone(),
            }),
            None => Ok(None),
        }
    }
}

/// The block, if it is the one for this order.
fn same_order(
    stored: StoredBlock,
    purpose: &Purpose,
    to: Account,
    amount: RawAmount,
) -> Result<StoredBlock, WalletError> {
    let stored_to = stored.block.link.as_account();
    if stored_to == to && stored.amount == amount {
        Ok(stored)
    } else {
        Err(WalletError::PurposeTaken {
            purpose: purpose.clone(),
            to: stored_to,
            amount: stored.amount,
        })
    }
}

/// Where the next block goes, by what the nodes said before and what is stored now.
fn place(connection: &Connection, index: AccountIndex, survey: &Survey) -> rusqlite::Result<Place> {
    // Each past is held against all of ours from the newest that is in it; the oldest of these serves them all.
    let mut from = None;
    for past in &survey.pasts {
        let mut met = 0;
        for step in past {
            met = blocks::sequence_of(connection, index, step.hash)?.map_or(met, |sequence| met.max(sequence));
        }
        from = Some(from.map_or(met, |from: i64| from.min(met)));
    }
    let ours = blocks::living_from(connection, index, from.unwrap_or(0))?;
    Ok(match chain::stand(&survey.pasts, &ours) {
        Standing::Unopened => Place::Unopened,
        Standing::After(hash) => match survey.heads.get(&hash) {
            Some(_) if !survey.settled.contains(&hash) && blocks::sequence_of(connection, index, hash)?.is_none() => {
                Place::NotFinal { head: hash }
            }
            Some(signed) => Place::After(Head {
                hash,
                balance: signed.block.balance,
                representative: signed.block.representative,
            }),
            None => Place::Unclear,
        },
        Standing::AfterOurs => match blocks::tip(connection, index)? {
            Some(tip) => Place::After(Head {
                hash: tip.hash(),
                balance: tip.block.balance,
                representative: tip.block.representative,
            }),
            None => Place::Unclear,
        },
        Standing::Rival { ours, theirs } => Place::Rival { ours, theirs },
        Standing::Unclear => Place::Unclear,
    })
}

/// The block that does this, what it is and what it moves. `None` if there is nothing to do.
fn build(
    account: Account,
    head: Option<Head>,
    representative: Account,
    intent: &Intent,
) -> Result<Option<(StateBlock, Role, RawAmount)>, WalletError> {
    let available = head.map_or(RawAmount::ZERO, |head| head.balance);
    let refused = |needed: RawAmount| {
        move |error: InvalidBlock| match error {
            InvalidBlock::InsufficientBalance | InvalidBlock::NotOpened => WalletError::Insufficient {
                account,
                available,
                needed,
            },
            InvalidBlock::ZeroAmount | InvalidBlock::BalanceTooLarge => WalletError::InvalidAmount,
        }
    };
    let send = |purpose: Purpose, to: Account, amount: RawAmount| {
        let (previous, representative) = head.map_or((BlockHash::ZERO, representative), |head| {
            (head.hash, head.representative)
        });
        StateBlock::send(account, previous, available, amount, to, representative)
            .map(|block| Some((block, Role::Send { purpose }, amount)))
            .map_err(refused(amount))
    };
    match (intent, head) {
        (Intent::Send { purpose, to, amount }, _) => send(purpose.clone(), *to, *amount),
        (Intent::Empty { to }, Some(head)) if available != RawAmount::ZERO => {
            send(Purpose::sweep(head.hash), *to, available)
        }
        (Intent::Empty { .. }, _) => Ok(None),
        (Intent::Receive { source, amount }, Some(head)) => {
            StateBlock::receive(account, head.hash, head.balance, *amount, *source, head.representative)
                .map(|block| Some((block, Role::Receive { source: *source }, *amount)))
                .map_err(refused(*amount))
        }
        (Intent::Receive { source, amount }, None) => StateBlock::open(account, *amount, *source, representative)
            .map(|block| Some((block, Role::Open { source: *source }, *amount)))
            .map_err(refused(*amount)),
    }
}
