//! What a quote must be before the buyer agrees to it.

use nanoark_client::wire::jobs::JobView;
use nanoark_client::{Unproved, verify_quote};
use nanoark_domain::bot::BotId;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nano::{Account, RawAmount};

use super::purchase::{Purchase, Terms};

/// How much time there must be before a quote expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margins {
    /// To agree: enough to compute the work of a send, and to pay.
    pub to_agree: Seconds,
    /// To have the wallet sign: enough for the block to be published, seen and named.
    pub to_pay: Seconds,
}

impl Default for Margins {
    /// 90 s and 30 s: work for a send takes half a minute on two ordinary cores, confirmation about a second. The relay's
    /// grace after the expiry comes on top and is not counted on.
    fn default() -> Self {
        Self {
            to_agree: Seconds(90),
            to_pay: Seconds(30),
        }
    }
}

/// Why a quote is not agreed to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteFault {
    /// The seller did not sign it for this very job.
    #[error("{0}")]
    Unproved(#[from] Unproved),
    /// The job that the relay shows is not the one that was requested.
    #[error("the relay shows a job with another {what} than the one that was requested")]
    OtherJob {
        /// What differs.
        what: &'static str,
    },
    /// It costs more than was allowed for it.
    #[error("{} XNO is more than the {} XNO that this purchase may cost", amount.to_xno(), max.to_xno())]
    TooExpensive {
        /// What is quoted.
        amount: RawAmount,
        /// What was allowed.
        max: RawAmount,
    },
    /// The offer's price was another.
    #[error("{} XNO is not the offer's fixed price of {} XNO", amount.to_xno(), fixed.to_xno())]
    NotThePrice {
        /// What is quoted.
        amount: RawAmount,
        /// What the offer said.
        fixed: RawAmount,
    },
    /// Nothing is to be paid, which cannot be paid.
    #[error("the quote is for nothing")]
    NoAmount,
    /// Nobody can spend from there.
    #[error("the invoice account is the burn account")]
    BurnAccount,
    /// It is the buyer's own.
    #[error("the invoice account {0} is the buyer's own")]
    OwnAccount(Account),
    /// Another job of this buyer was to be paid there.
    #[error("the invoice account {account} was given for {job} before")]
    UsedForAnotherJob {
        /// The account.
        account: Account,
        /// The other job.
        job: String,
    },
    /// Somebody paid there before.
    #[error("the invoice account {0} has been used on the ledger")]
    UsedOnLedger(Account),
    /// There is too little time.
    #[error("the quote expires at {expires_at}, which leaves too little time to pay")]
    TooLittleTime {
        /// When it expires.
        expires_at: Timestamp,
    },
}

impl QuoteFault {
    /// A stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unproved(_) => "quote_unproved",
            Self::OtherJob { .. } => "quote_other_job",
            Self::TooExpensive { .. } => "quote_too_expensive",
            Self::NotThePrice { .. } => "quote_not_the_price",
            Self::NoAmount => "quote_no_amount",
            Self::BurnAccount => "quote_burn_account",
            Self::OwnAccount(_) => "quote_own_account",
            Self::UsedForAnotherJob { .. } => "quote_account_reused",
            Self::UsedOnLedger(_) => "quote_account_used",
            Self::TooLittleTime { .. } => "quote_too_little_time",
        }
    }
}

/// Checks everything about a quote that needs no other look at the ledger or at other purchases. `owns` says whether an
/// account is the wallet's.
///
/// # Errors
/// The first fault.
pub fn check_quote(
    purchase: &Purchase,
    buyer: BotId,
    job: &JobView,
    owns: impl Fn(&Account) -> bool,
    now: Timestamp,
    margins: &Margins,
) -> Result<Terms, QuoteFault> {
    let order = &purchase.order;
    let other_buyer = (job.buyer != buyer).then_some("buyer");
    if let Some(what) = other_than_ordered(purchase, job).or(other_buyer) {
        return Err(QuoteFault::OtherJob { what });
    }
    verify_quote(job)?;
    let quote = job.quote.as_ref().ok_or(Unproved::Missing("quote"))?;
    let (amount, invoice, expires_at) = (quote.amount_raw, quote.invoice_account, quote.expires_at);
    if amount == RawAmount::ZERO {
        return Err(QuoteFault::NoAmount);
    }
    if let Some(fixed) = order.offer.pricing.fixed_amount().filter(|fixed| *fixed != amount) {
        return Err(QuoteFault::NotThePrice { amount, fixed });
    }
    if amount > order.max {
        return Err(QuoteFault::TooExpensive { amount, max: order.max });
    }
    if invoice == Account::BURN {
        return Err(QuoteFault::BurnAccount);
    }
    if invoice == order.refund_account || owns(&invoice) {
        return Err(QuoteFault::OwnAccount(invoice));
    }
    if now.plus(margins.to_agree) > expires_at {
        return Err(QuoteFault::TooLittleTime { expires_at });
    }
    Ok(Terms {
        amount,
        invoice,
        expires_at,
    })
}

/// In what the job is not the one that was ordered.
pub(super) fn other_than_ordered(purchase: &Purchase, job: &JobView) -> Option<&'static str> {
    let order = &purchase.order;
    let same = [
        ("id", job.job_id == purchase.job_id),
        ("offer", job.offer_id == order.offer.offer_id),
        ("seller", job.seller == order.offer.seller),
        ("input", job.input_hash == order.input_hash()),
        ("turnaround", job.turnaround_seconds == order.offer.turnaround_seconds),
        ("refund account", job.refund_account == Some(order.refund_account)),
    ];
    same.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
}

#[cfg(test)]
mod tests;
