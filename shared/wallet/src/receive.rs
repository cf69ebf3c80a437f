//! Taking in what was sent to an account.

use std::collections::BTreeSet;

use nanoark_nano::evidence::{Observation, SendEvidence, Unverifiable};
use nanoark_nano::{BlockHash, RawAmount};
use nanoark_nano_rpc::{Receivable, ReceivableFilter};

use crate::error::{WalletError, too_few};
use crate::secret::AccountIndex;
use crate::sign::Intent;
use crate::state::blocks;
use crate::wallet::Wallet;

/// How many sends are looked at in one go. The largest come first: dust does not keep a payment waiting.
const PER_ROUND: u16 = 50;

/// How many times the nodes are asked for more.
const ROUNDS: usize = 40;

/// Money taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The account that has it now.
    pub index: AccountIndex,
    /// The send that was taken in.
    pub source: BlockHash,
    /// How much, in raw.
    pub amount: RawAmount,
    /// Our block.
    pub hash: BlockHash,
}

impl Wallet {
    /// Takes in everything final that waits for the account, at least `threshold` raw each. A send is taken in once,
    /// with an amount that follows from the sender's own blocks and not from a node's word.
    ///
    /// # Errors
    /// [`WalletError`]; what was taken in before the error stays so, and asking again goes on.
    pub async fn receive(&self, index: AccountIndex, threshold: RawAmount) -> Result<Vec<Received>, WalletError> {
        let _turn = self.turn(index).await;
        self.receive_in_turn(index, threshold).await
    }

    /// The same, to be called in the account's turn.
    pub(crate) async fn receive_in_turn(
        &self,
        index: AccountIndex,
        threshold: RawAmount,
    ) -> Result<Vec<Received>, WalletError> {
        let (mut seen, mut received) = (BTreeSet::new(), Vec::new());
        for _ in 0..ROUNDS {
            let waiting = self.waiting(index, threshold).await?;
            let fresh: Vec<BlockHash> = waiting.into_iter().filter(|source| seen.insert(*source)).collect();
            let full = fresh.len() >= usize::from(PER_ROUND);
            for source in fresh {
                received.extend(self.take_in(index, source, threshold).await?);
            }
            if !full {
                break;
            }
        }
        Ok(received)
    }

    /// What waits for the account on the word of any node, so that none can hide it.
    async fn waiting(&self, index: AccountIndex, threshold: RawAmount) -> Result<Vec<BlockHash>, WalletError> {
        let account = self.account(index);
        let filter = ReceivableFilter {
            count: PER_ROUND,
            threshold: threshold.max(RawAmount::from_raw(1)),
            only_confirmed: true,
        };
        let answers = self
            .nodes()
            .ask(|node| async move { node.receivable(&account, filter).await })
            .await;
        let quorum = self.nodes().quorum();
        let answered = answers.iter().filter(|(_, answer)| answer.is_ok()).count();
        if answered < quorum {
            return Err(too_few(&answers, quorum));
        }
        let listed = answers.into_iter().filter_map(|(_, answer)| answer.ok()).flatten();
        let mut listed: Vec<Receivable> = listed.collect();
        // The order has no say in what is taken in; it makes two runs the same.
        listed.sort_by_key(|waiting| (std::cmp::Reverse(waiting.amount), waiting.hash));
        Ok(listed.into_iter().map(|waiting| waiting.hash).collect())
    }

    /// Takes in one send, if it is what the nodes make it out to be.
    async fn take_in(
        &self,
        index: AccountIndex,
        source: BlockHash,
        threshold: RawAmount,
    ) -> Result<Option<Received>, WalletError> {
        let known = self.state().read(|connection| blocks::of_source(connection, source))?;
        let amount = match known {
            Some(stored) if stored.is_under_way() => stored.amount,
            // Final already: a node that still lists it is behind.
            Some(_) => return Ok(None),
            None => {
                let observed = self.nodes().observe_send(&source).await;
                match proved(&observed.observation) {
                    Some(send) if send.destination == self.account(index) && send.amount >= threshold => send.amount,
                    Some(_) | None => return Ok(None),
                }
            }
        };
        let block = match self.issue(index, &Intent::Receive { source, amount }).await {
            Ok(block) => block,
            // Received already, by another process or with the same secret elsewhere: nothing is left to take in.
            Err(WalletError::Refused { .. }) if !self.is_stored(source)? => None,
            Err(error) => return Err(error),
        };
        Ok(block.map(|block| Received {
            index,
            source,
            amount,
            hash: block.hash(),
        }))
    }

    fn is_stored(&self, source: BlockHash) -> Result<bool, WalletError> {
        let stored = self.state().read(|connection| blocks::of_source(connection, source))?;
        Ok(stored.is_some())
    }
}

/// The send, if a quorum calls it final. Its amount is proved by its hash and the one before it; whether its sender's
/// signature is in the form that we take does not matter once it is final.
fn proved(observation: &Observation) -> Option<&SendEvidence> {
    let evidence = match observation {
        Observation::Found(evidence) | Observation::Unverifiable(Unverifiable::BadSignature(evidence)) => evidence,
        Observation::NotFound
        | Observation::NotASend(_)
        | Observation::Unverifiable(_)
        | Observation::Disagreement(_)
        | Observation::Unavailable { .. } => return None,
    };
    evidence.confirmations.is_confirmed().then_some(evidence)
}
