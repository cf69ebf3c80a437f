//! What a test can do to a ledger that nobody could do to the real one.

use nanoark_nano::legacy::LegacyBlock;
use nanoark_nano::{Account, BlockHash, RawAmount, Signature, SignedBlock, Work};

use super::ledger::{Effect, Facts};
use super::{LedgerBlock, NanoLedger, ProcessError, epoch_block};

/// What stays unconfirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Every block from now on, as if nobody voted.
    Everything,
    /// Every block of this account.
    Account(Account),
    /// This block, which need not exist yet.
    Block(BlockHash),
}

impl NanoLedger {
    /// From a block's arrival to its being final, for blocks that are not final yet.
    pub fn set_confirmation_delay(&self, milliseconds: u64) {
        self.with(|ledger, _| ledger.confirmation_delay_ms = milliseconds);
    }

    /// Keeps blocks from becoming final. What is final stays so.
    pub fn hold(&self, hold: Hold) {
        self.with(|ledger, _| match hold {
            Hold::Everything => ledger.held.everything = true,
            Hold::Account(account) => drop(ledger.held.accounts.insert(account)),
            Hold::Block(hash) => drop(ledger.held.blocks.insert(hash)),
        });
    }

    /// Lets them become final again, at once if their time has passed.
    pub fn release(&self, hold: Hold) {
        self.with(|ledger, _| match hold {
            Hold::Everything => ledger.held.everything = false,
            Hold::Account(account) => drop(ledger.held.accounts.remove(&account)),
            Hold::Block(hash) => drop(ledger.held.blocks.remove(&hash)),
        });
    }

    /// Makes the block final now, with all it rests on, whatever holds it back. False if there is no such block.
    pub fn confirm_now(&self, hash: &BlockHash) -> bool {
        self.with(|ledger, _| ledger.confirm(*hash))
    }

    /// Makes every block final now.
    pub fn confirm_everything_now(&self) {
        self.with(|ledger, _| {
            for hash in ledger.unconfirmed.clone() {
                ledger.mark_confirmed(hash);
            }
        });
    }

    /// Puts the block in the place of an unconfirmed one: a double spend that won. The loser becomes unknown.
    ///
    /// # Errors
    /// Why the block is not valid; `Fork` if its rival is final.
    pub fn fork(&self, block: &SignedBlock) -> Result<BlockHash, ProcessError> {
        self.process_as(block, None, true)
    }

    /// Takes the block out with everything that rests on it, even if it was final: a reorganisation that the real
    /// network promises never to do, or an unconfirmed block that nodes dropped. Returns what was taken out.
    pub fn roll_back(&self, hash: &BlockHash) -> Vec<BlockHash> {
        self.with(|ledger, _| ledger.remove(*hash))
    }

    /// Sets when the node says that it saw the block first, in Unix seconds; 0 after a bootstrap.
    pub fn set_local_timestamp(&self, hash: &BlockHash, seconds: u64) {
        self.with(|ledger, _| {
            if let Some(entry) = ledger.get_mut(hash) {
                entry.local_timestamp = seconds;
            }
        });
    }

    /// Puts a block from before state blocks into the ledger without asking whether it may be there. `None` if what it
    /// refers to is missing.
    pub fn inject_legacy(&self, block: LegacyBlock, signature: Signature, work: Work) -> Option<BlockHash> {
        self.with(|ledger, now_ms| {
            let facts = ledger.facts_of_legacy(&block)?;
            Some(ledger.add(LedgerBlock::Legacy { block, signature, work }, facts, now_ms))
        })
    }

    /// Puts an epoch 2 block at the head of the account's chain, whether or not the account is upgraded already.
    pub fn inject_epoch(&self, account: &Account) -> BlockHash {
        self.with(|ledger, now_ms| {
            let block = epoch_block(ledger, account, 2);
            let (balance, amount) = (block.block.balance, RawAmount::ZERO);
            let facts = Facts {
                account: *account,
                effect: Effect::Epoch,
                balance,
                amount,
                epoch: 2,
            };
            ledger.add(LedgerBlock::State(block), facts, now_ms)
        })
    }
}
