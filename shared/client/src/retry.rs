//! When the same request is sent again.

use std::time::Duration;

use nanoark_surroundings::Surroundings;

use crate::error::ClientError;
use crate::jitter::random_part;

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
        let asked = error.advice().wait()?;
        if asked > self.longest {
            return None;
        }
        let doublings = made.saturating_sub(1).min(20);
        let bound = self.base.saturating_mul(1_u32 << doublings).min(self.longest);
        Some(asked.saturating_add(random_part(bound, surroundings)).min(self.longest))
    }
}
