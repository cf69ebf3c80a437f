//! What a step comes to.

use nanoark_domain::ceremony::{Failure, Session, Transition, TransitionRefusal};
use nanoark_domain::time::Timestamp;
use nanoark_runtime::Relay;

use crate::refusal::Refusal;
use crate::tell;

/// What a step comes to.
pub(super) enum Outcome {
    /// There is nothing to be written.
    Nothing,
    /// This is to be written.
    Change(Box<Transition>),
}

impl Outcome {
    pub(super) fn change(transition: Result<Transition, TransitionRefusal>) -> Result<Self, Refusal> {
        let transition = transition.map_err(|refusal| Refusal::Internal(refusal.to_string()))?;
        Ok(Self::Change(Box::new(transition)))
    }

    /// The session fails, and its parties are told.
    pub(super) fn failed(relay: &Relay, session: &Session, failure: Failure, now: Timestamp) -> Result<Self, Refusal> {
        let events = tell::failure(relay, session, &failure, now)?;
        Self::change(session.fail(failure, events, now))
    }
}
