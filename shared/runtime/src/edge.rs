//! Where time, randomness and environment enter. Nothing else of ours asks the machine for them (`clippy.toml`).

use std::fmt::Debug;

use nanoark_domain::time::Timestamp;

/// What time it is.
pub trait Clock: Debug + Send + Sync {
    /// Now, UTC. May go back a little when the machine's clock is set; no rule relies on its being monotonic.
    fn now(&self) -> Timestamp;
}

/// Randomness fit for secrets.
pub trait Entropy: Debug + Send + Sync {
    /// Fills the bytes with randomness that nobody can foretell.
    ///
    /// # Errors
    /// When the machine has none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The machine has no randomness to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine gives no randomness")]
pub struct NoEntropy;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the edge")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the edge")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }
}

/// A setting from the process's environment; an empty one counts as none.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
pub fn system_setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
