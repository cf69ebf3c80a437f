//! How the relay shows a job.

use nanoark_client::wire::jobs::{DeliveredOutcome, JobView, LockView, QuoteView, ReceiptView};
use nanoark_client::wire::money::{OwedView, PaymentView, RefundView, RefundsView};
use nanoark_domain::job::{Delivery, Job, JobSummary, Party, Quote, Stage};
use nanoark_domain::payment::owed;

use super::relay::Kept;

pub(super) fn summary(job: &Job) -> JobSummary {
    JobSummary {
        job_id: job.id,
        offer_id: job.offer_id,
        buyer: job.buyer,
        seller: job.seller,
        status: job.status(),
        payment_status: job.money.payment.status(),
        version: job.version,
        created_at: job.created_at,
        updated_at: job.updated_at,
    }
}

pub(super) fn view(kept: &Kept) -> JobView {
    let job = &kept.job;
    let quote = |quote: &Quote| QuoteView {
        amount_raw: quote.amount,
        invoice_account: quote.invoice,
        quoted_at: quote.quoted_at,
        expires_at: quote.expires_at,
        statement: quote.statement(&job.quote_subject()).to_string(),
        signature: quote.signature,
    };
    let receipt = |delivery: &Delivery| ReceiptView {
        result_hash: delivery.outcome.result_hash(),
        payment_hash: delivery.payment_hash,
        delivered_at: delivery.at,
        statement: delivery.outcome.receipt(&job.receipt_subject(delivery)).to_string(),
        signature: delivery.signature,
    };
    let (mut lock, mut delivered) = (None, None);
    match &job.stage {
        Stage::Running { lock: held, .. } => {
            lock = Some(LockView {
                fence: job.fence,
                lease_expires_at: held.lease_expires_at,
            });
        }
        Stage::Finished { delivery, .. } => delivered = Some(receipt(delivery)),
        _ => {}
    }
    JobView {
        job_id: job.id,
        offer_id: job.offer_id,
        buyer: job.buyer,
        seller: job.seller,
        you_are: Party::Seller,
        status: job.status(),
        reason: None,
        expiry_reason: None,
        due_at: job.due_at,
        input: Some(kept.input.clone()),
        input_hash: job.input_hash,
        turnaround_seconds: job.promise.turnaround,
        fixed_amount_raw: job.promise.fixed_amount,
        quote_lifetime_seconds: job.promise.quote_lifetime,
        refund_account: job.refund_account,
        quote: job.stage.quote().map(quote),
        payment: PaymentView::from(&job.money),
        refunds: RefundsView {
            owed: owed(job).map(|owed| OwedView {
                amount_raw: owed.amount_raw,
                to: owed.to,
                reason: owed.reason,
            }),
            sent: RefundView::all(&job.money),
        },
        lock,
        result: match &kept.outcome {
            Some(DeliveredOutcome::Result(output)) => Some(output.clone()),
            _ => None,
        },
        error: match &kept.outcome {
            Some(DeliveredOutcome::Error(text)) => Some(text.clone()),
            _ => None,
        },
        receipt: delivered,
        history: job.history.clone(),
        version: job.version,
        created_at: job.created_at,
        updated_at: job.updated_at,
    }
}
