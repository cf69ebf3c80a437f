//! The seller's signed price.

use nanoark_nano::{Account, RawAmount};

use crate::bot::BotId;
use crate::digest::Sha256Digest;
use crate::id::{JobId, OfferId};
use crate::limits::Limits;
use crate::statement::{Statement, StatementSignature};
use crate::time::{Seconds, Timestamp};

/// A price, the account to pay it to, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// What to pay, in raw.
    pub amount: RawAmount,
    /// Where to pay it: an account that no other job ever used.
    pub invoice: Account,
    /// When the relay took the quote.
    pub quoted_at: Timestamp,
    /// Until when the buyer may accept and pay.
    pub expires_at: Timestamp,
    /// The seller's signature over [`Quote::statement`].
    pub signature: StatementSignature,
}

/// What a quote is for: everything the buyer relies on besides the quote itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteSubject {
    /// The job.
    pub job_id: JobId,
    /// The offer it was requested under.
    pub offer_id: OfferId,
    /// Who pays.
    pub buyer: BotId,
    /// Who works.
    pub seller: BotId,
    /// The digest of the input that is priced.
    pub input_hash: Sha256Digest,
    /// The time from confirmed payment to result.
    pub turnaround: Seconds,
}

/// Why a quote breaks the rules whatever its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuoteFault {
    /// Work for nothing cannot be paid.
    #[error("a quote is at least 1 raw")]
    NoAmount,
    /// Nobody can spend from the burn account.
    #[error("the invoice account is the burn account, from which nobody can spend")]
    BurnAccount,
    /// It is over before it begins.
    #[error("the quote has expired already")]
    Expired,
    /// It stands too long.
    #[error("a quote stands at most {} seconds", most.0)]
    StandsTooLong {
        /// The longest it may stand.
        most: Seconds,
    },
}

impl Quote {
    /// What the seller signs.
    #[must_use]
    pub fn statement(&self, subject: &QuoteSubject) -> Statement {
        Statement::new("nanoark-quote-v1")
            .line("job_id", subject.job_id)
            .line("offer_id", subject.offer_id)
            .line("buyer", subject.buyer)
            .line("seller", subject.seller)
            .line("input_hash", subject.input_hash)
            .line("turnaround_seconds", subject.turnaround.0)
            .line("amount_raw", self.amount)
            .line("invoice_account", self.invoice)
            .line("expires_at", self.expires_at)
    }

    /// Checks what needs no job.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self, limits: &Limits) -> Result<(), QuoteFault> {
        if self.amount == RawAmount::ZERO {
            return Err(QuoteFault::NoAmount);
        }
        if self.invoice == Account::BURN {
            return Err(QuoteFault::BurnAccount);
        }
        if self.expires_at <= self.quoted_at {
            return Err(QuoteFault::Expired);
        }
        // The seller counts from its own clock, which may lead the relay's by as much as its request's signature may.
        let latest = self
            .quoted_at
            .plus(limits.quote_lifetime_max)
            .plus(limits.signature_clock_skew);
        if self.expires_at > latest {
            return Err(QuoteFault::StandsTooLong {
                most: limits.quote_lifetime_max,
            });
        }
        Ok(())
    }
}
