//! The sweep over deadlines: offers that are over, and jobs whose stage is. A deadline is a rule, checked by every
//! command; the sweep only puts on record what is true already, and gives it a reason.

use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::{Caller, Order, overdue};
use nanoark_domain::offer::{OfferCommand, OfferOrder};
use nanoark_runtime::{Function, InvocationError, Relay, Trigger};
use nanoark_store::CommitError;

/// The function.
pub const FUNCTION: Function = Function {
    name: "expire",
    trigger: Trigger::Schedule(|relay| Box::pin(handle(relay))),
};

/// Offers, and jobs, that one run ends. What is left waits for the next run, earliest first.
const PER_RUN: usize = 500;

async fn handle(relay: &Relay) -> Result<String, InvocationError> {
    let try_again = |error: &dyn std::error::Error| InvocationError::TryAgain(error.to_string());
    let now = relay.now();
    let offers = relay
        .store()
        .offers_due(now, PER_RUN)
        .await
        .map_err(|error| try_again(&error))?;
    let jobs = relay
        .store()
        .jobs_due(now, PER_RUN)
        .await
        .map_err(|error| try_again(&error))?;
    let (mut ended, mut failed) = (0_u32, 0_u32);
    let mut count = |outcome: Result<(), String>, id: &dyn std::fmt::Display| match outcome {
        Ok(()) => ended = ended.saturating_add(1),
        Err(error) => {
            tracing::error!(%id, error, "deadline not put on record");
            failed = failed.saturating_add(1);
        }
    };
    for offer in offers {
        count(expire_offer(relay, offer).await, &offer);
    }
    for job in jobs {
        count(expire_job(relay, job).await, &job);
    }
    if failed > 0 && ended == 0 {
        return Err(InvocationError::TryAgain(format!(
            "{failed} deadlines could not be put on record"
        )));
    }
    Ok(format!("{ended} deadlines put on record, {failed} not"))
}

async fn expire_offer(relay: &Relay, offer: OfferId) -> Result<(), String> {
    let order = OfferOrder {
        caller: None,
        command: OfferCommand::Expire,
        now: relay.now(),
    };
    settled(relay.store().settle_offer(offer, &order).await)
}

async fn expire_job(relay: &Relay, job_id: JobId) -> Result<(), String> {
    let job = relay.store().job(job_id).await.map_err(|error| error.to_string())?;
    let now = relay.now();
    let Some(command) = job.and_then(|job| overdue(&job, now, relay.limits())) else {
        return Ok(());
    };
    let order = Order {
        caller: Caller::Relay,
        command,
        now,
    };
    settled(relay.store().settle_job(job_id, &order, &[], relay.limits()).await)
}

/// A rule that forbids it now means that somebody was faster.
fn settled<R: std::fmt::Debug>(outcome: Result<(), CommitError<R>>) -> Result<(), String> {
    match outcome {
        Ok(()) | Err(CommitError::Rejected(_) | CommitError::Contended) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
