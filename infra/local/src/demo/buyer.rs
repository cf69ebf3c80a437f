//! The buyer bot: finds an offer, checks what it is quoted, pays the seller directly, and checks what it gets.

use nanoark_client::wire::jobs::{JobView, RequestJob};
use nanoark_client::wire::offers::OfferView;
use nanoark_client::{Client, HttpTransport, OffersQuery, offer_as_read, verify_quote, verify_receipt};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::payload::{Input, Output};
use nanoark_domain::payment::PaymentStatus;
use nanoark_nano::RawAmount;
use serde_json::{Value, json};

use super::seller::short;
use super::timeline::{Timeline, Who};
use super::wallet::Wallet;
use super::{Failure, POLL_EVERY};

/// A buyer that wants words counted.
#[derive(Debug)]
pub(super) struct Buyer {
    pub(super) client: Client<HttpTransport>,
    pub(super) wallet: Wallet,
    /// The most it pays.
    pub(super) budget: RawAmount,
}

impl Buyer {
    /// Buys one job and returns it as the relay shows it in the end.
    pub(super) async fn buy(&self, told: &Timeline, input: Value) -> Result<JobView, Failure> {
        let offer = self.find(told).await?;
        let job_id = self.request(told, &offer, input).await?;

        let job = self.until(job_id, |job| job.status != Status::Requested).await?;
        self.accept(told, &job).await?;
        self.pay(told, &job).await?;

        let job = self
            .until(job_id, |job| job.payment.status != PaymentStatus::Submitted)
            .await?;
        if !PaymentStatus::PAID.contains(&job.payment.status) {
            return Err(format!("the payment is {}", job.payment.status).into());
        }
        let words = format!("confirms the payment: {}", job.payment.status);
        told.step(
            "payment-judged",
            Who::Relay,
            &words,
            &json!({ "job_id": job_id, "payment": job.payment }),
        )?;

        let job = self.until(job_id, |job| !job.status.is_open()).await?;
        verify_receipt(&job)?;
        let result = match &job.result {
            Some(Output::Json(result)) => result.to_string(),
            Some(Output::Sealed(_) | Output::Link(_)) | None => return Err(format!("the job is {}", job.status).into()),
        };
        let words = format!("has the result {result} and checks the seller's receipt");
        told.step(
            "result",
            Who::Buyer,
            &words,
            &json!({ "job_id": job_id, "result": job.result }),
        )?;
        Ok(job)
    }

    async fn find(&self, told: &Timeline) -> Result<OfferView, Failure> {
        let found = self
            .client
            .search_offers(&OffersQuery::for_words("count words"))
            .await?
            .value;
        let offer = found.offers.into_iter().next().ok_or("the search finds no offer")?;
        let words = format!("finds the offer \"{}\"", offer.terms.title);
        told.step(
            "search-offers",
            Who::Buyer,
            &words,
            &json!({ "offer_id": offer.offer_id }),
        )?;
        Ok(offer)
    }

    async fn request(&self, told: &Timeline, offer: &OfferView, input: Value) -> Result<JobId, Failure> {
        let request = RequestJob {
            offer: offer_as_read(offer),
            input: Input::Json(input),
            refund_account: Some(self.wallet.account()),
        };
        let requested = self
            .client
            .request_job(&self.client.fresh_key()?, &request)
            .await?
            .value;
        let words = format!("requests {}", requested.job_id);
        told.step(
            "request-job",
            Who::Buyer,
            &words,
            &json!({ "job_id": requested.job_id }),
        )?;
        Ok(requested.job_id)
    }

    async fn accept(&self, told: &Timeline, job: &JobView) -> Result<(), Failure> {
        verify_quote(job)?;
        let quote = job
            .quote
            .as_ref()
            .ok_or_else(|| format!("the job is {} without a quote", job.status))?;
        if quote.amount_raw > self.budget {
            return Err(format!("{} XNO is more than the budget", quote.amount_raw.to_xno()).into());
        }
        self.client.accept_job(&self.client.fresh_key()?, job.job_id).await?;
        let words = format!(
            "checks the seller's signature and accepts {} XNO",
            quote.amount_raw.to_xno()
        );
        told.step(
            "accept-job",
            Who::Buyer,
            &words,
            &json!({ "job_id": job.job_id, "amount_raw": quote.amount_raw }),
        )
    }

    async fn pay(&self, told: &Timeline, job: &JobView) -> Result<(), Failure> {
        let quote = job.quote.as_ref().ok_or("an accepted job has no quote")?;
        let hash = self.wallet.send(quote.invoice_account, quote.amount_raw).await?;
        let words = format!(
            "sends {} XNO to {}, directly",
            quote.amount_raw.to_xno(),
            short(&quote.invoice_account)
        );
        told.step(
            "pay",
            Who::Ledger,
            &words,
            &json!({ "block_hash": hash, "amount_raw": quote.amount_raw }),
        )?;
        self.client
            .submit_payment(&self.client.fresh_key()?, job.job_id, hash)
            .await?;
        told.step(
            "submit-payment",
            Who::Buyer,
            "tells the relay which block pays",
            &json!({ "block_hash": hash }),
        )
    }

    async fn until(&self, job_id: JobId, reached: impl Fn(&JobView) -> bool) -> Result<JobView, Failure> {
        loop {
            let job = self.client.job(job_id).await?.value;
            if reached(&job) {
                return Ok(job);
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }
}
