//! `nanoark jobs cancel`.

use nanoark_bots::buyer::Cancelled;
use nanoark_domain::id::JobId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::buy::{Bench, Narrator};
use crate::failure::{Failure, Trouble};
use crate::output::Report;
use crate::session::Session;

/// What became of the wish to cancel.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CancelledJob {
    /// The job.
    #[schemars(with = "String")]
    job_id: JobId,
    /// `unpaid` (nothing was paid and nothing will be), `owed_back`, or `too_late`.
    #[schemars(with = "String")]
    outcome: Cancelled,
}

pub(super) async fn run(session: &Session, job: JobId, reason: Option<String>) -> Result<(), Failure> {
    let bench = Bench::open(session, None)?;
    let narrator = Narrator::begin(session);
    let outcome = bench.buyer.cancel(job, reason, &narrator).await?;
    session.progress.done();
    let too_late = outcome == Cancelled::TooLate;
    session.output.result(&CancelledJob { job_id: job, outcome })?;
    if too_late {
        return Err(Failure::new(
            Trouble::TooLate,
            format!("{job} was over before"),
            format!("`nanoark jobs show {job}` says how it ended"),
        ));
    }
    Ok(())
}

impl Report for CancelledJob {
    fn text(&self) -> String {
        match self.outcome {
            Cancelled::Unpaid => format!("{} is cancelled; nothing was paid.", self.job_id),
            Cancelled::OwedBack => format!("{} is cancelled; what was paid is owed back.", self.job_id),
            Cancelled::TooLate => format!("{} was over before.", self.job_id),
        }
    }
}
