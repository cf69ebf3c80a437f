//! The queue of ceremony steps: what the gateway has to do in a session. Every step may be done any number of times, by
//! any number of workers: it looks at the record first, and its outcome is written only if the record has not changed.
//!
//! A step that the operator does not answer is queued again with a growing delay. When the delays are used up the sweep
//! takes over (`sweep-sessions`), once a minute for as long as it takes: nothing that was submitted is ever given up.

mod ask;
mod build;
mod finalize;
mod outcome;
mod reconcile;
mod submit;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use nanoark_domain::ceremony::{Progress, Session};
use nanoark_domain::time::Seconds;
use nanoark_runtime::messages::CeremonyStep;
use nanoark_runtime::{Function, Relay, Trigger};
use nanoark_store::{ChangeRefusal, CommitError};

use crate::measure;
use crate::refusal::Refusal;
use outcome::Outcome;

/// The function.
pub const FUNCTION: Function = Function {
    name: "advance-session",
    trigger: Trigger::Queue(|relay, event| Box::pin(handle(relay, event))),
};

/// The delays between tries, until the sweep takes over.
const AGAIN_AFTER: [Seconds; 5] = [Seconds(1), Seconds(2), Seconds(5), Seconds(15), Seconds(30)];

/// How often a session is looked at anew because it changed meanwhile, or moved on.
const LOOKS: u32 = 6;

async fn handle(relay: &Relay, event: SqsEvent) -> SqsBatchResponse {
    let mut answer = SqsBatchResponse::default();
    for message in event.records {
        if let Err(error) = take(relay, &message).await {
            tracing::error!(error, message_id = message.message_id, "step failed");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.unwrap_or_default();
            answer.batch_item_failures.push(failure);
        }
    }
    answer
}

async fn take(relay: &Relay, message: &SqsMessage) -> Result<(), String> {
    let body = message.body.as_deref().unwrap_or("");
    let step: CeremonyStep = serde_json::from_str(body).map_err(|error| format!("unreadable step: {error}"))?;
    let trouble = match advance(relay, &step).await {
        Ok(()) => return Ok(()),
        Err(refusal) => refusal,
    };
    let number = usize::try_from(step.attempt).unwrap_or(usize::MAX);
    tracing::warn!(session_id = %step.session_id, attempt = step.attempt, %trouble, "step not done");
    let Some(delay) = AGAIN_AFTER.get(number) else {
        // The sweep comes by.
        return Ok(());
    };
    let again = CeremonyStep {
        attempt: step.attempt.saturating_add(1),
        ..step
    };
    let queue = relay.ceremony_steps().map_err(|error| error.to_string())?;
    queue.send(&again, *delay).await.map_err(|error| error.to_string())
}

/// Does what there is to do in a session now.
async fn advance(relay: &Relay, step: &CeremonyStep) -> Result<(), Refusal> {
    for _ in 0..LOOKS {
        let Some(session) = relay.store().session(step.session_id).await? else {
            return Err(Refusal::Internal("there is no such session".to_owned()));
        };
        let outcome = match &session.progress {
            progress if progress.stage().can_end() && session.overdue(relay.now()).is_some() => {
                expire(relay, &session)?
            }
            Progress::Accepted => build::build(relay, &session).await?,
            Progress::Signed(challenged) => submit::submit(relay, &session, challenged).await?,
            Progress::Countersigned(submitted) => finalize::finalize(relay, &session, submitted).await?,
            Progress::Submitted(submitted) => reconcile::look(relay, &session, submitted).await?,
            Progress::Gathering | Progress::Challenged(_) | Progress::Finalized(_) | Progress::Failed(_) => {
                return Ok(());
            }
        };
        let transition = match outcome {
            Outcome::Nothing => return Ok(()),
            Outcome::Change(transition) => transition,
        };
        match relay.store().change_session(session.version, &transition).await {
            Ok(()) => {
                measure::step(&session, &transition);
                return Ok(());
            }
            // Somebody else did it, or a VTXO was taken meanwhile: look again.
            Err(
                CommitError::Contended | CommitError::Rejected(ChangeRefusal::Outdated(_) | ChangeRefusal::Held(_)),
            ) => {}
            Err(CommitError::Rejected(ChangeRefusal::Gone)) => {
                return Err(Refusal::Internal("the session is gone".to_owned()));
            }
            Err(error) => return Err(Refusal::commit(error)),
        }
    }
    Err(Refusal::Contended)
}

fn expire(relay: &Relay, session: &Session) -> Result<Outcome, Refusal> {
    let now = relay.now();
    match session.overdue(now) {
        Some(failure) => Outcome::failed(relay, session, failure, now),
        None => Ok(Outcome::Nothing),
    }
}
