//! Why a call to arkd brought no answer that can be used.

use nanoark_domain::time::Seconds;

use crate::exchange::ExchangeError;
use crate::refusal::{ErrorCode, Refusal};

/// Why a call to arkd brought no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArkdError {
    /// There was no connection: nothing was done.
    #[error("arkd cannot be reached: {detail}")]
    Unreachable {
        /// What the connection said.
        detail: String,
    },
    /// The connection broke before the answer was whole.
    #[error("the connection to arkd broke: {detail}")]
    Broken {
        /// What the connection said.
        detail: String,
    },
    /// No whole answer in time.
    #[error("arkd did not answer in time")]
    Timeout,
    /// An HTTP status without a reason of arkd's: a proxy's, or that of a request that arkd did not understand.
    #[error("arkd answered HTTP status {status}: {message}")]
    Status {
        /// The status.
        status: u16,
        /// The body, cut to 200 characters.
        message: String,
    },
    /// arkd understood and refuses.
    #[error("arkd refuses: {0}")]
    Refused(Refusal),
    /// The answer is not what arkd is documented to say.
    #[error("arkd's answer has no usable {field}")]
    Malformed {
        /// The first part that is missing or wrong.
        field: &'static str,
    },
    /// The answer is larger than the limit. It was not read to its end.
    #[error("arkd's answer is too large")]
    TooLarge,
    /// Too many calls failed of late; arkd was not asked.
    #[error("arkd is not asked for the next {} s", retry_after.0)]
    BreakerOpen {
        /// When to try again.
        retry_after: Seconds,
    },
}

impl ArkdError {
    /// Whether the call may have been carried out all the same. After such an error only arkd's records tell: the indexer, or
    /// [`Arkd::pending`](crate::arkd::Arkd::pending).
    #[must_use]
    pub const fn outcome_unknown(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::BreakerOpen { .. } => false,
            Self::Broken { .. } | Self::Timeout | Self::Malformed { .. } | Self::TooLarge => true,
            Self::Status { status, .. } => *status >= 500,
            Self::Refused(refusal) => matches!(refusal.code, ErrorCode::InternalError),
        }
    }

    /// Whether it speaks of arkd being down, rather than of the request.
    #[must_use]
    pub const fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Broken { .. }
            | Self::Timeout
            | Self::Malformed { .. }
            | Self::TooLarge
            | Self::BreakerOpen { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            Self::Refused(_) => false,
        }
    }

    /// Whether the very same read may well succeed at once: a connection that was closed, or a proxy between two instances.
    pub(crate) const fn is_momentary(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Broken { .. } => true,
            Self::Status { status, .. } => matches!(*status, 502..=504),
            Self::Timeout | Self::Refused(_) | Self::Malformed { .. } | Self::TooLarge | Self::BreakerOpen { .. } => {
                false
            }
        }
    }

    /// Whether the operator's terms have changed since they were asked for.
    #[must_use]
    pub fn is_digest_mismatch(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == ErrorCode::DigestMismatch)
    }
}

impl From<ExchangeError> for ArkdError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::NotConnected { detail } => Self::Unreachable { detail },
            ExchangeError::Broken { detail } => Self::Broken { detail },
            ExchangeError::Timeout => Self::Timeout,
            ExchangeError::TooLarge => Self::TooLarge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> ArkdError {
        ArkdError::Refused(Refusal::in_body(format!(r#"{{"message":"{text}"}}"#).as_bytes()).unwrap())
    }

    #[test]
    fn says_what_is_known_of_the_call() {
        let status = |status| ArkdError::Status {
            status,
            message: String::new(),
        };
        let detail = String::new;
        // error, may have been carried out, outage, worth trying at once
        for (error, unknown, outage, momentary) in [
            (ArkdError::Unreachable { detail: detail() }, false, true, true),
            (ArkdError::Broken { detail: detail() }, true, true, true),
            (ArkdError::Timeout, true, true, false),
            (status(400), false, false, false),
            (status(429), false, true, false),
            (status(500), true, true, false),
            (status(502), true, true, true),
            (refused("VTXO_ALREADY_SPENT (6): x"), false, false, false),
            (refused("DIGEST_MISMATCH (49): x"), false, false, false),
            (refused("INTERNAL_ERROR (0): x"), true, false, false),
            (ArkdError::Malformed { field: "arkTxid" }, true, true, false),
            (ArkdError::TooLarge, true, true, false),
            (
                ArkdError::BreakerOpen {
                    retry_after: Seconds(5),
                },
                false,
                true,
                false,
            ),
        ] {
            assert_eq!(error.outcome_unknown(), unknown, "{error}");
            assert_eq!(error.is_outage(), outage, "{error}");
            assert_eq!(error.is_momentary(), momentary, "{error}");
        }
    }
}
