//! Doing what is next.

use std::time::Duration;

use nanoark_client::wire::jobs::{JobView, RequestJob};
use nanoark_client::{ClientError, ProblemCode, Transport};
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use nanoark_http::problem::Code;
use nanoark_nano::{BlockHash, RawAmount};

use super::error::{BuyError, Verdict, verdict};
use super::ledger::{Freshness, freshness, look};
use super::money::{Sightings, returned_so_far};
use super::next::{Facts, Next, Waiting, next_step};
use super::progress::{Outcome, Progress, Withdrawal};
use super::purchase::{Payment, Purchase, SentPayment, Terms};
use super::quote::{QuoteFault, check_quote};
use super::session::Buyer;
use super::timeline::{Happened, Observer, reason};

/// How long our nodes are waited for before the relay is looked at again.
const CONFIRM_PATIENCE: Duration = Duration::from_secs(5);

/// How long a block is given to become final before the relay is told of it: then its first look decides.
const HEAD_START: Duration = Duration::from_millis(1_500);

/// The longest reason that a relay takes with a cancellation, in bytes.
const LONGEST_REASON: usize = 200;

/// A purchase in the hands of one call.
pub(super) struct Session<'a> {
    pub(super) purchase: Purchase,
    /// The job as it was read, as long as nothing was done since.
    pub(super) job: Option<JobView>,
    /// Whether this very call is the first that requests the job: the relay cannot have it.
    pub(super) is_first: bool,
    pub(super) observer: &'a dyn Observer,
    pub(super) told: Option<Happened>,
    shown: Option<(Status, PaymentStatus)>,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Went {
    /// There is more to do at once.
    On,
    /// There is nothing to do before something changes.
    Nowhere(Waiting),
}

impl<'a> Session<'a> {
    pub(super) fn new(purchase: Purchase, observer: &'a dyn Observer) -> Self {
        Self {
            purchase,
            job: None,
            is_first: false,
            observer,
            told: None,
            shown: None,
        }
    }

    /// Forgets what was read, because it may have changed.
    pub(super) fn forget(&mut self) {
        self.job = None;
        self.is_first = false;
    }
}

impl<T: Transport> Buyer<T> {
    /// Does what is next.
    pub(super) async fn step(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        self.look_at_job(session).await?;
        let facts = Facts {
            job: session.job.as_ref(),
            signed: self.signed(&session.purchase)?,
            returned: self.returned(session).await,
            now: self.now(),
            margins: self.settings.margins,
        };
        match next_step(&session.purchase, &facts) {
            Next::Request => self.request(session).await,
            Next::CheckQuote => self.agree(session).await,
            Next::Accept => self.accept(session).await,
            Next::Send => self.send(session).await,
            Next::Name => self.name(session).await,
            Next::Confirm => self.confirm(session).await,
            Next::Cancel => self.withdraw(session).await,
            Next::Move(progress) => self.go(session, *progress),
            Next::Wait(waiting) => Ok(Went::Nowhere(waiting)),
            Next::Done => Ok(Went::Nowhere(Waiting::Result)),
        }
    }

