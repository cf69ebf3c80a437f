//! Publishing stored blocks: each after the one before it, and the very same block as often as it takes.

use nanoark_nano::work::is_valid;
use nanoark_nano::{BlockHash, Work};
use nanoark_nano_rpc::{Contents, NodeError, RpcError};

use crate::error::{WalletError, too_few};
use crate::rival::{Verdict, judge, word};
use crate::secret::AccountIndex;
use crate::state::blocks::{self, Progress, Role, StoredBlock};
use crate::wallet::Wallet;

/// What the nodes together made of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Offer {
    /// At least one has it.
    Taken,
    /// None has the block before it.
    Gap,
    /// Something else is in its place, or seems to be.
    Conflict(String),
    /// The send that it takes in was received already, say as many as must agree.
    Unreceivable,
    /// The work is too little.
    TooLittleWork,
    /// None took it, for other reasons.
    Refused(String),
}

/// A block of ours that was given up for another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GivenUp {
    ours: BlockHash,
    theirs: BlockHash,
}

impl From<GivenUp> for WalletError {
    fn from(GivenUp { ours, theirs }: GivenUp) -> Self {
        Self::Lost {
            hash: ours,
            rival: theirs,
        }
    }
}

impl Wallet {
    /// Publishes the block, and first those before it that no node has. Returns it as it is then.
    ///
    /// When another block has its place for good, it is given up and that is the error ([`WalletError::Lost`]).
    pub(crate) async fn publish(&self, block: StoredBlock) -> Result<StoredBlock, WalletError> {
        if !block.is_under_way() {
            return Ok(block);
        }
        let run = self
            .state()
            .read(|connection| blocks::under_way(connection, block.index, block.sequence))?;
        // Those that a node took need not be offered again, unless it turns out that they are gone.
        let seen = run
            .iter()
            .rposition(|earlier| earlier.progress == Progress::Published && earlier.sequence < block.sequence);
        let fresh = run.get(seen.map_or(0, |at| at.saturating_add(1))..).unwrap_or_default();
        if !self.publish_run(fresh).await? && !self.publish_run(&run).await? {
            return Err(WalletError::Nodes(RpcError::Node(NodeError::GapPrevious)));
        }
        let now = self
            .state()
            .read(|connection| blocks::of_hash(connection, block.hash()))?;
        Ok(now.unwrap_or(block))
    }

    /// Publishes blocks in their order; false if no node has the block before one of them.
    pub(crate) async fn publish_run(&self, run: &[StoredBlock]) -> Result<bool, WalletError> {
        for block in run {
            match self.offer(block).await? {
                Offer::Taken => {
                    let hash = block.hash();
                    self.state()
                        .write(|transaction| blocks::set_published(transaction, hash))?;
                }
                Offer::Gap => return Ok(false),
                Offer::Conflict(reason) => return Err(self.settle(block, reason).await?.into()),
                Offer::Unreceivable => {
                    self.abandon(block)?;
                    return Err(WalletError::Refused {
                        hash: block.hash(),
                        reason: NodeError::Unreceivable.to_string(),
                    });
                }
                Offer::TooLittleWork => {
                    // Whatever made it made it for something else. The next attempt makes it anew.
                    let hash = block.hash();
                    self.state()
                        .write(|transaction| blocks::set_work(transaction, hash, None))?;
                    return Err(WalletError::TooLittleWork {
                        root: block.block.root(),
                    });
                }
                Offer::Refused(reason) => {
                    return Err(WalletError::Refused {
                        hash: block.hash(),
                        reason,
                    });
                }
            }
        }
        Ok(true)
    }

    /// Offers the block to every node.
    async fn offer(&self, block: &StoredBlock) -> Result<Offer, WalletError> {
        let work = self.work_of(block).await?;
        let subtype = block.subtype();
        let signed = block.with_work(work);
        let answers = self
            .nodes()
            .ask(|node| {
                let signed = signed.clone();
                async move { node.process(&signed, subtype).await }
            })
            .await;
        match outcome(&answers, self.nodes().quorum()) {
            Some(offer) => Ok(offer),
            None => Err(too_few(&answers, 1)),
        }
    }

