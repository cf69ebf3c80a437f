//! Looking at one block through all nodes at once.

use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use nanoark_nano::BlockHash;
use nanoark_nano::evidence::{Observation, Refused};
use tokio::time::{Instant, timeout_at};

use crate::blocks::Contents;
use crate::conclude::{Look, conclude, is_settled};
use crate::error::RpcError;
use crate::node::Node;
use crate::set::NodeSet;

/// How long slower nodes may still add their word once a quorum has settled the matter.
const GRACE: Duration = Duration::from_millis(150);

/// What was seen, and who lied about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What is so.
    pub observation: Observation,
    /// Nodes whose answers were dropped. Worth an alarm, whatever the observation is.
    pub refused: Vec<Refused>,
}

impl NodeSet {
    /// Looks at the block `hash` through every node: is it a send, by whom, to whom, of how much, and is it final?
    ///
    /// Every node is asked for the block and for the one before it, all at the same time and under one deadline; a node
    /// that stalls costs its own word only. See [`Observation`] for what to make of the outcome. Whether the send pays
    /// an invoice is the domain's judgement ([`SendEvidence::pays`](nanoark_nano::evidence::SendEvidence::pays)).
    pub async fn observe_send(&self, hash: &BlockHash) -> Observed {
        let genesis = self.network().genesis();
        let mut deadline = Instant::now().checked_add(self.limits().timeout);
        let mut waiting: FuturesUnordered<_> = self.nodes().iter().map(|node| look(node, hash, genesis)).collect();
        let mut looks = Vec::new();
        let mut settled = false;
        while let Some(deadline_now) = deadline {
            let Ok(Some(look)) = timeout_at(deadline_now, waiting.next()).await else {
                break;
            };
            looks.push(look);
            if !settled && is_settled(*hash, self.quorum(), &looks) {
                settled = true;
                deadline = Instant::now().checked_add(GRACE).map(|soon| soon.min(deadline_now));
            }
        }
        drop(waiting);
        for node in self.nodes() {
            if looks.iter().all(|look| look.node != node.name()) {
                looks.push(Look {
                    node: node.name().to_owned(),
                    block: Err(RpcError::Timeout),
                    previous: None,
                });
            }
        }
        conclude(*hash, self.quorum(), &looks)
    }

    /// Asks every node to hold an election on a send that stays unconfirmed. For a block that was seen some seconds ago
    /// and is still not final; the answers do not matter.
    pub async fn nudge(&self, hash: &BlockHash) {
        let calls = self.nodes().iter().map(|node| node.block_confirm(hash));
        // Slow nodes hold the request already; nobody waits for what they say about it.
        let _ = tokio::time::timeout(self.limits().timeout, futures::future::join_all(calls)).await;
    }
}

async fn look(node: &Node, hash: &BlockHash, genesis: BlockHash) -> Look {
    let (network, block) = tokio::join!(node.is_on(genesis), node.block_info(hash));
    let block = network.and(block);
    let previous = match &block {
        Ok(info) => match &info.contents {
            Contents::State(signed) if signed.block.hash() == *hash && !signed.block.previous.is_zero() => {
                Some(node.block_info(&signed.block.previous).await)
            }
            Contents::State(_) | Contents::Legacy(_) | Contents::UnknownType(_) => None,
        },
        Err(_) => None,
    };
    Look {
        node: node.name().to_owned(),
        block,
        previous,
    }
}

#[cfg(test)]
mod tests;