    /// Reads the job unless it is known, cannot be there yet, or does not matter any more.
    async fn look_at_job(&self, session: &mut Session<'_>) -> Result<(), BuyError> {
        let may_be_missing = match session.purchase.progress {
            Progress::Reserved | Progress::Ended { .. } => return Ok(()),
            Progress::Requesting if session.is_first => return Ok(()),
            Progress::Requesting => true,
            Progress::Requested
            | Progress::Agreed { .. }
            | Progress::Accepted { .. }
            | Progress::Paying { .. }
            | Progress::Paid { .. }
            | Progress::Named { .. }
            | Progress::Withdrawing { .. }
            | Progress::Refunding { .. } => false,
        };
        if session.job.is_some() {
            return Ok(());
        }
        let job_id = session.purchase.job_id;
        match self.client.job(job_id).await {
            Ok(answer) => {
                let shown = (answer.value.status, answer.value.payment.status);
                session.job = Some(answer.value);
                if session.shown.replace(shown) != Some(shown) {
                    let (status, payment_status) = shown;
                    self.tell(session, Happened::Job { status, payment_status });
                }
                Ok(())
            }
            Err(error) if error.code() == Some(Code::NotFound) => {
                if may_be_missing {
                    Ok(())
                } else {
                    Err(BuyError::JobMissing(job_id))
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The block that the wallet has signed for what is being, or was to be, paid.
    fn signed(&self, purchase: &Purchase) -> Result<Option<BlockHash>, BuyError> {
        let payment = match &purchase.progress {
            Progress::Paying { payment, .. } => *payment,
            Progress::Requested | Progress::Withdrawing { .. } => Payment {
                number: 1,
                amount: RawAmount::ZERO,
            },
            Progress::Reserved
            | Progress::Requesting
            | Progress::Agreed { .. }
            | Progress::Accepted { .. }
            | Progress::Paid { .. }
            | Progress::Named { .. }
            | Progress::Refunding { .. }
            | Progress::Ended { .. } => return Ok(None),
        };
        let sent = self.purse.sent(&payment.purpose(purchase.job_id)?)?;
        Ok(sent.map(|sent| sent.hash))
    }

    /// What verifiably came back.
    async fn returned(&self, session: &Session<'_>) -> RawAmount {
        match (&session.purchase.progress, &session.job) {
            (Progress::Refunding { .. }, Some(job)) => {
                let seen = self.look_at_refunds(job).await;
                returned_so_far(job, session.purchase.order.refund_account, &seen)
            }
            (_, _) => RawAmount::ZERO,
        }
    }

    /// What our nodes say of the refunds that the seller named.
    pub(super) async fn look_at_refunds(&self, job: &JobView) -> Sightings {
        let mut seen = Sightings::new();
        for refund in &job.refunds.sent {
            seen.insert(refund.block_hash, look(&self.nodes, &refund.block_hash).await);
        }
        seen
    }

    async fn request(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        let order = &session.purchase.order;
        let request = RequestJob {
            offer: order.offer.clone(),
            input: order.input.clone(),
            refund_account: Some(order.refund_account),
        };
        let key = self.client.key_for(&session.purchase.key.call("request"));
        match self.client.request_job(&key, &request).await {
            Ok(_) => self.go(session, Progress::Requested),
            Err(error) if verdict(&error) == Verdict::Refused => {
                // An earlier try may have got through all the same.
                session.forget();
                self.look_at_job(session).await?;
                if session.job.is_some() {
                    return Ok(Went::On);
                }
                let (code, detail) = words(&error);
                let outcome = Outcome::Refused { code, detail };
                self.end(session, outcome)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Checks the quote, and writes down that it is agreed to or why not.
    async fn agree(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        let Some(job) = session.job.as_ref() else {
            return Ok(Went::Nowhere(Waiting::Quote));
        };
        let purchase = session.purchase.clone();
        match self.checked(&purchase, job).await? {
            Ok(terms) => self.go(session, Progress::Agreed { terms }),
            Err(fault) => {
                let why = Withdrawal::Quote {
                    code: fault.code().to_owned(),
                    detail: fault.to_string(),
                };
                self.go(session, Progress::Withdrawing { why, terms: None })
            }
        }
    }

    async fn checked(&self, purchase: &Purchase, job: &JobView) -> Result<Result<Terms, QuoteFault>, BuyError> {
        let buyer = self.client.bot().id();
        let invoice = job.quote.as_ref().map(|quote| quote.invoice_account);
        let owned = invoice.map(|account| self.purse.owns(&account)).transpose()?;
        let owns = |_: &_| owned.unwrap_or(false);
        let terms = match check_quote(purchase, buyer, job, owns, self.now(), &self.settings.margins) {
            Ok(terms) => terms,
            Err(fault) => return Ok(Err(fault)),
        };
        let account = terms.invoice;
        if let Some(job) = self.book.claim_invoice(&account, purchase.job_id)? {
            return Ok(Err(QuoteFault::UsedForAnotherJob { account, job }));
        }
        let payment = first(&terms);
        if self.purse.sent(&payment.purpose(purchase.job_id)?)?.is_some() {
            // The wallet paid and this memory was lost: the account is used by ourselves.
            return Ok(Ok(terms));
        }
        match freshness(&self.nodes, &account).await {
            Freshness::Fresh => {}
            Freshness::Used => return Ok(Err(QuoteFault::UsedOnLedger(account))),
            Freshness::Unknown => return Err(BuyError::Nodes),
        }
        // Whoever cannot pay does not agree.
        self.purse.check(&self.send_order(purchase, &terms, payment)?).await?;
        Ok(Ok(terms))
    }

    async fn accept(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        let Progress::Agreed { terms } = session.purchase.progress else {
            return Ok(Went::Nowhere(Waiting::Verdict));
        };
        let key = self.client.key_for(&session.purchase.key.call("accept"));
        match self.client.accept_job(&key, session.purchase.job_id).await {
            Ok(_) => {
                session.forget();
                self.go(session, Progress::Accepted { terms })
            }
            Err(error) => self.refused(session, error),
        }
    }

    async fn name(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
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

    async fn confirm(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
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

    async fn withdraw(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
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
    fn refused(&self, session: &mut Session<'_>, error: ClientError) -> Result<Went, BuyError> {
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

    fn end(&self, session: &mut Session<'_>, outcome: Outcome) -> Result<Went, BuyError> {
        let ended = Progress::Ended {
            outcome,
            terms: None,
            sent: Vec::new(),
            returned: RawAmount::ZERO,
        };
        self.go(session, ended)
    }
}

/// The send that pays the price.
pub(super) fn first(terms: &Terms) -> Payment {
    Payment {
        number: 1,
        amount: terms.amount,
    }
}

/// A refusal's code and words.
fn words(error: &ClientError) -> (String, String) {
    match error.problem() {
        Some(problem) => {
            let code = match &problem.code {
                ProblemCode::Known(code) => code.to_string(),
                ProblemCode::Unknown(code) => code.clone(),
            };
            (code, problem.detail.clone())
        }
        None => ("unknown".to_owned(), error.to_string()),
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
