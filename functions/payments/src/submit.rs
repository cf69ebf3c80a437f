//! `POST /v1/jobs/{job_id}/payment`: the buyer names the block that pays.

use nanoark_domain::id::JobId;
use nanoark_domain::job::Command;
use nanoark_domain::payment::PaymentStatus;
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::money::{NameBlock, PaymentNamed};
use nanoark_runtime::{Function, Mutation, Relay, Trigger};
use nanoark_store::Claim;

/// The function.
pub const FUNCTION: Function = Function {
    name: "submit-payment",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(FUNCTION.name, relay, signed)?;
    let job_id: JobId = mutation.path("job_id")?;
    let NameBlock { block_hash: hash } = mutation.body()?;
    let answer = PaymentNamed {
        job_id,
        payment_hash: hash,
        payment_status: PaymentStatus::Submitted,
        updated_at: mutation.now,
    };
    // The check is queued by the jobs table's stream: what is committed cannot be lost on the way to the queue.
    let claim = Some(Claim::Payment(hash));
    mutation
        .order_job(job_id, Command::SubmitPayment { hash }, claim, None, &answer)
        .await
}
