//! What to do about an error.

use std::time::Duration;

use http::StatusCode;
use nanoark_http::problem::{Code, Retry};

use crate::error::{ClientError, ProblemCode, ProblemReport};
use crate::transport::TransportError;

/// What to do about an error, for a program. [`ClientError::sentence`] says it to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Send the same request again with the same key, not before this time has passed. Whether it was done is unknown
    /// where there was no answer, and the same key makes sure that it is done once.
    SendAgain {
        /// The least wait.
        after: Duration,
    },
    /// The request is wrong in itself: mend it and send it with a new key.
    MendRequest,
    /// The thing is not where the request takes it to be: read it again and decide anew.
    LookAgain,
    /// Something is wrong with this client's surroundings: its clock, its key, its address, its version.
    CheckSetup,
    /// Nothing will make this request succeed.
    GiveUp,
}

impl Advice {
    /// The least wait before the same request may succeed; nothing when it will not.
    #[must_use]
    pub const fn wait(self) -> Option<Duration> {
        match self {
            Self::SendAgain { after } => Some(after),
            Self::MendRequest | Self::LookAgain | Self::CheckSetup | Self::GiveUp => None,
        }
    }
}

impl ClientError {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Problem(report) => of_problem(report),
            Self::Transport(error) => match error {
                TransportError::Timeout | TransportError::Connection(_) => Advice::SendAgain { after: Duration::ZERO },
                TransportError::Address | TransportError::TooLarge(_) => Advice::CheckSetup,
            },
            Self::UnexpectedAnswer(answer) if may_pass(answer.status) => Advice::SendAgain {
                after: answer.retry_after.unwrap_or_default(),
            },
            Self::UnexpectedAnswer(_) | Self::NoEntropy(_) => Advice::CheckSetup,
            Self::Signing(_) | Self::Body(_) => Advice::MendRequest,
        }
    }

    /// What to do about it, in a sentence for people.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::Problem(report) => match &report.code {
                ProblemCode::Known(code) => code.advice(),
                ProblemCode::Unknown(_) => {
                    "This client does not know the code: see the relay's documentation, or update it."
                }
            },
            Self::Transport(error) => match error {
                TransportError::Timeout => "Send the same request again; a retry with the same key is safe.",
                TransportError::Connection(_) => {
                    "Check the relay's address and the network, then send the same request again."
                }
                TransportError::Address => "Check the relay's address.",
                TransportError::TooLarge(_) => "Check that the address is a relay's; allow larger answers if it is.",
            },
            Self::UnexpectedAnswer(answer) if may_pass(answer.status) => {
                "The gateway before the relay has trouble: send the same request again after a wait."
            }
            Self::UnexpectedAnswer(_) => {
                "Check that the address is a relay's, and that this client is not too old for it."
            }
            Self::Signing(_) => "Check the idempotency key and the relay's address.",
            Self::Body(_) => "Check what is sent: it cannot be written as JSON.",
            Self::NoEntropy(_) => "Check the machine: its source of randomness does not answer.",
        }
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Problem(report) => Some(report.status),
            Self::UnexpectedAnswer(answer) => Some(answer.status),
            Self::Transport(_) | Self::Signing(_) | Self::Body(_) | Self::NoEntropy(_) => None,
        }
    }

    /// The id that the relay's log line has too, if there was an answer with one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Problem(report) => Some(report.request_id.as_str()),
            Self::UnexpectedAnswer(answer) => answer.request_id.as_deref(),
            Self::Transport(_) | Self::Signing(_) | Self::Body(_) | Self::NoEntropy(_) => None,
        }
        .filter(|id| !id.is_empty())
    }
}

/// Whether an answer that is none of the relay's may be another one next time.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

fn of_problem(report: &ProblemReport) -> Advice {
    const AT_ONCE: Advice = Advice::SendAgain { after: Duration::ZERO };
    let usual = match &report.code {
        ProblemCode::Known(code) => of_code(*code),
        ProblemCode::Unknown(_) => match report.retry {
            Retry::Never => Advice::GiveUp,
            Retry::NewRequest => Advice::MendRequest,
            // What the relay calls our mistake stays one.
            Retry::SameRequest if report.status.is_client_error() => Advice::CheckSetup,
            Retry::SameRequest | Retry::After { .. } => AT_ONCE,
        },
    };
    // The case at hand knows better than its code.
    match (report.retry, usual) {
        (Retry::After { after_seconds }, _) => Advice::SendAgain {
            after: Duration::from_secs(after_seconds.into()),
        },
        (Retry::NewRequest, AT_ONCE) => Advice::MendRequest,
        (Retry::Never, AT_ONCE) => Advice::GiveUp,
        (Retry::SameRequest | Retry::NewRequest | Retry::Never, usual) => usual,
    }
}

