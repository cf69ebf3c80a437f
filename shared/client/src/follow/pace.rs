//! How long a follower rests between two polls: a rule without a clock.

use std::time::Duration;

use crate::jitter::{part, share};

/// The least time between two polls that nothing but hints asked for, so that a flood of them is no flood of polls.
const LEAST: Duration = Duration::from_millis(200);

/// The least rest while hints come: they say when there is something to see, the poll only finds what they missed.
const HINTED: Duration = Duration::from_secs(30);

/// Within this time followers come back whose connections broke all at once.
const SPREAD: Duration = Duration::from_secs(1);

/// The first and the longest rest after polls that failed.
const FAILED: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// The rest after the first poll that did not yet show what a hint named; it doubles.
const EXPECTED: Duration = Duration::from_millis(500);

/// The longest rest that the relay may ask for.
const LONGEST: Duration = Duration::from_secs(300);

/// What a follower knows when it rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How the last poll ended.
    pub(crate) last: Last,
    /// Whether hints come.
    pub(crate) hinted: bool,
    /// What happened since the last poll.
    pub(crate) nudge: Nudge,
    /// How many polls did not show a version that a hint named, if there is one.
    pub(crate) expecting: Option<u32>,
}

/// How the last poll ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    /// There was none.
    Never,
    /// There is more to read.
    More,
    /// All was read, and the relay asked for this rest.
    Done(Duration),
    /// It and some before it failed, and the relay asked for this rest.
    Failed {
        /// How many in a row, at least one.
        times: u32,
        /// The rest that was asked for.
        asked: Duration,
    },
}

/// What happened since the last poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Nudge {
    /// Nothing.
    Quiet,
    /// Hints ended: whatever they would have said must be looked for, though not by everybody at once.
    Lost,
    /// A hint named something new, or hints began.
    News,
}

impl Pace {
    /// The rest from the last poll to the next, with the dice's share of what is left to chance.
    pub(crate) fn rest(self, dice: u32) -> Duration {
        let (least, chance) = self.bounds();
        least.saturating_add(part(chance, dice))
    }

    /// The least rest, and how much more it may be.
    fn bounds(self) -> (Duration, Duration) {
        let asked = match self.last {
            Last::Never | Last::More => return (Duration::ZERO, Duration::ZERO),
            // Hints do not hurry a relay that is in trouble.
            Last::Failed { times, asked } => {
                let half = share(doubled(FAILED.0, times.saturating_sub(1)).min(FAILED.1), 2);
                return (half.max(asked.min(LONGEST)), half);
            }
            Last::Done(asked) => asked.clamp(LEAST, LONGEST),
        };
        match self.nudge {
            Nudge::News => return (LEAST, Duration::ZERO),
            Nudge::Lost => return (LEAST, SPREAD),
            Nudge::Quiet => {}
        }
        let usual = if self.hinted { asked.max(HINTED) } else { asked };
        // The index behind the list may lag behind the hint.
        let rest = self
            .expecting
            .map_or(usual, |polls| doubled(EXPECTED, polls.saturating_sub(1)).min(usual));
        (rest, share(rest, 4))
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1 << times.min(20))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Pace = Pace {
        last: Last::Done(Duration::from_secs(10)),
        hinted: false,
        nudge: Nudge::Quiet,
        expecting: None,
    };

    fn failed(times: u32, asked: u64) -> Pace {
        Pace {
            last: Last::Failed {
                times,
                asked: Duration::from_secs(asked),
            },
            ..IDLE
        }
    }

    #[test]
    fn the_rest_is_what_the_relay_asks_for_unless_something_is_known_better() {
        let done = |milliseconds| Pace {
            last: Last::Done(Duration::from_millis(milliseconds)),
            ..IDLE
        };
        let hinted = Pace { hinted: true, ..IDLE };
        let expecting = |polls| Pace {
            expecting: Some(polls),
            ..hinted
        };
        let nudged = |nudge, pace| Pace { nudge, ..pace };
        for (what, pace, least, most) in [
            (
                "the first poll",
                Pace {
                    last: Last::Never,
                    ..hinted
                },
                0,
                0,
            ),
            (
                "the next page",
                Pace {
                    last: Last::More,
                    ..hinted
                },
                0,
                0,
            ),
            ("idle", IDLE, 10_000, 12_500),
            ("busy", done(2_000), 2_000, 2_500),
            ("a relay without patience", done(0), 200, 250),
            ("a relay with too much", done(86_400_000), 300_000, 375_000),
            ("hints come", hinted, 30_000, 37_500),
            (
                "a relay that asks for more than hints need",
                Pace {
                    hinted: true,
                    ..done(60_000)
                },
                60_000,
                75_000,
            ),
            ("a hint", nudged(Nudge::News, hinted), 200, 200),
            ("hints ended", nudged(Nudge::Lost, IDLE), 200, 1_200),
            ("hinted and not there yet", expecting(1), 500, 625),
            ("still not", expecting(2), 1_000, 1_250),
            ("nor now", expecting(4), 4_000, 5_000),
            (
                "no longer than usual",
                Pace {
                    hinted: false,
                    ..expecting(9)
                },
                10_000,
                12_500,
            ),
            ("one failure", failed(1, 0), 500, 1_000),
            ("two", failed(2, 0), 1_000, 2_000),
            ("many", failed(50, 0), 15_000, 30_000),
            ("a failure with a wait", failed(1, 20), 20_000, 20_500),
            ("hints do not hurry it", nudged(Nudge::News, failed(3, 0)), 2_000, 4_000),
        ] {
            let bounds = (pace.rest(0), pace.rest(u32::MAX));
            let (least, most) = (Duration::from_millis(least), Duration::from_millis(most));
            assert_eq!(bounds.0, least, "{what}");
            assert!(
                bounds.1 <= most && most - bounds.1 < Duration::from_millis(1),
                "{what}: {bounds:?}"
            );
        }
    }
}
