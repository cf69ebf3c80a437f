//! When the same request is sent again.

use std::time::Duration;

use nanoark_http::problem::{Code, Retry};

use crate::error::{ClientError, ProblemCode};
use crate::surroundings::Surroundings;

/// How often and how patiently a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent in all.
    pub attempts: u32,
    /// The bound of the first random wait; it doubles with every attempt.
    pub base: Duration,
    /// The longest wait. An answer that asks for a longer one is given to the caller, who knows what is urgent.
    pub longest: Duration,
}

impl Default for RetryPolicy {
    /// Four attempts, over some seconds.
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(200),
            longest: Duration::from_secs(5),
        }
    }
}

impl RetryPolicy {
    /// Every request is sent once.
    pub const NEVER: Self = Self {
        attempts: 1,
        base: Duration::ZERO,
        longest: Duration::ZERO,
    };

    /// How long to wait before attempt number `made + 1`; `None` when `error` is final.
    ///
    /// The wait is what the relay asked for, and on top of it a random part of a bound that doubles (full jitter), so
    /// that bots which were refused together do not come back together.
    pub(crate) fn wait(&self, error: &ClientError, made: u32, surroundings: &dyn Surroundings) -> Option<Duration> {
        if made >= self.attempts {
            return None;
        }
        let asked = asked_wait(error)?;
        if asked > self.longest {
            return None;
        }
        let doublings = made.saturating_sub(1).min(20);
        let bound = self.base.saturating_mul(1_u32 << doublings).min(self.longest);
        Some(asked.saturating_add(random_part(bound, surroundings)).min(self.longest))
    }
}

/// The least wait before the same request may succeed; `None` when it will not.
fn asked_wait(error: &ClientError) -> Option<Duration> {
    match error {
        ClientError::Problem(problem) => match problem.retry {
            Retry::After { after_seconds } => Some(Duration::from_secs(after_seconds.into())),
            // What the relay calls our mistake stays one, except a signature that took too long on its way.
            Retry::SameRequest
                if problem.status.is_server_error() || problem.code == ProblemCode::Known(Code::SignatureExpired) =>
            {
                Some(Duration::ZERO)
            }
            Retry::SameRequest | Retry::Never | Retry::NewRequest => None,
        },
        // What a gateway in front of the relay says for itself.
        ClientError::UnexpectedAnswer(answer)
            if answer.status.is_server_error() || answer.status == http::StatusCode::TOO_MANY_REQUESTS =>
        {
            Some(answer.retry_after.unwrap_or_default())
        }
        ClientError::Transport(error) => match error {
            crate::TransportError::Timeout | crate::TransportError::Connection(_) => Some(Duration::ZERO),
            crate::TransportError::Address | crate::TransportError::TooLarge(_) => None,
        },
        ClientError::UnexpectedAnswer(_)
        | ClientError::Signing(_)
        | ClientError::Body(_)
        | ClientError::NoEntropy(_) => None,
    }
}

fn random_part(bound: Duration, surroundings: &dyn Surroundings) -> Duration {
    let mut bytes = [0; 4];
    if surroundings.fill(&mut bytes).is_err() {
        return bound;
    }
    // A 2^32nd of the bound, so many times.
    let nanoseconds = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
    let part = u128::from(nanoseconds).saturating_mul(u128::from(u32::from_le_bytes(bytes))) >> 32;
    Duration::from_nanos(u64::try_from(part).unwrap_or(nanoseconds))
}
