//! Putting a verdict on a payment on record, with the claims that follow from it.

use nanoark_domain::job::{Command, Job, Order};
use nanoark_domain::payment::{Finding, Payment, PaymentStatus, Receipt};
use nanoark_nano::BlockHash;
use nanoark_runtime::Relay;
use nanoark_store::{Claim, Claiming, CommitError};

use crate::ledger::Undecided;

/// What a look at the ledger came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// There is nothing more to do.
    Decided,
    /// Nothing is certain yet.
    LookAgain,
    /// The nodes do not say enough.
    Undecided(Undecided),
}

/// Puts the verdict on record, unless the job's money changed since it was read.
pub(crate) async fn record(relay: &Relay, job: &Job, order: &Order) -> Result<Outcome, String> {
    let Command::JudgePayment { finding, receipts, .. } = &order.command else {
        return Ok(Outcome::Decided);
    };
    let claims = claims(job, receipts);
    match relay.store().settle_job(job.id, order, &claims, relay.limits()).await {
        Ok(()) => {
            log(job, *finding);
            Ok(Outcome::Decided)
        }
        // Somebody was faster, or holds a block that is proven ours until its own check gives it back: look again.
        Err(CommitError::Rejected(_) | CommitError::Contended | CommitError::Claimed(_)) => Ok(Outcome::LookAgain),
        Err(error) => Err(error.to_string()),
    }
}

/// Every block that pays this job is claimed for it. One that was named and does not pay it is given back, whatever else
/// was found: it may be somebody else's money. Should it turn out to pay this job after all, it is claimed again.
fn claims(job: &Job, receipts: &[Receipt]) -> Vec<Claiming> {
    let among = |receipts: &[Receipt], hash| receipts.iter().any(|receipt| receipt.hash == hash);
    // What was named before and judged since was given back then, unless it is a receipt.
    let named = match &job.money.payment {
        Payment::Submitted { hash, .. } => Some(*hash),
        Payment::None | Payment::Judged { .. } => None,
    };
    let held = |hash: BlockHash| named == Some(hash) || among(&job.money.receipts, hash);
    let taken = receipts
        .iter()
        .map(|receipt| receipt.hash)
        .filter(|hash| !held(*hash))
        .map(|hash| Claiming::Take(Claim::Payment(hash)));
    let given_back = named
        .filter(|hash| !among(receipts, *hash))
        .map(|hash| Claiming::Release(Claim::Payment(hash)));
    taken.chain(given_back).collect()
}

/// A verdict that costs somebody something is worth a line of its own.
fn log(job: &Job, finding: Finding) {
    let status = finding.status();
    if PaymentStatus::PAID.contains(&status) {
        tracing::info!(job_id = %job.id, finding = status.as_str(), "payment judged");
    } else {
        let reason = finding.reason().map_or("", |reason| reason.as_str());
        tracing::warn!(job_id = %job.id, finding = status.as_str(), reason, "payment judged");
    }
}
