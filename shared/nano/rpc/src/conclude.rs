//! From what the nodes said to what is so: a pure function, the heart of the payment check (`nano.md` section 5.4).
//!
//! A block's hash covers account, previous, representative, balance and link, and the hash is what was claimed. So one
//! honest node is enough to know the block, and any number of liars cannot change it; the same holds for the block
//! before it, whose hash the block contains. What is left to the nodes is `confirmed`, the times and the heights.

use std::collections::BTreeMap;

use nanoark_nano::evidence::{
    Agreement, Dispute, Lie, NodeFailure, NotASend, Observation, Refused, SendEvidence, Unverifiable,
};
use nanoark_nano::legacy::LegacyBlock;
use nanoark_nano::{BlockHash, RawAmount, SignedBlock, StateBlock, Subtype};

use crate::blocks::{BlockInfo, Contents};
use crate::error::{NodeError, RpcError};
use crate::observe::Observed;
use crate::set::failure;

/// What one node said about the block and the one before it.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) node: String,
    pub(crate) block: Result<BlockInfo, RpcError>,
    /// `None` if it was not asked, because the block is its account's first or no state block.
    pub(crate) previous: Option<Result<BlockInfo, RpcError>>,
}

/// A node that gave the block whose hash was asked for.
struct Witness<'a> {
    node: &'a str,
    info: &'a BlockInfo,
    previous: Option<&'a Result<BlockInfo, RpcError>>,
}

/// A witness with the state block and signature it gave.
struct StateWitness<'a> {
    witness: Witness<'a>,
    signed: &'a SignedBlock,
}

/// What `looks`, one per node that was asked, say about `hash`.
pub(crate) fn conclude(hash: BlockHash, quorum: usize, looks: &[Look]) -> Observed {
    let mut case = Case {
        hash,
        quorum,
        asked: looks.len(),
        refused: Vec::new(),
        errors: Vec::new(),
    };
    let observation = case.judge(looks);
    Observed {
        observation,
        refused: case.refused,
    }
}

struct Case {
    hash: BlockHash,
    quorum: usize,
    asked: usize,
    refused: Vec<Refused>,
    errors: Vec<NodeFailure>,
}

impl Case {
    fn judge(&mut self, looks: &[Look]) -> Observation {
        let mut witnesses = Vec::new();
        let (mut not_found, mut unknown_type) = (0_usize, 0_usize);
        for Look { node, block, previous } in looks {
            match block {
                Ok(info) => match info.contents.hash() {
                    Some(hash) if hash == self.hash => {
                        witnesses.push(Witness {
                            node,
                            info,
                            previous: previous.as_ref(),
                        });
                    }
                    Some(_) => self.refuse(node, Lie::HashMismatch),
                    None => unknown_type = unknown_type.saturating_add(1),
                },
                Err(RpcError::Node(NodeError::BlockNotFound)) => not_found = not_found.saturating_add(1),
                Err(error) => self.errors.push(failure(node, error)),
            }
        }
        let mut states = Vec::new();
        for witness in witnesses {
            match &witness.info.contents {
                Contents::State(signed) => states.push(StateWitness { witness, signed }),
                Contents::Legacy(LegacyBlock::Send { .. }) => return Observation::NotASend(NotASend::LegacySend),
                Contents::Legacy(_) => return Observation::NotASend(NotASend::LegacyOther),
                Contents::UnknownType(_) => {}
            }
        }
        if states.is_empty() {
            self.unseen(not_found, unknown_type)
        } else {
            self.state(states)
        }
    }

    /// No node gave the block.
    fn unseen(&mut self, not_found: usize, unknown_type: usize) -> Observation {
        if unknown_type >= self.quorum {
            Observation::NotASend(NotASend::UnknownType)
        } else if not_found >= self.quorum {
            Observation::NotFound
        } else if !self.refused.is_empty() {
            Observation::Unverifiable(Unverifiable::HashMismatch)
        } else {
            self.unavailable()
        }
    }

    /// At least one node gave the block, and it is a state block.
    fn state(&mut self, mut witnesses: Vec<StateWitness<'_>>) -> Observation {
        // All of them gave the same fields, since the hash covers them.
        let Some(block) = witnesses.first().map(|first| first.signed.block.clone()) else {
            return self.unavailable();
        };
        let before = if block.previous.is_zero() {
            None
        } else {
            match self.balance_before(&block, &mut witnesses) {
                Ok(balance) => Some(balance),
                Err(observation) => return *observation,
            }
        };
        match Subtype::of(&block, before) {
            Ok(Subtype::Send) => self.send(&block, before.unwrap_or(RawAmount::ZERO), witnesses),
            Ok(Subtype::Receive) => Observation::NotASend(NotASend::Receive),
            Ok(Subtype::Open) => Observation::NotASend(NotASend::Open),
            Ok(Subtype::Change) => Observation::NotASend(NotASend::Change),
            Ok(Subtype::Epoch) => Observation::NotASend(NotASend::Epoch),
            Err(why) => Observation::Unverifiable(Unverifiable::Impossible(why)),
        }
    }

