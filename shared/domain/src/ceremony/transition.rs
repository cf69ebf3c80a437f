//! What happens to a session. Every method takes the record as it is and gives the one that is to be written in its place,
//! under the condition that the version has not changed; so each of them may be tried any number of times.

mod clock;
mod parties;

pub use parties::{AnswerRefusal, Expected, JoinRefusal, Received};

use nanoark_ark_verifier::intent::ActionType;

use super::hold::HoldChange;
use super::plan::Plan;
use super::progress::{Asked, Challenged, Failure, OperatorSigned, Progress, Stage, Submitted, Unsigned};
use super::receipt::Receipt;
use super::session::{Outgoing, Party, PartyIntent, Session, Timing};
use crate::time::Timestamp;
use bitcoin::XOnlyPublicKey;

/// What is to be written, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The session as it will be.
    pub session: Session,
    /// What becomes of the VTXOs.
    pub holds: Vec<HoldChange>,
    /// The Nostr keys of those who have one open session fewer.
    pub closed_for: Vec<XOnlyPublicKey>,
    /// The receipt that goes on record.
    pub receipt: Option<Receipt>,
}

/// The session is not where this could happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session is {}", .stage.as_str())]
pub struct TransitionRefusal {
    /// Where it is.
    pub stage: Stage,
}

impl Session {
    /// The session that an intent begins. `parties` are all who take part, in the order of their inputs.
    #[must_use]
    pub fn open(author: XOnlyPublicKey, intent: PartyIntent, parties: &[XOnlyPublicKey], now: Timestamp) -> Self {
        let id = Self::id_for(&author, &intent.intent);
        let action: ActionType = intent.intent.action.kind();
        let expires_at = Timestamp::from_seconds(intent.intent.expires_at);
        let mut intent = Some(intent);
        let parties: Vec<Party> = parties
            .iter()
            .map(|nostr| Party {
                nostr: *nostr,
                intent: if *nostr == author { intent.take() } else { None },
            })
            .collect();
        let progress = if parties.iter().all(|party| party.intent.is_some()) {
            Progress::Accepted
        } else {
            Progress::Gathering
        };
        Self {
            id,
            action,
            parties,
            created_at: now,
            expires_at,
            version: 1,
            timings: vec![Timing {
                stage: progress.stage(),
                at: now,
            }],
            progress,
            outbox: Vec::new(),
        }
    }

    /// The transactions are built, and the wallets are asked to sign the ark transaction.
    ///
    /// # Errors
    /// When the session does not wait to be built.
    pub fn challenge(
        &self,
        plan: Plan,
        unsigned: Unsigned,
        asked: Vec<Asked>,
        events: Vec<Outgoing>,
        now: Timestamp,
    ) -> Result<Transition, TransitionRefusal> {
        let Progress::Accepted = &self.progress else {
            return Err(self.refusal());
        };
        let holds = plan
            .outpoints()
            .map(|outpoint| HoldChange::Reserve {
                outpoint,
                lease_until: self.expires_at,
            })
            .collect();
        let mut next = self.clone();
        next.outbox.extend(events);
        let challenged = Challenged {
            plan,
            unsigned,
            asked,
            answers: std::collections::BTreeMap::new(),
        };
        next.reach(Progress::Challenged(Box::new(challenged)), now);
        Ok(Transition {
            holds,
            ..Transition::of(next)
        })
    }

    /// The operator has signed, and the wallets are asked to sign the checkpoints.
    ///
    /// # Errors
    /// When the session does not wait for the operator's signature.
    pub fn submitted(
        &self,
        signed: OperatorSigned,
        asked: Vec<Asked>,
        events: Vec<Outgoing>,
        now: Timestamp,
    ) -> Result<Transition, TransitionRefusal> {
        let Progress::Signed(first) = &self.progress else {
            return Err(self.refusal());
        };
        let mut next = self.clone();
        next.outbox.extend(events);
        let submitted = Submitted {
            first: Challenged::clone(first),
            signed,
            asked,
            answers: std::collections::BTreeMap::new(),
            reminders: 0,
        };
        next.reach(Progress::Submitted(Box::new(submitted)), now);
        Ok(Transition::of(next))
    }

