//! The ways out: withdrawing before anything is paid, a relay that says no, and money that comes back.

use nanoark_client::wire::jobs::JobView;
use nanoark_client::{ClientError, Transport};
use nanoark_nano::{Account, RawAmount};

use super::error::{BuyError, Verdict, verdict};
use super::ledger::look;
use super::money::{Refunds, is_refund, returned_so_far};
use super::next::Waiting;
use super::progress::Progress;
use super::session::Buyer;
use super::steps::{Session, Went};
use super::timeline::{Happened, reason};

/// The longest reason that a relay takes with a cancellation, in bytes.
const LONGEST_REASON: usize = 200;

impl<T: Transport> Buyer<T> {
    pub(super) async fn withdraw(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        let Progress::Withdrawing { why, .. } = &session.purchase.progress else {
            return Ok(Went::Nowhere(Waiting::Verdict));
        };
        let key = self.client.key_for(&session.purchase.key.call("cancel"));
        let reason = shortened(reason(why));
        match self
            .client
            .cancel_job(&key, session.purchase.job_id, Some(&reason))
            .await
        {
            Ok(_) => {
                session.forget();
                Ok(Went::On)
            }
            Err(error) => self.refused(session, error),
        }
    }

    /// The relay says no because something changed: look again, but not at once.
    pub(super) fn refused(&self, session: &mut Session<'_>, error: ClientError) -> Result<Went, BuyError> {
        session.forget();
        if verdict(&error) != Verdict::Refused {
            return Err(error.into());
        }
        self.tell(
            session,
            Happened::Trouble {
                error: error.to_string(),
            },
        );
        Ok(Went::Nowhere(Waiting::Verdict))
    }

    /// What verifiably came back.
    pub(super) async fn returned(&self, session: &Session<'_>) -> Result<RawAmount, BuyError> {
        match (&session.purchase.progress, &session.job) {
            (Progress::Refunding { .. }, Some(job)) => {
                let account = session.purchase.order.refund_account;
                let refunds = self.look_at_refunds(job, account).await?;
                Ok(returned_so_far(job, account, &refunds))
            }
            (_, _) => Ok(RawAmount::ZERO),
        }
    }

    /// What our nodes say of the refunds that the seller named, and whether they count for other jobs of ours. A block that
    /// sends money back counts for the first job that it is seen for, and for no other.
    pub(super) async fn look_at_refunds(&self, job: &JobView, refund_account: Account) -> Result<Refunds, BuyError> {
        let mut refunds = Refunds::default();
        for refund in &job.refunds.sent {
            let block = refund.block_hash;
            let seen = look(&self.nodes, &block).await;
            if is_refund(&seen, refund_account)
                && let Some(other) = self.book.claim_refund(&block, job.job_id)?
            {
                refunds.counted_elsewhere.insert(block, other);
            }
            refunds.seen.insert(block, seen);
        }
        Ok(refunds)
    }
}

/// At most as long as the relay takes, cut where a character ends.
fn shortened(mut reason: String) -> String {
    if reason.len() > LONGEST_REASON {
        let end = (0..=LONGEST_REASON)
            .rev()
            .find(|end| reason.is_char_boundary(*end))
            .unwrap_or(0);
        reason.truncate(end);
    }
    reason
}
