//! Attending to one job: plan, one step, write down, look again, until there is nothing to do for now.

use std::time::Duration;

use nanoark_client::Transport;
use nanoark_client::wire::jobs::{DeliveredOutcome, JobView};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::time::Timestamp;
use nanoark_http::problem::Code;
use tokio::sync::SemaphorePermit;

use super::{Worker, after, code};
use crate::seller::error::{SellerError, StepError};
use crate::seller::metrics::Count;
use crate::seller::plan::{NextStep, Wait, plan};
use crate::seller::record::{HeldLock, JobRecord, LockRecord, RefundTo, RunRecord, Settled};
use crate::seller::state::{Claimed, NextLook};
use crate::seller::stop::Stop;

/// More steps than any job needs in one go.
const MOST_STEPS: u32 = 24;

/// What a step came to.
pub(super) enum Stepped {
    /// Something changed: look again.
    Again,
    /// There is nothing to do for now.
    Rest(NextLook),
}

/// A job that is attended to.
pub(super) struct Attended<'a> {
    pub(super) job_id: JobId,
    /// How many looks at it failed in a row.
    pub(super) failures: u32,
    /// Whether it was taken because there was a tool to spare for it.
    has_waited: bool,
    /// The last version that was read.
    seen: u64,
    /// The right to run a tool.
    permit: Option<SemaphorePermit<'a>>,
    /// Asked for when nothing new is begun.
    stop: Stop,
    /// Asked for when tools must end.
    pub(super) tools_end: Stop,
}

impl<T: Transport> Worker<T> {
    /// Attends to a job that was taken, and gives it back.
    pub(super) async fn attend(&self, claimed: Claimed, stop: Stop, tools_end: Stop) -> Result<(), SellerError> {
        let mut attended = Attended {
            job_id: claimed.job_id,
            failures: claimed.failures,
            has_waited: claimed.has_waited,
            seen: 0,
            permit: None,
            stop,
            tools_end,
        };
        let rest = self.advance(&mut attended).await;
        let now = self.now();
        let (next, failures) = match rest {
            Ok(next) => (next, 0),
            Err(error) => {
                let failures = claimed.failures.saturating_add(1);
                self.metrics.count(Count::Error(error.name()));
                tracing::warn!(job_id = %claimed.job_id, %error, failures, "a step failed, is tried again");
                (NextLook::At(after(now, self.backoff(failures))), failures)
            }
        };
        self.state
            .give_back(claimed.job_id, attended.seen, next, failures, now)?;
        Ok(())
    }

