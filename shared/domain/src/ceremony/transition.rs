//! What happens to a session. Every method takes the record as it is and gives the one that is to be written in its place,
//! under the condition that the version has not changed; so each of them may be tried any number of times.

use nanoark_ark_verifier::challenge::{Answer, Step};
use nanoark_ark_verifier::intent::ActionType;

use super::code::FailureCode;
use super::hold::HoldChange;
use super::plan::Plan;
use super::progress::{Asked, Challenged, Failure, OperatorSigned, PartyAnswer, Progress, Stage, Submitted, Unsigned};
use super::receipt::Receipt;
use super::session::{Outgoing, Party, PartyIntent, Session, Timing};
use crate::time::{Seconds, Timestamp};
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

/// Why an intent does not join a swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefusal {
    /// Its author is no party.
    #[error("the author is no party to this swap")]
    NoParty,
    /// Its author has joined with another intent.
    #[error("the author joined this swap with another intent")]
    JoinedBefore,
    /// The session is past gathering.
    #[error("the session is {}", .0.as_str())]
    Over(Stage),
    /// The session has expired.
    #[error("the session has expired")]
    Expired,
}

/// Why an answer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// Its author is no party.
    #[error("the author is no party to this session")]
    NoParty,
    /// The session does not wait for it.
    #[error("the session is {}", .0.as_str())]
    Unexpected(Stage),
    /// It is to other bytes than those that were asked.
    #[error("the answer is to another payload")]
    WrongPayload,
    /// The party has answered this step with other signatures.
    #[error("this step was answered before, differently")]
    AnsweredBefore,
    /// It came after the session's expiry.
    #[error("the session has expired")]
    Expired,
}

/// The session is not where this could happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session is {}", .stage.as_str())]
pub struct TransitionRefusal {
    /// Where it is.
    pub stage: Stage,
}

/// What came of something that a party sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It changes the session.
    Now(Box<Transition>),
    /// The session has it already.
    Before,
}

/// How long after a stage that is ours began it is tried once more: the queue has had its chance by then.
const OURS_AGAIN: Seconds = Seconds(60);

/// How long after submission the wallets are reminded of their second signature. After the last one, daily.
const REMINDERS: [Seconds; 3] = [Seconds(600), Seconds(3_600), Seconds(21_600)];

/// A day.
const DAY: Seconds = Seconds(86_400);

impl AnswerRefusal {
    /// Its code.
    #[must_use]
    pub const fn code(self) -> FailureCode {
        match self {
            Self::NoParty => FailureCode::UnknownSession,
            Self::Unexpected(_) => FailureCode::UnexpectedAnswer,
            Self::WrongPayload => FailureCode::WrongPayload,
            Self::AnsweredBefore => FailureCode::AnsweredBefore,
            Self::Expired => FailureCode::Expired,
        }
    }
}

impl JoinRefusal {
    /// Its code.
    #[must_use]
    pub const fn code(self) -> FailureCode {
        match self {
            Self::NoParty => FailureCode::BatchInvalid,
            Self::JoinedBefore => FailureCode::ActionIdReused,
            Self::Over(_) => FailureCode::BatchInvalid,
            Self::Expired => FailureCode::Expired,
        }
    }
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

