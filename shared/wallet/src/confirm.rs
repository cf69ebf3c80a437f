//! Waiting until a block is final, and keeping blocks alive until they are.

use std::collections::BTreeMap;
use std::time::Duration;

use nanoark_nano::BlockHash;
use nanoark_nano_rpc::{BlockInfo, NodeError, RpcError};

use crate::error::{WalletError, too_few};
use crate::rival::{Word, word};
use crate::secret::AccountIndex;
use crate::state::blocks::{self, Progress, StoredBlock};
use crate::wallet::Wallet;

/// The first wait between two looks. A block is usually final within half a second.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A block that is not final after this long is brought to the nodes' attention, and again after as long.
const NUDGE_AFTER: Duration = Duration::from_secs(5);

/// How many blocks a node is asked about at once.
const BATCH: usize = 50;

impl Wallet {
    /// Waits until the nodes call the block final, nudging and publishing it again meanwhile; whether it is in time.
    ///
    /// # Errors
    /// [`WalletError::Lost`] if the block is ours and can never become final; `State` if the state file fails. Nodes that
    /// do not answer are waited for.
    pub async fn wait_confirmed(&self, hash: BlockHash, patience: Duration) -> Result<bool, WalletError> {
        let begun = self.surroundings().now().as_millis();
        let (mut waited, mut since_nudge, mut pause) = (Duration::ZERO, Duration::ZERO, FIRST_PAUSE);
        loop {
            let stored = self.state().read(|connection| blocks::of_hash(connection, hash))?;
            if let Some(stored) = &stored {
                match stored.progress {
                    Progress::Confirmed => return Ok(true),
                    Progress::Lost => return Err(self.lost_error(hash)?),
                    Progress::Signed | Progress::Published => {}
                }
            }
            let words = self.words(hash).await;
            let confirmed = words.iter().filter(|word| **word == Word::Final).count();
            if confirmed >= self.nodes().quorum() {
                if let Some(stored) = stored {
                    self.confirmed(stored.index, hash)?;
                }
                return Ok(true);
            }
            // Time that passed while nodes were asked counts as well, unless the clock stands still or was set back.
            let passed = self.surroundings().now().as_millis().saturating_sub(begun);
            let left = patience.saturating_sub(waited.max(Duration::from_millis(passed)));
            if left.is_zero() {
                return Ok(false);
            }
            // One that no node has, at the first look, was perhaps never published: its maker was killed.
            let is_gone = waited.is_zero() && words.contains(&Word::Unknown) && !is_there(&words);
            if is_gone || since_nudge >= NUDGE_AFTER {
                since_nudge = Duration::ZERO;
                self.revive(hash, stored, &words).await?;
            }
            let wait = pause.min(left);
            self.surroundings().sleep(wait).await;
            waited = waited.saturating_add(wait);
            since_nudge = since_nudge.saturating_add(wait);
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }

    /// Publishes again every stored block that the ledger does not have, and notes which are final. Returns how many were
    /// missing.
    ///
    /// # Errors
    /// [`WalletError`], of the first account that could not be finished; the others were tried all the same.
    pub async fn republish(&self) -> Result<usize, WalletError> {
        let accounts = self.state().read(blocks::accounts_under_way)?;
        let (mut missing, mut failed) = (0_usize, None);
        for index in accounts {
            let _turn = self.turn(index).await;
            match self.republish_account(index).await {
                Ok(count) => missing = missing.saturating_add(count),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(missing), Err)
    }

    async fn republish_account(&self, index: AccountIndex) -> Result<usize, WalletError> {
        let run = self
            .state()
            .read(|connection| blocks::under_way(connection, index, i64::MAX))?;
        let mut missing = 0_usize;
        for batch in run.chunks(BATCH) {
            let hashes: Vec<BlockHash> = batch.iter().map(StoredBlock::hash).collect();
            let answers = self
                .nodes()
                .ask(|node| {
                    let hashes = hashes.clone();
                    async move { node.blocks_info(&hashes).await }
                })
                .await;
            let quorum = self.nodes().quorum();
            let said: Vec<&BTreeMap<BlockHash, BlockInfo>> =
                answers.iter().filter_map(|(_, answer)| answer.as_ref().ok()).collect();
            if said.is_empty() {
                return Err(too_few(&answers, quorum));
            }
            for block in batch {
                let hash = block.hash();
                let infos = || {
                    said.iter()
                        .filter_map(|infos| infos.get(&hash))
                        .filter(|info| info.contents.hash() == Some(hash))
                };
                if infos().filter(|info| info.confirmed).count() >= quorum {
                    self.confirmed(index, hash)?;
                } else if infos().next().is_none() || block.progress == Progress::Signed {
                    missing = missing.saturating_add(1);
                }
            }
        }
        if missing > 0 {
            // All of them: what is there already costs a question, and what is missing needs those before it.
            let still = self
                .state()
                .read(|connection| blocks::under_way(connection, index, i64::MAX))?;
            if !self.publish_run(&still).await? {
                return Err(WalletError::Nodes(RpcError::Node(NodeError::GapPrevious)));
            }
            tracing::info!(%index, missing, "published again what the ledger did not have");
        }
        Ok(missing)
    }

    /// A block that stays unconfirmed: one that no node has is published again, one that they have is nudged.
    async fn revive(&self, hash: BlockHash, stored: Option<StoredBlock>, words: &[Word]) -> Result<(), WalletError> {
        match stored {
            Some(stored) if !is_there(words) => {
                let Some(_turn) = self.turn_if_free(stored.index) else {
                    return Ok(());
                };
                match self.publish(stored).await {
                    // Whatever was given up, the block is looked at again before it is waited for.
                    Ok(_) | Err(WalletError::Lost { .. }) => {}
                    Err(error @ WalletError::State(_)) => return Err(error),
                    Err(error) => tracing::warn!(%hash, %error, "a block that the nodes do not have was not published"),
                }
            }
            Some(_) | None => self.nodes().nudge(&hash).await,
        }
        Ok(())
    }

    /// What each node says about the block.
    async fn words(&self, hash: BlockHash) -> Vec<Word> {
        let answers: Vec<(String, Result<Word, RpcError>)> = self
            .nodes()
            .ask(|node| async move { Ok(word(hash, &node.block_info(&hash).await)) })
            .await;
        answers
            .into_iter()
            .map(|(_, answer)| answer.unwrap_or(Word::Silent))
            .collect()
    }

    fn lost_error(&self, hash: BlockHash) -> Result<WalletError, WalletError> {
        let rival = self.state().read(|connection| blocks::rival_of(connection, hash))?;
        Ok(match rival {
            Some(rival) => WalletError::Lost { hash, rival },
            None => WalletError::Refused {
                hash,
                reason: "given up".to_owned(),
            },
        })
    }
}

/// Whether a node has the block.
fn is_there(words: &[Word]) -> bool {
    words.iter().any(|word| match word {
        Word::Final | Word::NotFinal => true,
        Word::Unknown | Word::Silent => false,
    })
}
