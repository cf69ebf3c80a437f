//! A circuit breaker: a daemon that is down is left alone for a while, so that callers hear so at once.

use nanoark_domain::time::{Seconds, Timestamp};

/// When a breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// How many calls fail in a row before it opens.
    pub failures: u32,
    /// How long it stays open before one call may try.
    pub open_for: Seconds,
}

impl Default for Threshold {
    /// 5 failures, 15 s.
    fn default() -> Self {
        Self {
            failures: 5,
            open_for: Seconds(15),
        }
    }
}

/// The state of one breaker. It reads no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    threshold: Threshold,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Calls go through; so many have failed in a row.
    Closed { failures: u32 },
    /// Nothing goes through before this.
    Open { until: Timestamp },
    /// One call is trying. Should it never report, as when its instance was frozen, another may try after this.
    Trying { until: Timestamp },
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub const fn new(threshold: Threshold) -> Self {
        Self {
            threshold,
            state: State::Closed { failures: 0 },
        }
    }

    /// Lets a call through, or says when to come back. Whoever is let through reports by [`Breaker::succeeded`] or
    /// [`Breaker::failed`].
    ///
    /// # Errors
    ///
    /// How long to wait, at least one second.
    pub fn admit(&mut self, now: Timestamp) -> Result<(), Seconds> {
        match self.state {
            State::Closed { .. } => Ok(()),
            State::Open { until } | State::Trying { until } if now < until => {
                let milliseconds = until.as_millis().saturating_sub(now.as_millis());
                Err(Seconds(u32::try_from(milliseconds.div_ceil(1_000)).unwrap_or(u32::MAX)))
            }
            State::Open { .. } | State::Trying { .. } => {
                self.state = State::Trying {
                    until: now.plus(self.threshold.open_for),
                };
                Ok(())
            }
        }
    }

    /// A call was answered, whatever the answer.
    pub const fn succeeded(&mut self) {
        self.state = State::Closed { failures: 0 };
    }

    /// A call was not answered.
    pub fn failed(&mut self, now: Timestamp) {
        let open = State::Open {
            until: now.plus(self.threshold.open_for),
        };
        self.state = match self.state {
            State::Closed { failures } => {
                let failures = failures.saturating_add(1);
                if failures < self.threshold.failures {
                    State::Closed { failures }
                } else {
                    open
                }
            }
            State::Trying { .. } => open,
            // A call from before it opened: the others have said so already.
            State::Open { until } => State::Open { until },
        };
    }

    /// Whether calls go through without a doubt.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Event {
        Admitted,
        Denied(u32),
        Succeeds,
        Fails,
    }
    use Event::{Admitted, Denied, Fails, Succeeds};

    fn run(steps: &[(u64, Event)]) -> Breaker {
        let mut breaker = Breaker::new(Threshold {
            failures: 3,
            open_for: Seconds(10),
        });
        for (place, (second, event)) in steps.iter().enumerate() {
            let now = Timestamp::from_seconds(*second);
            match event {
                Admitted => assert_eq!(breaker.admit(now), Ok(()), "step {place}"),
                Denied(seconds) => assert_eq!(breaker.admit(now), Err(Seconds(*seconds)), "step {place}"),
                Succeeds => breaker.succeeded(),
                Fails => breaker.failed(now),
            }
        }
        breaker
    }

    #[test]
    fn opens_after_failures_in_a_row_only() {
        let closed = run(&[
            (0, Fails),
            (0, Fails),
            (0, Succeeds),
            (0, Fails),
            (1, Fails),
            (1, Admitted),
        ]);
        assert!(closed.is_closed());
        let open = run(&[(0, Fails), (0, Fails), (5, Fails), (5, Denied(10)), (14, Denied(1))]);
        assert!(!open.is_closed());
    }

    #[test]
    fn one_call_tries_and_decides() {
        let opened = || {
            vec![
                (0, Fails),
                (0, Fails),
                (0, Fails),
                (9, Denied(1)),
                (10, Admitted),
                (10, Denied(10)),
            ]
        };
        let with = |more: Vec<(u64, Event)>| {
            let mut steps = opened();
            steps.extend(more);
            run(&steps)
        };
        assert!(with(vec![(12, Succeeds), (12, Admitted), (12, Admitted)]).is_closed());
        assert!(!with(vec![(12, Fails), (12, Denied(10)), (21, Denied(1)), (22, Admitted)]).is_closed());
        // The one that tried never came back.
        assert!(!with(vec![(19, Denied(1)), (20, Admitted), (20, Denied(10))]).is_closed());
    }

    #[test]
    fn late_failures_do_not_prolong_it() {
        run(&[
            (0, Fails),
            (0, Fails),
            (0, Fails),
            (8, Fails),
            (9, Fails),
            (10, Admitted),
        ]);
    }

    #[test]
    fn a_late_success_closes_it() {
        assert!(run(&[(0, Fails), (0, Fails), (0, Fails), (1, Succeeds), (1, Admitted)]).is_closed());
    }
}
