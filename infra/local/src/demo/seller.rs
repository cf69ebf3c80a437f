//! The seller bot: quotes what it is asked for, checks the payment itself, works, delivers, and takes the money in.

use std::time::Duration;

use nanoark_client::wire::jobs::{DeliveredOutcome, JobView, LockJob};
use nanoark_client::wire::offers::{OfferView, PublishOffer};
use nanoark_client::{Client, HttpTransport, JobsQuery};
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Party, Status};
use nanoark_domain::offer::{Example, Pricing};
use nanoark_domain::payload::{Input, Output};
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::Seconds;
use nanoark_nano::evidence::Observation;
use nanoark_nano::{Account, BlockHash, Network, RawAmount, Seed};
use nanoark_nano_rpc::{Node, NodeSet};
use serde_json::{Value, json};

use super::timeline::{Timeline, Who};
use super::wallet::Wallet;
use super::{Failure, POLL_EVERY};

/// A seller that counts words.
#[derive(Debug)]
pub(super) struct Seller {
    pub(super) client: Client<HttpTransport>,
    pub(super) seed: Seed,
    pub(super) nodes: NodeSet,
    pub(super) network: Network,
}

/// A thousandth of a XNO per started ten words.
fn price(words: usize) -> Result<RawAmount, Failure> {
    let steps = u128::try_from(words.div_ceil(10))?;
    let per_step = RawAmount::from_xno("0.001")?.raw();
    steps
        .checked_mul(per_step)
        .map(RawAmount::from_raw)
        .ok_or_else(|| "the text is too long to price".into())
}

fn text(job: &JobView) -> Result<&str, Failure> {
    match &job.input {
        Some(Input::Json(Value::Object(input))) => input
            .get("text")
            .and_then(Value::as_str)
            .ok_or_else(|| "the input has no text".into()),
        Some(Input::Json(_) | Input::Sealed(_)) | None => Err("the input is not in the clear".into()),
    }
}

impl Seller {
    pub(super) async fn publish(&self, told: &Timeline) -> Result<OfferView, Failure> {
        let offer = PublishOffer {
            title: "Count words".to_owned(),
            description: "Counts the words of a text. The price depends on its length.".to_owned(),
            tags: vec!["text".to_owned(), "demo".to_owned()],
            pricing: Pricing::Quote {},
            turnaround_seconds: Seconds(60),
            input_schema: Some(json!({
                "type": "object", "required": ["text"], "properties": { "text": { "type": "string" } }
            })),
            output_schema: Some(json!({
                "type": "object", "required": ["words"], "properties": { "words": { "type": "integer" } }
            })),
            example: Some(Example {
                input: json!({ "text": "to be or not to be" }),
                output: json!({ "words": 6 }),
            }),
            expires_at: None,
        };
        let offer = self
            .client
            .publish_offer(&self.client.fresh_key()?, &offer)
            .await?
            .value;
        let words = format!("publishes the offer \"{}\", priced per request", offer.terms.title);
        told.step(
            "publish-offer",
            Who::Seller,
            &words,
            &json!({ "offer_id": offer.offer_id }),
        )?;
        Ok(offer)
    }

    /// Polls until it has a job, and does it to the end.
    pub(super) async fn work(&self, told: &Timeline) -> Result<(), Failure> {
        let job_id = self.next_request().await?;
        let job = self.client.job(job_id).await?.value;
        let invoice = self.quote(told, &job).await?;

        let job = self.until_paid(job_id).await?;
        self.check_payment(told, &job, &invoice.account()).await?;

        let lock = self
            .client
            .lock_job(&self.client.fresh_key()?, job_id, &LockJob::default())
            .await?
            .value;
        let words = format!(
            "locks the job: fencing number {}, lease until {}",
            lock.fence.0, lock.lease_expires_at
        );
        told.step(
            "lock-job",
            Who::Seller,
            &words,
            &json!({ "job_id": job_id, "fence": lock.fence }),
        )?;

        let count = text(&job)?.split_whitespace().count();
        let result = DeliveredOutcome::Result(Output::Json(json!({ "words": count })));
        let delivery = self.client.bot().delivery(&job, &lock.lock_token, result)?;
        self.client
            .deliver_job(&self.client.fresh_key()?, job_id, &delivery)
            .await?;
        let words = format!("works and delivers {{\"words\":{count}}} with a signed receipt");
        told.step("deliver-job", Who::Seller, &words, &json!({ "job_id": job_id }))?;

        let receipt = job.payment.receipts.first().ok_or("a paid job has no payment")?;
        let pocketed = invoice.receive(receipt.hash, receipt.amount).await?;
        let words = format!(
            "takes {} XNO in: the invoice account is its own",
            receipt.amount.to_xno()
        );
        told.step(
            "receive",
            Who::Ledger,
            &words,
            &json!({ "block_hash": pocketed, "amount_raw": receipt.amount }),
        )
    }

