//! Work found on this machine.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use nanoark_nano::work::{Difficulty, Root};
use nanoark_nano::{Network, Subtype, Thresholds, Work};
use nanoark_nano_work::{Estimate, Progress, mean_tries, search};
use nanoark_surroundings::{Pending, Surroundings};
use tokio::time::MissedTickBehavior;

use super::{NoWork, WorkSource};

/// How often a search is reported.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// Work that takes fewer tries than this on average, some milliseconds, is found without leaving the task.
const AT_ONCE: u128 = 1 << 16;

/// Work found on this machine, on all cores unless told otherwise.
#[derive(Clone)]
pub struct LocalWork {
    thresholds: Thresholds,
    threads: NonZeroUsize,
    surroundings: Arc<dyn Surroundings>,
    report: Option<Report>,
}

/// What is told about searches.
type Report = Arc<dyn Fn(Searching) + Send + Sync>;

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Searching {
    /// What the block will be.
    pub subtype: Subtype,
    /// How long it has taken.
    pub elapsed: Duration,
    /// Nonces tried.
    pub tried: u64,
    /// Nonces tried in a second, so far.
    pub per_second: u64,
    /// How long it takes from now on; unknown at the beginning.
    pub remaining: Option<Estimate>,
}

impl Searching {
    fn after(elapsed: Duration, tried: u64, subtype: Subtype, threshold: Difficulty) -> Self {
        let in_thousandths = u128::from(tried).saturating_mul(1_000);
        let per_second = in_thousandths.checked_div(elapsed.as_millis()).unwrap_or(0);
        let per_second = u64::try_from(per_second).unwrap_or(u64::MAX);
        Self {
            subtype,
            elapsed,
            tried,
            per_second,
            remaining: Estimate::at(threshold, per_second),
        }
    }
}

impl LocalWork {
    /// Work for blocks of this network, found on all cores.
    #[must_use]
    pub fn new(network: Network, surroundings: Arc<dyn Surroundings>) -> Self {
        Self {
            thresholds: network.thresholds(),
            threads: available_parallelism().unwrap_or(NonZeroUsize::MIN),
            surroundings,
            report: None,
        }
    }

    /// The same on this many threads.
    #[must_use]
    pub fn on_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads, ..self }
    }

    /// The same, with `report` called four times a second while a search lasts. It must not block.
    #[must_use]
    pub fn reporting_to(self, report: impl Fn(Searching) + Send + Sync + 'static) -> Self {
        Self {
            report: Some(Arc::new(report)),
            ..self
        }
    }

    async fn find(&self, root: Root, subtype: Subtype) -> Result<Work, NoWork> {
        let threshold = self.thresholds.of(subtype);
        let start = self.start();
        if mean_tries(threshold) < AT_ONCE {
            return search(&root, threshold, start, 1, &Progress::default()).ok_or(NoWork::Stopped);
        }
        let progress = Arc::new(Progress::default());
        let _ends_with_us = EndsWithUs(Arc::clone(&progress));
        let began = self.surroundings.now();
        let (threads, shared) = (self.threads.get(), Arc::clone(&progress));
        let mut searching = tokio::task::spawn_blocking(move || search(&root, threshold, start, threads, &shared));
        let mut reports = tokio::time::interval(REPORT_EVERY);
        reports.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                biased;
                found = &mut searching => return found.ok().flatten().ok_or(NoWork::Stopped),
                _ = reports.tick() => {
                    if let Some(report) = &self.report {
                        let elapsed = self.surroundings.now().as_millis().saturating_sub(began.as_millis());
                        let elapsed = Duration::from_millis(elapsed);
                        report(Searching::after(elapsed, progress.tried(), subtype, threshold));
                    }
                }
            }
        }
    }

    /// Anywhere, so that a bot that is stopped and begins again does not try the same nonces in vain. Without
    /// randomness it may happen to.
    fn start(&self) -> u64 {
        let mut bytes = [0; 8];
        self.surroundings
            .fill(&mut bytes)
            .map_or(0, |()| u64::from_le_bytes(bytes))
    }
}

