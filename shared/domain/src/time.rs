//! Instants and spans. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use serde::{Deserialize, Serialize};

use crate::text::serde_as_text;

/// An instant: whole milliseconds since the Unix epoch, UTC. On the wire an RFC 3339 text that ends in `Z`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(u64);

/// A span of whole seconds; the unit of every limit and default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

/// Why a text is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an instant is written as RFC 3339, such as 2026-11-21T09:30:00Z, between the years 1970 and 9999")]
pub struct InvalidTimestamp;

/// 9999-12-31T23:59:59.999Z, the last instant RFC 3339 can write.
const LAST_MILLISECOND: u64 = 253_402_300_799_999;

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Self = Self(0);

    /// The instant this many milliseconds after the Unix epoch; later than the year 9999 is clamped to its last one.
    #[must_use]
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(if milliseconds > LAST_MILLISECOND {
            LAST_MILLISECOND
        } else {
            milliseconds
        })
    }

    /// The instant this many seconds after the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self::from_millis(seconds.saturating_mul(1_000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> u64 {
        self.0 / 1_000
    }

    /// This much later, at most the end of the year 9999.
    #[must_use]
    pub const fn plus(self, span: Seconds) -> Self {
        Self::from_millis(self.0.saturating_add(span.as_millis()))
    }

    /// This much earlier, at least the epoch.
    #[must_use]
    pub const fn minus(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(span.as_millis()))
    }

    /// The span from `earlier` to here in whole seconds, rounded down; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Seconds {
        Seconds(u32::try_from(self.0.saturating_sub(earlier.0) / 1_000).unwrap_or(u32::MAX))
    }
}

impl Seconds {
    /// The span in milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        (self.0 as u64).saturating_mul(1_000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanoseconds = i128::from(self.0).saturating_mul(1_000_000);
        let text = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
            .map_err(|_| fmt::Error)?
            .format(&Rfc3339)
            .map_err(|_| fmt::Error)?;
        formatter.write_str(&text)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Timestamp({self})")
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// Accepts any RFC 3339 text, whatever its offset or fraction; finer than a millisecond is cut off.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?;
        let milliseconds = u64::try_from(instant.unix_timestamp_nanos() / 1_000_000).map_err(|_| InvalidTimestamp)?;
        if milliseconds > LAST_MILLISECOND {
            return Err(InvalidTimestamp);
        }
        Ok(Self(milliseconds))
    }
}

serde_as_text!(Timestamp);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_utc_and_read_with_any_offset_or_fraction() {
        for (text, written) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2026-11-21T09:30:00+01:00", "2026-11-21T08:30:00Z"),
            ("2026-11-21T09:30:00.120Z", "2026-11-21T09:30:00.12Z"),
            ("2026-11-21T09:30:00.123456789Z", "2026-11-21T09:30:00.123Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T09:30:00",
            "1969-12-31T23:59:59Z",
            "1795289093",
            "2026-02-30T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp), "{text}");
        }
    }

    #[test]
    fn spans_saturate_instead_of_wrapping() {
        assert_eq!(Timestamp::EPOCH.minus(Seconds(1)), Timestamp::EPOCH);
        assert_eq!(
            Timestamp::from_millis(u64::MAX).plus(Seconds(u32::MAX)).to_string(),
            "9999-12-31T23:59:59.999Z"
        );
        assert_eq!(
            Timestamp::from_seconds(10).since(Timestamp::from_seconds(4)),
            Seconds(6)
        );
        assert_eq!(
            Timestamp::from_seconds(4).since(Timestamp::from_seconds(10)),
            Seconds(0)
        );
    }
}
