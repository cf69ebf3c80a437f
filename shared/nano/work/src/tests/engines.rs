//! Every way to compute agrees with the definition of a work's value.

use nanoark_nano::work::{Difficulty, Root, value};
use nanoark_nano::{BlockHash, Thresholds, Work};
use proptest::prelude::*;

use crate::engine::Engine;

/// The first nonce by the definition.
fn plain(root: &Root, threshold: Difficulty, start: u64, count: u64) -> Option<Work> {
    (0..count)
        .map(|step| Work::from_nonce(start.wrapping_add(step)))
        .find(|work| value(root, *work) >= threshold)
}

/// Starts anywhere, and often where the nonces go on at 0.
fn start() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), (u64::MAX - 100)..=u64::MAX, 0_u64..100]
}

fn root() -> Root {
    "92BA74A7D6DC7557F3EDA95ADC6341D51AC777A0A6FF0688A5C492AB2B2CB40D"
        .parse::<BlockHash>()
        .unwrap()
        .into()
}

proptest! {
    /// The value itself as the threshold: one bit off, and either this fails or the next does.
    #[test]
    fn a_nonce_reaches_its_own_value_and_no_more(bytes in any::<[u8; 32]>(), nonce in start()) {
        let (root, work) = (Root::from_bytes(bytes), Work::from_nonce(nonce));
        let reached = value(&root, work);
        for engine in Engine::all() {
            prop_assert_eq!(engine.first(&root, reached, nonce, 1), Some(work), "{}", engine.name());
            if let Some(more) = reached.get().checked_add(1) {
                prop_assert_eq!(engine.first(&root, Difficulty::from_value(more), nonce, 1), None, "{}", engine.name());
            }
        }
    }

    /// Of any count, whether it is a multiple of the lanes or not.
    #[test]
    fn the_first_nonce_is_the_one_of_the_plain_search(
        bytes in any::<[u8; 32]>(), start in start(), count in 0_u64..100, threshold in any::<u64>(),
    ) {
        // Around one in eight nonces reaches it, or one in a hundred.
        for threshold in [threshold | 7 << 61, threshold | 0x7f << 57] {
            let (root, threshold) = (Root::from_bytes(bytes), Difficulty::from_value(threshold));
            let expected = plain(&root, threshold, start, count);
            for engine in Engine::all() {
                prop_assert_eq!(engine.first(&root, threshold, start, count), expected, "{}", engine.name());
            }
        }
    }
}

#[test]
fn every_lane_counts_and_none_beyond_the_count() {
    for nonce in 0..64 {
        let work = Work::from_nonce(nonce);
        let reached = value(&root(), work);
        let before = plain(&root(), reached, 0, nonce);
        for engine in Engine::all() {
            let name = engine.name();
            assert_eq!(engine.first(&root(), reached, 0, nonce), before, "{name}");
            assert_eq!(
                engine.first(&root(), reached, 0, nonce + 1),
                before.or(Some(work)),
                "{name}"
            );
        }
    }
}

#[test]
fn past_the_last_nonce_it_goes_on_at_0() {
    let zero = Work::from_nonce(0);
    let reached = value(&root(), zero);
    let start = (1..)
        .map(u64::wrapping_neg)
        .take_while(|nonce| value(&root(), Work::from_nonce(*nonce)) < reached)
        .last()
        .unwrap();
    let steps = start.wrapping_neg();
    for engine in Engine::all() {
        assert_eq!(engine.first(&root(), reached, start, steps), None);
        assert_eq!(engine.first(&root(), reached, start, steps + 1), Some(zero));
    }
}

#[test]
fn the_known_works_are_found_and_nothing_just_before_them() {
    let Thresholds { send, receive } = Thresholds::LIVE;
    let cases = [(0x12b2_8f0c, send, 5_000), (0x0027_2bbb, receive, 5_000)];
    for (nonce, threshold, before) in cases {
        for engine in Engine::all() {
            let (start, name) = (nonce - before, engine.name());
            let known = Some(Work::from_nonce(nonce));
            assert_eq!(engine.first(&root(), threshold, start, before + 1), known, "{name}");
            assert_eq!(engine.first(&root(), threshold, start, before), None, "{name}");
            assert_eq!(engine.first(&root(), threshold, start, 1 << 20), known, "{name}");
        }
    }
}

#[test]
fn the_last_engine_is_the_portable_one_and_the_first_the_fastest() {
    let names: Vec<_> = Engine::all().map(Engine::name).collect();
    assert_eq!(names.last(), Some(&"portable"));
    assert_eq!(names.first(), Some(&Engine::fastest().name()));
}
