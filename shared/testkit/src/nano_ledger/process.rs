//! Whether a block may join the ledger. The rules, their order and their names are the node's.

use nanoark_nano::block::Link;
use nanoark_nano::{Account, BlockHash, RawAmount, SignedBlock, Subtype, work};

use super::block::LedgerBlock;
use super::genesis::genesis_account;
use super::ledger::{Effect, Facts, Ledger};
use super::signature::node_accepts;

/// Why a node refuses a block. `Display` gives the node's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// The work is below every threshold of the network.
    #[error("Block work is less than threshold")]
    WorkLow,
    /// The work is below the threshold of what this block does.
    #[error("Block work is insufficient")]
    InsufficientWork,
    /// The ledger has this very block.
    #[error("Old block")]
    Old,
    /// The account did not sign it.
    #[error("Bad signature")]
    BadSignature,
    /// Nobody has the key of the zero account.
    #[error("Block attempts to open the burn account")]
    OpenedBurnAccount,
    /// Another block has this place in the chain.
    #[error("Fork")]
    Fork,
    /// The block before it is not known.
    #[error("Gap previous block")]
    GapPrevious,
    /// The send it takes in is not known.
    #[error("Gap source block")]
    GapSource,
    /// The send it takes in is for another account, or was received already.
    #[error("Unreceivable")]
    Unreceivable,
    /// The balance does not follow from the amount.
    #[error("Balance and amount delta do not match")]
    BalanceMismatch,
    /// An upgrade that skips an epoch or goes backwards, or a legacy block after a state block.
    #[error("This block cannot follow the previous block")]
    BlockPosition,
    /// An upgrade that changes the representative.
    #[error("Representative mismatch")]
    RepresentativeMismatch,
    /// An upgrade of an account that is not open and has nothing to receive.
    #[error("Gap pending for open epoch block")]
    GapEpochOpenPending,
    /// The caller said it is one kind of block and the balance says otherwise.
    #[error("Invalid block balance for given subtype")]
    SubtypeBalance,
    /// The caller said it is one kind of block and the previous block says otherwise.
    #[error("Invalid previous block for given subtype")]
    SubtypePrevious,
    /// The ledger could not write the block to its file; nothing a node would say.
    #[error("Block could not be stored")]
    NotStored,
    /// The caller said it is an upgrade and the link says otherwise.
    #[error("Invalid epoch link for subtype")]
    SubtypeEpochLink,
}

/// The epoch that a link stands for.
fn epoch_of(link: &Link) -> Option<u8> {
    let text: &[u8] = link.as_bytes();
    if !link.is_epoch() {
        None
    } else if text.starts_with(b"epoch v1") {
        Some(1)
    } else {
        Some(2)
    }
}

impl Ledger {
    /// Adds the block if it is valid.
    ///
    /// `subtype` is what the caller believes it is; the node checks that first, against the account's *head* balance,
    /// which is why the same block sent twice with its subtype is answered `SubtypeBalance` and not `Old`. With `force`
    /// the block takes the place of an unconfirmed rival.
    pub(super) fn process(
        &mut self,
        block: &SignedBlock,
        subtype: Option<Subtype>,
        force: bool,
        now_ms: u64,
    ) -> Result<BlockHash, ProcessError> {
        if let Some(subtype) = subtype {
            self.check_subtype(block, subtype)?;
        }
        if !work::is_valid(&block.block.root(), block.work, self.rules.entry()) {
            return Err(ProcessError::WorkLow);
        }
        let facts = match self.judge(block) {
            Err(ProcessError::Fork) if force => self.judge_in_place_of_rival(block)?,
            judged => judged?,
        };
        Ok(self.add(LedgerBlock::State(block.clone()), facts, now_ms))
    }

    /// What the caller called the block, against the balance of the account's head.
    fn check_subtype(&self, block: &SignedBlock, subtype: Subtype) -> Result<(), ProcessError> {
        let block = &block.block;
        if !block.previous.is_zero() && self.get(&block.previous).is_none() {
            return Err(ProcessError::GapPrevious);
        }
        let balance = self
            .chain(&block.account)
            .map_or(RawAmount::ZERO, |chain| chain.balance);
        let balance_fits = match subtype {
            Subtype::Send => block.balance < balance,
            Subtype::Receive => block.balance >= balance,
            Subtype::Open => true,
            Subtype::Change | Subtype::Epoch => block.balance == balance,
        };
        let previous_fits = match subtype {
            Subtype::Open => block.previous.is_zero(),
            Subtype::Change => !block.previous.is_zero(),
            Subtype::Send | Subtype::Receive | Subtype::Epoch => true,
        };
        if !balance_fits {
            Err(ProcessError::SubtypeBalance)
        } else if !previous_fits {
            Err(ProcessError::SubtypePrevious)
        } else if subtype == Subtype::Epoch && !block.link.is_epoch() {
            Err(ProcessError::SubtypeEpochLink)
        } else {
            Ok(())
        }
    }