    /// The wallets are reminded of their second signature.
    ///
    /// # Errors
    /// When the session does not wait for one.
    pub fn remind(&self, events: Vec<Outgoing>) -> Result<Transition, TransitionRefusal> {
        let Progress::Submitted(submitted) = &self.progress else {
            return Err(self.refusal());
        };
        let mut submitted = submitted.clone();
        submitted.reminders = submitted.reminders.saturating_add(1);
        let mut next = self.clone();
        next.outbox.extend(events);
        next.stay(Progress::Submitted(submitted));
        Ok(Transition::of(next))
    }

    /// What a session will have done once it is final, if it has been submitted. A wallet may finalise by itself, so this
    /// may come true without the gateway.
    #[must_use]
    pub fn receipt(&self, now: Timestamp) -> Option<Receipt> {
        if let Progress::Finalized(receipt) = &self.progress {
            return Some(Receipt::clone(receipt));
        }
        let first = self.progress.underway()?;
        Some(Receipt::of(self, &first.plan, first.unsigned.ark_txid, now))
    }

    /// The transaction is final.
    ///
    /// # Errors
    /// When it was not submitted, or is final already.
    pub fn finalized(
        &self,
        receipt: Receipt,
        events: Vec<Outgoing>,
        now: Timestamp,
    ) -> Result<Transition, TransitionRefusal> {
        let Some(first) = self.progress.underway() else {
            return Err(self.refusal());
        };
        let holds = first
            .plan
            .outpoints()
            .map(|outpoint| HoldChange::Spend { outpoint })
            .collect();
        let mut next = self.clone();
        next.outbox.extend(events);
        next.reach(Progress::Finalized(Box::new(receipt.clone())), now);
        Ok(Transition {
            holds,
            closed_for: self.joined(),
            receipt: Some(receipt),
            session: next,
        })
    }

    /// It will not happen. After the wallets have signed, only the operator's refusal makes it so.
    ///
    /// # Errors
    /// When it may have happened, or is over already.
    pub fn fail(
        &self,
        failure: Failure,
        events: Vec<Outgoing>,
        now: Timestamp,
    ) -> Result<Transition, TransitionRefusal> {
        let held: Vec<_> = match &self.progress {
            Progress::Gathering | Progress::Accepted => Vec::new(),
            Progress::Challenged(challenged) | Progress::Signed(challenged) => challenged.plan.outpoints().collect(),
            Progress::Submitted(_) | Progress::Countersigned(_) | Progress::Finalized(_) | Progress::Failed(_) => {
                return Err(self.refusal());
            }
        };
        let mut next = self.clone();
        next.outbox.extend(events);
        next.reach(Progress::Failed(failure), now);
        Ok(Transition {
            holds: held
                .into_iter()
                .map(|outpoint| HoldChange::Release { outpoint })
                .collect(),
            closed_for: self.joined(),
            receipt: None,
            session: next,
        })
    }

    /// The Nostr keys of those whose intents are here.
    fn joined(&self) -> Vec<XOnlyPublicKey> {
        self.parties
            .iter()
            .filter(|party| party.intent.is_some())
            .map(|party| party.nostr)
            .collect()
    }

    fn reach(&mut self, progress: Progress, now: Timestamp) {
        self.timings.push(Timing {
            stage: progress.stage(),
            at: now,
        });
        self.stay(progress);
    }

    fn stay(&mut self, progress: Progress) {
        self.progress = progress;
        self.version = self.version.saturating_add(1);
    }

    const fn refusal(&self) -> TransitionRefusal {
        TransitionRefusal {
            stage: self.progress.stage(),
        }
    }
}

impl Transition {
    const fn of(session: Session) -> Self {
        Self {
            session,
            holds: Vec::new(),
            closed_for: Vec::new(),
            receipt: None,
        }
    }
}

#[cfg(test)]
pub(in crate::ceremony) mod tests;
