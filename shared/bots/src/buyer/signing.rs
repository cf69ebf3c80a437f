//! Having the wallet sign, in one process at a time.
//!
//! The wallet makes at most one block for a purpose, so two processes can never pay twice. What the lease adds: nobody
//! gives a purchase up and frees its budget while another process may still be about to sign for it. Whoever loses the
//! lease drops its half-made send before it looks at it again.

use std::time::Duration;

use futures::future::{Either, select};
use nanoark_client::Transport;

use super::error::BuyError;
use super::next::Waiting;
use super::progress::Progress;
use super::purchase::{Purchase, SentPayment};
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
                Either::Right((made, _)) => Some(made?.hash),
            }
        };
        let Some(block) = made else {
            session.forget();
            return Ok(Went::Nowhere(Waiting::OtherProcess));
        };
        let mut sent = sent;
        sent.push(SentPayment {
            payment,
            block,
            confirmed: false,
        });
        self.go(session, Progress::Paid { terms, sent })
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
