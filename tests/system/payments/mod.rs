//! The 42 ways in which a payment can be wrong, late, hidden or contested (`nano.md` section 5.7), and what follows from
//! each for the job: played through the whole system, from the signed request to the verdict.
//!
//! Every test of a case begins its description with the case's number; [`covered`] holds the list against the sources.

mod amounts;
mod claims;
mod conservation;
mod covered;
mod front_run;
mod nodes;
mod numbers;
mod parties;
mod time;
mod unnamed;
mod wrong_blocks;

use std::time::Duration;

use nanoark_client::wire::jobs::JobView;
use nanoark_domain::id::JobId;
use nanoark_domain::job::Event;
use nanoark_domain::payment::{PaymentStatus, RejectReason};
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;
use nanoark_nano::{BlockHash, RawAmount};

use crate::world::{Deal, PRICE, Setup, World};

/// What the relay found, and why the block pays nothing.
pub(crate) type Verdict = (PaymentStatus, Option<RejectReason>);

pub(crate) const OPEN: Verdict = (PaymentStatus::Submitted, None);
pub(crate) const CONFIRMED: Verdict = (PaymentStatus::Confirmed, None);
pub(crate) const WRONG_ACCOUNT: Verdict = (PaymentStatus::WrongAccount, None);

pub(crate) const fn rejected(reason: RejectReason) -> Verdict {
    (PaymentStatus::Rejected, Some(reason))
}

pub(crate) fn verdict(job: &JobView) -> Verdict {
    (job.payment.status, job.payment.reason)
}

/// Longer than a block takes to become final.
pub(crate) const FINAL: Duration = Duration::from_millis(200);

pub(crate) const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// Three nodes of both kinds, two of which must agree.
pub(crate) async fn two_of_three() -> World {
    World::with(Setup { nodes: 3, quorum: 2 }).await
}

pub(crate) fn raw(raw: u128) -> RawAmount {
    RawAmount::from_raw(raw)
}

/// The price and so many raw more.
pub(crate) fn price_plus(more: u128) -> RawAmount {
    raw(PRICE.raw() + more)
}

/// How often something happened to the job.
pub(crate) fn count(job: &JobView, event: Event) -> usize {
    job.history.iter().filter(|entry| entry.event == event).count()
}

/// Moves the clock in a few strides where [`World::advance`] takes small steps: for waits in which no second matters.
pub(crate) async fn later(world: &World, span: Duration) {
    const LEAST: Duration = Duration::from_secs(150);
    let (stride, mut left) = ((span / 40).max(LEAST), span);
    while !left.is_zero() {
        let next = stride.min(left);
        world.pass(next);
        world.settle().await;
        left -= next;
    }
}

impl Deal<'_> {
    /// The buyer sends an amount and waits until it is final; nobody is told.
    pub(crate) fn pay(&self, job: &JobView, amount: RawAmount) -> BlockHash {
        let hash = self.send(job, amount);
        self.world.pass(FINAL);
        hash
    }

    /// The buyer names a block, and everything that is due at once is done.
    pub(crate) async fn name(&self, job_id: JobId, hash: BlockHash) -> JobView {
        self.submit(job_id, hash).await;
        self.world.settle().await;
        self.job(job_id).await
    }

    /// What the relay says to the buyer that names a block it may not name.
    pub(crate) async fn name_refused(&self, job_id: JobId, hash: BlockHash) -> Code {
        let refused = self.buyer.submit_payment(&self.key(), job_id, hash).await;
        refused.unwrap_err().code().unwrap()
    }

    /// A job that was quoted at this price and accepted.
    pub(crate) async fn accepted_at(&self, number: u32, price: RawAmount) -> JobView {
        let job_id = self.requested().await;
        let job = self.seller.job(job_id).await.unwrap().value;
        let expires_at = self.world.now().plus(Seconds(900));
        let invoice = self.invoice_key(number).public();
        let quote = self.seller.bot().quote(&job, price, invoice, expires_at).unwrap();
        self.seller.quote_job(&self.key(), job_id, &quote).await.unwrap();
        self.buyer.accept_job(&self.key(), job_id).await.unwrap();
        self.job(job_id).await
    }
}
