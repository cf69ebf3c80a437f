//! Work from a server, or a node that makes it for others.

use std::time::Duration;

use nanoark_nano::work::Root;
use nanoark_nano::{Network, Subtype, Work};
use nanoark_nano_rpc::Node;
use nanoark_surroundings::Pending;

use super::{NoWork, WorkSource};

/// Work from a server, or a node that makes it for others. What it answers is checked ([`Node::work_generate`]).
#[derive(Debug)]
pub struct NodeWork {
    node: Node,
    network: Network,
    patience: Duration,
}

impl NodeWork {
    /// How long a server may take for one work: a graphics card needs 1 s for a live send, a busy one some more. Two
    /// cores with AVX2 need 25 s.
    pub const PATIENCE: Duration = Duration::from_secs(20);

    /// Work of this node or server, which has [`NodeWork::PATIENCE`] to give it. The time-out among the node's own
    /// limits has to be as long, or it ends the call earlier.
    #[must_use]
    pub fn new(node: Node, network: Network) -> Self {
        Self {
            node,
            network,
            patience: Self::PATIENCE,
        }
    }

    /// The same with another patience.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn ask(&self, root: Root, subtype: Subtype) -> Result<Work, NoWork> {
        let threshold = self.network.thresholds().of(subtype);
        let server = || self.node.name().to_owned();
        match tokio::time::timeout(self.patience, self.node.work_generate(&root, threshold)).await {
            Ok(Ok(work)) => Ok(work),
            Ok(Err(error)) => Err(NoWork::Server {
                server: server(),
                error,
            }),
            Err(_) => Err(NoWork::Late {
                server: server(),
                patience: self.patience,
            }),
        }
    }
}

impl WorkSource for NodeWork {
    fn work(&self, root: Root, subtype: Subtype) -> Pending<'_, Result<Work, NoWork>> {
        Box::pin(self.ask(root, subtype))
    }
}
