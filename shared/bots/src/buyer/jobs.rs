//! Looking after jobs that were bought: what became of them and of the money, and what the owner can do about it.

use std::time::Duration;

use nanoark_client::wire::jobs::JobView;
use nanoark_client::{JobsQuery, Polled, Since, Transport};
use nanoark_domain::id::JobId;
use nanoark_domain::job::{JobSummary, Party, Status};
use nanoark_domain::payment::PaymentStatus;
use nanoark_nano::RawAmount;
use serde::Serialize;

use super::book::BookError;
use super::error::BuyError;
use super::ledger::look;
use super::money::{MoneyReport, OwnRecord, Refunds, money_report};
use super::progress::{Outcome, Progress, Withdrawal};
use super::purchase::{Payment, Purchase, PurchaseKey, SentPayment, add, total};
use super::session::{Bought, Buyer, Patience, Until};
use super::steps::{Session, Went};
use super::timeline::Observer;

/// How long a cancellation is waited for.
fn a_minute() -> Patience {
    Patience {
        limit: Some(Duration::from_secs(60)),
        ..Patience::until(Until::Over)
    }
}

/// A job that was bought.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// As the relay shows it.
    pub job: JobView,
    /// The purchase, if it is in this state file.
    pub purchase: Option<Purchase>,
    /// Where the money is.
    pub money: MoneyReport,
}

/// What became of a wish to cancel.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancelled {
    /// Nothing was paid and nothing will be.
    Unpaid,
    /// The job is cancelled and what was paid is owed back.
    OwedBack,
    /// The work was over before.
    TooLate,
}

impl<T: Transport> Buyer<T> {
    /// The bot's jobs as a buyer, least recently changed first, each with its purchase if it is in this state file.
    ///
    /// # Errors
    /// [`BuyError`].
    pub async fn list(&self, statuses: Vec<Status>) -> Result<Vec<(JobSummary, Option<Purchase>)>, BuyError> {
        let mut query = JobsQuery {
            statuses,
            ..JobsQuery::of(Party::Buyer)
        };
        let mut all = Vec::new();
        loop {
            let Polled::Changed(page) = self.client.list_jobs(&query).await? else {
                return Ok(all);
            };
            for job in page.value.jobs {
                let purchase = self.book.purchase_of(job.job_id)?;
                all.push((job, purchase));
            }
            if !page.value.more {
                return Ok(all);
            }
            query.since = Since::Cursor(page.value.cursor);
        }
    }

    /// A job and where its money is, with a look at the ledger.
    ///
    /// # Errors
    /// [`BuyError`].
    pub async fn show(&self, job: JobId) -> Result<Shown, BuyError> {
        let job = self.client.job(job).await?.value;
        self.shown(job).await
    }

    /// Shows a job every time it changes, until its work is over or patience is: whether the work is over.
    ///
    /// # Errors
    /// [`BuyError`], unless waiting may mend it.
    pub async fn watch(
        &self,
        job: JobId,
        mut patience: Patience,
        mut changed: impl FnMut(&Shown),
    ) -> Result<bool, BuyError> {
        let (begun, mut version) = (self.now(), 0);
        loop {
            match self.client.job(job).await.map_err(BuyError::from) {
                Ok(answer) => {
                    let is_over = !answer.value.status.is_open();
                    if answer.value.version != version {
                        version = answer.value.version;
                        changed(&self.shown(answer.value).await?);
                    }
                    if is_over {
                        return Ok(true);
                    }
                }
                Err(error) if error.is_passing() => {}
                Err(error) => return Err(error),
            }
            if self.is_out_of(&patience, begun) {
                return Ok(false);
            }
            self.rest(&mut patience.hints, job, self.settings.shortest_wait).await;
        }
    }

    /// Cancels a job before the work has begun. What was paid is owed back.
    ///
    /// # Errors
    /// [`BuyError::PaymentUnderWay`] while a payment is being signed; [`BuyError::Relay`] when the work has begun.
    pub async fn cancel(
        &self,
        job: JobId,
        reason: Option<String>,
        observer: &dyn Observer,
    ) -> Result<Cancelled, BuyError> {
        let Some(purchase) = self.book.purchase_of(job)? else {
            let key = self.client.key_for(&format!("cancel:{job}"));
            self.client.cancel_job(&key, job, reason.as_deref()).await?;
            return Ok(Cancelled::OwedBack);
        };
        let mut session = Session::new(purchase, observer);
        let why = Withdrawal::Asked { reason: reason.clone() };
        let withdrawn = match &session.purchase.progress {
            Progress::Reserved => Progress::Ended {
                outcome: Outcome::Withdrawn { why },
                terms: None,
                sent: Vec::new(),
                returned: RawAmount::ZERO,
            },
            Progress::Requesting | Progress::Requested | Progress::Agreed { .. } | Progress::Accepted { .. } => {
                let terms = session.purchase.progress.terms().copied();
                Progress::Withdrawing { why, terms }
            }
            // Whether it is signed the wallet alone knows: resuming finds out, and then it is paid or withdrawn.
            Progress::Paying { .. } => return Err(BuyError::PaymentUnderWay(job)),
            Progress::Paid { .. } | Progress::Named { .. } => {
                let key = self.client.key_for(&session.purchase.key.call("cancel"));
                self.client.cancel_job(&key, job, reason.as_deref()).await?;
                self.resume(&session.purchase.key.clone(), a_minute(), observer).await?;
                return Ok(Cancelled::OwedBack);
            }
            Progress::Withdrawing { .. } => session.purchase.progress.clone(),
            Progress::Refunding { .. } | Progress::Ended { .. } => return Ok(Cancelled::TooLate),
        };
        if session.purchase.progress != withdrawn && self.go(&mut session, withdrawn)? != Went::On {
            return Err(BuyError::PaymentUnderWay(job));
        }
        let key = session.purchase.key.clone();
        let ended = self.resume(&key, a_minute(), observer).await?;
        Ok(match ended.purchase.progress.outcome() {
            Some(Outcome::Withdrawn { .. } | Outcome::Cancelled) => Cancelled::Unpaid,
            Some(_) | None => Cancelled::TooLate,
        })
    }

