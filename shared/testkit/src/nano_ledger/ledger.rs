//! The ledger's state: chains of blocks and what can be received. What may be added is decided in `process`.

use std::collections::{BTreeMap, HashMap, HashSet};

use nanoark_nano::legacy::LegacyBlock;
use nanoark_nano::{Account, BlockHash, RawAmount, SignedBlock};

use super::block::LedgerBlock;
use super::genesis::{GENESIS_BALANCE, genesis_account, genesis_block};
use super::work_rules::WorkRules;

/// What a block does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Send { to: Account },
    Receive { source: BlockHash, from: Account },
    Change,
    Epoch,
}

impl Effect {
    /// The word a node uses in `subtype`. An open is a receive to it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Send { .. } => "send",
            Self::Receive { .. } => "receive",
            Self::Change => "change",
            Self::Epoch => "epoch",
        }
    }
}

/// What the ledger knows about a block beyond its own bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) account: Account,
    pub(super) effect: Effect,
    pub(super) balance: RawAmount,
    pub(super) amount: RawAmount,
    pub(super) epoch: u8,
}

/// A block in its place.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) block: LedgerBlock,
    pub(super) hash: BlockHash,
    pub(super) facts: Facts,
    pub(super) height: u64,
    pub(super) arrived_ms: u64,
    /// Unix seconds; a node shows 0 for what was there before it began.
    pub(super) local_timestamp: u64,
    pub(super) successor: Option<BlockHash>,
    pub(super) confirmed: bool,
}

/// The chain of one account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain {
    pub(super) open: BlockHash,
    pub(super) head: BlockHash,
    pub(super) representative_block: BlockHash,
    pub(super) representative: Account,
    pub(super) height: u64,
    pub(super) epoch: u8,
    pub(super) balance: RawAmount,
    pub(super) modified: u64,
}

/// A send that nobody has received yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receivable {
    pub(super) from: Account,
    pub(super) amount: RawAmount,
    pub(super) epoch: u8,
}

/// Which blocks stay unconfirmed until a test says otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    pub(super) everything: bool,
    pub(super) blocks: HashSet<BlockHash>,
    pub(super) accounts: HashSet<Account>,
}

/// All chains.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    pub(super) rules: WorkRules,
    pub(super) confirmation_delay_ms: u64,
    pub(super) held: Held,
    blocks: HashMap<BlockHash, Entry>,
    /// Every block in the order of arrival, which is an order in which they can be applied again.
    order: Vec<BlockHash>,
    chains: BTreeMap<Account, Chain>,
    receivable: BTreeMap<(Account, BlockHash), Receivable>,
    received_by: HashMap<BlockHash, BlockHash>,
    pub(super) unconfirmed: Vec<BlockHash>,
}

impl Ledger {
    /// The dev network with nothing but its genesis block.
    pub(super) fn at_genesis(rules: WorkRules, confirmation_delay_ms: u64) -> Self {
        let mut ledger = Self {
            rules,
            confirmation_delay_ms,
            held: Held::default(),
            blocks: HashMap::new(),
            order: Vec::new(),
            chains: BTreeMap::new(),
            receivable: BTreeMap::new(),
            received_by: HashMap::new(),
            unconfirmed: Vec::new(),
        };
        let block = genesis_block();
        let facts = Facts {
            account: genesis_account(),
            effect: Effect::Receive {
                source: BlockHash::ZERO,
                from: genesis_account(),
            },
            balance: GENESIS_BALANCE,
            amount: GENESIS_BALANCE,
            epoch: 0,
        };
        let hash = ledger.add(block, facts, 0);
        ledger.mark_confirmed(hash);
        ledger
    }

    pub(super) fn get(&self, hash: &BlockHash) -> Option<&Entry> {
        self.blocks.get(hash)
    }

    pub(super) fn get_mut(&mut self, hash: &BlockHash) -> Option<&mut Entry> {
        self.blocks.get_mut(hash)
    }

    pub(super) fn chain(&self, account: &Account) -> Option<&Chain> {
        self.chains.get(account)
    }

    pub(super) fn chains(&self) -> impl Iterator<Item = (&Account, &Chain)> {
        self.chains.iter()
    }

    pub(super) fn block_count(&self) -> usize {
        self.blocks.len()
    }

    pub(super) fn receivable_by(&self, account: Account) -> impl Iterator<Item = (BlockHash, &Receivable)> {
        let (first, last) = ((account, BlockHash::ZERO), (account, BlockHash::from_bytes([0xff; 32])));
        self.receivable
            .range(first..=last)
            .map(|((_, hash), receivable)| (*hash, receivable))
    }

    pub(super) fn receivable(&self, account: Account, send: BlockHash) -> Option<&Receivable> {
        self.receivable.get(&(account, send))
    }

    pub(super) fn received_by(&self, send: &BlockHash) -> Option<BlockHash> {
        self.received_by.get(send).copied()
    }

    /// The last confirmed block of the account.
    pub(super) fn confirmed_head(&self, account: &Account) -> Option<&Entry> {
        let mut entry = self.get(&self.chain(account)?.head)?;
        while !entry.confirmed {
            entry = self.get(&entry.block.previous())?;
        }
        Some(entry)
    }

    /// What all accounts together delegate to this one.
    pub(super) fn weight(&self, representative: Account) -> u128 {
        let delegators = self
            .chains
            .values()
            .filter(|chain| chain.representative == representative);
        delegators.fold(0, |sum, chain| sum.saturating_add(chain.balance.raw()))
    }