    /// A forced block replaces its rival only where nobody has voted yet. Nothing is changed when it is invalid.
    fn judge_in_place_of_rival(&mut self, block: &SignedBlock) -> Result<Facts, ProcessError> {
        let rival = self.rival(block).ok_or(ProcessError::Fork)?;
        if self.get(&rival).is_none_or(|entry| entry.confirmed) {
            return Err(ProcessError::Fork);
        }
        let mut without_rival = self.clone();
        without_rival.remove(rival);
        let facts = without_rival.judge(block)?;
        *self = without_rival;
        Ok(facts)
    }

    /// What the block does, if it is valid at the head of its chain.
    pub(super) fn judge(&self, signed: &SignedBlock) -> Result<Facts, ProcessError> {
        let block = &signed.block;
        let hash = block.hash();
        if self.get(&hash).is_some() {
            return Err(ProcessError::Old);
        }
        match epoch_of(&block.link).filter(|_| self.moves_nothing(signed)) {
            Some(epoch) => self.judge_epoch(signed, hash, epoch),
            None => self.judge_transfer(signed, hash),
        }
    }

    /// Only a block that moves nothing is an upgrade; with another balance the link is an ordinary destination.
    fn moves_nothing(&self, signed: &SignedBlock) -> bool {
        let before = self
            .get(&signed.block.previous)
            .map_or(RawAmount::ZERO, |entry| entry.facts.balance);
        signed.block.balance == before
    }

    fn judge_transfer(&self, signed: &SignedBlock, hash: BlockHash) -> Result<Facts, ProcessError> {
        let block = &signed.block;
        if !node_accepts(&block.account, hash.as_bytes(), &signed.signature) {
            return Err(ProcessError::BadSignature);
        }
        if block.account == Account::BURN {
            return Err(ProcessError::OpenedBurnAccount);
        }
        let (before, epoch) = self.head_before(signed)?;
        let account = block.account;
        let (effect, amount, epoch) = if let Some(amount) = before
            .checked_sub(block.balance)
            .filter(|amount| *amount != RawAmount::ZERO)
        {
            (
                Effect::Send {
                    to: block.link.as_account(),
                },
                amount,
                epoch,
            )
        } else if block.link.is_zero() {
            if block.previous.is_zero() {
                return Err(ProcessError::GapSource);
            }
            if block.balance != before {
                return Err(ProcessError::BalanceMismatch);
            }
            (Effect::Change, RawAmount::ZERO, epoch)
        } else {
            let source = block.link.as_hash();
            self.get(&source).ok_or(ProcessError::GapSource)?;
            let taken = self.receivable(account, source).ok_or(ProcessError::Unreceivable)?;
            if before.checked_add(taken.amount) != Some(block.balance) {
                return Err(ProcessError::BalanceMismatch);
            }
            (
                Effect::Receive {
                    source,
                    from: taken.from,
                },
                taken.amount,
                epoch.max(taken.epoch),
            )
        };
        let light = matches!(effect, Effect::Receive { .. });
        self.check_work(signed, epoch, light)?;
        Ok(Facts {
            account,
            effect,
            balance: block.balance,
            amount,
            epoch,
        })
    }

    fn judge_epoch(&self, signed: &SignedBlock, hash: BlockHash, epoch: u8) -> Result<Facts, ProcessError> {
        let block = &signed.block;
        // The network upgrades accounts; their owners cannot. On dev the network's key is the genesis key.
        if !node_accepts(&genesis_account(), hash.as_bytes(), &signed.signature) {
            return Err(ProcessError::BadSignature);
        }
        if block.account == Account::BURN {
            return Err(ProcessError::OpenedBurnAccount);
        }
        let (_, epoch_before) = self.head_before(signed)?;
        let representative = self
            .chain(&block.account)
            .map_or(Account::BURN, |chain| chain.representative);
        if block.representative != representative {
            return Err(ProcessError::RepresentativeMismatch);
        }
        let opens = block.previous.is_zero();
        if opens && self.receivable_by(block.account).next().is_none() {
            return Err(ProcessError::GapEpochOpenPending);
        }
        if !opens && epoch != epoch_before.saturating_add(1) {
            return Err(ProcessError::BlockPosition);
        }
        self.check_work(signed, epoch, true)?;
        let (account, balance) = (block.account, block.balance);
        Ok(Facts {
            account,
            effect: Effect::Epoch,
            balance,
            amount: RawAmount::ZERO,
            epoch,
        })
    }

    /// Balance and epoch before the block, if the block comes right after the account's head.
    fn head_before(&self, signed: &SignedBlock) -> Result<(RawAmount, u8), ProcessError> {
        let block = &signed.block;
        match self.chain(&block.account) {
            None if block.previous.is_zero() => Ok((RawAmount::ZERO, 0)),
            None => Err(ProcessError::GapPrevious),
            Some(_) if block.previous.is_zero() => Err(ProcessError::Fork),
            Some(chain) if block.previous == chain.head => Ok((chain.balance, chain.epoch)),
            Some(_) if self.get(&block.previous).is_none() => Err(ProcessError::GapPrevious),
            Some(_) => Err(ProcessError::Fork),
        }
    }

    fn check_work(&self, signed: &SignedBlock, epoch: u8, light: bool) -> Result<(), ProcessError> {
        if work::is_valid(&signed.block.root(), signed.work, self.rules.needed(epoch, light)) {
            Ok(())
        } else {
            Err(ProcessError::InsufficientWork)
        }
    }
}