    /// What the account held before the block. Drops witnesses that give a false block for the one before.
    ///
    /// The hash of a state block or legacy send covers the balance, so one of those is proof. For the other legacy
    /// blocks the balance is the nodes' word, taken like `confirmed`: when a quorum gives the same.
    fn balance_before(
        &mut self,
        block: &StateBlock,
        witnesses: &mut Vec<StateWitness<'_>>,
    ) -> Result<RawAmount, Box<Observation>> {
        let mut proved = None;
        let mut vouched: BTreeMap<RawAmount, usize> = BTreeMap::new();
        let (mut missing, mut failures) = (0_usize, Vec::new());
        witnesses.retain(|StateWitness { witness, .. }| {
            match witness.previous {
                Some(Ok(info)) if info.contents.hash() == Some(block.previous) => {
                    match (&info.contents, info.balance) {
                        (Contents::State(signed), _) => proved = Some(signed.block.balance),
                        (Contents::Legacy(LegacyBlock::Send { balance, .. }), _) => proved = Some(*balance),
                        (Contents::Legacy(_) | Contents::UnknownType(_), Some(balance)) => {
                            let count = vouched.entry(balance).or_default();
                            *count = count.saturating_add(1);
                        }
                        (Contents::Legacy(_) | Contents::UnknownType(_), None) => {}
                    }
                }
                Some(Ok(_)) => {
                    self.refuse(witness.node, Lie::PreviousHashMismatch);
                    return false;
                }
                Some(Err(RpcError::Node(NodeError::BlockNotFound))) => missing = missing.saturating_add(1),
                Some(Err(error)) => failures.push(failure(witness.node, error)),
                None => {}
            }
            true
        });
        if let Some(balance) = proved {
            return Ok(balance);
        }
        let agreed: Vec<RawAmount> = vouched
            .iter()
            .filter(|(_, count)| **count >= self.quorum)
            .map(|(balance, _)| *balance)
            .collect();
        if let [balance] = agreed.as_slice() {
            return Ok(*balance);
        }
        Err(Box::new(match vouched.len() {
            2.. => Observation::Disagreement(Dispute::PreviousBalance(vouched.into_keys().collect())),
            1 => Observation::Unverifiable(Unverifiable::PreviousBalanceUnproved),
            0 if missing > 0 && witnesses.iter().all(|state| state.witness.info.amount.is_none()) => {
                Observation::Unverifiable(Unverifiable::PreviousPruned)
            }
            0 if missing > 0 || failures.is_empty() => Observation::Unverifiable(Unverifiable::PreviousMissing),
            0 => {
                self.errors.append(&mut failures);
                self.unavailable()
            }
        }))
    }

    /// The block is a send of what is missing from the balance `before`.
    fn send(&mut self, block: &StateBlock, before: RawAmount, mut witnesses: Vec<StateWitness<'_>>) -> Observation {
        let Some(amount) = before.checked_sub(block.balance) else {
            return self.unavailable();
        };
        witnesses.retain(|StateWitness { witness, .. }| {
            let honest = witness.info.amount.is_none_or(|stated| stated == amount);
            if !honest {
                self.refuse(witness.node, Lie::AmountMismatch);
            }
            honest
        });
        if witnesses.is_empty() {
            return Observation::Unverifiable(Unverifiable::AmountMismatch);
        }
        // The signature is outside the hash: nodes can differ in it, and one that verifies is proof.
        let (signed, unsigned): (Vec<_>, Vec<_>) = witnesses
            .into_iter()
            .partition(|witness| witness.signed.verify_signature().is_ok());
        if signed.is_empty() {
            return Observation::Unverifiable(Unverifiable::BadSignature(self.evidence(block, amount, &unsigned)));
        }
        for liar in unsigned {
            self.refuse(liar.witness.node, Lie::BadSignature);
        }
        Observation::Found(self.evidence(block, amount, &signed))
    }

    fn evidence(&self, block: &StateBlock, amount: RawAmount, witnesses: &[StateWitness<'_>]) -> SendEvidence {
        let infos = || witnesses.iter().map(|state| state.witness.info);
        let confirmed = infos().filter(|info| info.confirmed).count();
        let mut seen_at: Vec<u64> = infos().map(|info| info.local_timestamp).filter(|at| *at > 0).collect();
        seen_at.sort_unstable();
        SendEvidence {
            hash: self.hash,
            payer: block.account,
            destination: block.link.as_account(),
            amount,
            confirmations: Agreement {
                confirmed,
                unconfirmed: witnesses.len().saturating_sub(confirmed),
                unknown: self.asked.saturating_sub(witnesses.len()),
                quorum: self.quorum,
            },
            seen_by_quorum_at: seen_at.get(self.quorum.saturating_sub(1)).copied(),
            height: infos().map(|info| info.height).min().unwrap_or(0),
        }
    }

    fn refuse(&mut self, node: &str, why: Lie) {
        self.refused.push(Refused {
            node: node.to_owned(),
            why,
        });
    }

    fn unavailable(&mut self) -> Observation {
        Observation::Unavailable {
            errors: std::mem::take(&mut self.errors),
        }
    }
}

/// Whether more answers could not change the conclusion any more: a quorum confirmed what it gave, with proof.
pub(crate) fn is_settled(hash: BlockHash, quorum: usize, looks: &[Look]) -> bool {
    match conclude(hash, quorum, looks).observation {
        Observation::Found(evidence) => evidence.confirmations.is_confirmed(),
        Observation::NotASend(_) => true,
        Observation::NotFound
        | Observation::Unverifiable(_)
        | Observation::Disagreement(_)
        | Observation::Unavailable { .. } => false,
    }
}

#[cfg(test)]
mod tests;