    /// The block's predecessors, oldest first, up to those that are confirmed; its sources as well.
    pub(super) fn unconfirmed_ancestors(&self, hash: BlockHash) -> Vec<BlockHash> {
        let mut wanted = vec![hash];
        let mut found = HashSet::new();
        while let Some(next) = wanted.pop() {
            let Some(entry) = self.get(&next).filter(|entry| !entry.confirmed) else {
                continue;
            };
            if found.insert(next) {
                wanted.push(entry.block.previous());
                if let Effect::Receive { source, .. } = entry.facts.effect {
                    wanted.push(source);
                }
            }
        }
        self.unconfirmed
            .iter()
            .copied()
            .filter(|hash| found.contains(hash))
            .collect()
    }

    pub(super) fn mark_confirmed(&mut self, hash: BlockHash) {
        if let Some(entry) = self.blocks.get_mut(&hash) {
            entry.confirmed = true;
        }
        self.unconfirmed.retain(|unconfirmed| *unconfirmed != hash);
    }

    /// Puts a block at the head of its chain. The caller has made sure that it fits.
    pub(super) fn add(&mut self, block: LedgerBlock, facts: Facts, arrived_ms: u64) -> BlockHash {
        let (hash, previous) = (block.hash(), block.previous());
        let before = self.chains.get(&facts.account).copied();
        let height = before.map_or(1, |chain| chain.height.saturating_add(1));
        let (representative, representative_block) = match (block.representative(), before) {
            (None, Some(chain)) => (chain.representative, chain.representative_block),
            (Some(representative), _) => (representative, hash),
            (None, None) => (facts.account, hash),
        };
        let chain = Chain {
            open: before.map_or(hash, |chain| chain.open),
            head: hash,
            representative_block,
            representative,
            height,
            epoch: facts.epoch,
            balance: facts.balance,
            modified: arrived_ms / 1_000,
        };
        self.chains.insert(facts.account, chain);
        match facts.effect {
            Effect::Send { to } => {
                let receivable = Receivable {
                    from: facts.account,
                    amount: facts.amount,
                    epoch: facts.epoch,
                };
                self.receivable.insert((to, hash), receivable);
            }
            Effect::Receive { source, .. } => {
                self.receivable.remove(&(facts.account, source));
                self.received_by.insert(source, hash);
            }
            Effect::Change | Effect::Epoch => {}
        }
        if let Some(predecessor) = self.blocks.get_mut(&previous) {
            predecessor.successor = Some(hash);
        }
        let local_timestamp = arrived_ms / 1_000;
        let entry = Entry {
            block,
            hash,
            facts,
            height,
            arrived_ms,
            local_timestamp,
            successor: None,
            confirmed: false,
        };
        self.blocks.insert(hash, entry);
        self.order.push(hash);
        self.unconfirmed.push(hash);
        hash
    }

    /// Takes the block out, with everything that rests on it, confirmed or not. Returns what was taken out.
    ///
    /// The ledger is built again from what is left, which is slow and cannot go wrong.
    pub(super) fn remove(&mut self, hash: BlockHash) -> Vec<BlockHash> {
        let mut rebuilt = Self::at_genesis(self.rules, self.confirmation_delay_ms);
        rebuilt.held = self.held.clone();
        let mut removed = Vec::new();
        for next in self.order.iter().skip(1) {
            let Some(entry) = self.blocks.get(next) else { continue };
            let previous = entry.block.previous();
            let rests_on_removed = match entry.facts.effect {
                Effect::Receive { source, .. } => removed.contains(&source),
                Effect::Send { .. } | Effect::Change | Effect::Epoch => false,
            };
            if *next == hash || removed.contains(&previous) || rests_on_removed {
                removed.push(*next);
                continue;
            }
            let again = rebuilt.add(entry.block.clone(), entry.facts, entry.arrived_ms);
            if let Some(same) = rebuilt.blocks.get_mut(&again) {
                same.local_timestamp = entry.local_timestamp;
            }
            if entry.confirmed {
                rebuilt.mark_confirmed(again);
            }
        }
        *self = rebuilt;
        removed
    }

    /// What a block from before state blocks does here, for a block that a test puts into the ledger unchecked.
    pub(super) fn facts_of_legacy(&self, block: &LegacyBlock) -> Option<Facts> {
        match block {
            LegacyBlock::Send {
                previous,
                destination,
                balance,
            } => {
                let before = self.get(previous)?.facts;
                let amount = before.balance.checked_sub(*balance)?;
                let effect = Effect::Send { to: *destination };
                Some(Facts {
                    account: before.account,
                    effect,
                    balance: *balance,
                    amount,
                    epoch: 0,
                })
            }
            LegacyBlock::Receive { previous, source } => {
                let before = self.get(previous)?.facts;
                let taken = self.receivable(before.account, *source)?;
                let effect = Effect::Receive {
                    source: *source,
                    from: taken.from,
                };
                let balance = before.balance.checked_add(taken.amount)?;
                Some(Facts {
                    account: before.account,
                    effect,
                    balance,
                    amount: taken.amount,
                    epoch: 0,
                })
            }
            LegacyBlock::Open { source, account, .. } => {
                let taken = self.receivable(*account, *source)?;
                let effect = Effect::Receive {
                    source: *source,
                    from: taken.from,
                };
                Some(Facts {
                    account: *account,
                    effect,
                    balance: taken.amount,
                    amount: taken.amount,
                    epoch: 0,
                })
            }
            LegacyBlock::Change { previous, .. } => {
                let before = self.get(previous)?.facts;
                Some(Facts {
                    effect: Effect::Change,
                    amount: RawAmount::ZERO,
                    epoch: 0,
                    ..before
                })
            }
        }
    }

    /// The block that would compete with this one: it has the same place in the same chain.
    pub(super) fn rival(&self, block: &SignedBlock) -> Option<BlockHash> {
        if block.block.previous.is_zero() {
            self.chain(&block.block.account).map(|chain| chain.open)
        } else {
            self.get(&block.block.previous)?.successor
        }
    }
}
