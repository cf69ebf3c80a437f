//! What our own nodes say: whether an invoice account is fresh, and what became of a block.

use futures::future::join_all;
use nanoark_nano::evidence::Observation;
use nanoark_nano::{Account, BlockHash, RawAmount};
use nanoark_nano_rpc::{Node, NodeError, NodeSet, ReceivableFilter, RpcError};
use serde::Serialize;

/// Whether anything ever happened on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As many nodes as the quorum know nothing of it, and none knows anything.
    Fresh,
    /// A node knows something of it. One is enough: refusing a good account costs a job, paying a bad one costs money.
    Used,
    /// Too few nodes answered.
    Unknown,
}

/// What our nodes make of a block that is said to move money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen {
    /// A send, final.
    Final {
        /// Who sent it.
        payer: Account,
        /// Who can receive it.
        to: Account,
        /// How much, in raw.
        amount_raw: RawAmount,
    },
    /// A send, not final.
    NotFinal {
        /// Who can receive it.
        to: Account,
        /// How much, in raw.
        amount_raw: RawAmount,
    },
    /// No node has it.
    Missing,
    /// It is no send.
    NoSend,
    /// It could not be found out.
    Unknown {
        /// Why.
        why: String,
    },
}

/// Looks whether anything ever happened on the account, confirmed or not.
pub(super) async fn freshness(nodes: &NodeSet, account: &Account) -> Freshness {
    let answers = join_all(nodes.nodes().iter().map(|node| is_used(node, account))).await;
    if answers.contains(&Ok(true)) {
        return Freshness::Used;
    }
    let unused = answers.iter().filter(|answer| **answer == Ok(false)).count();
    if unused >= nodes.quorum() {
        Freshness::Fresh
    } else {
        Freshness::Unknown
    }
}

/// What waits is looked at first: what is received between the two looks is then found by the second.
async fn is_used(node: &Node, account: &Account) -> Result<bool, RpcError> {
    let filter = ReceivableFilter {
        count: 1,
        threshold: RawAmount::from_raw(1),
        only_confirmed: false,
    };
    if !node.receivable(account, filter).await?.is_empty() {
        return Ok(true);
    }
    match node.account_info(account).await {
        Ok(_) => Ok(true),
        Err(RpcError::Node(NodeError::AccountNotFound)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Looks at a block through all nodes.
pub(super) async fn look(nodes: &NodeSet, block: &BlockHash) -> Seen {
    seen(nodes.observe_send(block).await.observation)
}

fn seen(observation: Observation) -> Seen {
    let unknown = |why: &dyn std::fmt::Debug| Seen::Unknown {
        why: format!("{why:?}"),
    };
    match observation {
        Observation::NotFound => Seen::Missing,
        Observation::Found(evidence) if evidence.confirmations.is_confirmed() => Seen::Final {
            payer: evidence.payer,
            to: evidence.destination,
            amount_raw: evidence.amount,
        },
        Observation::Found(evidence) => Seen::NotFinal {
            to: evidence.destination,
            amount_raw: evidence.amount,
        },
        Observation::NotASend(_) => Seen::NoSend,
        Observation::Unverifiable(why) => unknown(&why),
        Observation::Disagreement(why) => unknown(&why),
        Observation::Unavailable { .. } => Seen::Unknown {
            why: "too few nodes answered".to_owned(),
        },
    }
}
