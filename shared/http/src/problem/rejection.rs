//! The one mapping from what the rules refuse to what a client reads.

use nanoark_domain::job::{QuoteFault, Rejection};
use nanoark_domain::offer::{InvalidQuery, OfferRejection};

use super::{Code, Problem, Retry};

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let problem = Self::new(code_of(&rejection), sentence(&rejection));
        match rejection {
            Rejection::WrongStatus { status } => problem.with_current_state(status.as_str()),
            Rejection::TooLate { status, ended_at } => problem
                .with_current_state(status.as_str())
                .with_extra("ended_at", ended_at.to_string()),
            Rejection::PaymentExists { status } | Rejection::PaymentNotConfirmed { status } => {
                let retry = if status == nanoark_domain::payment::PaymentStatus::Submitted {
                    Retry::After { after_seconds: 2 }
                } else {
                    Retry::Never
                };
                problem.with_extra("payment_status", status.as_str()).with_retry(retry)
            }
            Rejection::Locked { lease_expires_at } => {
                problem.with_extra("lease_expires_at", lease_expires_at.to_string())
            }
            Rejection::Mismatch { what } => problem.with_field(format!("/{what}"), "is not what the job holds"),
            Rejection::PriceIsFixed { fixed } => problem.with_extra("fixed_amount_raw", fixed.to_string()),
            Rejection::StandsTooShort { least } => problem.with_extra("quote_lifetime_seconds", least.0),
            Rejection::NotFound
            | Rejection::NotForCaller
            | Rejection::WrongParty { .. }
            | Rejection::InvoiceIsRefundAccount
            | Rejection::LockLost
            | Rejection::LockedJustNow
            | Rejection::HistoryFull
            | Rejection::NoQuote
            | Rejection::RefundExists
            | Rejection::TooManyRefunds
            | Rejection::Superseded
            | Rejection::NotDue => problem,
        }
    }
}

const fn code_of(rejection: &Rejection) -> Code {
    match rejection {
        Rejection::NotFound => Code::NotFound,
        Rejection::WrongParty { .. } | Rejection::NotForCaller => Code::Forbidden,
        Rejection::WrongStatus { .. } | Rejection::NoQuote | Rejection::NotDue => Code::WrongState,
        Rejection::Mismatch { .. } => Code::JobMismatch,
        Rejection::PriceIsFixed { .. } => Code::PriceFixed,
        Rejection::StandsTooShort { .. } => Code::QuoteTooShort,
        Rejection::InvoiceIsRefundAccount => Code::InvoiceAccountUnusable,
        Rejection::TooLate { .. } => Code::TooLate,
        Rejection::PaymentExists { .. } => Code::PaymentExists,
        Rejection::PaymentNotConfirmed { .. } => Code::PaymentNotConfirmed,
        Rejection::Locked { .. } => Code::Locked,
        Rejection::LockLost => Code::LockLost,
        Rejection::LockedJustNow | Rejection::Superseded => Code::ConcurrentRequest,
        Rejection::HistoryFull | Rejection::TooManyRefunds => Code::JobFull,
        Rejection::RefundExists => Code::RefundExists,
    }
}

impl From<OfferRejection> for Problem {
    fn from(rejection: OfferRejection) -> Self {
        let detail = sentence(&rejection);
        match rejection {
            OfferRejection::NotFound => Self::new(Code::NotFound, detail),
            OfferRejection::NotTheSeller | OfferRejection::NotForCaller => Self::new(Code::Forbidden, detail),
            OfferRejection::WrongStatus { status } => {
                Self::new(Code::WrongState, detail).with_current_state(status.as_str())
            }
            OfferRejection::Expired { expired_at } => {
                Self::new(Code::TooLate, detail).with_extra("ended_at", expired_at.to_string())
            }
            OfferRejection::NotExpired { .. } => Self::new(Code::WrongState, detail),
            OfferRejection::TermsChanged { revision } => {
                Self::new(Code::OfferChanged, detail).with_extra("revision", revision)
            }
        }
    }
}

impl From<QuoteFault> for Problem {
    fn from(fault: QuoteFault) -> Self {
        let pointer = match fault {
            QuoteFault::NoAmount => "/amount_raw",
            QuoteFault::BurnAccount => "/invoice_account",
            QuoteFault::Expired | QuoteFault::StandsTooLong { .. } => "/expires_at",
        };
        Self::new(Code::InvalidField, sentence(&fault)).with_field(pointer, fault.to_string())
    }
}

impl From<InvalidQuery> for Problem {
    fn from(invalid: InvalidQuery) -> Self {
        match invalid {
            InvalidQuery::TooManyWords => {
                Self::new(Code::InvalidField, sentence(&invalid)).with_field("?q", invalid.to_string())
            }
        }
    }
}

/// A lower-case error text as a sentence.
fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|character| character.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}
