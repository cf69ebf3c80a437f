//! The queue of payment checks: is the block that was named on the ledger, final, and what it is said to be?
//!
//! A check that cannot be decided is queued again with a growing delay. When the delays are used up the invoice account's
//! watch takes over (`reconcile-payments`); what no node can tell, or a block that does not verify, goes to the dead-letter
//! queue, because somebody must look at it.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use nanoark_domain::job::{Caller, Command, Job, Order};
use nanoark_domain::payment::{
    Finding, Judgement, Payment, PaymentStatus, RefundFinding, RefundState, Sighting, judge, judge_refund,
    next_check_delay,
};
use nanoark_domain::time::Seconds;
use nanoark_runtime::checks::{CheckPurpose, PaymentCheck};
use nanoark_runtime::{Function, Relay, Trigger};
use nanoark_store::{Claim, Claiming, CommitError};

use crate::verdict::{self, Outcome};
use crate::{ledger, reconcile};

/// The function.
pub const FUNCTION: Function = Function {
    name: "verify-payment",
    trigger: Trigger::Queue(|relay, event| Box::pin(handle(relay, event))),
};

async fn handle(relay: &Relay, event: SqsEvent) -> SqsBatchResponse {
    let mut answer = SqsBatchResponse::default();
    for message in event.records {
        if let Err(error) = check_message(relay, &message).await {
            tracing::error!(error, message_id = message.message_id, "check failed");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.unwrap_or_default();
            answer.batch_item_failures.push(failure);
        }
    }
    answer
}

async fn check_message(relay: &Relay, message: &SqsMessage) -> Result<(), String> {
    let body = message.body.as_deref().unwrap_or("");
    // A message that cannot be read will not get better: it fails until it is a dead letter.
    let check: PaymentCheck = serde_json::from_str(body).map_err(|error| format!("unreadable check: {error}"))?;
    let job = relay
        .store()
        .job(check.job_id)
        .await
        .map_err(|error| error.to_string())?;
    let Some(job) = job else {
        return Err(format!("{} does not exist", check.job_id));
    };
    let outcome = match check.purpose {
        CheckPurpose::Payment => check_payment(relay, &job, &check).await?,
        CheckPurpose::Refund => check_refund(relay, &job, &check).await?,
    };
    match outcome {
        Outcome::Decided => Ok(()),
        Outcome::LookAgain => match next_check_delay(check.attempt) {
            Some(delay) => queue_again(relay, &check, delay).await,
            // The invoice account is watched anyway.
            None => Ok(()),
        },
        Outcome::Undecided(undecided) => {
            tracing::warn!(job_id = %check.job_id, hash = %check.block_hash, attempt = check.attempt, %undecided, "undecided");
            match next_check_delay(check.attempt) {
                Some(delay) => queue_again(relay, &check, delay).await,
                None => Err(format!("undecided to the end: {undecided}")),
            }
        }
    }
}

async fn queue_again(relay: &Relay, check: &PaymentCheck, delay: Seconds) -> Result<(), String> {
    let again = PaymentCheck {
        attempt: check.attempt.saturating_add(1),
        ..*check
    };
    let queue = relay.payment_checks().map_err(|error| error.to_string())?;
    queue.send(&again, delay).await.map_err(|error| error.to_string())
}

