//! What relay and seller do to a job, as the script has it.

use bytes::Bytes;
use nanoark_client::Bot;
use nanoark_client::wire::jobs::{JobChanged, JobRequested, JobView, QuoteView, ReceiptView, RequestJob};
use nanoark_client::wire::money::{NameBlock, OwedView, PaymentNamed, PaymentView, RefundsView};
use nanoark_domain::job::{self, Party, Quote, QuoteSubject, ReceiptSubject, Status};
use nanoark_domain::payload::Output;
use nanoark_domain::payment::{OwedReason, PaymentStatus};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::problem::Code;
use nanoark_nano::{Account, BlockHash, RawAmount};
use serde_json::json;

use super::relay::{State, ok, problem};

pub(super) fn expired(job: &JobView, now: Timestamp) -> bool {
    let paid = job.payment.status != PaymentStatus::None;
    !paid && job.quote.as_ref().is_some_and(|quote| quote.expires_at <= now)
}

pub(super) fn request_job(state: &mut State, key: &str, request: RequestJob, now: Timestamp) -> (u16, Bytes) {
    if request.offer.revision != state.offer.revision {
        return problem(Code::OfferChanged);
    }
    let job = JobView {
        job_id: state.buyer.job_id(&key.parse().unwrap()),
        offer_id: request.offer.offer_id,
        buyer: state.buyer.id(),
        seller: request.offer.seller,
        you_are: Party::Buyer,
        status: Status::Requested,
        reason: None,
        expiry_reason: None,
        due_at: None,
        input_hash: request.input.digest(),
        input: Some(request.input),
        turnaround_seconds: request.offer.turnaround_seconds,
        fixed_amount_raw: request.offer.pricing.fixed_amount(),
        quote_lifetime_seconds: None,
        refund_account: request.refund_account,
        quote: None,
        payment: PaymentView {
            status: PaymentStatus::None,
            reason: None,
            block_hash: None,
            submitted_at: None,
            first_seen_at: None,
            decided_at: None,
            receipts: Vec::new(),
        },
        refunds: RefundsView {
            owed: None,
            sent: Vec::new(),
        },
        lock: None,
        result: None,
        error: None,
        receipt: None,
        history: Vec::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let answer = JobRequested {
        job_id: job.job_id,
        status: job.status,
        input_hash: job.input_hash,
        quote_by: now.plus(Seconds(86_400)),
        updated_at: now,
    };
    state.jobs.insert(job.job_id, job);
    ok(201, &answer)
}

pub(super) fn change(job: &mut JobView, verb: &str, body: &Bytes, now: Timestamp) -> (u16, Bytes) {
    match (verb, job.status) {
        ("accept", Status::Quoted) if !expired(job, now) => job.status = Status::Accepted,
        ("cancel", Status::Requested | Status::Quoted | Status::Accepted) => {
            job.status = Status::Cancelled;
            owe(job, OwedReason::Cancelled);
        }
        ("payment", Status::Accepted) => {
            let NameBlock { block_hash } = serde_json::from_slice(body).unwrap();
            if job.payment.status == PaymentStatus::Submitted {
                return problem(Code::PaymentExists);
            }
            job.payment.status = PaymentStatus::Submitted;
            job.payment.block_hash = Some(block_hash);
            job.version += 1;
            return ok(
                200,
                &PaymentNamed {
                    job_id: job.job_id,
                    payment_hash: block_hash,
                    payment_status: PaymentStatus::Submitted,
                    updated_at: now,
                },
            );
        }
        ("accept", _) => return problem(Code::TooLate),
        _ => return problem(Code::WrongState),
    }
    job.version += 1;
    let answer = JobChanged {
        job_id: job.job_id,
        status: job.status,
        updated_at: now,
    };
    ok(200, &answer)
}

fn owe(job: &mut JobView, reason: OwedReason) {
    let amount = job.payment.receipts.first().map(|receipt| receipt.amount);
    job.refunds.owed = amount.map(|amount_raw| OwedView {
        amount_raw,
        to: job.refund_account.unwrap(),
        reason,
    });
}

/// Puts the seller's signed quote on the job.
pub(in crate::buyer) fn quote(
    job: &mut JobView,
    seller: &Bot,
    amount: RawAmount,
    invoice: Account,
    expires_at: Timestamp,
    now: Timestamp,
) {
    let signed = seller.quote(job, amount, invoice, expires_at).unwrap();
    let subject = QuoteSubject {
        job_id: job.job_id,
        offer_id: job.offer_id,
        buyer: job.buyer,
        seller: job.seller,
        input_hash: job.input_hash,
        turnaround: job.turnaround_seconds,
    };
    let statement = Quote {
        amount,
        invoice,
        quoted_at: now,
        expires_at,
        signature: signed.signature,
    }
    .statement(&subject);
    job.status = Status::Quoted;
    job.quote = Some(QuoteView {
        amount_raw: amount,
        invoice_account: invoice,
        quoted_at: now,
        expires_at,
        statement: statement.to_string(),
        signature: signed.signature,
    });
}

pub(super) fn finish(job: &mut JobView, state: &State, now: Timestamp) {
    let result = Output::Json(json!({ "words": 3 }));
    let error = "It cannot be counted.";
    let outcome = if state.quirks.fails {
        job.status = Status::Failed;
        job.error = Some(error.to_owned());
        owe(job, OwedReason::Failed);
        job::Outcome::Failed {
            error_hash: nanoark_domain::digest::Sha256Digest::of(error.as_bytes()),
        }
    } else {
        job.status = Status::Delivered;
        job.result = Some(if state.quirks.forges_receipt {
            Output::Json(json!({ "words": 4 }))
        } else {
            result.clone()
        });
        job::Outcome::Delivered {
            output_hash: result.digest(),
        }
    };
    sign_receipt(job, &state.seller, &outcome, now);
}

/// Puts the seller's signed receipt on the job.
fn sign_receipt(job: &mut JobView, seller: &Bot, outcome: &job::Outcome, now: Timestamp) {
    let payment_hash: Option<BlockHash> = job.payment.block_hash;
    let subject = ReceiptSubject {
        job_id: job.job_id,
        buyer: job.buyer,
        seller: job.seller,
        input_hash: job.input_hash,
        payment_hash,
    };
    let result_hash = match outcome {
        job::Outcome::Delivered { output_hash } => *output_hash,
        job::Outcome::Failed { error_hash } => *error_hash,
    };
    let statement = outcome.receipt(&subject);
    job.receipt = Some(ReceiptView {
        result_hash,
        payment_hash,
        delivered_at: now,
        statement: statement.to_string(),
        signature: seller.sign(&statement).unwrap(),
    });
}
