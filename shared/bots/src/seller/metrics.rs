//! What a worker counts, and how that is shown to Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The counters of a worker. They begin at 0 with the process and only grow.
#[derive(Debug, Default)]
pub struct Metrics {
    counts: Mutex<BTreeMap<Series, u64>>,
}

/// Something that is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// A job ended. `outcome` is its last status, or `elsewhere` where another worker handed it in.
    Job(String),
    /// A quote was taken by the relay.
    Quote,
    /// The worker's own nodes showed that a job is paid.
    PaymentVerified,
    /// The relay called a job paid and the worker's own nodes did not.
    PaymentDisputed,
    /// A lock was got.
    Lock,
    /// A lock was lost to another worker.
    LockLost,
    /// A tool ended: `result`, or the failure in a word.
    ToolRun(String),
    /// An outcome was handed in.
    Delivery,
    /// A refund was sent.
    Refund,
    /// A demand to pay back was refused, because it does not fit the ledger.
    RefundRefused,
    /// Money was received into the wallet.
    Received,
    /// The relay was asked for news.
    Poll,
    /// The offer was published, edited, paused or resumed.
    OfferChange,
    /// Something failed and is tried again: the problem's code, or what it was in a word.
    Error(String),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Series {
    Counted(Count),
    ToolMilliseconds,
}

impl Metrics {
    /// Counts one.
    pub fn count(&self, what: Count) {
        self.add(Series::Counted(what), 1);
    }

    /// Adds the time that a tool ran.
    pub fn tool_ran(&self, time: Duration) {
        self.add(
            Series::ToolMilliseconds,
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        );
    }

    /// How often this was counted.
    #[must_use]
    pub fn get(&self, what: &Count) -> u64 {
        let series = Series::Counted(what.clone());
        self.counts().get(&series).copied().unwrap_or(0)
    }

    /// Everything in the text format of Prometheus, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        let counts = self.counts();
        let mut text = String::new();
        let mut last = "";
        for (series, value) in counts.iter() {
            let (name, help, label) = series.described();
            if name != last {
                // Writing to a `String` cannot fail.
                let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
                last = name;
            }
            let _ = match (series, label) {
                (Series::ToolMilliseconds, _) => {
                    writeln!(text, "{name} {}.{:03}", value / 1_000, value % 1_000)
                }
                (Series::Counted(_), None) => writeln!(text, "{name} {value}"),
                (Series::Counted(_), Some((label, word))) => {
                    writeln!(text, "{name}{{{label}=\"{}\"}} {value}", escaped(word))
                }
            };
        }
        text
    }

    fn add(&self, series: Series, number: u64) {
        let mut counts = self.counts();
        let count = counts.entry(series).or_default();
        *count = count.saturating_add(number);
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<Series, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Series {
    /// Its name, what it means, and its label.
    fn described(&self) -> (&'static str, &'static str, Option<(&'static str, &str)>) {
        let Self::Counted(count) = self else {
            let help = "Time that tools ran, in seconds.";
            return ("nanoark_seller_tool_seconds_total", help, None);
        };
        match count {
            Count::Job(outcome) => (
                "nanoark_seller_jobs_total",
                "Jobs that ended.",
                Some(("outcome", outcome)),
            ),
            Count::Quote => ("nanoark_seller_quotes_total", "Quotes sent.", None),
            Count::PaymentVerified => (
                "nanoark_seller_payments_verified_total",
                "Payments found on the ledger.",
                None,
            ),
            Count::PaymentDisputed => (
                "nanoark_seller_payments_disputed_total",
                "Looks at the ledger that did not show what the relay says.",
                None,
            ),
            Count::Lock => ("nanoark_seller_locks_total", "Locks got.", None),
            Count::LockLost => ("nanoark_seller_locks_lost_total", "Locks lost.", None),
            Count::ToolRun(end) => (
                "nanoark_seller_tool_runs_total",
                "Runs of the tool.",
                Some(("end", end)),
            ),
            Count::Delivery => ("nanoark_seller_deliveries_total", "Outcomes handed in.", None),
            Count::Refund => ("nanoark_seller_refunds_total", "Refunds sent.", None),
            Count::RefundRefused => (
                "nanoark_seller_refunds_refused_total",
                "Demands to pay back that do not fit the ledger.",
                None,
            ),
            Count::Received => (
                "nanoark_seller_received_total",
                "Payments received into the wallet.",
                None,
            ),
            Count::Poll => ("nanoark_seller_polls_total", "Answers with news from the relay.", None),
            Count::OfferChange => ("nanoark_seller_offer_changes_total", "Changes of the offer.", None),
            Count::Error(code) => (
                "nanoark_seller_errors_total",
                "Failures, all of which are tried again.",
                Some(("code", code)),
            ),
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_shown_with_their_labels_under_one_heading_each() {
        let metrics = Metrics::default();
        assert_eq!(metrics.render(), "");
        metrics.count(Count::Job("delivered".to_owned()));
        metrics.count(Count::Job("delivered".to_owned()));
        metrics.count(Count::Job("a \"b\"".to_owned()));
        metrics.count(Count::Quote);
        metrics.tool_ran(Duration::from_millis(1_500));
        metrics.tool_ran(Duration::from_millis(20));
        assert_eq!(metrics.get(&Count::Job("delivered".to_owned())), 2);
        assert_eq!(
            metrics.render(),
            "# HELP nanoark_seller_jobs_total Jobs that ended.\n\
             # TYPE nanoark_seller_jobs_total counter\n\
             nanoark_seller_jobs_total{outcome=\"a \\\"b\\\"\"} 1\n\
             nanoark_seller_jobs_total{outcome=\"delivered\"} 2\n\
             # HELP nanoark_seller_quotes_total Quotes sent.\n\
             # TYPE nanoark_seller_quotes_total counter\n\
             nanoark_seller_quotes_total 1\n\
             # HELP nanoark_seller_tool_seconds_total Time that tools ran, in seconds.\n\
             # TYPE nanoark_seller_tool_seconds_total counter\n\
             nanoark_seller_tool_seconds_total 1.520\n"
        );
    }
}