    /// The block's work, made now if there is none. It is stored before it is used.
    async fn work_of(&self, block: &StoredBlock) -> Result<Work, WalletError> {
        let hash = block.hash();
        let stored = self.state().read(|connection| blocks::of_hash(connection, hash))?;
        if let Some(work) = stored.and_then(|stored| stored.work) {
            return Ok(work);
        }
        let (root, subtype) = (block.block.root(), block.subtype());
        let work = self.work_source().work(root, subtype).await?;
        if !is_valid(&root, work, self.nodes().network().thresholds().of(subtype)) {
            return Err(WalletError::TooLittleWork { root });
        }
        self.state()
            .write(|transaction| blocks::set_work(transaction, hash, Some(work)))?;
        Ok(work)
    }

    /// The nodes say that something else is in the block's place. Finds out what, and gives our block up if that is final;
    /// otherwise the error says what is known.
    async fn settle(&self, block: &StoredBlock, reason: String) -> Result<GivenUp, WalletError> {
        let survey = self.survey(block.index).await?;
        match self.rival(block.index, &survey)? {
            Some((ours, theirs)) => self.decide(block.index, ours, theirs).await,
            None => Err(WalletError::Refused {
                hash: block.hash(),
                reason,
            }),
        }
    }

    /// Asks whether another block is final in the place of ours, and gives ours up if it is; otherwise the error says what
    /// is known.
    pub(crate) async fn decide(
        &self,
        index: AccountIndex,
        ours: BlockHash,
        theirs: BlockHash,
    ) -> Result<GivenUp, WalletError> {
        let answers = self
            .nodes()
            .ask(|node| async move {
                let (rival, own) = futures::join!(node.block_info(&theirs), node.block_info(&ours));
                Ok((word(theirs, &rival), word(ours, &own)))
            })
            .await;
        let words: Vec<_> = answers.into_iter().filter_map(|(_, words)| words.ok()).collect();
        let quorum = self.nodes().quorum();
        if let Verdict::Open { confirmed } = judge(&words, quorum) {
            return Err(WalletError::Contested {
                hash: ours,
                rival: theirs,
                confirmed,
                quorum,
            });
        }
        let account = self.account(index);
        let Some(Contents::State(rival)) = self.fetch(theirs).await else {
            return Err(WalletError::Unsettled { account });
        };
        self.state().write(|transaction| {
            // Another process may have done it, or seen ours become final, since the nodes were asked.
            let lost = blocks::of_hash(transaction, ours)?.filter(StoredBlock::is_under_way);
            let same_place = |lost: &StoredBlock| {
                lost.block.account == rival.block.account && lost.block.previous == rival.block.previous
            };
            match lost.filter(same_place) {
                Some(lost) => blocks::give_up(transaction, &lost, &rival),
                None => Ok(()),
            }
        })?;
        tracing::error!(
            %account, %ours, rival = %theirs,
            "a block of ours can never become final: the secret was used elsewhere"
        );
        Ok(GivenUp { ours, theirs })
    }

    /// A receive that can never be valid would block the account for ever. It pays nobody, so it is given up, unless there
    /// is a send after it: that is never signed anew without proof.
    fn abandon(&self, block: &StoredBlock) -> Result<(), WalletError> {
        let is_receive = |current: &StoredBlock| match current.role {
            Role::Receive { .. } | Role::Open { .. } => current.is_under_way(),
            Role::Send { .. } | Role::Foreign => false,
        };
        self.state().write(
            |transaction| match blocks::of_hash(transaction, block.hash())?.filter(is_receive) {
                Some(current) => blocks::abandon_receive(transaction, &current).map(drop),
                None => Ok(()),
            },
        )?;
        Ok(())
    }
}