fn of_code(code: Code) -> Advice {
    match code {
        Code::ConcurrentRequest
        | Code::BlockUsed
        | Code::RateLimited
        | Code::Internal
        | Code::Unavailable
        | Code::OperatorUnavailable
        | Code::SignatureExpired => Advice::SendAgain { after: Duration::ZERO },
        Code::MalformedJson
        | Code::UnknownField
        | Code::InvalidField
        | Code::BodyTooLarge
        | Code::UnsupportedMediaType
        | Code::BadCursor
        | Code::IdempotencyKeyMissing
        | Code::IdempotencyKeyInvalid
        | Code::IdempotencyConflict
        | Code::PriceFixed
        | Code::QuoteTooShort
        | Code::StatementSignatureInvalid
        | Code::InvoiceAccountUsed
        | Code::InvoiceAccountUnusable
        | Code::EventRefused => Advice::MendRequest,
        Code::WrongState
        | Code::TooLate
        | Code::OfferChanged
        | Code::JobMismatch
        | Code::PaymentExists
        | Code::PaymentNotConfirmed
        | Code::Locked
        | Code::LockLost
        | Code::RefundExists
        | Code::SessionRefused => Advice::LookAgain,
        Code::UnknownRoute
        | Code::MethodNotAllowed
        | Code::Misdirected
        | Code::SignatureMissing
        | Code::SignatureMalformed
        | Code::SignatureInvalid
        | Code::SignatureComponentsMissing
        | Code::SignatureClockOff
        | Code::SignatureLifetime
        | Code::SignatureKeyInvalid
        | Code::DigestMissing
        | Code::DigestMismatch
        | Code::WalletSignatureRequired
        | Code::WalletSignatureInvalid => Advice::CheckSetup,
        Code::NotFound
        | Code::Forbidden
        | Code::OwnOffer
        | Code::JobFull
        | Code::UnknownSession
        | Code::UnknownReceipt => Advice::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
    use nanoark_http::problem::{PROBLEM_JSON, Problem};

    use super::*;

    fn read(problem: Problem) -> ClientError {
        let answer = problem.for_request("r1").into_response();
        ClientError::from_answer(answer.status, &answer.headers, &answer.body, "")
    }

    fn again(seconds: u64) -> Advice {
        Advice::SendAgain {
            after: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn what_a_code_advises_agrees_with_what_the_relay_says_of_it() {
        for code in Code::ALL {
            let error = read(Problem::new(*code, "It is so."));
            let advice = error.advice();
            let fits = match code.retry() {
                Retry::After { after_seconds } => advice == again(after_seconds.into()),
                Retry::SameRequest => match code.status().is_server_error() || *code == Code::SignatureExpired {
                    true => advice == again(0),
                    // What the client sent wrongly it must first send rightly.
                    false => matches!(advice, Advice::CheckSetup | Advice::MendRequest),
                },
                Retry::NewRequest => matches!(advice, Advice::MendRequest | Advice::LookAgain | Advice::CheckSetup),
                Retry::Never => matches!(advice, Advice::GiveUp | Advice::LookAgain | Advice::CheckSetup),
            };
            assert!(fits, "{code}: {advice:?}");
            assert_eq!(error.sentence(), code.advice());
            assert_eq!((error.status(), error.request_id()), (Some(code.status()), Some("r1")));
        }
    }

    #[test]
    fn every_other_error_has_its_advice_too() {
        let gateway = |status: u16, wait: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert("nanoark-request-id", HeaderValue::from_static("r2"));
            if let Some(wait) = wait {
                headers.insert(RETRY_AFTER, HeaderValue::from_static(wait));
            }
            ClientError::from_answer(StatusCode::from_u16(status).unwrap(), &headers, b"", "none")
        };
        let unknown = |status: u16, retry: &str| {
            let body = format!(r#"{{"code":"of_the_future","retry":{retry}}}"#);
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON))]);
            ClientError::from_answer(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), "")
        };
        for (error, advice) in [
            (gateway(429, Some("7")), again(7)),
            (gateway(502, None), again(0)),
            (gateway(404, None), Advice::CheckSetup),
            (gateway(200, None), Advice::CheckSetup),
            (unknown(409, r#"{"kind":"after","after_seconds":9}"#), again(9)),
            (unknown(409, r#"{"kind":"same_request"}"#), Advice::CheckSetup),
            (unknown(500, r#"{"kind":"same_request"}"#), again(0)),
            (unknown(409, r#"{"kind":"new_request"}"#), Advice::MendRequest),
            (unknown(409, r#"{"kind":"never"}"#), Advice::GiveUp),
            (unknown(500, r#"{"kind":"of_the_future"}"#), Advice::GiveUp),
            (TransportError::Timeout.into(), again(0)),
            (TransportError::Connection(String::new()).into(), again(0)),
            (TransportError::Address.into(), Advice::CheckSetup),
            (TransportError::TooLarge(1).into(), Advice::CheckSetup),
            (nanoark_surroundings::NoEntropy.into(), Advice::CheckSetup),
        ] {
            assert_eq!(error.advice(), advice, "{error}");
            assert!(error.sentence().ends_with('.'), "{error}");
        }
        assert_eq!(gateway(502, None).request_id(), Some("r2"));
        assert_eq!(unknown(409, "null").request_id(), None);
    }
}
