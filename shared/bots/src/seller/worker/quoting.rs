//! Answering a request: with a signed quote, or with a refusal.

use nanoark_client::Transport;
use nanoark_client::wire::jobs::JobView;
use nanoark_domain::time::Timestamp;
use nanoark_http::problem::Code;
use nanoark_wallet::Purpose;

use super::attend::{Attended, Stepped};
use super::{Worker, code};
use crate::seller::error::{QuoteFailure, StepError};
use crate::seller::keys::Intention;
use crate::seller::metrics::Count;
use crate::seller::offer_file::OfferedPrice;
use crate::seller::price::{self, Price};
use crate::seller::record::{JobRecord, QuoteDraft};
use crate::seller::stop::Stop;

/// After so many failures in a row to make a price, the request is declined.
const MOST_FAILURES: u32 = 4;

impl<T: Transport> Worker<T> {
    pub(super) async fn quote(
        &self,
        attended: &Attended<'_>,
        job: &JobView,
        record: &JobRecord,
    ) -> Result<Stepped, StepError> {
        let stands = |draft: &&QuoteDraft| price::still_stands(job, draft.expires_at, &self.policy, self.now());
        let draft = match record.quote.as_ref().filter(stands) {
            Some(draft) => draft.clone(),
            None => match self.price(job).await {
                Ok(Price::Amount(amount)) => {
                    let invoice = self.wallet.invoice(&invoice_of(job)?).await?;
                    let draft = QuoteDraft {
                        attempt: record.quote.as_ref().map_or(1, |last| last.attempt.saturating_add(1)),
                        amount,
                        invoice: invoice.account,
                        expires_at: price::expiry(job, &self.policy, self.now()),
                    };
                    let stored = draft.clone();
                    self.state.change(job.job_id, |record| record.quote = Some(stored))?;
                    draft
                }
                Ok(Price::Declined(reason)) => return self.decline(job, &reason).await,
                Err(error) if attended.failures >= MOST_FAILURES => {
                    tracing::error!(job_id = %job.job_id, %error, "no price can be made: declines");
                    return self.decline(job, "No price could be made.").await;
                }
                Err(error) => return Err(error.into()),
            },
        };
        self.send_quote(job, &draft).await
    }

    async fn price(&self, job: &JobView) -> Result<Price, QuoteFailure> {
        if let Some(fixed) = job.fixed_amount_raw {
            return Ok(Price::Amount(fixed));
        }
        match (self.offer.price(), &self.quoter) {
            (OfferedPrice::Fixed { amount, .. }, _) => Ok(Price::Amount(amount)),
            (OfferedPrice::PerJob, Some(quoter)) => {
                let question = price::question(job);
                Price::read(quoter.run(&question, Stop::never()).await?.0)
            }
            (OfferedPrice::PerJob, None) => Err(QuoteFailure::Answer("nobody to ask".to_owned())),
        }
    }

    async fn send_quote(&self, job: &JobView, draft: &QuoteDraft) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        let bot = self.client.bot();
        let quote = bot.quote(job, draft.amount, draft.invoice, draft.expires_at)?;
        let (worker, attempt) = (self.state.worker(), draft.attempt);
        let key = Intention::Quote {
            job: job_id,
            worker,
            attempt,
        }
        .key(&self.client);
        let told = self.client.quote_job(&key, job_id, &quote).await;
        let Err(error) = told else {
            self.metrics.count(Count::Quote);
            tracing::info!(%job_id, step = "quote", amount_raw = %draft.amount, "quoted");
            return Ok(Stepped::Again);
        };
        match code(&error) {
            Some(Code::WrongState | Code::TooLate) => Ok(Stepped::Again),
            Some(Code::InvoiceAccountUsed | Code::InvoiceAccountUnusable) => {
                tracing::warn!(%job_id, account = %draft.invoice, "the invoice account is taken: uses another");
                self.wallet.burn_invoice(&invoice_of(job)?)?;
                self.drop_draft(job)?;
                Ok(Stepped::Again)
            }
            Some(Code::IdempotencyConflict) => {
                self.drop_draft(job)?;
                Ok(Stepped::Again)
            }
            Some(Code::QuoteTooShort | Code::PriceFixed | Code::InvalidField) => {
                self.drop_draft(job)?;
                Err(error.into())
            }
            _ => Err(error.into()),
        }
    }

    /// Makes the next quote a new one. The counter and the account stay, for the record.
    fn drop_draft(&self, job: &JobView) -> Result<(), StepError> {
        self.state.change(job.job_id, |record| {
            if let Some(draft) = &mut record.quote {
                draft.expires_at = Timestamp::EPOCH;
            }
        })?;
        Ok(())
    }

    pub(super) async fn decline(&self, job: &JobView, reason: &str) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        let key = Intention::Decline { job: job_id }.key(&self.client);
        match self.client.decline_job(&key, job_id, Some(reason)).await {
            Ok(_) => {
                tracing::info!(%job_id, step = "decline", reason, "declined");
                Ok(Stepped::Again)
            }
            Err(error) => match code(&error) {
                Some(Code::WrongState | Code::TooLate | Code::IdempotencyConflict) => Ok(Stepped::Again),
                _ => Err(error.into()),
            },
        }
    }
}

/// What a job's invoice account is for.
pub(super) fn invoice_of(job: &JobView) -> Result<Purpose, StepError> {
    super::purpose(format!("invoice:{}", job.job_id))
}
