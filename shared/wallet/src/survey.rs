//! What the nodes say about where an account stands, checked as far as hashes and our own signature go.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use nanoark_nano::legacy::LegacyBlock;
use nanoark_nano::{Account, BlockHash, Network, SignedBlock, verify};
use nanoark_nano_rpc::{AccountInfo, Contents, NodeError, RpcError};

use crate::chain::Step;
use crate::error::{WalletError, too_few};
use crate::secret::AccountIndex;
use crate::state::blocks;
use crate::wallet::Wallet;

/// How many blocks back a head is followed to one that we know.
const FARTHEST: usize = 1000;

/// How far apart two nodes' heads may be when there is no block of ours. A node may lie about its height.
const FARTHEST_APART: usize = 100;

/// How far two nodes' heads are followed to find which is behind, beyond the difference of their heights.
const SLACK: u64 = 8;

/// Who signs the second epoch of the live network; everywhere else the genesis account signs both.
const LIVE_EPOCH_2: [u8; 32] = [
    0xdd, 0x24, 0xa9, 0x20, 0x0d, 0x4b, 0xf8, 0x24, 0x79, 0x81, 0xe4, 0xac, 0x63, 0xdb, 0xde, 0x38, 0xfd, 0x23, 0x19,
    0x38, 0x69, 0x70, 0xa2, 0x6d, 0x02, 0xec, 0xc9, 0x8c, 0x79, 0x97, 0x5d, 0xb1,
];

/// What the nodes call an account's last block.
#[derive(Debug, Clone, Default)]
pub(crate) struct Survey {
    /// Every such block with its past, newest first, as far as it was needed.
    pub(crate) pasts: Vec<Vec<Step>>,
    /// These blocks. Each is this account's own: its hash fits and the account, or an epoch, signed it.
    pub(crate) heads: HashMap<BlockHash, SignedBlock>,
    /// Blocks that a quorum of the nodes calls the account's last final one.
    pub(crate) settled: BTreeSet<BlockHash>,
}

/// What one node says, as far as it can be believed.
struct Said {
    head: Option<BlockHash>,
    height: u64,
}

impl Wallet {
    /// Asks all nodes where the account stands. At least a quorum must answer with something that holds.
    pub(crate) async fn survey(&self, index: AccountIndex) -> Result<Survey, WalletError> {
        let account = self.account(index);
        let answers = self
            .nodes()
            .ask(|node| async move { node.account_info(&account).await })
            .await;
        let quorum = self.nodes().quorum();
        let mut survey = Survey::default();
        let mut said = Vec::new();
        for (_, answer) in &answers {
            match answer {
                Ok(info) if survey.heads.contains_key(&info.frontier) => said.push(Said::of(info)),
                Ok(info) => {
                    let vouched = final_at(&answers, info.frontier) >= quorum;
                    if let Some(block) = self.head(index, info.frontier, vouched).await? {
                        survey.heads.insert(info.frontier, block);
                        said.push(Said::of(info));
                    }
                }
                Err(RpcError::Node(NodeError::AccountNotFound)) => said.push(Said { head: None, height: 0 }),
                Err(_) => {}
            }
        }
        if said.len() < quorum {
            return Err(too_few(&answers, quorum));
        }
        survey.settled = settled(&answers, quorum);
        for hash in &survey.settled {
            self.confirmed(index, *hash)?;
        }
        self.follow(index, &mut survey, &said).await?;
        Ok(survey)
    }

    /// The block that a node calls the account's last, if it is the account's own.
    async fn head(
        &self,
        index: AccountIndex,
        hash: BlockHash,
        vouched: bool,
    ) -> Result<Option<SignedBlock>, WalletError> {
        let stored = self.state().read(|connection| blocks::of_hash(connection, hash))?;
        if let Some(stored) = stored.filter(|stored| stored.index == index) {
            // Its work is of no interest: it is on the ledger.
            let work = stored.work.unwrap_or_else(|| nanoark_nano::Work::from_nonce(0));
            return Ok(Some(stored.with_work(work)));
        }
        let account = self.account(index);
        match self.fetch(hash).await {
            Some(Contents::State(signed)) if signed.block.account == account => {
                let own = is_own(&signed, self.nodes().network());
                if !own && vouched {
                    tracing::warn!(%account, %hash, "the last block has a signature that does not verify, and is final");
                } else if !own {
                    tracing::warn!(%account, %hash, "a node shows a last block that the account did not sign");
                }
                Ok((own || vouched).then_some(signed))
            }
            Some(Contents::Legacy(_)) => Err(WalletError::LegacyAccount { account }),
            Some(Contents::State(_) | Contents::UnknownType(_)) | None => Ok(None),
        }
    }

    /// The block with this hash, from any node: its hash proves it.
    pub(crate) async fn fetch(&self, hash: BlockHash) -> Option<Contents> {
        let answers = self
            .nodes()
            .ask(|node| async move { node.block_info(&hash).await })
            .await;
        answers
            .into_iter()
            .filter_map(|(_, answer)| Some(answer.ok()?.contents))
            .find(|contents| contents.hash() == Some(hash))
    }

