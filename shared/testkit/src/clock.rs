//! Time that only moves when a test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that a test sets and advances. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct FakeClock {
    milliseconds: Arc<AtomicU64>,
}

impl FakeClock {
    /// A clock that stands at this many milliseconds after the Unix epoch.
    #[must_use]
    pub fn at_millis(milliseconds: u64) -> Self {
        Self {
            milliseconds: Arc::new(AtomicU64::new(milliseconds)),
        }
    }

    /// The time it shows, in milliseconds after the Unix epoch.
    #[must_use]
    pub fn now_millis(&self) -> u64 {
        self.milliseconds.load(Ordering::SeqCst)
    }

    /// Sets the time; backwards is allowed, because real clocks do that too.
    pub fn set(&self, milliseconds: u64) {
        self.milliseconds.store(milliseconds, Ordering::SeqCst);
    }

    /// Moves the time forward and returns the new one; it stops at the end of `u64`.
    pub fn advance(&self, milliseconds: u64) -> u64 {
        let mut now = self.now_millis();
        loop {
            let later = now.saturating_add(milliseconds);
            match self
                .milliseconds
                .compare_exchange(now, later, Ordering::SeqCst, Ordering::SeqCst)
            {
                Ok(_) => return later,
                Err(moved) => now = moved,
            }
        }
    }

    /// The clock as a closure, for whatever takes its time from one.
    #[must_use]
    pub fn closure(&self) -> Arc<dyn Fn() -> u64 + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now_millis())
    }
}

/// The in-process DynamoDB expires items by this clock.
impl dynoxide::storage_backend::Clock for FakeClock {
    fn now_unix_secs(&self) -> u64 {
        self.now_millis() / 1_000
    }

    fn now_unix_secs_f64(&self) -> f64 {
        std::time::Duration::from_millis(self.now_millis()).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_moves_only_on_command_and_for_every_clone() {
        let clock = FakeClock::at_millis(1_000);
        let read = clock.closure();
        assert_eq!(read(), 1_000);
        assert_eq!(clock.advance(500), 1_500);
        assert_eq!(read(), 1_500);
        clock.set(7);
        assert_eq!(read(), 7);
        assert_eq!(clock.advance(u64::MAX), u64::MAX);
    }
}
