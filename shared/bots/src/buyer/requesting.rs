//! From the wish to an agreement: the job is requested, its quote checked and accepted.

use nanoark_client::wire::jobs::{JobView, RequestJob};
use nanoark_client::{ClientError, ProblemCode, Transport};
use nanoark_nano::RawAmount;

use super::error::{BuyError, Verdict, verdict};
use super::ledger::{Freshness, freshness};
use super::next::Waiting;
use super::progress::{Outcome, Progress, Withdrawal};
use super::purchase::{Payment, Purchase, Terms};
use super::quote::{QuoteFault, check_quote};
use super::session::Buyer;
use super::steps::{Session, Went};

impl<T: Transport> Buyer<T> {
    pub(super) async fn request(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
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
                let ended = Progress::Ended {
                    outcome: Outcome::Refused { code, detail },
                    terms: None,
                    sent: Vec::new(),
                    returned: RawAmount::ZERO,
                };
                self.go(session, ended)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Checks the quote, and writes down that it is agreed to or why not. What the wallet has paid is agreed to.
    pub(super) async fn agree(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
        let Some((job, quote)) = session.job.as_ref().and_then(|job| Some((job, job.quote.as_ref()?))) else {
            return Ok(Went::Nowhere(Waiting::Quote));
        };
        let purchase = session.purchase.clone();
        let price = Payment {
            number: 1,
            amount: quote.amount_raw,
        };
        if let Some(paid) = self.purse.sent(&price.purpose(purchase.job_id)?)? {
            let terms = Terms {
                amount: paid.order.amount,
                invoice: paid.order.to,
                expires_at: quote.expires_at,
            };
            self.book.claim_invoice(&terms.invoice, purchase.job_id)?;
            return self.go(session, Progress::signed(&terms, first(&terms), &[], paid.hash));
        }
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
        match freshness(&self.nodes, &account).await {
            Freshness::Fresh => {}
            Freshness::Used => return Ok(Err(QuoteFault::UsedOnLedger(account))),
            Freshness::Unknown => return Err(BuyError::Nodes),
        }
        // Whoever cannot pay does not agree.
        let order = self.send_order(purchase, &terms, first(&terms))?;
        self.purse.check(&order).await?;
        Ok(Ok(terms))
    }

    pub(super) async fn accept(&self, session: &mut Session<'_>) -> Result<Went, BuyError> {
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
}

/// The send that pays the price.
fn first(terms: &Terms) -> Payment {
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
