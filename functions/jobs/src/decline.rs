//! `POST /v1/jobs/{job_id}/decline`: the seller does not want the job.

use nanoark_domain::id::JobId;
use nanoark_domain::job::{Command, Status};
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::jobs::{JobChanged, WithReason};
use nanoark_runtime::{Function, Mutation, Relay, Trigger};

use crate::reason;

/// The function.
pub const FUNCTION: Function = Function {
    name: "decline-job",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(FUNCTION.name, relay, signed)?;
    let job_id: JobId = mutation.path("job_id")?;
    let body: WithReason = mutation.optional_body()?;
    let reason = reason::checked(&mutation, body.reason)?;
    let answer = JobChanged {
        job_id,
        status: Status::Declined,
        updated_at: mutation.now,
    };
    mutation
        .order_job(job_id, Command::Decline { reason }, None, None, &answer)
        .await
}
