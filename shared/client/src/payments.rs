//! Calls about money.

use nanoark_domain::id::JobId;
use nanoark_http::idempotency::IdempotencyKey;
use nanoark_http::wire::money::{NameBlock, PaymentNamed, RefundNamed};
use nanoark_nano::BlockHash;

use crate::answer::Answer;
use crate::client::Client;
use crate::error::ClientError;
use crate::transport::Transport;

impl<T: Transport> Client<T> {
    /// Names the send block that pays the job, as the buyer.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn submit_payment(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        block_hash: BlockHash,
    ) -> Result<Answer<PaymentNamed>, ClientError> {
        self.change_job(key, job, "payment", &NameBlock { block_hash }).await
    }

    /// Names a send block that pays money back, as the seller.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn record_refund(
        &self,
        key: &IdempotencyKey,
        job: JobId,
        block_hash: BlockHash,
    ) -> Result<Answer<RefundNamed>, ClientError> {
        self.change_job(key, job, "refund", &NameBlock { block_hash }).await
    }
}
