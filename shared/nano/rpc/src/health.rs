//! Whether the nodes can be relied on at all.

use futures::future::join_all;

use crate::calls::BlockCount;
use crate::error::RpcError;
use crate::set::NodeSet;

/// The state of all nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Each node, in the order configured.
    pub nodes: Vec<NodeHealth>,
    /// How many must be usable.
    pub quorum: usize,
}

/// The state of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeHealth {
    /// Its host and port.
    pub node: String,
    /// What it answered.
    pub state: NodeState,
}

/// Whether a node can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// It answers, and is on the network that is configured.
    Usable {
        /// How far its ledger is.
        block_count: BlockCount,
    },
    /// It answers, but about another ledger: its money is not the money we mean.
    WrongNetwork,
    /// It gives no usable answer.
    Failing(RpcError),
}

impl Health {
    /// How many nodes are usable.
    #[must_use]
    pub fn usable(&self) -> usize {
        self.nodes
            .iter()
            .filter(|node| matches!(node.state, NodeState::Usable { .. }))
            .count()
    }

    /// Whether enough nodes are usable to confirm a payment.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.usable() >= self.quorum
    }
}

impl NodeSet {
    /// Asks every node for its network and its block count.
    pub async fn health(&self) -> Health {
        let genesis = self.network().genesis();
        let nodes = join_all(self.nodes().iter().map(|node| async move {
            let answers = tokio::time::timeout(self.limits().timeout, async {
                tokio::try_join!(node.version(), node.block_count())
            });
            let state = match answers.await.unwrap_or(Err(RpcError::Timeout)) {
                Ok((version, block_count)) if version.network_identifier == genesis => {
                    NodeState::Usable { block_count }
                }
                Ok(_) => NodeState::WrongNetwork,
                Err(error) => NodeState::Failing(error),
            };
            NodeHealth {
                node: node.name().to_owned(),
                state,
            }
        }));
        Health {
            nodes: nodes.await,
            quorum: self.quorum(),
        }
    }
}
