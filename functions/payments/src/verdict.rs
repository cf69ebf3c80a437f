//! Putting a verdict on a payment on record, with the claims that follow from it.

use nanoark_domain::job::{Command, Job, Order};
use nanoark_domain::payment::{Finding, PaymentStatus, Receipt};
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
    let Command::JudgePayment {
        hash,
        finding,
        receipts,
        ..
    } = &order.command
    else {
        return Ok(Outcome::Decided);
    };
    let claims = claims(job, *hash, *finding, receipts);
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

/// Every block that pays this job is claimed for it; one that pays somebody else is given back.
fn claims(job: &Job, hash: BlockHash, finding: Finding, receipts: &[Receipt]) -> Vec<Claiming> {
    let known = |hash: BlockHash| {
        job.payment_hash() == Some(hash) || job.money.receipts.iter().any(|receipt| receipt.hash == hash)
    };
    let mut claims: Vec<Claiming> = receipts
        .iter()
        .filter(|receipt| !known(receipt.hash))
        .map(|receipt| Claiming::Take(Claim::Payment(receipt.hash)))
        .collect();
    if finding == Finding::WrongAccount {
        claims.push(Claiming::Release(Claim::Payment(hash)));
    }
    claims
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
