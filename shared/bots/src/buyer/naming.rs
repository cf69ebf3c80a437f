//! Telling the relay of a payment, and seeing that it becomes final.

use std::time::Duration;

use nanoark_client::Transport;

use super::error::BuyError;
use super::next::Waiting;
use super::progress::Progress;
use super::purchase::SentPayment;
use super::session::Buyer;
use super::steps::{Session, Went};
use super::timeline::Happened;

/// How long our nodes are waited for before the relay is looked at again.
const CONFIRM_PATIENCE: Duration = Duration::from_secs(5);

/// How long a block is given to become final before the relay is told of it: then its first look decides.
const HEAD_START: Duration = Duration::from_millis(1_500);

impl<T: Transport> Buyer<T> {
    pub(super) async fn name(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        let Progress::Paid { terms, mut sent } = session.purchase.progress.clone() else {
            return Ok(Went::Nowhere(Waiting::Verdict));
        };
        let Some(last) = sent.last_mut() else {
            return Ok(Went::Nowhere(Waiting::Verdict));
        };
        // Whatever keeps our nodes from saying so, the relay has nodes of its own, and the next step waits for ours.
        last.confirmed |= matches!(self.purse.wait_confirmed(last.block, HEAD_START).await, Ok(true));
        let call = format!("payment:{}", last.payment.number);
        let key = self.client.key_for(&session.purchase.key.call(&call));
        match self
            .client
            .submit_payment(&key, session.purchase.job_id, last.block)
            .await
        {
            Ok(_) => {
                session.forget();
                self.go(session, Progress::Named { terms, sent })
            }
            Err(error) => self.refused(session, error),
        }
    }

    pub(super) async fn confirm(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        let Progress::Named { terms, mut sent } = session.purchase.progress.clone() else {
            return Ok(Went::Nowhere(Waiting::Verdict));
        };
        let Some(last) = sent.last_mut() else {
            return Ok(Went::Nowhere(Waiting::Verdict));
        };
        let block_hash = last.block;
        if self.purse.wait_confirmed(block_hash, CONFIRM_PATIENCE).await? {
            *last = SentPayment {
                confirmed: true,
                ..*last
            };
            session.forget();
            self.go(session, Progress::Named { terms, sent })
        } else {
            self.tell_once(session, Happened::NotFinal { block_hash });
            Ok(Went::Nowhere(Waiting::Verdict))
        }
    }
}
