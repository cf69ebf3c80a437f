//! `POST /v1/jobs`: a buyer asks for work under an offer.

use http::StatusCode;
use nanoark_domain::id::JobId;
use nanoark_domain::job::{JobRequest, Promise};
use nanoark_domain::offer::RelianceOnOffer;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::jobs::{JobRequested, RequestJob};
use nanoark_runtime::{Function, Mutation, Relay, Trigger};
use nanoark_store::NewJob;

/// The function.
pub const FUNCTION: Function = Function {
    name: "request-job",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(FUNCTION.name, relay, signed)?;
    let body: RequestJob = mutation.body()?;
    let limits = relay.limits();
    if body.offer.seller == mutation.caller() {
        return Err(Problem::new(Code::OwnOffer, "The offer is the caller's own."));
    }
    if !limits.input_max.allows(body.input.size()) {
        let reason = format!("must be at most {} bytes", limits.input_max.0);
        return Err(Problem::new(Code::InvalidField, "The input is too large.").with_field("/input", reason));
    }
    let request = JobRequest {
        id: JobId::derive(&mutation.caller(), mutation.key()),
        offer_id: body.offer.offer_id,
        buyer: mutation.caller(),
        seller: body.offer.seller,
        input_hash: body.input.digest(),
        promise: Promise {
            fixed_amount: body.offer.pricing.fixed_amount(),
            quote_lifetime: body
                .offer
                .pricing
                .standing_quote()
                .map(|standing| standing.quote_lifetime_seconds),
            turnaround: body.offer.turnaround_seconds,
        },
        refund_account: body.refund_account,
    };
    let reliance = RelianceOnOffer {
        seller: body.offer.seller,
        revision: body.offer.revision,
        pricing: body.offer.pricing,
        turnaround: body.offer.turnaround_seconds,
    };
    let job = request.begin(mutation.now, limits);
    let answer = JobRequested {
        job_id: job.id,
        status: job.status(),
        input_hash: job.input_hash,
        quote_by: mutation.now.plus(limits.quote_wait),
        updated_at: mutation.now,
    };
    let record = mutation.record(StatusCode::CREATED, &answer)?;
    let outcome = relay
        .store()
        .begin_job(
            &record,
            &NewJob {
                job,
                reliance,
                input: body.input,
            },
        )
        .await;
    Mutation::answer(record, outcome)
}
