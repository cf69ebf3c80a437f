//! Two bots and a job between them, brought as far as a test needs it.

use std::time::Duration;

use nanoark_client::wire::jobs::{DeliveredOutcome, JobView, LockJob, RequestJob};
use nanoark_client::wire::offers::{OfferView, PublishOffer};
use nanoark_client::{Client, IdempotencyKey, offer_as_read};
use nanoark_domain::id::JobId;
use nanoark_domain::offer::Pricing;
use nanoark_domain::payload::{Input, Output};
use nanoark_domain::time::Seconds;
use nanoark_nano::{BlockHash, PrivateKey, RawAmount, Seed};
use nanoark_testkit::nano_ledger::DevWallet;
use serde_json::json;

use super::{StackTransport, World};

/// What a job costs here, in raw.
pub(crate) const PRICE: RawAmount = RawAmount::from_raw(1_000_000_000_000_000_000_000_000_000);

/// An amount in XNO.
pub(crate) fn xno(text: &str) -> RawAmount {
    RawAmount::from_xno(text).unwrap()
}

/// A seller, a buyer with money, and the offer between them.
pub(crate) struct Deal<'a> {
    pub(crate) world: &'a World,
    pub(crate) seller: Client<StackTransport>,
    pub(crate) buyer: Client<StackTransport>,
    /// The buyer's money.
    pub(crate) purse: DevWallet,
    pub(crate) offer: OfferView,
    seed: Seed,
}

impl<'a> Deal<'a> {
    /// A published offer, and nothing else.
    pub(crate) async fn new(world: &'a World) -> Self {
        Self::between(world, 1, 2).await
    }

    /// The same between two bots of these numbers.
    pub(crate) async fn between(world: &'a World, seller: u8, buyer: u8) -> Self {
        let (seller_client, buyer_client) = (world.bot(seller), world.bot(buyer));
        let offer = plain_offer();
        let key = seller_client.fresh_key().unwrap();
        let offer = seller_client.publish_offer(&key, &offer).await.unwrap().value;
        let seed = Seed::from_bytes([seller.wrapping_add(100); 32]);
        Self {
            world,
            seller: seller_client,
            buyer: buyer_client,
            purse: world.wallet(buyer),
            offer,
            seed,
        }
    }

    /// A key for a new intention of the buyer. Both bots draw from one sequence each.
    pub(crate) fn key(&self) -> IdempotencyKey {
        self.buyer.fresh_key().unwrap()
    }

    /// The key of the invoice account of the job with this number.
    pub(crate) fn invoice_key(&self, number: u32) -> PrivateKey {
        self.seed.private_key(number)
    }

    /// The seller's wallet on the invoice account of the job with this number.
    pub(crate) fn invoice_wallet(&self, number: u32) -> DevWallet {
        DevWallet::new(self.invoice_key(number), &self.world.ledger)
    }

    pub(crate) fn request_body(&self) -> RequestJob {
        RequestJob {
            offer: offer_as_read(&self.offer),
            input: Input::Json(json!({ "text": "hello" })),
            refund_account: None,
        }
    }

    /// A requested job.
    pub(crate) async fn requested(&self) -> JobId {
        self.buyer
            .request_job(&self.key(), &self.request_body())
            .await
            .unwrap()
            .value
            .job_id
    }

    /// The seller quotes [`PRICE`] with the invoice account of this number.
    pub(crate) async fn quote(&self, job_id: JobId, number: u32) -> JobView {
        let job = self.seller.job(job_id).await.unwrap().value;
        let expires_at = self.world.now().plus(Seconds(900));
        let quote = self
            .seller
            .bot()
            .quote(&job, PRICE, self.invoice_key(number).public(), expires_at)
            .unwrap();
        self.seller.quote_job(&self.key(), job_id, &quote).await.unwrap();
        self.job(job_id).await
    }

    /// A job that was quoted with the invoice account of this number.
    pub(crate) async fn quoted(&self, number: u32) -> JobView {
        let job_id = self.requested().await;
        self.quote(job_id, number).await
    }

    /// A job that was quoted and accepted.
    pub(crate) async fn accepted(&self, number: u32) -> JobView {
        let job = self.quoted(number).await;
        self.buyer.accept_job(&self.key(), job.job_id).await.unwrap();
        self.job(job.job_id).await
    }

    /// The buyer sends an amount to the job's invoice account; nobody is told.
    pub(crate) fn send(&self, job: &JobView, amount: RawAmount) -> BlockHash {
        self.purse
            .send(job.quote.as_ref().unwrap().invoice_account, amount)
            .unwrap()
            .block
            .hash()
    }

    /// The buyer names a block.
    pub(crate) async fn submit(&self, job_id: JobId, hash: BlockHash) {
        self.buyer.submit_payment(&self.key(), job_id, hash).await.unwrap();
    }

    /// A job whose price was paid and confirmed.
    pub(crate) async fn paid(&self, number: u32) -> JobView {
        let job = self.accepted(number).await;
        let hash = self.send(&job, PRICE);
        self.world.pass(Duration::from_millis(200));
        self.submit(job.job_id, hash).await;
        self.world.settle().await;
        self.job(job.job_id).await
    }

    /// The seller takes the job; returns the lock's secret.
    pub(crate) async fn lock(&self, job_id: JobId) -> String {
        self.seller
            .lock_job(&self.key(), job_id, &LockJob::default())
            .await
            .unwrap()
            .value
            .lock_token
    }

    /// The seller hands in a result.
    pub(crate) async fn deliver(&self, job_id: JobId, token: &str) -> JobView {
        let job = self.seller.job(job_id).await.unwrap().value;
        let outcome = DeliveredOutcome::Result(Output::Json(json!({ "words": 1 })));
        let delivery = self.seller.bot().delivery(&job, token, outcome).unwrap();
        self.seller.deliver_job(&self.key(), job_id, &delivery).await.unwrap();
        self.job(job_id).await
    }

    /// The seller says that the work failed.
    pub(crate) async fn fail(&self, job_id: JobId, token: &str) -> JobView {
        let job = self.seller.job(job_id).await.unwrap().value;
        let delivery = self
            .seller
            .bot()
            .delivery(&job, token, DeliveredOutcome::Error("no".to_owned()))
            .unwrap();
        self.seller.deliver_job(&self.key(), job_id, &delivery).await.unwrap();
        self.job(job_id).await
    }

    /// The job as the buyer sees it.
    pub(crate) async fn job(&self, job_id: JobId) -> JobView {
        self.buyer.job(job_id).await.unwrap().value
    }
}

/// An offer that is priced per request.
pub(crate) fn plain_offer() -> PublishOffer {
    PublishOffer {
        title: "Count words".to_owned(),
        description: "Counts the words of a text.".to_owned(),
        tags: vec!["text".to_owned()],
        pricing: Pricing::Quote {},
        turnaround_seconds: Seconds(3_600),
        input_schema: None,
        output_schema: None,
        example: None,
        expires_at: None,
    }
}
