//! What a client takes from the machine: the time, randomness, and waiting. Nothing else of this crate asks for them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nanoark_domain::time::Timestamp;

use crate::transport::Pending;

/// What a client takes from the machine.
pub trait Surroundings: fmt::Debug + Send + Sync {
    /// Now, UTC. The relay refuses signatures of a clock that is off by more than a minute.
    fn now(&self) -> Timestamp;

    /// Fills the bytes with randomness: nonces, idempotency keys, the jitter of waits.
    ///
    /// # Errors
    /// When the machine has none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;

    /// Waits.
    fn sleep(&self, time: Duration) -> Pending<'_, ()>;
}

/// The machine has no randomness to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine gives no randomness")]
pub struct NoEntropy;

/// The machine itself. Waiting needs a Tokio runtime with its timer on.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Surroundings for System {
    #[expect(clippy::disallowed_methods, reason = "this is the edge")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the edge")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }

    fn sleep(&self, time: Duration) -> Pending<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Surroundings of a test or a simulation: the time is the caller's, the randomness follows from a seed, and waiting
/// takes no time but is counted.
#[derive(Clone)]
pub struct Simulated {
    clock: Arc<dyn Fn() -> u64 + Send + Sync>,
    state: Arc<AtomicU64>,
    slept: Arc<AtomicU64>,
}

impl Simulated {
    /// Surroundings with this clock, in milliseconds since 1970, and this seed.
    #[must_use]
    pub fn new(clock: Arc<dyn Fn() -> u64 + Send + Sync>, seed: u64) -> Self {
        Self {
            clock,
            state: Arc::new(AtomicU64::new(seed)),
            slept: Arc::default(),
        }
    }

    /// How long was waited in all.
    #[must_use]
    pub fn slept(&self) -> Duration {
        Duration::from_millis(self.slept.load(Ordering::SeqCst))
    }

    /// The next number of SplitMix64.
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.state.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl fmt::Debug for Simulated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Simulated({})", self.now())
    }
}

impl Surroundings for Simulated {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis((self.clock)())
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        for part in bytes.chunks_mut(8) {
            part.iter_mut()
                .zip(self.next().to_le_bytes())
                .for_each(|(to, from)| *to = from);
        }
        Ok(())
    }

    fn sleep(&self, time: Duration) -> Pending<'_, ()> {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.slept.fetch_add(milliseconds, Ordering::SeqCst);
        Box::pin(async {})
    }
}
