//! Handing in the outcome that is on record.

use nanoark_client::Transport;
use nanoark_client::wire::jobs::{DeliveredOutcome, JobView};
use nanoark_http::problem::Code;

use super::attend::Stepped;
use super::{Worker, code};
use crate::seller::error::StepError;
use crate::seller::keys::Intention;
use crate::seller::metrics::Count;
use crate::seller::record::JobRecord;
use crate::seller::state::StateError;

impl<T: Transport> Worker<T> {
    pub(super) async fn deliver(&self, job: &JobView, record: &JobRecord) -> Result<Stepped, StepError> {
        let job_id = job.job_id;
        let Some(held) = record.held() else {
            return Ok(Stepped::Again);
        };
        let outcome = self.state.outcome(job_id)?;
        let outcome = outcome.ok_or(StateError::Unreadable("outcomes"))?;
        let is_result = matches!(outcome, DeliveredOutcome::Result(_));
        let delivery = self.client.bot().delivery(job, held.token.reveal(), outcome)?;
        let (fence, payment) = (held.fence, delivery.payment_hash);
        let key = Intention::Deliver {
            job: job_id,
            fence,
            payment,
        }
        .key(&self.client);
        let told = self.client.deliver_job(&key, job_id, &delivery).await;
        let Err(error) = told else {
            self.metrics.count(Count::Delivery);
            tracing::info!(%job_id, step = "deliver", result = is_result, "delivered");
            return Ok(Stepped::Again);
        };
        match code(&error) {
            Some(Code::LockLost) => self.forget_lock(job_id),
            // It has ended already, perhaps with this very delivery, or another payment was found meanwhile: look.
            Some(Code::WrongState | Code::JobMismatch | Code::IdempotencyConflict) => Ok(Stepped::Again),
            Some(Code::InvalidField | Code::BodyTooLarge | Code::MalformedJson) if is_result => {
                tracing::error!(%job_id, %error, "the relay does not take the result");
                let outcome = DeliveredOutcome::Error("The relay does not take the result.".to_owned());
                self.state.finish(job_id, &outcome)?;
                Ok(Stepped::Again)
            }
            _ => Err(error.into()),
        }
    }
}