    /// Adds what is missing to a short payment, at most `max` raw, and goes on. Never done without being asked for.
    ///
    /// # Errors
    /// [`BuyError::NothingToTopUp`], [`BuyError::Policy`], or whatever stops the payment.
    pub async fn top_up(
        &self,
        job: JobId,
        max: RawAmount,
        patience: Patience,
        observer: &dyn Observer,
    ) -> Result<Bought, BuyError> {
        let purchase = self.book.purchase_of(job)?.ok_or(BuyError::NotBought(job))?;
        let view = self.client.job(job).await?.value;
        let refused = |why| BuyError::NothingToTopUp(job, why);
        let Progress::Named { terms, sent } = &purchase.progress else {
            return Err(refused("no payment is waiting"));
        };
        if view.payment.status != PaymentStatus::Short {
            return Err(refused("it is not short"));
        }
        let receipts = &view.payment.receipts;
        if !sent
            .iter()
            .all(|one| receipts.iter().any(|receipt| receipt.hash == one.block))
        {
            return Err(refused("an earlier send is not counted yet"));
        }
        let now = self.now();
        if now.plus(self.settings.margins.to_pay) > terms.expires_at {
            return Err(refused("the quote expires too soon"));
        }
        let arrived = receipts.iter().fold(RawAmount::ZERO, |sum, one| add(sum, one.amount));
        let missing = terms
            .amount
            .checked_sub(arrived)
            .filter(|missing| *missing > RawAmount::ZERO);
        let amount = missing.ok_or_else(|| refused("nothing is missing"))?;
        if amount > max {
            return Err(BuyError::TooExpensive { price: amount, max });
        }
        let paying = Progress::Paying {
            terms: *terms,
            payment: self.next_payment(job, sent, amount)?,
            sent: sent.clone(),
        };
        let in_all = add(total(sent), amount);
        self.book.set_aside(&purchase, paying, now, |committed| {
            self.permits(&purchase.order, in_all, committed, now)
        })?;
        self.resume(&purchase.key, patience, observer).await
    }

    /// The send that comes after these: the first number under which the wallet has not given a send up.
    fn next_payment(&self, job: JobId, sent: &[SentPayment], amount: RawAmount) -> Result<Payment, BuyError> {
        let last = sent.iter().map(|one| one.payment.number).max();
        let mut payment = Payment {
            number: last.unwrap_or(0).saturating_add(1),
            amount,
        };
        while self.purse.is_void(&payment.purpose(job)?)? {
            payment.number = payment.number.saturating_add(1);
        }
        Ok(payment)
    }

    /// The job's record as it was kept when the work ended: everything `nanoark receipt verify` needs.
    ///
    /// # Errors
    /// [`BuyError::Book`].
    pub fn proof(&self, job: JobId) -> Result<Option<JobView>, BookError> {
        self.book.proof(job)
    }

    /// The purchase of this name.
    ///
    /// # Errors
    /// [`BuyError::Book`].
    pub fn purchase(&self, key: &PurchaseKey) -> Result<Option<Purchase>, BookError> {
        self.book.purchase(key)
    }

    async fn shown(&self, job: JobView) -> Result<Shown, BuyError> {
        let purchase = self.book.purchase_of(job.job_id)?;
        let refund_account = match &purchase {
            Some(purchase) => purchase.order.refund_account,
            None => job.refund_account.unwrap_or_else(|| self.purse.main_account()),
        };
        let Refunds {
            mut seen,
            counted_elsewhere,
        } = self.look_at_refunds(&job, refund_account).await?;
        let progress = purchase.as_ref().map(|purchase| &purchase.progress);
        let own = OwnRecord {
            terms: progress.and_then(Progress::terms),
            sent: progress.map_or(&[], Progress::sent),
            refund_account,
            counted_elsewhere: &counted_elsewhere,
        };
        for sent in own.sent.iter().filter(|sent| !sent.confirmed) {
            seen.insert(sent.block, look(&self.nodes, &sent.block).await);
        }
        let money = money_report(&job, own, &seen);
        Ok(Shown { job, purchase, money })
    }
}
