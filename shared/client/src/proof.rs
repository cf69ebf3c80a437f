//! What a seller signed about a job, kept apart from the job: small enough to store for ever and to show to anybody.

use std::str::FromStr;

use nanoark_domain::bot::BotId;
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::job::{Outcome, Quote, QuoteSubject, ReceiptSubject};
use nanoark_domain::statement::StatementSignature;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::signature::verify_statement;
use nanoark_http::wire::jobs::JobView;
use nanoark_nano::{Account, RawAmount};
use serde::{Deserialize, Serialize};

use crate::statements::Unproved;

/// The quote and the receipt of a job, as the seller signed them. Neither relay nor parties are needed to check them,
/// nor input and result, whose digests they name.
///
/// ```
/// use nanoark_client::{Proof, Unproved, wire::jobs::JobView};
///
/// fn check(job: &JobView) -> Result<(), Unproved> {
///     let proof = Proof::of(job)?; // store it as JSON
///     let verified = proof.verify()?;
///     if let Some(quote) = verified.quote {
///         assert!(quote.amount.raw() > 0);
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Whose signatures these are.
    pub seller: BotId,
    /// The price that was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<SignedStatement>,
    /// The outcome that was handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<SignedStatement>,
}

/// A text and its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedStatement {
    /// What was signed, word for word.
    pub statement: String,
    /// The Ed25519 signature over it.
    pub signature: StatementSignature,
}

/// What a proof proves: at least one of the two, and both of the same job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who signed.
    pub seller: BotId,
    /// The price that was promised.
    pub quote: Option<ProvedQuote>,
    /// The outcome that was handed in.
    pub receipt: Option<ProvedReceipt>,
}

/// A price that a seller promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedQuote {
    /// For which work.
    pub subject: QuoteSubject,
    /// What it costs, in raw.
    pub amount: RawAmount,
    /// Where to pay it.
    pub invoice_account: Account,
    /// Until when.
    pub expires_at: Timestamp,
}

/// An outcome that a seller handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvedReceipt {
    /// Of which work, and which block paid for it.
    pub subject: ReceiptSubject,
    /// How it ended, with the digest of the result or of the error's text.
    pub outcome: Outcome,
}

impl Proof {
    /// The proof that a job holds; it is not checked.
    ///
    /// # Errors
    /// [`Unproved::Missing`] where the job has neither quote nor receipt.
    pub fn of(job: &JobView) -> Result<Self, Unproved> {
        let signed = |statement: &String, signature: &StatementSignature| SignedStatement {
            statement: statement.clone(),
            signature: *signature,
        };
        let quote = job
            .quote
            .as_ref()
            .map(|quote| signed(&quote.statement, &quote.signature));
        let receipt = job
            .receipt
            .as_ref()
            .map(|receipt| signed(&receipt.statement, &receipt.signature));
        if quote.is_none() && receipt.is_none() {
            return Err(Unproved::Missing("quote"));
        }
        Ok(Self {
            seller: job.seller,
            quote,
            receipt,
        })
    }

    /// Reads the statements and checks that this seller signed them.
    ///
    /// # Errors
    /// [`Unproved::Missing`] without a statement, [`Unproved::Unreadable`] for one that is written in another way than a
    /// relay takes, [`Unproved::Unrelated`] and [`Unproved::Signature`].
    pub fn verify(&self) -> Result<Verified, Unproved> {
        let quote = self
            .quote
            .as_ref()
            .map(|signed| signed.quote(&self.seller))
            .transpose()?;
        let receipt = self
            .receipt
            .as_ref()
            .map(|signed| signed.receipt(&self.seller))
            .transpose()?;
        match (&quote, &receipt) {
            (None, None) => return Err(Unproved::Missing("quote")),
            (Some(quote), Some(receipt)) if !related(&quote.subject, &receipt.subject) => {
                return Err(Unproved::Unrelated);
            }
            (Some(_), _) | (_, Some(_)) => {}
        }
        Ok(Verified {
            seller: self.seller,
            quote,
            receipt,
        })
    }
}

