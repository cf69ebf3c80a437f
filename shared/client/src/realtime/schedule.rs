//! When to ask, to replace a connection and to come back: rules without a clock.

use std::time::Duration;

use nanoark_domain::time::Timestamp;

use crate::jitter::{part, share};

/// The times by which a connection is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// From the first packet to `subscribed`.
    pub(crate) open_within: Duration,
    /// How often the relay is asked whether hints still come.
    pub(crate) ask_every: Duration,
    /// How long its answer may take.
    pub(crate) answer_within: Duration,
    /// The age at which a connection is replaced, at least and at most, so that not all are replaced together.
    pub(crate) replace_at: (Duration, Duration),
    /// The longest wait after the first failure and after many.
    pub(crate) come_back: (Duration, Duration),
    /// A connection that lived as long as this was none of a row of failures.
    pub(crate) lived: Duration,
}

impl Schedule {
    /// API Gateway ends a connection that was idle for ten minutes, and every one after two hours.
    pub(crate) const USUAL: Self = Self {
        open_within: Duration::from_secs(15),
        ask_every: Duration::from_secs(270),
        answer_within: Duration::from_secs(20),
        replace_at: (Duration::from_secs(100 * 60), Duration::from_secs(115 * 60)),
        come_back: (Duration::from_millis(500), Duration::from_secs(30)),
        lived: Duration::from_secs(60),
    };
}

/// What is known of a connection that is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    /// Since when it is up.
    pub(crate) since: Timestamp,
    /// When the relay was last asked whether hints come.
    pub(crate) asked_at: Timestamp,
    /// Whether nothing was heard since.
    pub(crate) unanswered: bool,
    /// When to replace it.
    pub(crate) replace_at: Timestamp,
}

/// What is next for a connection that is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Listen, for this long.
    Listen(Duration),
    /// Ask whether hints still come.
    Ask,
    /// Open another in its place.
    Replace,
    /// It is dead.
    GiveUp,
}

impl Schedule {
    /// The life of a connection that subscribed now, with the dice's share of its age.
    pub(crate) fn begin(&self, now: Timestamp, dice: u32) -> Life {
        let (least, most) = self.replace_at;
        let age = least.saturating_add(part(most.saturating_sub(least), dice));
        Life {
            since: now,
            asked_at: now,
            unanswered: false,
            replace_at: later(now, age),
        }
    }

    /// What is next at this moment.
    pub(crate) fn next(&self, life: &Life, now: Timestamp) -> Next {
        let due = later(
            life.asked_at,
            if life.unanswered {
                self.answer_within
            } else {
                self.ask_every
            },
        );
        let replace = !life.unanswered && now >= life.replace_at;
        match (now >= due, life.unanswered) {
            (true, true) => Next::GiveUp,
            _ if replace => Next::Replace,
            (true, false) => Next::Ask,
            (false, _) => {
                let next = if life.unanswered { due } else { due.min(life.replace_at) };
                // A clock that was set back must not make it deaf to its duties.
                Next::Listen(between(now, next).min(self.ask_every))
            }
        }
    }

    /// How often it failed in a row, now that a connection of this life broke.
    pub(crate) fn failures_after(&self, life: &Life, now: Timestamp, before: u32) -> u32 {
        if between(life.since, now) >= self.lived {
            1
        } else {
            before.saturating_add(1)
        }
    }

    /// The wait after so many failures in a row, with the dice's share: half of it is left to chance.
    pub(crate) fn wait(&self, failures: u32, dice: u32) -> Duration {
        let (first, longest) = self.come_back;
        let doublings = failures.saturating_sub(1).min(20);
        let half = share(first.saturating_mul(1 << doublings).min(longest), 2);
        half.saturating_add(part(half, dice))
    }
}

/// The moment that much later.
pub(crate) fn later(moment: Timestamp, span: Duration) -> Timestamp {
    let milliseconds = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(moment.as_millis().saturating_add(milliseconds))
}

fn between(earlier: Timestamp, moment: Timestamp) -> Duration {
    Duration::from_millis(moment.as_millis().saturating_sub(earlier.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u32) -> Timestamp {
        Timestamp::from_seconds(1_000_000).plus(nanoark_domain::time::Seconds(seconds))
    }

    #[test]
    fn a_connection_is_asked_for_replaced_in_time_and_given_up() {
        let rules = Schedule::USUAL;
        let asked = |seconds| Life {
            asked_at: at(seconds),
            ..rules.begin(at(0), 0)
        };
        let unanswered = |seconds| Life {
            unanswered: true,
            ..asked(seconds)
        };
        let listen = |seconds| Next::Listen(Duration::from_secs(seconds));
        for (what, life, now, next) in [
            ("just opened", asked(0), 0, listen(270)),
            ("a while later", asked(0), 100, listen(170)),
            ("time to ask", asked(0), 270, Next::Ask),
            ("time to ask was missed", asked(0), 5_999, Next::Ask),
            ("asked", unanswered(270), 271, listen(19)),
            ("no answer", unanswered(270), 290, Next::GiveUp),
            ("long since", unanswered(270), 9_000, Next::GiveUp),
            ("answered", asked(270), 271, listen(269)),
            ("almost too old", asked(5_900), 5_950, listen(50)),
            ("too old", asked(5_900), 6_000, Next::Replace),
            (
                "too old and just asked: the answer tells whether it is alive",
                unanswered(5_990),
                6_001,
                listen(9),
            ),
            ("too old, and time to ask", asked(5_730), 6_000, Next::Replace),
        ] {
            assert_eq!(rules.next(&life, at(now)), next, "{what}");
        }
        let set_back = Timestamp::from_seconds(1_000_000 - 7_200);
        assert_eq!(rules.next(&asked(0), set_back), listen(270));
    }

    #[test]
    fn connections_stay_within_the_limits_of_api_gateway_and_are_not_replaced_together() {
        let rules = Schedule::USUAL;
        assert!(rules.ask_every + rules.answer_within < Duration::from_secs(600));
        let ages = [0, u32::MAX].map(|dice| rules.begin(at(0), dice).replace_at);
        assert_eq!(ages[0], at(6_000));
        assert!(ages[1] > at(6_899) && ages[1] <= at(6_900), "{ages:?}");
    }

    #[test]
    fn it_comes_back_more_and_more_slowly_unless_the_connection_lived() {
        let rules = Schedule::USUAL;
        for (failures, least, most) in [
            (1, 250, 500),
            (2, 500, 1_000),
            (3, 1_000, 2_000),
            (6, 8_000, 16_000),
            (7, 15_000, 30_000),
            (u32::MAX, 15_000, 30_000),
        ] {
            assert_eq!(rules.wait(failures, 0), Duration::from_millis(least));
            let longest = rules.wait(failures, u32::MAX);
            assert!(longest <= Duration::from_millis(most), "{failures}: {longest:?}");
            assert!(longest > Duration::from_millis(most - 1), "{failures}: {longest:?}");
        }
        let life = rules.begin(at(0), 0);
        for (lived, before, failures) in [(0, 0, 1), (59, 3, 4), (60, 3, 1), (7_000, 9, 1)] {
            assert_eq!(rules.failures_after(&life, at(lived), before), failures, "{lived}");
        }
    }
}
