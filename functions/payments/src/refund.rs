//! `POST /v1/jobs/{job_id}/refund`: the seller names a block that sends money back.

use nanoark_domain::id::JobId;
use nanoark_domain::job::Command;
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::money::{NameBlock, RefundNamed, RefundStatus};
use nanoark_runtime::{Function, Mutation, Relay, Trigger};
use nanoark_store::Claim;

/// The function.
pub const FUNCTION: Function = Function {
    name: "record-refund",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(FUNCTION.name, relay, signed)?;
    let job_id: JobId = mutation.path("job_id")?;
    let NameBlock { block_hash: hash } = mutation.body()?;
    let answer = RefundNamed {
        job_id,
        refund_hash: hash,
        refund_status: RefundStatus::Submitted,
        updated_at: mutation.now,
    };
    let claim = Some(Claim::Refund(hash));
    mutation
        .order_job(job_id, Command::SubmitRefund { hash }, claim, None, &answer)
        .await
}
