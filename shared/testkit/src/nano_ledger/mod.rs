//! A strict Nano ledger for development, behind the RPC of a node.
//!
//! It begins at the dev network's genesis block and takes only blocks that a node would take: hash, signature, work,
//! previous block, balance arithmetic, source and subtype are all checked, and a refusal is worded as the node words it.
//! Blocks become final after a delay that is read from a clock and never slept.
//!
//! [`NanoLedger`] is the ledger and what a test can do to it: hold back, confirm, fork, roll back, put in blocks that
//! nobody could publish today. [`NanoNode`] is one node's view of it, in one [`Dialect`], with the faults and lies of
//! that node alone ([`NodeFaults`]), so that several nodes of one ledger can contradict each other. [`DevWallet`] makes
//! real signed blocks.

mod block;
mod confirmation;
mod dialect;
mod faults;
mod genesis;
mod ledger;
mod persistence;
mod process;
mod rehearsal;
mod rpc;
mod server;
mod signature;
mod wallet;
mod work_rules;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use nanoark_nano::{Account, BlockHash, Link, RawAmount, SignedBlock, StateBlock, Subtype};
use nanoark_nano_work::{Progress, search};

pub use dialect::Dialect;
pub use faults::{BlockLie, NodeFaults, On, TransportFault};
pub use genesis::{GENESIS_BALANCE, genesis_account, genesis_key};
pub use persistence::JournalError;
pub use process::ProcessError;
pub use rehearsal::Hold;
pub use rpc::{Answer, NanoNode};
pub use server::RunningNode;
pub use signature::malleated;
pub use wallet::{DevWallet, WalletError};
pub use work_rules::WorkRules;

use block::LedgerBlock;
use ledger::{Chain, Entry, Ledger};
use persistence::Journal;

/// Where the ledger reads the time: milliseconds since the Unix epoch.
pub type Milliseconds = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How a ledger is set up.
#[derive(Clone, Copy, Debug)]
pub struct LedgerOptions {
    /// How much work a block needs.
    pub work: WorkRules,
    /// From a block's arrival to its being final. A real node alone on its network took about 100 ms.
    pub confirmation_delay_ms: u64,
    /// Whether the genesis account begins at epoch 2, as every account of the live network does. Otherwise it begins as
    /// a dev node's does, and every block needs the higher work of the first epochs.
    pub upgraded: bool,
}

impl Default for LedgerOptions {
    fn default() -> Self {
        Self {
            work: WorkRules::DEV,
            confirmation_delay_ms: 100,
            upgraded: true,
        }
    }
}

/// The state of one account's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last block, confirmed or not.
    pub frontier: BlockHash,
    /// What the account holds after it.
    pub balance: RawAmount,
    /// Who votes with that.
    pub representative: Account,
    /// How many blocks the chain has.
    pub height: u64,
}

/// A Nano ledger. Clones are the same ledger.
#[derive(Clone)]
pub struct NanoLedger {
    shared: Arc<Shared>,
}

struct Shared {
    ledger: Mutex<Ledger>,
    journal: Option<Journal>,
    now: Milliseconds,
}

impl NanoLedger {
    /// A ledger with nothing but the genesis account, in memory.
    #[must_use]
    pub fn new(now: Milliseconds) -> Self {
        Self::with_options(LedgerOptions::default(), now)
    }

    /// The same with other settings.
    #[must_use]
    pub fn with_options(options: LedgerOptions, now: Milliseconds) -> Self {
        Self {
            shared: Arc::new(Shared {
                ledger: Mutex::new(beginning(options)),
                journal: None,
                now,
            }),
        }
    }

    /// The ledger kept in this file, which is created if it is missing. Every block in it is checked again.
    ///
    /// What nodes publish is kept; what a test does to the ledger by command is not.
    ///
    /// # Errors
    /// When the file cannot be read or holds a block that is not valid where it stands.
    pub fn open(path: &Path, options: LedgerOptions, now: Milliseconds) -> Result<Self, JournalError> {
        let mut ledger = beginning(options);
        let journal = Journal::open(path, &mut ledger)?;
        Ok(Self {
            shared: Arc::new(Shared {
                ledger: Mutex::new(ledger),
                journal: Some(journal),
                now,
            }),
        })
    }

    /// Adds the block, as a node does that is told nothing but the block.
    ///
    /// # Errors
    /// Why the block is not valid.
    pub fn process(&self, block: &SignedBlock) -> Result<BlockHash, ProcessError> {
        self.process_as(block, None, false)
    }

