//! What the ledger says about a block that is claimed to be a payment: the facts, without any judgement.
//!
//! Pure data. `nanoark-nano-rpc` gathers it, the domain judges it. Hash, signature, destination and amount in it were
//! recomputed from the block itself; the nodes are believed only about `confirmed`, and only when enough of them agree.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::amount::RawAmount;
use crate::hash::BlockHash;
use crate::subtype::NoSubtype;

/// What was seen of one block hash, over all nodes that were asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// As many nodes as the quorum do not know the block and none does. Not final: a node may be behind, and a wallet
    /// may publish late.
    NotFound,
    /// The block is a send by the account it names. It counts as money only if `confirmations` says so.
    Found(SendEvidence),
    /// The block exists and is no send. Final: the hash covers what the block does.
    NotASend(NotASend),
    /// The block exists but something about it cannot be checked, or does not check out.
    Unverifiable(Unverifiable),
    /// The nodes contradict each other about something that is theirs to say.
    Disagreement(Dispute),
    /// Too few nodes answered to say anything. Nobody is to blame but the network.
    Unavailable {
        /// What went wrong, per node.
        errors: Vec<NodeFailure>,
    },
}

/// A send, proved by its own bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendEvidence {
    /// The hash that was asked for and that the block's fields reproduce.
    pub hash: BlockHash,
    /// Who sent and signed it: where a refund goes.
    pub payer: Account,
    /// Who can receive it.
    pub destination: Account,
    /// What it moves, in raw: the balance before minus the balance after.
    pub amount: RawAmount,
    /// What the nodes say about its being final.
    pub confirmations: Agreement,
    /// By when as many nodes as the quorum say that they had seen it, in Unix seconds; fewer could set it back at will.
    /// The nodes' word, and after a bootstrap the time of that: never a proof of when it was paid. `None` if fewer know.
    pub seen_by_quorum_at: Option<u64>,
    /// Its position on the payer's chain, from 1. The nodes' word; the lowest if they differ.
    pub height: u64,
}

impl SendEvidence {
    /// Whether the money goes to `invoice`.
    #[must_use]
    pub fn pays(&self, invoice: &Account) -> bool {
        self.destination == *invoice
    }

    /// Whether an account sent money to itself: no payment, only fake volume.
    #[must_use]
    pub fn is_to_itself(&self) -> bool {
        self.payer == self.destination
    }
}

/// How the nodes that were asked answered about `confirmed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Nodes that say the block is final, and whose other data checked out.
    pub confirmed: usize,
    /// Nodes that have it and do not call it final yet.
    pub unconfirmed: usize,
    /// Nodes that do not know it, did not answer, or were caught lying.
    pub unknown: usize,
    /// How many must say confirmed.
    pub quorum: usize,
}

impl Agreement {
    /// Whether the block is final: irreversible on as many nodes as the quorum.
    #[must_use]
    pub const fn is_confirmed(&self) -> bool {
        self.quorum > 0 && self.confirmed >= self.quorum
    }
}

/// What a block is when it is no send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotASend {
    /// It takes money in.
    Receive,
    /// It changes the representative.
    Change,
    /// It upgrades the account.
    Epoch,
    /// It is an account's first block, which takes money in.
    Open,
    /// It is a send from before state blocks. Those are never taken as payment.
    LegacySend,
    /// It is another block from before state blocks.
    LegacyOther,
    /// As many nodes as the quorum have a block of a kind that this release does not know.
    UnknownType,
}

/// Why a block that exists proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unverifiable {
    /// Everything else is proved but the signature does not verify. **Loud when the evidence is confirmed**: nodes take
    /// signatures that are not in canonical form and this crate does not, so this may be somebody's money. Never treat
    /// it as "not paid"; show it to a human.
    BadSignature(SendEvidence),
    /// Every node that claims to have it gave a block with another hash.
    HashMismatch,
    /// Every node that has it states another amount than the balances give.
    AmountMismatch,
    /// The block before it is gone from the nodes that have it (pruned), so the amount cannot be recomputed.
    PreviousPruned,
    /// The block before it is not known to any node, though the block itself is.
    PreviousMissing,
    /// The block before it is a legacy block, whose hash does not cover the balance, and fewer nodes than the quorum
    /// vouch for that balance.
    PreviousBalanceUnproved,
    /// No valid ledger can contain such a block.
    Impossible(NoSubtype),
}

/// What the nodes contradict each other about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dispute {
    /// The balance after a legacy block, which only nodes can tell; the different answers.
    PreviousBalance(Vec<RawAmount>),
}

/// A node and what went wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFailure {
    /// The node's host and port; never its path or credentials.
    pub node: String,
    /// What went wrong.
    pub error: String,
}

/// A node whose answer was dropped because it contradicts itself: it lies, or it is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The node's host and port; never its path or credentials.
    pub node: String,
    /// What gave it away.
    pub why: Lie,
}

/// What gave a lying node away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// The contents it gave have another hash than was asked for.
    HashMismatch,
    /// The amount it states is not the difference of the balances.
    AmountMismatch,
    /// The signature it gave does not verify, while another node's for the same block does.
    BadSignature,
    /// The block it gave as the previous one has another hash.
    PreviousHashMismatch,
}

impl fmt::Display for Lie {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::HashMismatch => "its contents have another hash",
            Self::AmountMismatch => "its amount is not the difference of the balances",
            Self::BadSignature => "its signature is wrong and another node's is right",
            Self::PreviousHashMismatch => "its previous block has another hash",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confirmed_means_a_quorum_says_so_whoever_else_is_silent() {
        let cases = [
            (0, 0, 3, 2, false),
            (1, 2, 0, 2, false),
            (2, 1, 0, 2, true),
            (2, 0, 1, 2, true),
            (3, 0, 0, 2, true),
            (1, 0, 0, 1, true),
            (0, 0, 0, 0, false),
            (3, 0, 0, 0, false),
        ];
        for (confirmed, unconfirmed, unknown, quorum, expected) in cases {
            let agreement = Agreement {
                confirmed,
                unconfirmed,
                unknown,
                quorum,
            };
            assert_eq!(agreement.is_confirmed(), expected, "{agreement:?}");
        }
    }
}
