//! What the parties do: they join with their intents, and answer.

use nanoark_ark_verifier::challenge::{Answer, Step};

use super::Transition;
use crate::ceremony::code::FailureCode;
use crate::ceremony::hold::HoldChange;
use crate::ceremony::progress::{Asked, PartyAnswer, Progress, Stage};
use crate::ceremony::session::{PartyIntent, Session};
use crate::time::Timestamp;
use bitcoin::XOnlyPublicKey;

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

/// What came of something that a party sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It changes the session.
    Now(Box<Transition>),
    /// The session has it already.
    Before,
}

/// What an answer would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The party of this number is waited for.
    From(usize),
    /// The session has this very answer, or is final and needs none.
    Had,
}

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
}
