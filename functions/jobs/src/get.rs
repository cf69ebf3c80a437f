//! `GET /v1/jobs/{job_id}`: everything that a party may see.

use http::StatusCode;
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Job, Party, Stage};
use nanoark_domain::payment::owed;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use nanoark_http::signature::Signed;
use nanoark_http::wire::jobs::{JobView, LockView, QuoteView, ReceiptView};
use nanoark_http::wire::money::{OwedView, PaymentView, RefundView, RefundsView};
use nanoark_runtime::{Function, Relay, Trigger, path, read_failed};
use nanoark_store::{Payload, StoredJob};

/// The function.
pub const FUNCTION: Function = Function {
    name: "get-job",
    trigger: Trigger::Signed(|relay, signed| Box::pin(handle(relay, signed))),
};

async fn handle(relay: &Relay, signed: &Signed) -> Result<Response, Problem> {
    let job_id: JobId = path(signed.request(), "job_id")?;
    let stored = relay.store().job_with_payloads(job_id).await.map_err(read_failed)?;
    // A stranger learns nothing, not even that there is such a job.
    let (stored, party) = stored
        .and_then(|stored| stored.job.party(&signed.bot()).map(|party| (stored, party)))
        .ok_or_else(|| Problem::new(Code::NotFound, "There is no such job, or you are no party to it."))?;
    Response::json(StatusCode::OK, &view(stored, party))
        .map_err(|error| Problem::new(Code::Internal, error.to_string()))
}

fn view(stored: StoredJob, you_are: Party) -> JobView {
    let StoredJob { job, input, result } = stored;
    let (result, error) = match result {
        Some(Payload::Output(output)) => (Some(output), None),
        Some(Payload::Failure(failure)) => (None, Some(failure.0)),
        Some(Payload::Input(_)) | None => (None, None),
    };
    let input = match input {
        Some(Payload::Input(input)) => Some(input),
        Some(Payload::Output(_) | Payload::Failure(_)) | None => None,
    };
    let (reason, expiry_reason) = match &job.stage {
        Stage::Cancelled { reason, .. } | Stage::Declined { reason } => (reason.clone(), None),
        Stage::Expired { reason, .. } => (None, Some(*reason)),
        Stage::Requested { .. }
        | Stage::Quoted { .. }
        | Stage::Accepted { .. }
        | Stage::Running { .. }
        | Stage::Finished { .. } => (None, None),
    };
    JobView {
        job_id: job.id,
        offer_id: job.offer_id,
        buyer: job.buyer,
        seller: job.seller,
        you_are,
        status: job.status(),
        reason,
        expiry_reason,
        due_at: job.due_at,
        input,
        input_hash: job.input_hash,
        turnaround_seconds: job.promise.turnaround,
        fixed_amount_raw: job.promise.fixed_amount,
        quote_lifetime_seconds: job.promise.quote_lifetime,
        refund_account: job.refund_account,
        quote: quote_view(&job),
        payment: PaymentView::from(&job.money),
        refunds: RefundsView {
            owed: owed(&job).map(|owed| OwedView {
                amount_raw: owed.amount_raw,
                to: owed.to,
                reason: owed.reason,
            }),
            sent: RefundView::all(&job.money),
        },
        lock: lock_view(&job).filter(|_| you_are == Party::Seller),
        result,
        error,
        receipt: receipt_view(&job),
        history: job.history,
        version: job.version,
        created_at: job.created_at,
        updated_at: job.updated_at,
    }
}

fn quote_view(job: &Job) -> Option<QuoteView> {
    job.stage.quote().map(|quote| QuoteView {
        amount_raw: quote.amount,
        invoice_account: quote.invoice,
        quoted_at: quote.quoted_at,
        expires_at: quote.expires_at,
        statement: quote.statement(&job.quote_subject()).to_string(),
        signature: quote.signature,
    })
}

fn lock_view(job: &Job) -> Option<LockView> {
    match &job.stage {
        Stage::Running { lock, .. } => Some(LockView {
            fence: job.fence,
            lease_expires_at: lock.lease_expires_at,
        }),
        Stage::Requested { .. }
        | Stage::Quoted { .. }
        | Stage::Accepted { .. }
        | Stage::Finished { .. }
        | Stage::Cancelled { .. }
        | Stage::Declined { .. }
        | Stage::Expired { .. } => None,
    }
}

fn receipt_view(job: &Job) -> Option<ReceiptView> {
    let Stage::Finished { delivery, .. } = &job.stage else {
        return None;
    };
    let subject = job.receipt_subject(delivery);
    Some(ReceiptView {
        result_hash: delivery.outcome.result_hash(),
        payment_hash: subject.payment_hash,
        delivered_at: delivery.at,
        statement: delivery.outcome.receipt(&subject).to_string(),
        signature: delivery.signature,
    })
}