    /// Notes that this block is final, if it is ours and not noted yet.
    pub(crate) fn confirmed(&self, index: AccountIndex, hash: BlockHash) -> Result<(), WalletError> {
        let stored = self.state().read(|connection| blocks::of_hash(connection, hash))?;
        match stored {
            Some(stored) if stored.index == index && stored.is_under_way() => self
                .state()
                .write(|transaction| blocks::set_confirmed(transaction, index, stored.sequence)),
            Some(_) | None => Ok(()),
        }
    }

    /// Follows the heads back to what we know, and to each other.
    async fn follow(&self, index: AccountIndex, survey: &mut Survey, said: &[Said]) -> Result<(), WalletError> {
        let has_blocks = self
            .state()
            .read(|connection| blocks::tip(connection, index))?
            .is_some();
        let heights: BTreeMap<BlockHash, u64> =
            said.iter().filter_map(|said| Some((said.head?, said.height))).collect();
        let lowest = heights.values().min().copied().unwrap_or(0);
        let several = heights.len() > 1;
        for (head, height) in &heights {
            let Some(block) = survey.heads.get(head) else { continue };
            let apart = height.saturating_sub(lowest).saturating_add(SLACK);
            // Blocks of ours say which head is behind; without any, the heads are held against each other.
            let needed = if several && !has_blocks {
                usize::try_from(apart).unwrap_or(FARTHEST).min(FARTHEST_APART)
            } else {
                1
            };
            let first = Step {
                hash: *head,
                previous: block.block.previous,
            };
            let past = self.past(index, first, has_blocks, needed).await?;
            survey.pasts.push(past);
        }
        Ok(())
    }

    /// The head and what is before it: as far as `needed`, and as far as the first place that a block of ours has.
    async fn past(
        &self,
        index: AccountIndex,
        head: Step,
        has_blocks: bool,
        needed: usize,
    ) -> Result<Vec<Step>, WalletError> {
        let mut past = vec![head];
        let mut last = head;
        while past.len() < FARTHEST && !last.previous.is_zero() {
            let met = self.state().read(|connection| {
                Ok(blocks::sequence_of(connection, index, last.hash)?.is_some()
                    || blocks::is_place_taken(connection, index, last.previous)?)
            })?;
            if past.len() >= needed && (met || !has_blocks) {
                break;
            }
            let Some(previous) = self.previous_of(last.previous).await? else {
                break;
            };
            last = previous;
            past.push(last);
        }
        Ok(past)
    }

    async fn previous_of(&self, hash: BlockHash) -> Result<Option<Step>, WalletError> {
        let stored = self.state().read(|connection| blocks::of_hash(connection, hash))?;
        if let Some(stored) = stored {
            let previous = stored.block.previous;
            return Ok(Some(Step { hash, previous }));
        }
        let previous = match self.fetch(hash).await {
            Some(Contents::State(signed)) => Some(signed.block.previous),
            Some(Contents::Legacy(
                LegacyBlock::Send { previous, .. }
                | LegacyBlock::Receive { previous, .. }
                | LegacyBlock::Change { previous, .. },
            )) => Some(previous),
            Some(Contents::Legacy(LegacyBlock::Open { .. })) => Some(BlockHash::ZERO),
            Some(Contents::UnknownType(_)) | None => None,
        };
        Ok(previous.map(|previous| Step { hash, previous }))
    }
}

impl Said {
    fn of(info: &AccountInfo) -> Self {
        Self {
            head: Some(info.frontier),
            height: info.block_count,
        }
    }
}

/// What a quorum calls the account's last final block. Of several the newest is not known, which does not matter.
fn settled(answers: &[(String, Result<AccountInfo, RpcError>)], quorum: usize) -> BTreeSet<BlockHash> {
    let infos = answers.iter().filter_map(|(_, answer)| answer.as_ref().ok());
    infos
        .filter_map(|info| info.confirmed_frontier)
        .filter(|hash| final_at(answers, *hash) >= quorum)
        .collect()
}

/// How many nodes call this the account's last final block.
fn final_at(answers: &[(String, Result<AccountInfo, RpcError>)], hash: BlockHash) -> usize {
    answers
        .iter()
        .filter(|(_, answer)| answer.as_ref().is_ok_and(|info| info.confirmed_frontier == Some(hash)))
        .count()
}

/// Whether the account signed the block, or the network did to upgrade the account.
fn is_own(signed: &SignedBlock, network: Network) -> bool {
    let upgraded = || {
        let signers = match network {
            Network::Live => [network.genesis_account(), Account::from_bytes(LIVE_EPOCH_2)],
            Network::Beta | Network::Dev => [network.genesis_account(); 2],
        };
        let hash = signed.block.hash();
        signers
            .iter()
            .any(|signer| verify(signer, hash.as_bytes(), &signed.signature).is_ok())
    };
    signed.verify_signature().is_ok() || (signed.block.link.is_epoch() && upgraded())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_signer_is_the_documented_account() {
        let documented = "nano_3qb6o6i1tkzr6jwr5s7eehfxwg9x6eemitdinbpi7u8bjjwsgqfj4wzser3x";
        assert_eq!(Account::from_bytes(LIVE_EPOCH_2).to_string(), documented);
    }
}
