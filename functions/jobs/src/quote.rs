//! `POST /v1/jobs/{job_id}/quote`: the seller names its price and a fresh account, and signs both.

use nanoark_domain::id::JobId;
use nanoark_domain::job::{Command, Quote, QuoteSubject, Status};
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::jobs::{JobQuoted, QuoteJob};
use nanoark_runtime::{Function, Mutation, Relay, Trigger};
use nanoark_store::Claim;

/// The function.
pub const FUNCTION: Function = Function {
    name: "quote-job",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let mutation = Mutation::begin(FUNCTION.name, relay, signed)?;
    let job_id: JobId = mutation.path("job_id")?;
    let body: QuoteJob = mutation.body()?;
    // The request's own `created` is known to both sides, so a default counted from it can be signed.
    let default = signed.created().plus(relay.limits().quote_lifetime_default);
    let quote = Quote {
        amount: body.amount_raw,
        invoice: body.invoice_account,
        quoted_at: mutation.now,
        expires_at: body.expires_at.unwrap_or(default),
        signature: body.signature,
    };
    if let Err(fault) = quote.check(relay.limits()) {
        return mutation.earlier_or(fault.into()).await;
    }
    let subject = QuoteSubject {
        job_id,
        offer_id: body.offer_id,
        buyer: body.buyer,
        seller: mutation.caller(),
        input_hash: body.input_hash,
        turnaround: body.turnaround_seconds,
    };
    if let Err(problem) = mutation.check_statement(&quote.statement(&subject), &quote.signature) {
        // A retry is signed anew, and a default that counts from its `created` is another one than the seller signed.
        return match body.expires_at {
            None => mutation.earlier_or(problem).await,
            Some(_) => Err(problem),
        };
    }

    let lifetime = quote.expires_at.since(signed.created());
    let answer = JobQuoted {
        job_id,
        status: Status::Quoted,
        expires_at: quote.expires_at,
        updated_at: mutation.now,
    };
    let claim = Some(Claim::Invoice(quote.invoice));
    mutation
        .order_job(
            job_id,
            Command::Quote {
                quote,
                subject,
                lifetime,
            },
            claim,
            None,
            &answer,
        )
        .await
}
