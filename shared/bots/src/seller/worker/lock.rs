//! Taking, keeping and giving back the lock of a job.

use nanoark_client::Transport;
use nanoark_client::wire::jobs::{JobView, LockJob};
use nanoark_domain::id::JobId;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;

use super::attend::Stepped;
use super::{Worker, code};
use crate::seller::error::StepError;
use crate::seller::keys::Intention;
use crate::seller::metrics::Count;
use crate::seller::record::{HeldLock, LockRecord, Token};
use crate::seller::state::NextLook;

/// What came of renewing a lock.
pub(super) enum Renewed {
    /// It is ours for another lease.
    Ours,
    /// It is not ours any more.
    Lost,
}

impl<T: Transport> Worker<T> {
    pub(super) async fn lock(&self, job: &JobView, attempt: u32, own_word: bool) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        self.state
            .change(job_id, |record| record.lock = LockRecord::Asked { attempt, own_word })?;
        let worker = self.state.worker();
        let key = Intention::Lock {
            job: job_id,
            worker,
            attempt,
        }
        .key(&self.client);
        let body = LockJob {
            lease_seconds: Some(self.policy.lease),
            payment_verified_by_seller: own_word,
        };
        let refused = |record: LockRecord| self.state.change(job_id, |known| known.lock = record);
        let told = self.client.lock_job(&key, job_id, &body).await;
        let error = match told {
            Ok(answer) => {
                let locked = answer.value;
                let held = HeldLock {
                    attempt,
                    token: Token::new(locked.lock_token),
                    fence: locked.fence,
                    locked_at: locked.updated_at,
                    lease_expires_at: locked.lease_expires_at,
                };
                self.state
                    .change(job_id, |record| record.lock = LockRecord::Held(held))?;
                self.metrics.count(Count::Lock);
                tracing::info!(%job_id, step = "lock", fence = locked.fence.0, own_word, "locked");
                return Ok(Stepped::Again);
            }
            Err(error) => error,
        };
        match code(&error) {
            Some(Code::Locked) => {
                refused(LockRecord::Refused { attempt })?;
                let told = error
                    .problem()
                    .and_then(|problem| problem.extra.get("lease_expires_at"));
                let told = told.and_then(|text| text.as_str()?.parse().ok());
                let until = told.unwrap_or(self.now().plus(self.policy.lease));
                Ok(Stepped::Rest(NextLook::At(until.max(self.now().plus(Seconds(1))))))
            }
            Some(Code::PaymentNotConfirmed) => {
                refused(LockRecord::Refused { attempt })?;
                Ok(Stepped::Rest(NextLook::At(self.now().plus(Seconds(10)))))
            }
            Some(Code::WrongState | Code::TooLate | Code::LockLost) => {
                refused(LockRecord::Refused { attempt })?;
                Ok(Stepped::Again)
            }
            // The key was used with another body, and that was done: whatever it gave is not known any more.
            Some(Code::IdempotencyConflict) => {
                refused(LockRecord::Gone { attempt })?;
                Ok(Stepped::Again)
            }
            _ => Err(error.into()),
        }
    }

    /// Extends the lease and writes down until when.
    pub(super) async fn renew(&self, job_id: JobId, held: &HeldLock) -> Result<Renewed, StepError> {
        let at = self.now();
        let key = Intention::Renew {
            job: job_id,
            fence: held.fence,
            at,
        }
        .key(&self.client);
        let renewed = self
            .client
            .renew_lock(&key, job_id, held.token.reveal(), Some(self.policy.lease))
            .await;
        match renewed {
            Ok(answer) => {
                let until = answer.value.lease_expires_at;
                self.state.change(job_id, |record| {
                    if let LockRecord::Held(known) = &mut record.lock
                        && known.fence == held.fence
                    {
                        known.lease_expires_at = until;
                    }
                })?;
                tracing::debug!(%job_id, %until, "renewed the lock");
                Ok(Renewed::Ours)
            }
            Err(error) => match code(&error) {
                Some(Code::LockLost | Code::WrongState | Code::NotFound) => Ok(Renewed::Lost),
                _ => Err(error.into()),
            },
        }
    }

    /// Gives the lock back. That it is not ours any more is as good.
    pub(super) async fn release(&self, job_id: JobId, held: &HeldLock) -> Result<(), StepError> {
        let fence = held.fence;
        let key = Intention::Release { job: job_id, fence }.key(&self.client);
        match self.client.release_lock(&key, job_id, held.token.reveal()).await {
            Ok(_) => tracing::info!(%job_id, step = "release", "gave the lock back"),
            Err(error) => match code(&error) {
                Some(Code::LockLost | Code::WrongState | Code::NotFound) => {}
                _ => return Err(error.into()),
            },
        }
        let attempt = held.attempt;
        self.state
            .change(job_id, |record| record.lock = LockRecord::Gone { attempt })?;
        Ok(())
    }
}
