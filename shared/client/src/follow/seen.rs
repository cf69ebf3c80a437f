//! Which versions of jobs were handed out, and which are awaited.

use std::collections::{BTreeMap, HashMap};

use nanoark_domain::id::JobId;

/// Jobs of one generation. The relay lists a change again for its settle window, 10 s by default and 300 s at most: this
/// is enough for more than 50 changes a second over the longest.
const GENERATION: usize = 16_384;

/// The newest version of each job that was handed out, of the jobs that were listed last.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    recent: HashMap<JobId, u64>,
    /// What was recent until the generation was full.
    older: HashMap<JobId, u64>,
}

impl Seen {
    /// Notes a version that is listed, and says whether it is new.
    pub(crate) fn note(&mut self, job: JobId, version: u64) -> bool {
        let before = self.version(job);
        if self.recent.len() >= GENERATION && !self.recent.contains_key(&job) {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(job, before.max(version));
        before < version
    }

    /// The newest version of this job; nothing is older than the first, which is 1.
    pub(crate) fn version(&self, job: JobId) -> u64 {
        let versions = [&self.recent, &self.older].map(|generation| generation.get(&job).copied());
        versions.into_iter().flatten().max().unwrap_or_default()
    }
}

/// Polls until a version that a hint named is given up: a hint also comes for jobs on the other side, which never show.
const PATIENCE: u32 = 4;

/// Versions that are awaited at once; what is hinted beyond it is found by ordinary polls.
const MOST: usize = 1_024;

/// Versions that hints named and no poll has shown yet.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// By job, the version and how many polls did not show it.
    jobs: BTreeMap<JobId, (u64, u32)>,
}

impl Expected {
    /// A hint names this version.
    pub(crate) fn name(&mut self, job: JobId, version: u64) {
        if self.jobs.len() < MOST || self.jobs.contains_key(&job) {
            self.jobs.insert(job, (version, 0));
        }
    }

    /// A poll read all there is, and this was seen by then.
    pub(crate) fn settle(&mut self, seen: &Seen) {
        self.jobs.retain(|job, (version, polls)| {
            *polls = polls.saturating_add(1);
            seen.version(*job) < *version && *polls <= PATIENCE
        });
    }

    /// How many polls did not show the newest of them, if there is one.
    pub(crate) fn polls(&self) -> Option<u32> {
        self.jobs.values().map(|(_, polls)| *polls).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(number: usize) -> JobId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        JobId::from_bytes(bytes)
    }

    #[test]
    fn a_version_is_new_once_and_an_older_one_never() {
        let mut seen = Seen::default();
        for (number, version, new) in [
            (1, 1, true),
            (1, 1, false),
            (2, 1, true),
            (1, 3, true),
            (1, 2, false),
            (1, 4, true),
        ] {
            assert_eq!(seen.note(job(number), version), new, "{number} {version}");
        }
        assert_eq!((seen.version(job(1)), seen.version(job(3))), (4, 0));
    }

    #[test]
    fn what_is_listed_again_and_again_is_remembered_and_the_memory_is_bounded() {
        let mut seen = Seen::default();
        seen.note(job(0), 7);
        for number in 1..=5 * GENERATION {
            seen.note(job(number), 1);
            if number % 1_000 == 0 {
                assert!(!seen.note(job(0), 7), "{number}");
            }
            assert!(seen.recent.len() + seen.older.len() <= 2 * GENERATION);
        }
        assert!(seen.note(job(1), 1), "long gone");
    }

    #[test]
    fn what_is_expected_is_awaited_for_some_polls_only() {
        let (mut seen, mut expected) = (Seen::default(), Expected::default());
        assert_eq!(expected.polls(), None);
        expected.name(job(1), 2);
        expected.name(job(2), 1);
        seen.note(job(1), 1);
        seen.note(job(2), 3);
        let mut polls = vec![expected.polls()];
        for _ in 0..=PATIENCE {
            expected.settle(&seen);
            polls.push(expected.polls());
        }
        assert_eq!(polls, [Some(0), Some(1), Some(2), Some(3), Some(4), None]);
        expected.name(job(1), 2);
        seen.note(job(1), 2);
        expected.settle(&seen);
        assert_eq!(expected.polls(), None);
    }
}
