//! Writing progress down, and telling of it.

use nanoark_client::Transport;
use nanoark_wallet::{AccountIndex, SendOrder};

use super::book::BookError;
use super::error::BuyError;
use super::next::Waiting;
use super::progress::{Progress, Withdrawal};
use super::purchase::{Payment, Purchase, Terms};
use super::session::Buyer;
use super::steps::{Session, Went};
use super::timeline::{Happened, Step};

impl<T: Transport> Buyer<T> {
    /// Writes progress down. What goes on towards a send asks the policy again; what leaves a send that may have begun has
    /// the wallet give it up first.
    pub(super) fn go(&self, session: &mut Session<'_>, progress: Progress) -> Result<Went, BuyError> {
        let (purchase, now) = (&session.purchase, self.now());
        let Some(progress) = self.leave_send(purchase, progress)? else {
            return Ok(Went::Nowhere(Waiting::OtherProcess));
        };
        let asked = match &progress {
            Progress::Agreed { terms } | Progress::Accepted { terms } => Some(terms.amount),
            Progress::Paying { payment, .. } => Some(payment.amount),
            Progress::Reserved
            | Progress::Requesting
            | Progress::Requested
            | Progress::Paid { .. }
            | Progress::Named { .. }
            | Progress::Withdrawing { .. }
            | Progress::Refunding { .. }
            | Progress::Ended { .. } => None,
        };
        let first_request = purchase.progress == Progress::Reserved && progress == Progress::Requesting;
        let written = match asked {
            Some(amount) => self.book.set_aside(purchase, progress, now, |committed| {
                self.permits(&purchase.order, amount, committed, now)
            }),
            None => {
                let proof = session.job.as_ref().filter(|_| progress.is_over());
                self.book.record(purchase, progress, proof, now).map_err(BuyError::from)
            }
        };
        match written {
            Ok(next) => {
                session.purchase = next;
                session.is_first = first_request;
                let progress = session.purchase.progress.clone();
                self.tell(session, Happened::Went { progress });
                Ok(Went::On)
            }
            Err(BuyError::Book(BookError::Superseded)) => {
                session.forget();
                if let Some(newer) = self.book.purchase(&session.purchase.key)? {
                    session.purchase = newer;
                }
                Ok(Went::On)
            }
            Err(BuyError::Policy(refusal)) => {
                let why = Withdrawal::Policy {
                    code: refusal.code().to_owned(),
                    detail: refusal.to_string(),
                };
                let terms = session.purchase.progress.terms().copied();
                self.go(session, Progress::Withdrawing { why, terms })
            }
            Err(error) => Err(error),
        }
    }

    /// The wallet's order for a send.
    pub(super) fn send_order(
        &self,
        purchase: &Purchase,
        terms: &Terms,
        payment: Payment,
    ) -> Result<SendOrder, BuyError> {
        Ok(SendOrder {
            purpose: payment.purpose(purchase.job_id)?,
            from: AccountIndex::MAIN,
            to: terms.invoice,
            amount: payment.amount,
        })
    }

    pub(super) fn tell(&self, session: &Session<'_>, what: Happened) {
        session.observer.step(&Step {
            at: self.now(),
            purchase: session.purchase.key.clone(),
            job_id: session.purchase.job_id,
            what,
        });
    }

    /// Tells what goes on for a while only when it begins.
    pub(super) fn tell_once(&self, session: &mut Session<'_>, what: Happened) {
        if session.told.as_ref() != Some(&what) {
            self.tell(session, what.clone());
            session.told = Some(what);
        }
    }
}