    /// Adds the block, checking what the caller believes it is; with `force` in place of an unconfirmed rival.
    ///
    /// # Errors
    /// Why the block is not valid.
    pub fn process_as(
        &self,
        block: &SignedBlock,
        subtype: Option<Subtype>,
        force: bool,
    ) -> Result<BlockHash, ProcessError> {
        self.with(|ledger, now_ms| {
            let hash = ledger.process(block, subtype, force, now_ms)?;
            let stored = self
                .shared
                .journal
                .as_ref()
                .is_none_or(|journal| journal.append(block, force, now_ms));
            if !stored {
                ledger.remove(hash);
                return Err(ProcessError::NotStored);
            }
            Ok(hash)
        })
    }

    /// The account's chain, if it is open.
    #[must_use]
    pub fn head(&self, account: &Account) -> Option<Head> {
        self.with(|ledger, _| {
            ledger.chain(account).map(
                |Chain {
                     head,
                     balance,
                     representative,
                     height,
                     ..
                 }| Head {
                    frontier: *head,
                    balance: *balance,
                    representative: *representative,
                    height: *height,
                },
            )
        })
    }

    /// What can be received by the account: the sends and their amounts, confirmed or not.
    #[must_use]
    pub fn receivable(&self, account: &Account) -> Vec<(BlockHash, RawAmount)> {
        self.with(|ledger, _| {
            ledger
                .receivable_by(*account)
                .map(|(hash, send)| (hash, send.amount))
                .collect()
        })
    }

    /// The block with this hash, if it is a state block of this ledger.
    #[must_use]
    pub fn block(&self, hash: &BlockHash) -> Option<SignedBlock> {
        self.with(|ledger, _| match ledger.get(hash).map(|entry| &entry.block) {
            Some(LedgerBlock::State(block)) => Some(block.clone()),
            Some(LedgerBlock::Legacy { .. }) | None => None,
        })
    }

    /// Whether the ledger has the block.
    #[must_use]
    pub fn contains(&self, hash: &BlockHash) -> bool {
        self.with(|ledger, _| ledger.get(hash).is_some())
    }

    /// Whether the block is final.
    #[must_use]
    pub fn is_confirmed(&self, hash: &BlockHash) -> bool {
        self.with(|ledger, _| ledger.get(hash).is_some_and(|entry: &Entry| entry.confirmed))
    }

    /// Work that is enough for any block on this root.
    #[must_use]
    pub fn work_for(&self, root: &nanoark_nano::Root) -> nanoark_nano::Work {
        let hardest = self.with(|ledger, _| ledger.rules.before_epoch_2.max(ledger.rules.since_epoch_2.send));
        enough_work(root, hardest)
    }

    /// Looks at the ledger as it is now: what was due is confirmed first.
    fn with<Answer>(&self, look: impl FnOnce(&mut Ledger, u64) -> Answer) -> Answer {
        let now_ms = (self.shared.now)();
        // A test that failed while it held the ledger must not fail every other one.
        let mut ledger = self.shared.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.settle(now_ms);
        look(&mut ledger, now_ms)
    }
}

impl std::fmt::Debug for NanoLedger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NanoLedger").finish_non_exhaustive()
    }
}

/// A work that reaches the threshold. There always is one: of 2<sup>64</sup> nonces a share passes any threshold.
fn enough_work(root: &nanoark_nano::Root, threshold: nanoark_nano::Difficulty) -> nanoark_nano::Work {
    search(root, threshold, 0, 1, &Progress::default()).unwrap_or_else(|| nanoark_nano::Work::from_nonce(0))
}

/// The ledger before anybody used it.
fn beginning(options: LedgerOptions) -> Ledger {
    let mut ledger = Ledger::at_genesis(options.work, options.confirmation_delay_ms);
    if options.upgraded {
        for epoch in [1, 2] {
            let block = epoch_block(&ledger, &genesis_account(), epoch);
            // Signed and worked as the rules ask; were they to refuse it, the ledger would begin at epoch 0.
            if let Ok(hash) = ledger.process(&block, None, false, 0) {
                ledger.confirm(hash);
            }
        }
    }
    ledger
}

/// The block that upgrades an account, signed by the network's key.
fn epoch_block(ledger: &Ledger, account: &Account, epoch: u8) -> SignedBlock {
    let chain = ledger.chain(account);
    let mut link = [0; 32];
    let text: &[u8] = if epoch < 2 {
        b"epoch v1 block"
    } else {
        b"epoch v2 block"
    };
    for (place, byte) in link.iter_mut().zip(text) {
        *place = *byte;
    }
    let block = StateBlock {
        account: *account,
        previous: chain.map_or(BlockHash::ZERO, |chain| chain.head),
        representative: chain.map_or(Account::BURN, |chain| chain.representative),
        balance: chain.map_or(RawAmount::ZERO, |chain| chain.balance),
        link: Link::from_bytes(link),
    };
    let work = enough_work(&block.root(), ledger.rules.needed(epoch, true));
    block.sign(&genesis_key(), work)
}

#[cfg(test)]
mod replay_tests;
#[cfg(test)]
mod tests;