/// Ends the search when nobody waits for it any more.
struct EndsWithUs(Arc<Progress>);

impl Drop for EndsWithUs {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl WorkSource for LocalWork {
    fn work(&self, root: Root, subtype: Subtype) -> Pending<'_, Result<Work, NoWork>> {
        Box::pin(self.find(root, subtype))
    }
}

impl fmt::Debug for LocalWork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LocalWork")
            .field("thresholds", &self.thresholds)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use nanoark_nano::work::is_valid;
    use nanoark_surroundings::Simulated;
    use tokio::sync::mpsc;

    use super::*;

    const SUBTYPES: [Subtype; 5] = [
        Subtype::Send,
        Subtype::Change,
        Subtype::Receive,
        Subtype::Open,
        Subtype::Epoch,
    ];

    /// Every look at the clock finds it 100 ms later.
    fn surroundings() -> Arc<dyn Surroundings> {
        let clock = AtomicU64::new(1_000);
        Arc::new(Simulated::new(
            Arc::new(move || clock.fetch_add(100, Ordering::SeqCst)),
            7,
        ))
    }

    fn root() -> Root {
        Root::from_bytes([9; 32])
    }

    #[tokio::test]
    async fn what_is_found_reaches_the_threshold_of_its_subtype() {
        for (network, subtypes) in [(Network::Dev, &SUBTYPES[..]), (Network::Beta, &SUBTYPES[2..3])] {
            let local = LocalWork::new(network, surroundings());
            for subtype in subtypes {
                let work = local.work(root(), *subtype).await.unwrap();
                assert!(
                    is_valid(&root(), work, network.thresholds().of(*subtype)),
                    "{network} {subtype:?}"
                );
            }
        }
    }

    #[tokio::test]
    async fn another_search_begins_elsewhere() {
        let local = LocalWork::new(Network::Dev, surroundings());
        let works = [
            local.work(root(), Subtype::Send).await.unwrap(),
            local.work(root(), Subtype::Send).await.unwrap(),
        ];
        assert_ne!(works[0], works[1]);
    }

    /// The one blocking thread is free again only if the search has ended.
    #[test]
    fn a_long_search_is_reported_and_ends_with_whoever_waits_for_it() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let (tell, mut reports) = mpsc::unbounded_channel();
        let mut local = LocalWork::new(Network::Live, surroundings()).reporting_to(move |report| {
            let _ = tell.send(report);
        });
        local.thresholds.send = Difficulty::from_value(u64::MAX);
        runtime.block_on(async {
            tokio::select! {
                found = local.work(root(), Subtype::Send) => panic!("{found:?}"),
                report = async {
                    loop {
                        let report = reports.recv().await.unwrap();
                        if report.tried > 0 {
                            return report;
                        }
                    }
                } => {
                    assert_eq!(report.subtype, Subtype::Send);
                    assert!(report.per_second > 0 && report.remaining.is_some(), "{report:?}");
                }
            }
            let after = tokio::task::spawn_blocking(|| ());
            let patience = Duration::from_secs(30);
            tokio::time::timeout(patience, after).await.unwrap().unwrap();
        });
    }

    #[test]
    fn a_report_tells_the_rate_and_what_remains() {
        let live = Thresholds::LIVE.send;
        let second = Duration::from_secs;
        let estimate = |mean| Estimate { mean, most: mean * 3 };
        let cases = [
            (second(0), 0, 0, None),
            (second(0), 5, 0, None),
            (second(1), 0, 0, None),
            (second(2), 1 << 25, 1 << 24, Some(estimate(second(32)))),
            (Duration::from_millis(250), 1 << 26, 1 << 28, Some(estimate(second(2)))),
            // However long it has taken.
            (second(4_000), 4_000 << 24, 1 << 24, Some(estimate(second(32)))),
        ];
        for (elapsed, tried, per_second, remaining) in cases {
            let expected = Searching {
                subtype: Subtype::Send,
                elapsed,
                tried,
                per_second,
                remaining,
            };
            assert_eq!(Searching::after(elapsed, tried, Subtype::Send, live), expected);
        }
    }
}
