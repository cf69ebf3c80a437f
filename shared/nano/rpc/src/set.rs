//! Several nodes that are asked together.

use std::collections::BTreeSet;

use nanoark_nano::Network;
use nanoark_nano::evidence::NodeFailure;
use reqwest::Url;

use crate::error::RpcError;
use crate::exchange::new_client;
use crate::node::{InvalidNode, Limits, Node};

/// The nodes an operator trusts, each a little, and how many of them must agree.
#[derive(Clone, Debug)]
pub struct NodeSet {
    nodes: Vec<Node>,
    quorum: usize,
    network: Network,
    limits: Limits,
}

/// Why nodes make no set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNodeSet {
    /// There is no node.
    #[error("at least one node is needed")]
    NoNodes,
    /// The quorum is 0 or more than there are nodes.
    #[error("the quorum is between 1 and the number of nodes")]
    Quorum,
    /// A node is listed twice and would agree with itself.
    #[error("a node is listed twice")]
    Repeated,
    /// A node cannot be used.
    #[error(transparent)]
    Node(#[from] InvalidNode),
}

impl NodeSet {
    /// The nodes at `urls`, of which `quorum` must agree, on `network`. Connects to nothing yet.
    ///
    /// Everything asked of the set is answered within `limits.timeout`, however many calls it takes.
    ///
    /// # Errors
    ///
    /// [`InvalidNodeSet`].
    pub fn new(urls: Vec<Url>, quorum: usize, network: Network, limits: Limits) -> Result<Self, InvalidNodeSet> {
        let client = new_client()?;
        // A query holds a key and makes no other node.
        let distinct: BTreeSet<_> = urls
            .iter()
            .map(|url| (url.host_str(), url.port(), url.path()))
            .collect();
        if distinct.len() < urls.len() {
            return Err(InvalidNodeSet::Repeated);
        }
        let nodes: Result<Vec<Node>, InvalidNode> = urls
            .into_iter()
            .map(|url| Node::with_client(url, limits, client.clone()))
            .collect();
        Self::of(nodes?, quorum, network, limits)
    }

    /// The same of nodes that are there already.
    ///
    /// # Errors
    ///
    /// [`InvalidNodeSet::NoNodes`] or [`InvalidNodeSet::Quorum`].
    pub fn of(nodes: Vec<Node>, quorum: usize, network: Network, limits: Limits) -> Result<Self, InvalidNodeSet> {
        if nodes.is_empty() {
            return Err(InvalidNodeSet::NoNodes);
        }
        if quorum == 0 || quorum > nodes.len() {
            return Err(InvalidNodeSet::Quorum);
        }
        Ok(Self {
            nodes,
            quorum,
            network,
            limits,
        })
    }

    /// The nodes, in the order given.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many must agree.
    #[must_use]
    pub const fn quorum(&self) -> usize {
        self.quorum
    }

    /// The network the nodes are meant to be on.
    #[must_use]
    pub const fn network(&self) -> Network {
        self.network
    }

    /// Asks every node the same at the same time, each within the set's limits; what each answered, with its name and in
    /// the order configured. A node that says that it is on another network is not believed.
    pub async fn ask<Answer, Call, Asked>(&self, call: Call) -> Vec<(String, Result<Answer, RpcError>)>
    where
        Call: Fn(Node) -> Asked,
        Asked: Future<Output = Result<Answer, RpcError>>,
    {
        let genesis = self.network.genesis();
        let answers = self.nodes.iter().map(|node| {
            let asked = call(node.clone());
            async move {
                let answer = tokio::time::timeout(self.limits.timeout, async {
                    node.is_on(genesis).await?;
                    asked.await
                });
                (node.name().to_owned(), answer.await.unwrap_or(Err(RpcError::Timeout)))
            }
        });
        futures::future::join_all(answers).await
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.limits
    }
}

/// A failed call, with the node's name and without its URL.
pub(crate) fn failure(node: &str, error: &RpcError) -> NodeFailure {
    NodeFailure {
        node: node.to_owned(),
        error: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(urls: &[&str], quorum: usize) -> Result<NodeSet, InvalidNodeSet> {
        let urls = urls.iter().map(|url| url.parse().unwrap()).collect();
        NodeSet::new(urls, quorum, Network::Dev, Limits::default())
    }

    #[test]
    fn a_quorum_is_of_distinct_nodes() {
        let [a, b] = ["http://a:7076", "https://b/proxy"];
        assert!(set(&[a, b], 1).is_ok());
        assert!(set(&[a, b], 2).is_ok());
        assert_eq!(set(&[], 1).unwrap_err(), InvalidNodeSet::NoNodes);
        assert_eq!(set(&[a, b], 0).unwrap_err(), InvalidNodeSet::Quorum);
        assert_eq!(set(&[a, b], 3).unwrap_err(), InvalidNodeSet::Quorum);
        for again in [
            "http://a:7076/",
            "https://a:7076",
            "http://user@a:7076",
            "http://A:7076?key=2",
        ] {
            assert_eq!(set(&[a, again], 1).unwrap_err(), InvalidNodeSet::Repeated, "{again}");
        }
        for other in ["ftp://a", "file:///etc/passwd", "ws://a:7078", "data:,", "nano:x"] {
            assert_eq!(
                set(&[a, other], 1).unwrap_err(),
                InvalidNodeSet::Node(InvalidNode::NotHttp),
                "{other}"
            );
        }
    }

    #[test]
    fn credentials_in_a_url_are_never_printed() {
        let set = set(&["https://user:secret@rpc.example:8443/secret?key=secret"], 1).unwrap();
        let shown = format!("{set:?}");
        assert!(
            shown.contains("rpc.example:8443") && !shown.contains("secret") && !shown.contains("user"),
            "{shown}"
        );
    }
}