async fn check_payment(relay: &Relay, job: &Job, check: &PaymentCheck) -> Result<Outcome, String> {
    match &job.money.payment {
        Payment::Submitted { hash, .. } if *hash == check.block_hash => {}
        // Decided already, or another block was named since: this check is an echo.
        Payment::None | Payment::Submitted { .. } | Payment::Judged { .. } => return Ok(Outcome::Decided),
    }
    let nodes = relay.nodes().map_err(|error| error.to_string())?;
    let now = relay.now();
    let Some(terms) = ledger::terms(job, relay.limits()) else {
        return Ok(Outcome::Decided);
    };
    let judged = |sightings: &[Sighting]| judge(&terms, job.payment_hash(), sightings);

    let known = match ledger::look_at_known(nodes, job, now).await {
        Ok(sightings) => sightings,
        Err(undecided) => return Ok(Outcome::Undecided(undecided)),
    };
    let mut judgement = judged(&known);
    // Before the buyer is told that it did not pay, every other send to the account is counted too.
    if let Judgement::Decided { finding, .. } = judgement
        && !is_paid(finding)
    {
        judgement = match ledger::look_at_all(nodes, job, &terms.invoice, now).await {
            Ok(sightings) => judged(&sightings),
            Err(undecided) if matches!(finding, Finding::Short | Finding::Late) => {
                return Ok(Outcome::Undecided(undecided));
            }
            // The named block pays nothing, whatever else there is: it may be somebody else's, who waits for it.
            Err(_) => judgement,
        };
    }
    match judgement {
        Judgement::Decided {
            hash,
            finding,
            receipts,
        } => {
            if !is_paid(finding) {
                // The buyer may still pay and name nothing. Before the verdict, because after it this check is an echo.
                reconcile::watch_next(relay, job, now).await?;
            }
            let order = Order::judge_payment(job, hash, finding, receipts, now, relay.limits());
            verdict::record(relay, job, &order).await
        }
        Judgement::Open(_) => {
            note_if_seen(relay, job, &known).await?;
            if check.attempt == 2 {
                // It was seen some seconds ago and is still not final: ask the nodes to vote.
                nodes.nudge(&check.block_hash).await;
            }
            Ok(Outcome::LookAgain)
        }
    }
}

fn is_paid(finding: Finding) -> bool {
    PaymentStatus::PAID.contains(&finding.status())
}

/// Puts on record when an unconfirmed block was first seen: a payment that was there in time counts, whenever it is
/// confirmed.
async fn note_if_seen(relay: &Relay, job: &Job, sightings: &[Sighting]) -> Result<(), String> {
    use nanoark_domain::payment::Observed;
    let Payment::Submitted {
        hash,
        first_seen_at: None,
        ..
    } = &job.money.payment
    else {
        return Ok(());
    };
    let seen = sightings
        .iter()
        .any(|sighting| sighting.hash == *hash && matches!(sighting.observed, Observed::Send { .. }));
    if !seen {
        return Ok(());
    }
    let command = Command::NotePaymentSeen {
        revision: job.money.revision,
    };
    let order = Order {
        caller: Caller::Relay,
        command,
        now: relay.now(),
    };
    match relay.store().settle_job(job.id, &order, &[], relay.limits()).await {
        // Another check was faster; it noted the same.
        Ok(()) | Err(CommitError::Rejected(_) | CommitError::Contended) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

async fn check_refund(relay: &Relay, job: &Job, check: &PaymentCheck) -> Result<Outcome, String> {
    let open = job
        .money
        .refunds
        .get(&check.block_hash)
        .is_some_and(|refund| refund.state == RefundState::Submitted);
    if !open {
        return Ok(Outcome::Decided);
    }
    let nodes = relay.nodes().map_err(|error| error.to_string())?;
    let now = relay.now();
    let finding = match ledger::look(nodes, check.block_hash, now).await {
        Ok(sighting) => judge_refund(job, sighting.observed),
        Err(undecided) => return Ok(Outcome::Undecided(undecided)),
    };
    // Nobody watches for a refund: when its checks are used up, it was never sent.
    let finding = match (finding, next_check_delay(check.attempt)) {
        (Some(finding), _) => finding,
        (None, Some(_)) => return Ok(Outcome::LookAgain),
        (None, None) => RefundFinding::Rejected,
    };
    let claims: &[Claiming] = match finding {
        RefundFinding::Confirmed { .. } => &[],
        // It is not this job's money: whoever's it is may name it.
        RefundFinding::WrongAccount | RefundFinding::Rejected => &[Claiming::Release(Claim::Refund(check.block_hash))],
    };
    let order = Order {
        caller: Caller::Relay,
        command: Command::JudgeRefund {
            hash: check.block_hash,
            finding,
        },
        now,
    };
    match relay.store().settle_job(job.id, &order, claims, relay.limits()).await {
        Ok(()) | Err(CommitError::Rejected(_)) => Ok(Outcome::Decided),
        Err(CommitError::Contended) => Ok(Outcome::LookAgain),
        Err(error) => Err(error.to_string()),
    }
}
