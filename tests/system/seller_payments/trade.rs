//! What the buyer does by hand, and what is left when the shop closes.

use std::time::Duration;

use nanoark_client::verify_receipt;
use nanoark_client::wire::jobs::{JobView, RequestJob};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::payload::Input;
use nanoark_http::problem::Code;
use nanoark_nano::{Account, BlockHash, RawAmount};
use serde_json::json;

use super::shop::Shop;
use super::{FINAL, minutes};
use crate::simulation::accounts::{Send, assert_conserved, sends};

/// How many accounts of the seller are looked at.
const ACCOUNTS: u32 = 40;

/// What is refused is looked at again after five minutes.
const LONG_ENOUGH: Duration = minutes(12);

/// How a job ended for the seller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    status: Status,
    /// How often the tool ran for it.
    runs: usize,
    /// What was sent back from its invoice account: to whom, and how much.
    back: Vec<(Account, RawAmount)>,
}

impl End {
    /// The tool ran once and its result was handed in.
    pub(super) fn delivered() -> Self {
        Self {
            runs: 1,
            ..Self::without_work(Status::Delivered)
        }
    }

    /// The tool ran once and failed.
    pub(super) fn failed() -> Self {
        Self {
            runs: 1,
            ..Self::without_work(Status::Failed)
        }
    }

    /// The tool never ran.
    pub(super) fn without_work(status: Status) -> Self {
        Self {
            status,
            runs: 0,
            back: Vec::new(),
        }
    }

    /// And so much was sent back.
    pub(super) fn and_back(mut self, to: Account, amount: RawAmount) -> Self {
        self.back.push((to, amount));
        self
    }

    /// What was sent back in all.
    pub(super) fn total_back(&self) -> u128 {
        self.back.iter().map(|(_, amount)| amount.raw()).sum()
    }
}

pub(super) fn invoice(job: &JobView) -> Account {
    job.quote.as_ref().unwrap().invoice_account
}

impl Shop {
    pub(super) async fn requested(&self, refund_account: Option<Account>) -> JobId {
        let offer = self.buyer.offer(self.offer).await.unwrap().value;
        let request = RequestJob {
            offer: nanoark_client::offer_as_read(&offer),
            input: Input::Json(json!({ "text": "three little words" })),
            refund_account,
        };
        let key = self.buyer.fresh_key().unwrap();
        self.buyer.request_job(&key, &request).await.unwrap().value.job_id
    }

    /// A job that the worker quoted and the buyer accepted.
    pub(super) async fn accepted(&self) -> JobView {
        self.accepted_with(None).await
    }

    /// The same, with an account to send money back to.
    pub(super) async fn accepted_with(&self, refund_account: Option<Account>) -> JobView {
        let job_id = self.requested(refund_account).await;
        self.until(job_id, |job| job.status == Status::Quoted).await;
        let key = self.buyer.fresh_key().unwrap();
        self.buyer.accept_job(&key, job_id).await.unwrap();
        self.job(job_id).await
    }

    /// The buyer sends so much to the invoice account and waits until it is final, and tells nobody.
    pub(super) async fn pay(&self, job: &JobView, amount: RawAmount) -> BlockHash {
        let hash = self.purse.send(invoice(job), amount).unwrap().block.hash();
        self.pass(FINAL).await;
        hash
    }

    /// The buyer names a block.
    pub(super) async fn name(&self, job: &JobView, hash: BlockHash) {
        let key = self.buyer.fresh_key().unwrap();
        self.buyer.submit_payment(&key, job.job_id, hash).await.unwrap();
    }

    pub(super) async fn pay_and_name(&self, job: &JobView, amount: RawAmount) -> BlockHash {
        let hash = self.pay(job, amount).await;
        self.name(job, hash).await;
        hash
    }

    /// What the relay says to the buyer that names a block it may not name.
    pub(super) async fn name_refused(&self, job: &JobView, hash: BlockHash) -> Code {
        let key = self.buyer.fresh_key().unwrap();
        let refused = self.buyer.submit_payment(&key, job.job_id, hash).await;
        refused.unwrap_err().code().unwrap()
    }

