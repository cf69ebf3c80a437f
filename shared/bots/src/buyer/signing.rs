//! Having the wallet sign, in one process at a time.
//!
//! The wallet makes at most one block for a purpose, so two processes can never pay twice; and nobody gives a purchase up
//! and frees its budget before the wallet has voided that purpose, so that a process which stood still inside of the send
//! and wakes up late is refused. What the lease adds is order: while one process is at it, the others wait and spare the
//! work. Whoever loses the lease drops its half-made send.

use std::time::Duration;

use futures::future::{Either, select};
use nanoark_client::Transport;
use nanoark_wallet::{Voiding, WalletError};

use super::error::BuyError;
use super::next::Waiting;
use super::progress::Progress;
use super::purchase::Purchase;
use super::session::Buyer;
use super::steps::{Session, Went};

impl<T: Transport> Buyer<T> {
    /// Has the wallet sign and publish the payment under way.
    pub(super) async fn send(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        let Progress::Paying { terms, payment, sent } = session.purchase.progress.clone() else {
            return Ok(Went::Nowhere(Waiting::Verdict));
        };
        let lease = self.settings.signing_lease;
        if !self
            .book
            .take_signing(&session.purchase, &self.signer, self.now(), lease)?
        {
            session.forget();
            return Ok(Went::Nowhere(Waiting::OtherProcess));
        }
        let order = self.send_order(&session.purchase, &terms, payment)?;
        // The lease is looked at before the send at every turn.
        let made = {
            let lost = Box::pin(self.keep_signing(&session.purchase));
            match select(lost, self.purse.send(&order)).await {
                Either::Left((lost, _)) => lost.map(|()| None)?,
                Either::Right((Ok(made), _)) => Some(made.hash),
                // Another process gave it up meanwhile.
                Either::Right((Err(WalletError::Voided { .. }), _)) => None,
                Either::Right((Err(error), _)) => return Err(error.into()),
            }
        };
        let Some(block) = made else {
            session.forget();
            return Ok(Went::Nowhere(Waiting::OtherProcess));
        };
        self.go(session, Progress::signed(&terms, payment, &sent, block))
    }

    /// What may be written down when a send that may have begun is left for `progress`: that, once the wallet has given
    /// the send up for ever; the payment, if it is signed; nothing while another process is at it.
    pub(super) fn leave_send(&self, purchase: &Purchase, progress: Progress) -> Result<Option<Progress>, BuyError> {
        let (terms, payment, sent) = match (&purchase.progress, &progress) {
            (Progress::Paying { .. }, Progress::Paid { .. }) => return Ok(Some(progress)),
            (Progress::Paying { terms, payment, sent }, _) => (terms, *payment, sent),
            (_, _) => return Ok(Some(progress)),
        };
        let lease = self.settings.signing_lease;
        if !self.book.take_signing(purchase, &self.signer, self.now(), lease)? {
            return Ok(None);
        }
        Ok(Some(match self.purse.void(&payment.purpose(purchase.job_id)?)? {
            Voiding::Void => progress,
            Voiding::Sent(found) => Progress::signed(terms, payment, sent, found.hash),
        }))
    }

    /// Keeps the lease for as long as it is polled; returns when it is lost.
    async fn keep_signing(&self, purchase: &Purchase) -> Result<(), BuyError> {
        let lease = self.settings.signing_lease;
        let pause = Duration::from_millis(lease.as_millis())
            .checked_div(3)
            .unwrap_or_default();
        loop {
            self.client.surroundings().sleep(pause).await;
            if !self.book.take_signing(purchase, &self.signer, self.now(), lease)? {
                return Ok(());
            }
        }
    }
}
