//! `POST /v1/jobs/{job_id}/accept`: the buyer agrees to the quote.

use nanoark_domain::id::JobId;
use nanoark_domain::job::{Command, Status};
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::jobs::{JobChanged, Nothing};
use nanoark_runtime::{Function, Mutation, Relay, Trigger};

/// The function.
pub const FUNCTION: Function = Function {
    name: "accept-job",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(FUNCTION.name, relay, signed)?;
    let job_id: JobId = mutation.path("job_id")?;
    let Nothing {} = mutation.optional_body()?;
    let answer = JobChanged {
        job_id,
        status: Status::Accepted,
        updated_at: mutation.now,
    };
    mutation.order_job(job_id, Command::Accept, None, None, &answer).await
}
