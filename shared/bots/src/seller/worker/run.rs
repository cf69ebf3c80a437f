//! Running the tool while the lock is kept.

use std::pin::pin;
use std::time::Duration;

use nanoark_client::Transport;
use nanoark_client::wire::jobs::{DeliveredOutcome, JobView};
use nanoark_domain::id::JobId;
use nanoark_domain::limits::Limits;
use nanoark_domain::payload::{Input, Output};

use super::Worker;
use super::attend::{Attended, Stepped};
use super::lock::Renewed;
use crate::seller::error::StepError;
use crate::seller::metrics::Count;
use crate::seller::price;
use crate::seller::record::{HeldLock, JobRecord, RunRecord};
use crate::seller::state::NextLook;
use crate::seller::stop::StopHandle;
use crate::seller::tool::{ToolFailure, ToolOutput};

/// Why a run was told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It was not.
    Nothing,
    /// The lock is another worker's.
    LockLost,
    /// The worker stops.
    Stopping,
}

impl<T: Transport> Worker<T> {
    pub(super) async fn run_tool(
        &self,
        attended: &Attended<'_>,
        job: &JobView,
        record: &JobRecord,
        held: &HeldLock,
    ) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        let Some(Input::Json(input)) = &job.input else {
            let outcome = DeliveredOutcome::Error("The input is not in the clear.".to_owned());
            self.state.finish(job_id, &outcome)?;
            return Ok(Stepped::Again);
        };
        if job.input.as_ref().is_none_or(|input| input.digest() != job.input_hash) {
            return Err(StepError::OtherJob);
        }
        // A lock of an earlier life may be somebody else's by now: only the relay knows.
        let third = self.policy.lease.as_millis() / 3;
        let left = held.lease_expires_at.as_millis().saturating_sub(self.now().as_millis());
        if left < third.saturating_mul(2) {
            match self.renew(job_id, held).await? {
                Renewed::Ours => {}
                Renewed::Lost => return self.forget_lock(job_id),
            }
        }
        let (started, failed) = match record.run {
            RunRecord::Idle { started, failed } | RunRecord::UnderWay { started, failed } => (started, failed),
            RunRecord::Finished => return Ok(Stepped::Again),
        };
        let started = started.saturating_add(1);
        self.state
            .change(job_id, |record| record.run = RunRecord::UnderWay { started, failed })?;
        tracing::info!(%job_id, step = "run", run = started, "runs the tool");

        let task = price::work(job_id, input, held.fence, started);
        let (end, ends) = StopHandle::new();
        let began = self.now();
        let mut told = Told::Nothing;
        let ended = {
            let mut tool = pin!(self.tool.run(&task, ends));
            let mut keeping = pin!(self.keep_lock(job_id, held));
            loop {
                tokio::select! {
                    biased;
                    ended = &mut tool => break ended,
                    () = &mut keeping, if told == Told::Nothing => {
                        told = Told::LockLost;
                        end.stop();
                    }
                    () = attended.tools_end.asked(), if told == Told::Nothing => {
                        told = Told::Stopping;
                        end.stop();
                    }
                }
            }
        };
        let took = self.now().as_millis().saturating_sub(began.as_millis());
        self.metrics.tool_ran(Duration::from_millis(took));
        let word = ended.as_ref().map_or_else(ToolFailure::name, |_| "result");
        self.metrics.count(Count::ToolRun(word.to_owned()));
        tracing::info!(%job_id, step = "run", outcome = word, milliseconds = took, "the tool ended");
        self.after_run(job_id, held, (started, failed), told, ended).await
    }

    async fn after_run(
        &self,
        job_id: JobId,
        held: &HeldLock,
        (started, failed): (u32, u32),
        told: Told,
        ended: Result<ToolOutput, ToolFailure>,
    ) -> Result<Stepped, StepError> {
        let idle = |started, failed| {
            self.state
                .change(job_id, |record| record.run = RunRecord::Idle { started, failed })
        };
        let failure = match ended {
            // Whatever it was told meanwhile: what is made is made, and never made again.
            Ok(ToolOutput(value)) => {
                self.state.finish(job_id, &outcome_of(value))?;
                return Ok(Stepped::Again);
            }
            Err(failure) => failure,
        };
        match (failure, told) {
            (ToolFailure::Cancelled, Told::LockLost) => self.forget_lock(job_id),
            (ToolFailure::Cancelled, Told::Stopping | Told::Nothing) => {
                // A run that the worker itself ended does not count against the job.
                idle(started.saturating_sub(1), failed)?;
                self.release(job_id, held).await?;
                Ok(Stepped::Rest(NextLook::At(self.now())))
            }
            (failure @ (ToolFailure::NotStarted(_) | ToolFailure::StillRunning), _) => {
                idle(started, failed)?;
                if let ToolFailure::NotStarted(why) = &failure {
                    tracing::error!(%job_id, why, "the tool cannot be started");
                }
                Err(StepError::Tool(failure))
            }
            (
                failure @ (ToolFailure::Exit(_)
                | ToolFailure::Signal
                | ToolFailure::TimedOut(_)
                | ToolFailure::TooLarge(_)
                | ToolFailure::NotJson),
                _,
            ) => {
                let failed = failed.saturating_add(1);
                if failed <= self.policy.retries {
                    idle(started, failed)?;
                } else {
                    self.state.finish(job_id, &DeliveredOutcome::Error(said_of(&failure)))?;
                }
                Ok(Stepped::Again)
            }
        }
    }

    /// Renews the lock after every third of its lease. Ends when it is another worker's.
    async fn keep_lock(&self, job_id: JobId, held: &HeldLock) {
        let third = Duration::from_millis(self.policy.lease.as_millis() / 3);
        let mut wait = third;
        loop {
            self.surroundings().sleep(wait).await;
            wait = match self.renew(job_id, held).await {
                Ok(Renewed::Ours) => third,
                Ok(Renewed::Lost) => return,
                Err(error) => {
                    self.note_failure(&error, "renew the lock");
                    third.checked_div(4).unwrap_or(third).max(Duration::from_secs(1))
                }
            };
        }
    }
}

/// What is handed in for a tool's output.
fn outcome_of(value: serde_json::Value) -> DeliveredOutcome {
    let most = Limits::default().output_max;
    let output = Output::Json(value);
    if most.allows(output.size()) {
        DeliveredOutcome::Result(output)
    } else {
        DeliveredOutcome::Error(format!("The result is larger than {} bytes.", most.0))
    }
}

/// What the buyer is told of a failure: which, and nothing of what the tool said.
fn said_of(failure: &ToolFailure) -> String {
    format!("The work failed: {failure}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_that_the_relay_would_not_take_is_a_failure() {
        let most = 262_144;
        assert!(matches!(
            outcome_of(json!("a".repeat(most - 2))),
            DeliveredOutcome::Result(_)
        ));
        let too_large = DeliveredOutcome::Error("The result is larger than 262144 bytes.".to_owned());
        assert_eq!(outcome_of(json!("a".repeat(most - 1))), too_large);
        assert_eq!(
            said_of(&ToolFailure::Exit(3)),
            "The work failed: the tool ended with exit code 3."
        );
    }
}
