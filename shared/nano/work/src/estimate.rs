//! How long a search takes.

use std::time::Duration;

use nanoark_nano::work::Difficulty;

/// How long a search takes. Each try is as likely to succeed as any other, so that this is also how long it still
/// takes, however long it has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// On average.
    pub mean: Duration,
    /// In 95 of 100 cases it takes no longer: three times the mean (the time to wait is distributed exponentially, and
    /// ln 20 = 2.996).
    pub most: Duration,
}

impl Estimate {
    /// The estimate at this rate, in tries per second; none at a rate of 0. Longer than centuries is as long as
    /// `Duration` can say.
    #[must_use]
    pub fn at(threshold: Difficulty, tries_per_second: u64) -> Option<Self> {
        let nanoseconds = mean_tries(threshold)
            .saturating_mul(1_000_000_000)
            .checked_div(u128::from(tries_per_second))?;
        let mean = u64::try_from(nanoseconds).map_or(Duration::MAX, Duration::from_nanos);
        Some(Self {
            mean,
            most: mean.saturating_mul(3),
        })
    }
}

/// How many tries it takes on average to reach the threshold: 1 to 2<sup>64</sup>.
#[must_use]
pub fn mean_tries(threshold: Difficulty) -> u128 {
    const VALUES: u128 = 1 << 64;
    let reaching = VALUES.saturating_sub(u128::from(threshold.get()));
    VALUES.checked_div(reaching).unwrap_or(VALUES)
}

#[cfg(test)]
mod tests {
    use nanoark_nano::Thresholds;

    use super::*;

    #[test]
    fn a_threshold_leaves_a_share_of_the_values() {
        let cases = [
            (Difficulty::from_value(0), 1),
            (Thresholds::DEV.receive, 1 << 4),
            (Thresholds::DEV.send, 1 << 10),
            (Thresholds::BETA.receive, 1 << 19),
            (Thresholds::BETA.send, 1 << 20),
            (Thresholds::LIVE.receive, 1 << 23),
            (Thresholds::LIVE.send, 1 << 29),
            (Difficulty::from_value(u64::MAX), 1 << 64),
        ];
        for (threshold, tries) in cases {
            assert_eq!(mean_tries(threshold), tries, "{threshold}");
        }
    }

    #[test]
    fn the_time_is_tries_by_rate_and_three_times_that() {
        let millisecond = Duration::from_millis;
        let Thresholds { send, receive } = Thresholds::LIVE;
        let cases = [
            (send, 1 << 29, millisecond(1_000), millisecond(3_000)),
            (send, 1 << 30, millisecond(500), millisecond(1_500)),
            (receive, 1 << 20, millisecond(8_000), millisecond(24_000)),
            (
                receive,
                1 << 33,
                Duration::from_nanos(976_562),
                Duration::from_nanos(2_929_686),
            ),
            (Difficulty::from_value(0), u64::MAX, Duration::ZERO, Duration::ZERO),
            (Difficulty::from_value(u64::MAX), 1, Duration::MAX, Duration::MAX),
        ];
        for (threshold, rate, mean, most) in cases {
            assert_eq!(
                Estimate::at(threshold, rate),
                Some(Estimate { mean, most }),
                "{threshold} at {rate}"
            );
        }
        assert_eq!(Estimate::at(send, 0), None);
    }
}
