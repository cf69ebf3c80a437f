//! The sweep over sessions: those that expired, those whose step got lost, and those whose wallets are to be reminded are
//! queued once more. What is to be done is decided where it is done.

use nanoark_domain::time::Seconds;
use nanoark_runtime::messages::CeremonyStep;
use nanoark_runtime::{Function, InvocationError, Relay, Trigger};

/// The function.
pub const FUNCTION: Function = Function {
    name: "sweep-sessions",
    trigger: Trigger::Schedule(|relay| Box::pin(handle(relay))),
};

/// Sessions that one run queues. What is left waits for the next run, earliest first.
const PER_RUN: usize = 500;

/// Past the delays between tries: the next one is the sweep's next run.
const LAST_ATTEMPT: u32 = u32::MAX;

async fn handle(relay: &Relay) -> Result<String, InvocationError> {
    let try_again = |error: &dyn std::error::Error| InvocationError::TryAgain(error.to_string());
    let due = relay
        .store()
        .due_sessions(relay.now(), PER_RUN)
        .await
        .map_err(|error| try_again(&error))?;
    let queue = relay.ceremony_steps().map_err(|error| try_again(&error))?;
    let mut queued = 0_u32;
    for session_id in due {
        let step = CeremonyStep {
            session_id,
            attempt: LAST_ATTEMPT,
        };
        queue.send(&step, Seconds(0)).await.map_err(|error| try_again(&error))?;
        queued = queued.saturating_add(1);
    }
    Ok(format!("{queued} sessions queued"))
}