    async fn advance<'a>(&'a self, attended: &mut Attended<'a>) -> Result<NextLook, StepError> {
        let job_id = attended.job_id;
        for _ in 0..MOST_STEPS {
            let job = match self.client.job(job_id).await {
                Ok(answer) => answer.value,
                Err(error) if code(&error) == Some(Code::NotFound) => return Ok(NextLook::OnNews),
                Err(error) => return Err(error.into()),
            };
            if job.job_id != job_id || job.seller != self.client.bot().id() {
                return Err(StepError::OtherJob);
            }
            attended.seen = job.version;
            let record = self.remember_first_sight(&job)?;
            let now = self.now();
            let step = plan(&job, &record, &self.policy, now);
            tracing::debug!(%job_id, status = %job.status, payment = %job.payment.status, ?step, "plans");
            match self.take(attended, &job, &record, step).await? {
                Stepped::Again => {}
                Stepped::Rest(next) => return Ok(next),
            }
        }
        Err(StepError::NoProgress)
    }

    fn remember_first_sight(&self, job: &JobView) -> Result<JobRecord, StepError> {
        let record = self.state.record(job.job_id)?;
        if record.refund_to.is_some() {
            return Ok(record);
        }
        let refund_to = job.refund_account.map_or(RefundTo::Payer, RefundTo::Account);
        Ok(self
            .state
            .change(job.job_id, |record| record.refund_to = Some(refund_to))?)
    }

    async fn take<'a>(
        &'a self,
        attended: &mut Attended<'a>,
        job: &JobView,
        record: &JobRecord,
        step: NextStep,
    ) -> Result<Stepped, StepError> {
        match step {
            NextStep::Quote => self.quote(attended, job, record).await,
            NextStep::Decline(refusal) => self.decline(job, refusal.reason()).await,
            NextStep::CheckPayment => self.check_payment(job, record).await,
            NextStep::Lock { attempt, own_word } => match self.may_begin(attended)? {
                Some(wait) => Ok(Stepped::Rest(wait)),
                None => self.lock(job, attempt, own_word).await,
            },
            NextStep::ForgetLock => self.forget_lock(job.job_id),
            NextStep::Run => self.run_if_it_may(attended, job, record).await,
            NextStep::GiveUp(given_up) => {
                tracing::warn!(job_id = %job.job_id, why = given_up.reason(), "gives up");
                let outcome = DeliveredOutcome::Error(given_up.reason().to_owned());
                self.state.finish(job.job_id, &outcome)?;
                Ok(Stepped::Again)
            }
            NextStep::Deliver => self.deliver(job, record).await,
            NextStep::Settle => self.settle(job, record),
            NextStep::Pocket => self.pocket(job, record).await,
            NextStep::SendRefund(number) => self.send_refund(job, record, number).await,
            NextStep::NameRefund(number) => self.name_refund(job, record, number).await,
            NextStep::OwedBack => self.decide_refund(job, record).await,
            NextStep::Wait { on, until } => Ok(Stepped::Rest(self.rest(job, on, until))),
        }
    }

    async fn run_if_it_may<'a>(
        &'a self,
        attended: &mut Attended<'a>,
        job: &JobView,
        record: &JobRecord,
    ) -> Result<Stepped, StepError> {
        let Some(held) = record.held() else {
            return Ok(Stepped::Again);
        };
        if attended.stop.is_asked() {
            self.release(job.job_id, held).await?;
            return Ok(Stepped::Rest(NextLook::At(self.now())));
        }
        match self.may_begin(attended)? {
            Some(wait) => Ok(Stepped::Rest(wait)),
            None => self.run_tool(attended, job, record, held).await,
        }
    }

    /// Takes the right to run a tool. When there is none, or somebody has waited for longer, what to wait for.
    fn may_begin<'a>(&'a self, attended: &mut Attended<'a>) -> Result<Option<NextLook>, StepError> {
        if attended.stop.is_asked() {
            return Ok(Some(NextLook::At(self.now())));
        }
        if attended.permit.is_some() {
            return Ok(None);
        }
        if attended.has_waited || !self.state.somebody_waits()? {
            attended.permit = self.tools.try_acquire().ok();
        }
        Ok(attended.permit.is_none().then_some(NextLook::WhenToolIsFree))
    }

    fn rest(&self, job: &JobView, on: Wait, until: Option<Timestamp>) -> NextLook {
        match on {
            Wait::Contradiction => {
                tracing::error!(job_id = %job.job_id, status = %job.status, "the relay contradicts what it said before");
            }
            Wait::Operator => {
                tracing::warn!(job_id = %job.job_id, "money is owed back, and the operator is to send it");
            }
            Wait::OtherWallet => {
                tracing::debug!(job_id = %job.job_id, "the money is in another worker's wallet");
            }
            Wait::Acceptance
            | Wait::Payment
            | Wait::OtherWorker
            | Wait::LockUnknown
            | Wait::NewerView
            | Wait::Refund
            | Wait::RefundBlocked
            | Wait::Money
            | Wait::Over => {}
        }
        match until {
            None => NextLook::OnNews,
            Some(until) => {
                // What the relay is late with is not asked for all the time, and workers do not all come at once.
                let least = if until <= self.now() { 10 } else { 0 };
                let jitter = self.at_random(Duration::from_secs(1));
                let soonest = after(self.now(), Duration::from_secs(least));
                NextLook::At(after(until.max(soonest), jitter))
            }
        }
    }

    pub(super) fn forget_lock(&self, job: JobId) -> Result<Stepped, StepError> {
        self.metrics.count(Count::LockLost);
        tracing::warn!(job_id = %job, "the lock is another worker's");
        self.state.change(job, |record| {
            if let LockRecord::Held(HeldLock { attempt, .. }) = record.lock {
                record.lock = LockRecord::Gone { attempt };
            }
            if let RunRecord::UnderWay { started, failed } = record.run {
                record.run = RunRecord::Idle { started, failed };
            }
        })?;
        Ok(Stepped::Again)
    }

    fn settle(&self, job: &JobView, record: &JobRecord) -> Result<Stepped, StepError> {
        let outcome = if record.run == RunRecord::Finished {
            self.state.outcome(job.job_id)?
        } else {
            None
        };
        let ours = is_ours(job, outcome.as_ref());
        let word = match job.status {
            Status::Delivered | Status::Failed if !ours => "elsewhere",
            Status::Requested
            | Status::Quoted
            | Status::Accepted
            | Status::Running
            | Status::Delivered
            | Status::Failed
            | Status::Cancelled
            | Status::Declined
            | Status::Expired => job.status.as_str(),
        };
        self.metrics.count(Count::Job(word.to_owned()));
        tracing::info!(job_id = %job.job_id, step = "settle", outcome = word, "the job has ended");
        let status = job.status;
        self.state
            .change(job.job_id, |record| record.settled = Some(Settled { status, ours }))?;
        Ok(Stepped::Again)
    }
}

/// Whether the job ended with this outcome.
fn is_ours(job: &JobView, outcome: Option<&DeliveredOutcome>) -> bool {
    let (Some(receipt), Some(outcome)) = (&job.receipt, outcome) else {
        return false;
    };
    let digest = match outcome {
        DeliveredOutcome::Result(output) => output.digest(),
        DeliveredOutcome::Error(text) => nanoark_domain::digest::Sha256Digest::of(text.as_bytes()),
    };
    receipt.result_hash == digest
}