    pub(super) async fn cancel(&self, job: &JobView) {
        let key = self.buyer.fresh_key().unwrap();
        self.buyer.cancel_job(&key, job.job_id, None).await.unwrap();
    }

    /// The job as the buyer sees it.
    pub(super) async fn job(&self, job_id: JobId) -> JobView {
        self.buyer.job(job_id).await.unwrap().value
    }

    /// Waits until the job is so, for three hours at the most.
    pub(super) async fn until(&self, job_id: JobId, is_so: impl Fn(&JobView) -> bool) -> JobView {
        for look in 0..2_200 {
            let job = self.job(job_id).await;
            if is_so(&job) {
                return job;
            }
            self.pass(Duration::from_secs(if look < 10 { 1 } else { 5 })).await;
        }
        panic!("it never came: {:#?}", self.job(job_id).await);
    }

    pub(super) async fn until_delivered(&self, job: &JobView) -> JobView {
        self.until(job.job_id, |job| job.status == Status::Delivered).await
    }

    pub(super) async fn until_ended(&self, job: &JobView) -> JobView {
        self.until(job.job_id, |job| !job.status.is_open()).await
    }

    /// How often the tool was started for the job, by now.
    pub(super) fn runs(&self, job: &JobView) -> usize {
        self.tool.runs().get(&job.job_id).map_or(0, |runs| runs.started)
    }

    /// For ten minutes the worker does not begin.
    pub(super) async fn is_not_worked_on(&self, job: &JobView) {
        self.pass(minutes(10)).await;
        assert_eq!(self.runs(job), 0);
    }

    /// Closes the shop a while later, and says how these jobs ended. Nothing else was sent by the seller, nothing is owed
    /// any more, and not a raw is missing.
    pub(super) async fn ends<const N: usize>(self, jobs: [&JobView; N]) -> [End; N] {
        self.pass(LONG_ENOUGH).await;
        let mut views = Vec::new();
        for job in jobs {
            let job = self.job(job.job_id).await;
            assert_eq!(job.refunds.owed, None, "{:?}", job.refunds);
            views.push(job);
        }
        self.closes(views).await.try_into().unwrap()
    }

    /// The same while the relay, for no good reason, calls something owed.
    pub(super) async fn end_in_dispute(self, job: &JobView) -> End {
        self.pass(LONG_ENOUGH).await;
        let job = self.job(job.job_id).await;
        assert!(job.refunds.owed.is_some());
        self.closes(vec![job]).await.remove(0)
    }

    async fn closes(mut self, jobs: Vec<JobView>) -> Vec<End> {
        self.stop.stop();
        for worker in std::mem::take(&mut self.workers) {
            worker.await.unwrap();
        }
        let sellers: Vec<Account> = (0..ACCOUNTS).map(|number| self.sellers(number).account()).collect();
        let others = self.others.lock().unwrap().clone();
        let everybody: Vec<Account> = sellers.iter().copied().chain(others).collect();
        self.ledger.confirm_everything_now();
        assert_conserved("in the end", &self.ledger, &everybody);
        let mut sent = sends(&self.ledger, &sellers);
        // What an account sends to itself is nobody else's.
        sent.retain(|send| send.from != send.to);
        let runs = self.tool.runs();
        let mut ends = Vec::new();
        for job in &jobs {
            if job.status == Status::Delivered {
                verify_receipt(job).unwrap();
            }
            let ran = runs.get(&job.job_id);
            assert!(ran.is_none_or(|runs| runs.most == 1), "{ran:?}");
            let of_job = |send: &Send| {
                job.quote
                    .as_ref()
                    .is_some_and(|quote| quote.invoice_account == send.from)
            };
            let back: Vec<Send> = sent.extract_if(.., |send| of_job(send)).collect();
            ends.push(End {
                status: job.status,
                runs: ran.map_or(0, |runs| runs.started),
                // The ledger is read from the newest block back.
                back: back.iter().rev().map(|send| (send.to, send.amount)).collect(),
            });
        }
        assert_eq!(sent, [], "sent beside these jobs");
        ends
    }
}