fn related(quote: &QuoteSubject, receipt: &ReceiptSubject) -> bool {
    quote.job_id == receipt.job_id && quote.buyer == receipt.buyer && quote.input_hash == receipt.input_hash
}

impl SignedStatement {
    fn quote(&self, seller: &BotId) -> Result<ProvedQuote, Unproved> {
        let mut lines = Lines::of(&self.statement, "quote", "nanoark-quote-v1")?;
        let subject = QuoteSubject {
            job_id: lines.value("job_id")?,
            offer_id: lines.value("offer_id")?,
            buyer: lines.value("buyer")?,
            seller: lines.value("seller")?,
            input_hash: lines.value("input_hash")?,
            turnaround: Seconds(lines.value("turnaround_seconds")?),
        };
        let proved = ProvedQuote {
            subject,
            amount: lines.value("amount_raw")?,
            invoice_account: lines.value("invoice_account")?,
            expires_at: lines.value("expires_at")?,
        };
        let quote = Quote {
            amount: proved.amount,
            invoice: proved.invoice_account,
            expires_at: proved.expires_at,
            // Neither is part of the statement.
            quoted_at: Timestamp::EPOCH,
            signature: self.signature,
        };
        self.check(seller, &subject.seller, "quote", quote.statement(&subject).as_str())?;
        Ok(proved)
    }

    fn receipt(&self, seller: &BotId) -> Result<ProvedReceipt, Unproved> {
        let mut lines = Lines::of(&self.statement, "receipt", "nanoark-receipt-v1")?;
        let mut subject = ReceiptSubject {
            job_id: lines.value("job_id")?,
            buyer: lines.value("buyer")?,
            seller: lines.value("seller")?,
            input_hash: lines.value("input_hash")?,
            payment_hash: None,
        };
        let payment: String = lines.value("payment_hash")?;
        if payment != "none" {
            subject.payment_hash = Some(payment.parse().map_err(|_| Unproved::Unreadable("receipt"))?);
        }
        let ending: String = lines.value("outcome")?;
        let hash: Sha256Digest = lines.value("result_hash")?;
        let outcome = match ending.as_str() {
            "delivered" => Outcome::Delivered { output_hash: hash },
            "failed" => Outcome::Failed { error_hash: hash },
            _ => return Err(Unproved::Unreadable("receipt")),
        };
        self.check(seller, &subject.seller, "receipt", outcome.receipt(&subject).as_str())?;
        Ok(ProvedReceipt { subject, outcome })
    }

    /// Whether this seller signed it, and it is word for word what its values make.
    fn check(&self, seller: &BotId, named: &BotId, kind: &'static str, written: &str) -> Result<(), Unproved> {
        if self.statement != written {
            return Err(Unproved::Unreadable(kind));
        }
        if seller != named {
            return Err(Unproved::Unrelated);
        }
        Ok(verify_statement(
            seller,
            self.statement.as_bytes(),
            self.signature.as_bytes(),
        )?)
    }
}

/// The lines of a statement that are still to be read.
struct Lines<'a> {
    lines: std::str::Split<'a, char>,
    kind: &'static str,
}

impl<'a> Lines<'a> {
    fn of(statement: &'a str, kind: &'static str, purpose: &str) -> Result<Self, Unproved> {
        let mut lines = statement.split('\n');
        if lines.next() == Some(purpose) {
            Ok(Self { lines, kind })
        } else {
            Err(Unproved::Unreadable(kind))
        }
    }

    /// The value of the next line, which must have this name.
    fn value<T: FromStr>(&mut self, name: &str) -> Result<T, Unproved> {
        let line = self
            .lines
            .next()
            .and_then(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.and_then(|value| value.parse().ok())
            .ok_or(Unproved::Unreadable(self.kind))
    }
}
