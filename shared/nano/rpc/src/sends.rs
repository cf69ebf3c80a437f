//! Finding the sends to an account when nobody gave us a hash, or gave us a wrong one.

use nanoark_nano::evidence::NodeFailure;
use nanoark_nano::{Account, BlockHash, RawAmount};

use crate::calls::{HistoryEntry, ReceivableFilter};
use crate::error::{NodeError, RpcError};
use crate::node::Node;
use crate::set::{NodeSet, failure};

/// How many receivable sends, and how many history entries, are read per node. An invoice account has a handful of
/// blocks; more than this is somebody's spam, and it is bounded here rather than believed.
const PER_NODE: u16 = 50;

/// Fewer nodes than the quorum answered, and none of them knew a send. Says nothing about the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("too few nodes answered to look for sends to the account")]
pub struct Unavailable {
    /// What went wrong, per node.
    pub errors: Vec<NodeFailure>,
}

impl NodeSet {
    /// Hashes of sends to `invoice` of at least `min_amount`: final ones that wait to be received, and the sources of
    /// what the account received already. Each hash once, at most 100 per node.
    ///
    /// They are candidates on the word of any one node, so that no node can hide a payment; look at each with
    /// [`NodeSet::observe_send`] before believing it. What was received already comes first, then the largest sends: dust
    /// pushes nothing out of the list.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if nothing was found and fewer nodes than the quorum answered: try again later.
    pub async fn sends_to(&self, invoice: &Account, min_amount: RawAmount) -> Result<Vec<BlockHash>, Unavailable> {
        let answers = self.ask(|node| async move { candidates(&node, invoice, min_amount).await });
        let mut hashes: Vec<BlockHash> = Vec::new();
        let (mut answered, mut errors) = (0_usize, Vec::new());
        for (node, answer) in answers.await {
            match answer {
                Ok(found) => {
                    answered = answered.saturating_add(1);
                    for hash in found {
                        if !hashes.contains(&hash) {
                            hashes.push(hash);
                        }
                    }
                }
                Err(error) => errors.push(failure(&node, &error)),
            }
        }
        if hashes.is_empty() && answered < self.quorum() {
            Err(Unavailable { errors })
        } else {
            Ok(hashes)
        }
    }
}

async fn candidates(node: &Node, invoice: &Account, min_amount: RawAmount) -> Result<Vec<BlockHash>, RpcError> {
    let filter = ReceivableFilter {
        count: PER_NODE,
        threshold: min_amount,
        only_confirmed: true,
    };
    let (receivable, history) = tokio::join!(
        node.receivable(invoice, filter),
        node.account_history(invoice, PER_NODE)
    );
    let history = match history {
        Err(RpcError::Node(NodeError::AccountNotFound)) => Vec::new(),
        other => other?,
    };
    // The node's word on an amount only spares us looking; a lie about it hides a send from this one node.
    let enough = |amount: Option<RawAmount>| amount.is_none_or(|amount| amount >= min_amount);
    let waiting = receivable?
        .into_iter()
        .filter(|send| enough(send.amount))
        .map(|send| send.hash);
    let received = |entry: HistoryEntry| entry.source.filter(|_| enough(entry.amount));
    let found = history.into_iter().take(PER_NODE.into()).filter_map(received);
    Ok(found.chain(waiting.take(PER_NODE.into())).collect())
}
