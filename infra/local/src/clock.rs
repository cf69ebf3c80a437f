//! The one source of time: visibility, delays, schedules and expiry all ask it, so that a test can move it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use dynoxide::storage_backend::Clock as DatabaseClock;

/// Milliseconds since the Unix epoch, from wherever the owner of the stack takes them.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl Clock {
    /// A clock that asks `now` for the milliseconds since the Unix epoch.
    pub fn new(now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self::new(|| {
            #[expect(
                clippy::disallowed_methods,
                reason = "the edge where the local stack takes the machine's time"
            )]
            let now = std::time::SystemTime::now();
            let since_epoch = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
        })
    }

    /// A clock that stands at `milliseconds` and the handle that moves it.
    #[must_use]
    pub fn manual(milliseconds: u64) -> (Self, ManualClock) {
        let hand = ManualClock(Arc::new(AtomicU64::new(milliseconds)));
        let shown = hand.clone();
        (Self::new(move || shown.0.load(Ordering::SeqCst)), hand)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> u64 {
        (self.0)()
    }

    /// The same time for the embedded database.
    #[must_use]
    pub fn for_database(&self) -> Arc<dyn DatabaseClock> {
        Arc::new(self.clone())
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Clock").field(&self.now()).finish()
    }
}

impl DatabaseClock for Clock {
    fn now_unix_secs(&self) -> u64 {
        self.now() / 1_000
    }

    fn now_unix_secs_f64(&self) -> f64 {
        Duration::from_millis(self.now()).as_secs_f64()
    }
}

impl ManualClock {
    /// Moves the clock forward.
    pub fn advance(&self, span: Duration) {
        let milliseconds = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Sets the clock.
    pub fn set(&self, milliseconds: u64) {
        self.0.store(milliseconds, Ordering::SeqCst);
    }
}

/// The instant as a calendar date in UTC; past the year 9999 it stays at the epoch.
pub(crate) fn calendar(milliseconds: u64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds).saturating_mul(1_000_000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The instant as RFC 3339 to the second, as the AWS event sources write it.
pub(crate) fn rfc3339(milliseconds: u64) -> String {
    calendar(milliseconds.saturating_sub(milliseconds % 1_000))
        .format(&Rfc3339)
        .unwrap_or_default()
}

/// Such as `21/Nov/2026:09:30:00 +0000`.
pub(crate) fn common_log_time(now: u64) -> String {
    let time = calendar(now);
    let month = time.month().to_string();
    format!(
        "{:02}/{}/{}:{:02}:{:02}:{:02} +0000",
        time.day(),
        month.get(..3).unwrap_or(&month),
        time.year(),
        time.hour(),
        time.minute(),
        time.second()
    )
}