    async fn next_request(&self) -> Result<JobId, Failure> {
        let query = JobsQuery {
            statuses: vec![Status::Requested],
            ..JobsQuery::of(Party::Seller)
        };
        loop {
            let page = self.client.list_jobs(&query).await?.changed();
            if let Some(job) = page.and_then(|page| page.value.jobs.first().map(|job| job.job_id)) {
                return Ok(job);
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    async fn quote(&self, told: &Timeline, job: &JobView) -> Result<Wallet, Failure> {
        let amount = price(text(job)?.split_whitespace().count())?;
        let node = self.node()?;
        // The first account of the seed stays free for the seller's own money; every job gets the next.
        let invoice = Wallet::of_seed(&self.seed, 1, node, self.network);
        let expires_at = self.client.surroundings().now().plus(Seconds(900));
        let quote = self.client.bot().quote(job, amount, invoice.account(), expires_at)?;
        self.client
            .quote_job(&self.client.fresh_key()?, job.job_id, &quote)
            .await?;
        let words = format!(
            "signs a quote: {} XNO to a fresh account {}",
            amount.to_xno(),
            short(&invoice.account())
        );
        let facts = json!({ "job_id": job.job_id, "amount_raw": amount, "invoice_account": invoice.account() });
        told.step("quote-job", Who::Seller, &words, &facts)?;
        Ok(invoice)
    }

    async fn until_paid(&self, job_id: JobId) -> Result<JobView, Failure> {
        loop {
            let job = self.client.job(job_id).await?.value;
            if PaymentStatus::PAID.contains(&job.payment.status) {
                return Ok(job);
            }
            if !job.status.is_open() {
                return Err(format!("the job is {} before it was paid", job.status).into());
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    /// Looks at the ledger itself: the relay's word alone is not enough to work for.
    async fn check_payment(&self, told: &Timeline, job: &JobView, invoice: &Account) -> Result<(), Failure> {
        let hash: BlockHash = job.payment.block_hash.ok_or("a paid job has no payment")?;
        let quote = job.quote.as_ref().ok_or("a paid job has no quote")?;
        let observed = self.nodes.observe_send(&hash).await.observation;
        let Observation::Found(send) = observed else {
            return Err(format!("the seller does not find the payment that the relay found: {observed:?}").into());
        };
        if !send.pays(invoice) || !send.confirmations.is_confirmed() || send.amount < quote.amount_raw {
            return Err(format!("the seller finds another payment than the relay: {send:?}").into());
        }
        let words = format!(
            "verifies the payment itself: {} XNO from {}",
            send.amount.to_xno(),
            short(&send.payer)
        );
        told.step(
            "verify-payment",
            Who::Seller,
            &words,
            &json!({ "block_hash": hash, "payer": send.payer }),
        )
    }

    fn node(&self) -> Result<&Node, Failure> {
        self.nodes.nodes().first().ok_or_else(|| "there is no Nano node".into())
    }
}

/// An account in few characters.
pub(super) fn short(account: &Account) -> String {
    let text = account.to_string();
    format!(
        "{}…{}",
        text.get(..11).unwrap_or(&text),
        text.get(text.len().saturating_sub(5)..).unwrap_or("")
    )
}

/// How long nobody waits for the other bot.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
