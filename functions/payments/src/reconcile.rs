//! The watch over invoice accounts: payments that nobody named, that came late, that came twice, and verdicts that are
//! still open. Money that arrives is found, whatever became of the job.

use nanoark_domain::id::JobId;
use nanoark_domain::job::{Caller, Command, Job, Order};
use nanoark_domain::payment::{Finding, InvoiceTerms, Judgement, Payment, RejectReason, Sighting, judge, next_watch};
use nanoark_domain::time::Timestamp;
use nanoark_runtime::{Function, InvocationError, Relay, Trigger};
use nanoark_store::CommitError;

use crate::ledger;
use crate::verdict::{self, Outcome};

/// The function.
pub const FUNCTION: Function = Function {
    name: "reconcile-payments",
    trigger: Trigger::Schedule(|relay| Box::pin(handle(relay))),
};

/// Jobs that one run looks at. What is left waits for the next run, earliest first.
const PER_RUN: usize = 200;

async fn handle(relay: &Relay) -> Result<String, InvocationError> {
    let try_again = |error: &dyn std::error::Error| InvocationError::TryAgain(error.to_string());
    let due = relay
        .store()
        .jobs_to_watch(relay.now(), PER_RUN)
        .await
        .map_err(|error| try_again(&error))?;
    let (mut looked, mut failed) = (0_u32, 0_u32);
    for job_id in due {
        match look_at(relay, job_id).await {
            Ok(()) => looked = looked.saturating_add(1),
            Err(error) => {
                // One job that cannot be looked at must not keep the others waiting; it is due again next time.
                tracing::error!(%job_id, error, "invoice account not looked at");
                failed = failed.saturating_add(1);
            }
        }
    }
    if failed > 0 && looked == 0 {
        return Err(InvocationError::TryAgain(format!(
            "{failed} invoice accounts could not be looked at"
        )));
    }
    Ok(format!("{looked} invoice accounts looked at, {failed} not"))
}

async fn look_at(relay: &Relay, job_id: JobId) -> Result<(), String> {
    let job = relay.store().job(job_id).await.map_err(|error| error.to_string())?;
    let Some(job) = job else { return Ok(()) };
    let now = relay.now();
    let Some(terms) = ledger::terms(&job, relay.limits()) else {
        return watch_next(relay, &job, now).await;
    };
    let nodes = relay.nodes().map_err(|error| error.to_string())?;
    let sightings = ledger::look_at_all(nodes, &job, &terms.invoice, now)
        .await
        .map_err(|undecided| undecided.to_string())?;
    let patience = terms.pay_until.plus(relay.limits().delivery_grace);
    let judgement = match judge(&terms, job.payment_hash(), &sightings) {
        Judgement::Open(reason) => match &job.money.payment {
            Payment::Submitted { .. } if now < patience => Judgement::Open(reason),
            // The named block is waited for no longer; what else arrived counts without it.
            Payment::Submitted { .. } | Payment::Judged { .. } => without_named(&job, &terms, &sightings, reason),
            Payment::None => Judgement::Open(reason),
        },
        decided @ Judgement::Decided { .. } => decided,
    };
    if let Judgement::Decided {
        hash,
        finding,
        receipts,
    } = judgement
    {
        let stands = matches!(&job.money.payment, Payment::Judged { hash: known, finding: before, .. }
            if *known == hash && *before == finding && job.money.receipts == receipts);
        if !stands {
            let order = Order::judge_payment(&job, hash, finding, receipts, now, relay.limits());
            // The job is due again at once: the next run sees what came of it and sets the next watch.
            return match verdict::record(relay, &job, &order).await? {
                Outcome::Decided | Outcome::LookAgain => Ok(()),
                Outcome::Undecided(undecided) => Err(undecided.to_string()),
            };
        }
    }
    watch_next(relay, &job, now).await
}

/// The verdict when nobody waits for the named block any more: the nodes answer, and what they say about it has not changed
/// for as long as a delivery may be late.
fn without_named(job: &Job, terms: &InvoiceTerms, sightings: &[Sighting], reason: RejectReason) -> Judgement {
    match (judge(terms, None, sightings), &job.money.payment) {
        (Judgement::Open(_), Payment::Submitted { hash, .. }) => Judgement::Decided {
            hash: *hash,
            finding: Finding::Rejected(reason),
            receipts: job.money.receipts.clone(),
        },
        (judgement, _) => judgement,
    }
}

/// Sets when the invoice account is looked at next.
pub(crate) async fn watch_next(relay: &Relay, job: &Job, now: Timestamp) -> Result<(), String> {
    let next = next_watch(job, now, relay.limits());
    let command = Command::Watch {
        revision: job.money.revision,
        next,
    };
    let order = Order {
        caller: Caller::Relay,
        command,
        now,
    };
    match relay.store().settle_job(job.id, &order, &[], relay.limits()).await {
        // Its money changed meanwhile: it stays due, and the next run looks again.
        Ok(()) | Err(CommitError::Rejected(_) | CommitError::Contended) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
