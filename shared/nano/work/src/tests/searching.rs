//! A search finds the first nonce on any number of threads, counts what it tried, and ends when it is told to.

use std::thread;

use nanoark_nano::work::{Difficulty, Root, is_valid};
use nanoark_nano::{BlockHash, Thresholds, Work};
use proptest::prelude::*;

use crate::engine::Engine;
use crate::progress::Progress;
use crate::search::search;

/// Nothing reaches this before the universe ends, or next to nothing.
const HOPELESS: Difficulty = Difficulty::from_value(u64::MAX);

fn root() -> Root {
    "92BA74A7D6DC7557F3EDA95ADC6341D51AC777A0A6FF0688A5C492AB2B2CB40D"
        .parse::<BlockHash>()
        .unwrap()
        .into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_number_of_threads_finds_the_same_first_work(
        bytes in any::<[u8; 32]>(),
        start in prop_oneof![any::<u64>(), (u64::MAX - 1_000)..=u64::MAX],
        threads in 0_usize..6,
    ) {
        let root = Root::from_bytes(bytes);
        // The first look finds the one as good as always and the other one hardly ever.
        for threshold in [Thresholds::DEV.send, Thresholds::BETA.receive] {
            let found = search(&root, threshold, start, threads, &Progress::default()).unwrap();
            prop_assert!(is_valid(&root, found, threshold));
            let steps = found.nonce().wrapping_sub(start);
            prop_assert_eq!(Engine::fastest().first(&root, threshold, start, steps), None);
        }
    }
}

/// The plain search from 0 on found it.
#[test]
fn the_known_receive_work_is_found_from_0_on() {
    let known = Work::from_nonce(0x0027_2bbb);
    for threads in [1, 2, 7] {
        let progress = Progress::default();
        let found = search(&root(), Thresholds::LIVE.receive, 0, threads, &progress);
        assert_eq!(found, Some(known));
        assert!(progress.tried() > known.nonce(), "all before it were tried");
        assert!(!progress.is_cancelled());
    }
}

#[test]
fn what_one_thread_tried_is_counted_exactly() {
    for (before, after) in [(0, 1), (1, 2), (40_000, 40_001)] {
        let progress = Progress::default();
        let start = 0x0027_2bbb_u64.wrapping_sub(before);
        search(&root(), Thresholds::LIVE.receive, start, 1, &progress).unwrap();
        assert_eq!(progress.tried(), after);
    }
}

#[test]
fn a_search_ends_when_it_is_cancelled() {
    for threads in [1, 3] {
        let progress = Progress::default();
        let found = thread::scope(|scope| {
            let searching = scope.spawn(|| search(&root(), HOPELESS, 0, threads, &progress));
            while progress.tried() == 0 {
                thread::yield_now();
            }
            progress.cancel();
            searching.join().unwrap()
        });
        assert_eq!(found, None);
        assert!(progress.is_cancelled());
    }
}

#[test]
fn a_search_that_was_cancelled_before_it_began_tries_nothing() {
    let progress = Progress::default();
    progress.cancel();
    assert_eq!(search(&root(), Difficulty::from_value(0), 0, 2, &progress), None);
    assert_eq!(progress.tried(), 0);
}
