//! Calls about the work.

use http::{Method, StatusCode};
use nanoark_domain::id::JobId;
use nanoark_domain::time::Seconds;
use nanoark_http::idempotency::IdempotencyKey;
use nanoark_http::wire::jobs::{
    DeliverJob, JobChanged, JobDelivered, JobLocked, JobPage, JobQuoted, JobRequested, JobView, LockJob, LockRenewed,
    Nothing, QuoteJob, ReleaseLock, RenewLock, RequestJob, WithReason,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::{Answer, Polled};
use crate::call::Call;
use crate::client::{Client, read};
use crate::error::ClientError;
use crate::query::JobsQuery;
use crate::transport::Transport;

impl<T: Transport> Client<T> {
    /// Requests a job. Its id is [`Bot::job_id`](crate::Bot::job_id) of the key.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn request_job(
        &self,
        key: &IdempotencyKey,
        request: &RequestJob,
    ) -> Result<Answer<JobRequested>, ClientError> {
        self.ask(&Call::mutation(Method::POST, "/v1/jobs".to_owned(), key, request)?)
            .await
    }

    /// Lists the bot's jobs, least recently changed first.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn list_jobs(&self, query: &JobsQuery) -> Result<Polled<JobPage>, ClientError> {
        let call = Call {
            etag: query.etag.clone(),
            ..Call::read(format!("/v1/jobs{}", query.query_string()))
        };
        let answer = self.send_with_retry(&call).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            return answer.map(|_| Ok(())).map(Polled::Unchanged);
        }
        read(answer).map(Polled::Changed)
    }

    /// Everything that this bot may see of a job.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn job(&self, job: JobId) -> Result<Answer<JobView>, ClientError> {
        self.ask(&Call::read(format!("/v1/jobs/{job}"))).await
    }

    /// Quotes a price, as the seller; [`Bot::quote`](crate::Bot::quote) makes the signed body.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn quote_job(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        quote: &QuoteJob,
    ) -> Result<Answer<JobQuoted>, ClientError> {
        self.change_job(key, job, "quote", quote).await
    }

    /// Accepts the quote, as the buyer. Check it before with [`verify_quote`](crate::verify_quote).
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn accept_job(&self, key: &IdempotencyKey, job: JobId) -> Result<Answer<JobChanged>, ClientError> {
        self.change_job(key, job, "accept", &Nothing {}).await
    }

    /// Declines the request, as the seller.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn decline_job(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        reason: Option<&str>,
    ) -> Result<Answer<JobChanged>, ClientError> {
        self.change_job(key, job, "decline", &with_reason(reason)).await
    }

    /// Withdraws before the work has begun, as the buyer.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn cancel_job(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        reason: Option<&str>,
    ) -> Result<Answer<JobChanged>, ClientError> {
        self.change_job(key, job, "cancel", &with_reason(reason)).await
    }

    /// Takes a paid job for one worker of the seller. The same key gives the same lock again.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn lock_job(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        lock: &LockJob,
    ) -> Result<Answer<JobLocked>, ClientError> {
        self.change_job(key, job, "lock", lock).await
    }

    /// Extends the lease, by the time that was agreed or by `lease` from now.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn renew_lock(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        lock_token: &str,
        lease: Option<Seconds>,
    ) -> Result<Answer<LockRenewed>, ClientError> {
        let body = RenewLock {
            lock_token: lock_token.to_owned(),
            lease_seconds: lease,
        };
        self.change_job(key, job, "lock/renew", &body).await
    }

    /// Gives the lock back, for another worker.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn release_lock(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        lock_token: &str,
    ) -> Result<Answer<JobChanged>, ClientError> {
        let body = ReleaseLock {
            lock_token: lock_token.to_owned(),
        };
        self.change_job(key, job, "lock/release", &body).await
    }

    /// Hands in the outcome, as the seller; [`Bot::delivery`](crate::Bot::delivery) makes the signed body.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn deliver_job(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        delivery: &DeliverJob,
    ) -> Result<Answer<JobDelivered>, ClientError> {
        self.change_job(key, job, "deliver", delivery).await
    }

    pub(crate) async fn change_job<B: Serialize, A: DeserializeOwned>(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        verb: &str,
        body: &B,
    ) -> Result<Answer<A>, ClientError> {
        self.ask(&Call::mutation(
            Method::POST,
            format!("/v1/jobs/{job}/{verb}"),
            key,
            body,
        )?)
        .await
    }
}

fn with_reason(reason: Option<&str>) -> WithReason {
    WithReason {
        reason: reason.map(str::to_owned),
    }
}
