//! What a bot's code takes from the machine: the time, randomness and waiting.
//!
//! Client, wallet and worker ask nothing else for them, so that a test or a simulation can put its own in their place.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nanoark_domain::time::Timestamp;

/// Work under way.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a bot's code takes from the machine.
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

/// Surroundings of a test or a simulation: the randomness follows from a seed, and what is waited is counted.
///
/// Time is either the caller's, and then waiting takes none, or that of Tokio's clock, which a test may pause.
#[derive(Clone)]
pub struct Simulated {
    clock: Arc<dyn Fn() -> u64 + Send + Sync>,
    waits: Waits,
    state: Arc<AtomicU64>,
    slept: Arc<AtomicU64>,
}

/// What waiting does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// Nothing: it is over at once.
    Skip,
    /// It waits on Tokio's clock.
    OnTokio,
}

impl Simulated {
    /// Surroundings with this clock, in milliseconds since 1970, and this seed.
    #[must_use]
    pub fn new(clock: Arc<dyn Fn() -> u64 + Send + Sync>, seed: u64) -> Self {
        Self {
            clock,
            waits: Waits::Skip,
            state: Arc::new(AtomicU64::new(seed)),
            slept: Arc::default(),
        }
    }

    /// Surroundings that move with Tokio's clock, from this instant on, with this seed. While that clock is paused,
    /// waits are over as soon as nothing else is left to do, in the order in which they end.
    #[must_use]
    pub fn on_tokio_clock(start: Timestamp, seed: u64) -> Self {
        let began = tokio::time::Instant::now();
        let clock = move || {
            let passed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            start.as_millis().saturating_add(passed)
        };
        Self {
            waits: Waits::OnTokio,
            ..Self::new(Arc::new(clock), seed)
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
        match self.waits {
            Waits::Skip => Box::pin(async {}),
            Waits::OnTokio => Box::pin(tokio::time::sleep(time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_795_253_400);

    fn drawn(surroundings: &Simulated) -> [u8; 20] {
        let mut bytes = [0; 20];
        surroundings.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn randomness_follows_from_the_seed_and_clones_share_it() {
        let surroundings = |seed| Simulated::new(Arc::new(|| 7), seed);
        let (one, same, other) = (surroundings(1), surroundings(1), surroundings(2));
        let first = drawn(&one);
        assert_eq!(drawn(&same), first);
        assert_ne!(drawn(&other), first);
        assert_ne!(drawn(&one.clone()), first);
        assert_eq!(drawn(&one), {
            drawn(&same);
            drawn(&same)
        });
    }

    #[tokio::test]
    async fn on_a_clock_of_its_own_waiting_is_counted_and_takes_no_time() {
        let surroundings = Simulated::new(Arc::new(|| 7), 1);
        surroundings.sleep(Duration::from_secs(3_600)).await;
        assert_eq!(
            (surroundings.now(), surroundings.slept()),
            (Timestamp::from_millis(7), Duration::from_secs(3_600))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn on_tokios_clock_waiting_takes_the_time_of_that_clock() {
        let surroundings = Simulated::on_tokio_clock(START, 1);
        let (short, long) = (
            surroundings.sleep(Duration::from_secs(1)),
            surroundings.sleep(Duration::from_secs(60)),
        );
        short.await;
        assert_eq!(surroundings.now(), START.plus(nanoark_domain::time::Seconds(1)));
        long.await;
        assert_eq!(surroundings.now(), START.plus(nanoark_domain::time::Seconds(60)));
        assert_eq!(surroundings.slept(), Duration::from_secs(61));
    }
}
