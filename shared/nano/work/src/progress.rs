//! What other threads see of a search, and how they end it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What other threads see of a search, and how they end it.
#[derive(Debug, Default)]
pub struct Progress {
    tried: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// Nonces tried so far. Some thousands behind the truth at any time, for each thread.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.tried.load(Ordering::Relaxed)
    }

    /// Ends the search within milliseconds. For good: a search that is given this progress later ends at once.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the search was ended.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, tried: u64) {
        self.tried.fetch_add(tried, Ordering::Relaxed);
    }
}