/// What the nodes together made of a block: one that has it outweighs all that do not. `None` if none said anything about
/// it.
fn outcome(answers: &[(String, Result<BlockHash, RpcError>)], quorum: usize) -> Option<Offer> {
    if answers.iter().any(|(_, answer)| answer.is_ok()) {
        return Some(Offer::Taken);
    }
    let refusals: Vec<&NodeError> = answers
        .iter()
        .filter_map(|(_, answer)| match answer {
            Err(RpcError::Node(refusal)) => Some(refusal),
            Ok(_)
            | Err(
                RpcError::Timeout
                | RpcError::Unreachable
                | RpcError::Http { .. }
                | RpcError::TooLarge
                | RpcError::NotJson
                | RpcError::RateLimited { .. }
                | RpcError::WrongNetwork
                | RpcError::UnexpectedShape { .. },
            ) => None,
        })
        .collect();
    let count = |wanted: &[NodeError]| refusals.iter().filter(|refusal| wanted.contains(refusal)).count();
    let first = |wanted: &[NodeError]| refusals.iter().find(|refusal| wanted.contains(refusal));
    // The same words for a block that a node has already, one whose place is taken, and one that came too late: the node
    // compares with its head before it looks at the block.
    let conflict = [
        NodeError::Fork,
        NodeError::OldBlock,
        NodeError::SubtypeBalance,
        NodeError::SubtypePrevious,
        NodeError::BlockPosition,
    ];
    if let Some(reason) = first(&conflict) {
        Some(Offer::Conflict(reason.to_string()))
    } else if count(&[NodeError::Unreceivable]) >= quorum {
        Some(Offer::Unreceivable)
    } else if count(&[NodeError::GapPrevious]) > 0 {
        Some(Offer::Gap)
    } else if count(&[NodeError::InsufficientWork, NodeError::WorkBelowThreshold]) > 0 {
        Some(Offer::TooLittleWork)
    } else {
        refusals.first().map(|reason| Offer::Refused(reason.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_node_that_has_the_block_outweighs_all_that_do_not() {
        type Answer = Result<BlockHash, RpcError>;
        let no = |refusal: NodeError| -> Answer { Err(RpcError::Node(refusal)) };
        let taken = || -> Answer { Ok(BlockHash::ZERO) };
        let fork = || Some(Offer::Conflict("Fork".to_owned()));
        let cases: Vec<(Vec<Answer>, usize, Option<Offer>)> = vec![
            (vec![taken()], 1, Some(Offer::Taken)),
            (vec![no(NodeError::Fork), taken()], 2, Some(Offer::Taken)),
            (vec![Err(RpcError::Timeout), taken()], 2, Some(Offer::Taken)),
            (vec![no(NodeError::GapPrevious), no(NodeError::Fork)], 1, fork()),
            (vec![Err(RpcError::Timeout), no(NodeError::Fork)], 2, fork()),
            (
                vec![no(NodeError::SubtypeBalance)],
                1,
                Some(Offer::Conflict("Invalid block balance for given subtype".to_owned())),
            ),
            (
                vec![no(NodeError::GapPrevious), Err(RpcError::NotJson)],
                1,
                Some(Offer::Gap),
            ),
            (vec![no(NodeError::Unreceivable)], 1, Some(Offer::Unreceivable)),
            (
                vec![no(NodeError::Unreceivable), Err(RpcError::Timeout)],
                2,
                Some(Offer::Refused("Unreceivable".to_owned())),
            ),
            (vec![no(NodeError::InsufficientWork)], 1, Some(Offer::TooLittleWork)),
            (vec![no(NodeError::WorkBelowThreshold)], 1, Some(Offer::TooLittleWork)),
            (
                vec![no(NodeError::BadSignature)],
                1,
                Some(Offer::Refused("Bad signature".to_owned())),
            ),
            (vec![Err(RpcError::Timeout), Err(RpcError::Unreachable)], 1, None),
            (vec![], 1, None),
        ];
        for (answers, quorum, expected) in cases {
            let named: Vec<_> = answers.into_iter().map(|answer| ("node".to_owned(), answer)).collect();
            assert_eq!(outcome(&named, quorum), expected, "{named:?}");
        }
    }
}
