//! `POST /v1/jobs/{job_id}/deliver`: the worker hands in a result, or says that it failed, with a signed receipt.

use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Command, Delivery, Outcome, ReceiptSubject};
use nanoark_domain::limits::Limits;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::jobs::{DeliverJob, DeliveredOutcome, JobDelivered};
use nanoark_runtime::{Function, Mutation, Relay, Trigger};
use nanoark_store::{Failure, Payload};

use crate::lock;

/// The function.
pub const FUNCTION: Function = Function {
    name: "deliver-job",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(FUNCTION.name, relay, signed)?;
    let job_id: JobId = mutation.path("job_id")?;
    let body: DeliverJob = mutation.body()?;
    let token = lock::parse_token(&body.lock_token)?;
    let (outcome, payload) = read_outcome(body.outcome, relay.limits())?;
    let subject = ReceiptSubject {
        job_id,
        buyer: body.buyer,
        seller: mutation.caller(),
        input_hash: body.input_hash,
        payment_hash: body.payment_hash,
    };
    mutation.check_statement(&outcome.receipt(&subject), &body.receipt_signature)?;

    let delivery = Delivery {
        outcome,
        payment_hash: body.payment_hash,
        at: mutation.now,
        signature: body.receipt_signature,
    };
    let answer = JobDelivered {
        job_id,
        status: outcome.status(),
        result_hash: outcome.result_hash(),
        updated_at: mutation.now,
    };
    mutation
        .order_job(
            job_id,
            Command::Deliver {
                token,
                delivery,
                subject,
            },
            None,
            Some(payload),
            &answer,
        )
        .await
}

fn read_outcome(outcome: DeliveredOutcome, limits: &Limits) -> Result<(Outcome, Payload), Problem> {
    let too_large = |pointer: &str, most: u32| {
        let reason = format!("must be at most {most} bytes");
        Problem::new(Code::InvalidField, "The outcome is too large.").with_field(pointer, reason)
    };
    match outcome {
        DeliveredOutcome::Result(output) => {
            if !limits.output_max.allows(output.size()) {
                return Err(too_large("/outcome/result", limits.output_max.0));
            }
            Ok((
                Outcome::Delivered {
                    output_hash: output.digest(),
                },
                Payload::Output(output),
            ))
        }
        DeliveredOutcome::Error(text) => {
            if !limits.failure_max.allows(text.len()) {
                return Err(too_large("/outcome/error", limits.failure_max.0));
            }
            let error_hash = Sha256Digest::of(text.as_bytes());
            Ok((Outcome::Failed { error_hash }, Payload::Failure(Failure(text))))
        }
    }
}