    /// A further party's intent.
    ///
    /// # Errors
    /// See [`JoinRefusal`].
    pub fn join(&self, author: &XOnlyPublicKey, intent: PartyIntent, now: Timestamp) -> Result<Received, JoinRefusal> {
        let number = self.party_of(author).ok_or(JoinRefusal::NoParty)?;
        let mut next = self.clone();
        let Some(party) = next.parties.get_mut(number) else {
            return Err(JoinRefusal::NoParty);
        };
        match &party.intent {
            Some(before) if before.intent == intent.intent => return Ok(Received::Before),
            Some(_) => return Err(JoinRefusal::JoinedBefore),
            None => {}
        }
        match self.progress.stage() {
            Stage::Gathering => {}
            stage @ (Stage::Accepted
            | Stage::Challenged
            | Stage::Signed
            | Stage::Submitted
            | Stage::Countersigned
            | Stage::Finalized
            | Stage::Failed) => return Err(JoinRefusal::Over(stage)),
        }
        if now >= self.expires_at {
            return Err(JoinRefusal::Expired);
        }
        next.expires_at = next.expires_at.min(Timestamp::from_seconds(intent.intent.expires_at));
        party.intent = Some(intent);
        if next.parties.iter().all(|party| party.intent.is_some()) {
            next.reach(Progress::Accepted, now);
        } else {
            next.version = next.version.saturating_add(1);
        }
        Ok(Received::Now(Box::new(Transition::of(next))))
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

    /// What a party is asked, if it is asked for this step.
    #[must_use]
    pub fn asked(&self, party: usize, step: Step) -> Option<&Asked> {
        match (&self.progress, step) {
            (Progress::Challenged(challenged), Step::ArkTransaction) => challenged.asked.get(party),
            (Progress::Submitted(submitted), Step::Checkpoints) => submitted.asked.get(party),
            (
                Progress::Gathering
                | Progress::Accepted
                | Progress::Challenged(_)
                | Progress::Signed(_)
                | Progress::Submitted(_)
                | Progress::Countersigned(_)
                | Progress::Finalized(_)
                | Progress::Failed(_),
                Step::ArkTransaction | Step::Checkpoints,
            ) => None,
        }
    }

    /// What a party has answered at this step, as long as the session remembers.
    #[must_use]
    pub fn answered(&self, party: usize, step: Step) -> Option<&PartyAnswer> {
        let (first, second) = match &self.progress {
            Progress::Challenged(challenged) | Progress::Signed(challenged) => (Some(&challenged.answers), None),
            Progress::Submitted(submitted) | Progress::Countersigned(submitted) => {
                (Some(&submitted.first.answers), Some(&submitted.answers))
            }
            Progress::Gathering | Progress::Accepted | Progress::Finalized(_) | Progress::Failed(_) => (None, None),
        };
        let answers = match step {
            Step::ArkTransaction => first,
            Step::Checkpoints => second,
        };
        answers.and_then(|answers| answers.get(&party))
    }

    /// Whether this answer would be taken. Its signatures are verified between this and [`Session::answer`], which asks
    /// again.
    ///
    /// # Errors
    /// See [`AnswerRefusal`].
    pub fn expects(&self, author: &XOnlyPublicKey, answer: &Answer, now: Timestamp) -> Result<Expected, AnswerRefusal> {
        let party = self.party_of(author).ok_or(AnswerRefusal::NoParty)?;
        // It took the answer of every party to get there, and what they were is no longer kept: whoever has lost the reply
        // and sends an answer once more learns that all is done.
        if matches!(self.progress, Progress::Finalized(_)) {
            return Ok(Expected::Had);
        }
        if let Some(before) = self.answered(party, answer.step) {
            return if before.answer == *answer {
                Ok(Expected::Had)
            } else {
                Err(AnswerRefusal::AnsweredBefore)
            };
        }
        let asked = self
            .asked(party, answer.step)
            .ok_or_else(|| AnswerRefusal::Unexpected(self.progress.stage()))?;
        if asked.payload_ref != answer.payload_ref {
            return Err(AnswerRefusal::WrongPayload);
        }
        // What has been submitted never expires: the answer is what frees the money.
        if answer.step == Step::ArkTransaction && now >= self.expires_at {
            return Err(AnswerRefusal::Expired);
        }
        Ok(Expected::From(party))
    }

    /// A party's answer, whose signatures were verified. With the last one of the first step the inputs are held without a
    /// lease, in the same write: from then on the transaction may be on its way.
    ///
    /// # Errors
    /// See [`AnswerRefusal`].
    pub fn answer(&self, author: &XOnlyPublicKey, answer: Answer, now: Timestamp) -> Result<Received, AnswerRefusal> {
        let party = match self.expects(author, &answer, now)? {
            Expected::Had => return Ok(Received::Before),
            Expected::From(party) => party,
        };
        let parties = self.parties.len();
        let given = PartyAnswer { answer, at: now };
        let mut next = self.clone();
        let mut holds = Vec::new();
        match &self.progress {
            Progress::Challenged(challenged) => {
                let mut challenged = challenged.clone();
                challenged.answers.insert(party, given);
                if challenged.answers.len() == parties {
                    holds.extend(
                        challenged
                            .plan
                            .outpoints()
                            .map(|outpoint| HoldChange::Submit { outpoint }),
                    );
                    next.reach(Progress::Signed(challenged), now);
                } else {
                    next.stay(Progress::Challenged(challenged));
                }
            }
            Progress::Submitted(submitted) => {
                let mut submitted = submitted.clone();
                submitted.answers.insert(party, given);
                if submitted.answers.len() == parties {
                    next.reach(Progress::Countersigned(submitted), now);
                } else {
                    next.stay(Progress::Submitted(submitted));
                }
            }
            Progress::Gathering
            | Progress::Accepted
            | Progress::Signed(_)
            | Progress::Countersigned(_)
            | Progress::Finalized(_)
            | Progress::Failed(_) => return Err(AnswerRefusal::Unexpected(self.progress.stage())),
        }
        Ok(Received::Now(Box::new(Transition {
            holds,
            ..Transition::of(next)
        })))
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

    /// Why the session ends now for lack of signatures, if it does.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Option<Failure> {
        let missing = match &self.progress {
            Progress::Gathering => "a party did not order in time",
            Progress::Accepted => "the transaction could not be built in time",
            Progress::Challenged(_) => "a wallet did not sign in time",
            Progress::Signed(_)
            | Progress::Submitted(_)
            | Progress::Countersigned(_)
            | Progress::Finalized(_)
            | Progress::Failed(_) => return None,
        };
        (now >= self.expires_at).then(|| Failure::new(FailureCode::Expired, missing))
    }

    /// When somebody should look at it again, if nothing happens by itself.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let since = self.stage_since();
        match &self.progress {
            Progress::Gathering | Progress::Challenged(_) => Some(self.expires_at),
            Progress::Accepted => Some(self.expires_at.min(since.plus(OURS_AGAIN))),
            Progress::Signed(_) | Progress::Countersigned(_) => Some(since.plus(OURS_AGAIN)),
            Progress::Submitted(submitted) => {
                let number = usize::try_from(submitted.reminders).unwrap_or(usize::MAX);
                let fixed = REMINDERS.get(number).copied();
                let later = number.saturating_sub(REMINDERS.len()).saturating_add(1);
                let wait =
                    fixed.unwrap_or_else(|| Seconds(DAY.0.saturating_mul(u32::try_from(later).unwrap_or(u32::MAX))));
                Some(since.plus(wait))
            }
            Progress::Finalized(_) | Progress::Failed(_) => None,
        }
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

/// What an answer would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The party of this number is waited for.
    From(usize),
    /// The session has this very answer, or is final and needs none.
    Had,
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
