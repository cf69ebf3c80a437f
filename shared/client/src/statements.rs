//! What sellers sign, and how anybody checks it without asking the relay.

use nanoark_domain::bot::BotId;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::job::{Outcome, Quote, QuoteSubject, ReceiptSubject, Status};
use nanoark_domain::offer::StandingQuote;
use nanoark_domain::statement::{Statement, StatementSignature};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::idempotency::IdempotencyKey;
use nanoark_http::signature::{StatementError, verify_statement};
use nanoark_http::wire::jobs::{DeliverJob, DeliveredOutcome, JobView, OfferAsRead, QuoteJob, QuoteView, ReceiptView};
use nanoark_http::wire::offers::OfferView;
use nanoark_nano::{Account, RawAmount};

use crate::bot::Bot;

/// Why a quote, a receipt or a promise proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// There is none.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// The input is not the one that its digest names.
    #[error("the input does not have the digest {0}")]
    OtherInput(Sha256Digest),
    /// The result is not the one that the receipt names.
    #[error("the result does not have the digest {0}")]
    OtherResult(Sha256Digest),
    /// The statement is not what the job says.
    #[error("the statement shown is not that of this job, which is {expected:?}")]
    OtherStatement {
        /// What it should be.
        expected: String,
    },
    /// The statement cannot be read: it is of another kind, or says something in another way.
    #[error("the statement is not written as a {0} is")]
    Unreadable(&'static str),
    /// Quote and receipt are not of one job of this seller.
    #[error("quote and receipt are not of one job of this seller")]
    Unrelated,
    /// The seller did not sign it.
    #[error(transparent)]
    Signature(#[from] StatementError),
}

impl Bot {
    /// The signed quote for a job that this bot was asked for.
    ///
    /// An offer with a standing quote promises a lifetime that the relay counts from the time at which the request is
    /// signed; leave some seconds more where a request may be tried again.
    ///
    /// # Errors
    /// See [`Bot::sign`].
    pub fn quote(
        &self,
        job: &JobView,
        amount: RawAmount,
        invoice_account: Account,
        expires_at: Timestamp,
    ) -> Result<QuoteJob, StatementError> {
        let statement = quote_statement(job, amount, invoice_account, expires_at);
        Ok(QuoteJob {
            offer_id: job.offer_id,
            buyer: job.buyer,
            input_hash: job.input_hash,
            turnaround_seconds: job.turnaround_seconds,
            amount_raw: amount,
            invoice_account,
            expires_at: Some(expires_at),
            signature: self.sign(&statement)?,
        })
    }

    /// The outcome of a job that this bot worked on, with the signed receipt.
    ///
    /// # Errors
    /// See [`Bot::sign`].
    pub fn delivery(
        &self,
        job: &JobView,
        lock_token: &str,
        outcome: DeliveredOutcome,
    ) -> Result<DeliverJob, StatementError> {
        let subject = ReceiptSubject {
            job_id: job.job_id,
            buyer: job.buyer,
            seller: job.seller,
            input_hash: job.input_hash,
            payment_hash: job.payment.block_hash,
        };
        let statement = match &outcome {
            DeliveredOutcome::Result(output) => Outcome::Delivered {
                output_hash: output.digest(),
            },
            DeliveredOutcome::Error(text) => Outcome::Failed {
                error_hash: Sha256Digest::of(text.as_bytes()),
            },
        }
        .receipt(&subject);
        Ok(DeliverJob {
            lock_token: lock_token.to_owned(),
            buyer: job.buyer,
            input_hash: job.input_hash,
            payment_hash: subject.payment_hash,
            receipt_signature: self.sign(&statement)?,
            outcome,
        })
    }

    /// This bot's promise to quote every job under an offer at one price; `key` is the one the offer is published with.
    ///
    /// # Errors
    /// See [`Bot::sign`].
    pub fn standing_quote(
        &self,
        key: &IdempotencyKey,
        amount: RawAmount,
        lifetime: Seconds,
    ) -> Result<StandingQuote, StatementError> {
        let statement = StandingQuote::statement(&self.id(), &self.offer_id(key), amount, lifetime);
        Ok(StandingQuote {
            quote_lifetime_seconds: lifetime,
            signature: self.sign(&statement)?,
        })
    }
}

/// What a buyer relies on when it requests a job under this offer.
#[must_use]
pub fn offer_as_read(offer: &OfferView) -> OfferAsRead {
    OfferAsRead {
        offer_id: offer.offer_id,
        seller: offer.seller,
        revision: offer.revision,
        pricing: offer.terms.pricing,
        turnaround_seconds: offer.terms.turnaround,
    }
}

/// Checks that the seller signed the quote of this job, for exactly this job and its input. Do it before paying.
///
/// # Errors
/// See [`Unproved`].
pub fn verify_quote(job: &JobView) -> Result<(), Unproved> {
    let QuoteView {
        amount_raw,
        invoice_account,
        expires_at,
        statement,
        signature,
        ..
    } = job.quote.as_ref().ok_or(Unproved::Missing("quote"))?;
    check_input(job)?;
    let expected = quote_statement(job, *amount_raw, *invoice_account, *expires_at);
    check(&job.seller, &expected, statement, signature)
}

/// Checks that the seller signed the receipt of this job, for exactly this input, outcome and payment.
///
/// # Errors
/// See [`Unproved`].
pub fn verify_receipt(job: &JobView) -> Result<(), Unproved> {
    let ReceiptView {
        result_hash,
        payment_hash,
        statement,
        signature,
        ..
    } = job.receipt.as_ref().ok_or(Unproved::Missing("receipt"))?;
    check_input(job)?;
    let (found, outcome) = if job.status == Status::Failed {
        let text = job.error.as_ref().ok_or(Unproved::Missing("error"))?;
        (
            Sha256Digest::of(text.as_bytes()),
            Outcome::Failed {
                error_hash: *result_hash,
            },
        )
    } else {
        let output = job.result.as_ref().ok_or(Unproved::Missing("result"))?;
        (
            output.digest(),
            Outcome::Delivered {
                output_hash: *result_hash,
            },
        )
    };
    if found != *result_hash {
        return Err(Unproved::OtherResult(*result_hash));
    }
    let subject = ReceiptSubject {
        job_id: job.job_id,
        buyer: job.buyer,
        seller: job.seller,
        input_hash: job.input_hash,
        payment_hash: *payment_hash,
    };
    check(&job.seller, &outcome.receipt(&subject), statement, signature)
}

/// Checks that the seller signed the standing quote of its offer.
///
/// # Errors
/// See [`Unproved`].
pub fn verify_standing_quote(offer: &OfferView) -> Result<(), Unproved> {
    let pricing = &offer.terms.pricing;
    let (Some(amount), Some(standing)) = (pricing.fixed_amount(), pricing.standing_quote()) else {
        return Err(Unproved::Missing("standing quote"));
    };
    let lifetime = standing.quote_lifetime_seconds;
    let statement = StandingQuote::statement(&offer.seller, &offer.offer_id, amount, lifetime);
    Ok(verify_statement(
        &offer.seller,
        statement.as_bytes(),
        standing.signature.as_bytes(),
    )?)
}

pub(crate) fn quote_statement(job: &JobView, amount: RawAmount, invoice: Account, expires_at: Timestamp) -> Statement {
    let subject = QuoteSubject {
        job_id: job.job_id,
        offer_id: job.offer_id,
        buyer: job.buyer,
        seller: job.seller,
        input_hash: job.input_hash,
        turnaround: job.turnaround_seconds,
    };
    let quote = Quote {
        amount,
        invoice,
        expires_at,
        // Neither is part of the statement: the one is the relay's, the other is what is being made.
        quoted_at: Timestamp::EPOCH,
        signature: StatementSignature::from_bytes([0; 64]),
    };
    quote.statement(&subject)
}

fn check_input(job: &JobView) -> Result<(), Unproved> {
    match &job.input {
        Some(input) if input.digest() != job.input_hash => Err(Unproved::OtherInput(job.input_hash)),
        Some(_) | None => Ok(()),
    }
}

fn check(seller: &BotId, expected: &Statement, shown: &str, signature: &StatementSignature) -> Result<(), Unproved> {
    if shown != expected.as_str() {
        return Err(Unproved::OtherStatement {
            expected: expected.to_string(),
        });
    }
    Ok(verify_statement(seller, expected.as_bytes(), signature.as_bytes())?)
}
