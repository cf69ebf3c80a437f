//! Every target over its seeds and over seeded mutations of them: without libFuzzer, on a stable compiler, in seconds.

mod mutation;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use mutation::Dice;
use nanoark_fuzz::{Outcome, TARGETS, Target};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most that one input may cost beyond what was taken before. Inputs have 64 KiB at most.
const MOST_MEGABYTES: f32 = 32.0;

/// Mutations per target, unless `NANOARK_MUTATIONS` says otherwise.
const MUTATIONS: u64 = 3_000;

/// The largest mutation: as much as an event may have.
const LARGEST: usize = 64 * 1_024;

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

/// The seeds of a target, by name.
fn seeds_of(target: &Target) -> Vec<(String, Vec<u8>)> {
    let directory = seeds().join(target.name);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut seeds: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    seeds.sort();
    seeds
}

/// Runs an input; says which one it was if it goes wrong.
fn run(target: &Target, data: &[u8], what: &str) -> Outcome {
    let before = MEMORY.current_usage_as_mb();
    MEMORY.reset_peak_usage();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(data)));
    let cost = MEMORY.peak_usage_as_mb() - before;
    let outcome = outcome.unwrap_or_else(|_| {
        let file = std::env::temp_dir().join(format!("nanoark-fuzz-{}", target.name));
        fs::write(&file, data).unwrap();
        panic!("{}: {what} breaks it: {}", target.name, file.display())
    });
    assert!(cost < MOST_MEGABYTES, "{}: {what} costs {cost} MB", target.name);
    outcome
}

#[test]
fn every_target_has_seeds_and_every_directory_of_seeds_a_target() {
    let mut directories: Vec<String> = fs::read_dir(seeds())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    directories.sort();
    let mut targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    targets.sort_unstable();
    assert_eq!(directories, targets);
    for target in TARGETS {
        let file = format!("fuzz_targets/{}.rs", target.name);
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file).exists(), "{file}");
    }
}

// One test, because the memory is everybody's.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test is an edge, and what is measured is the machine"
)]
fn no_seed_and_no_mutation_of_one_breaks_a_target() {
    let count = std::env::var("NANOARK_MUTATIONS").map_or(MUTATIONS, |text| text.parse().unwrap());
    for target in &TARGETS {
        let seeds = seeds_of(target);
        for (name, data) in &seeds {
            let outcome = run(target, data, name);
            let expected = if name.starts_with("ok") {
                Outcome::Taken
            } else {
                Outcome::Refused
            };
            assert_eq!(outcome, expected, "{}: {name}", target.name);
        }
        for (name, data) in mutation::fixed(LARGEST) {
            run(target, &data, name);
        }
        let began = Instant::now();
        let mut taken = 0_u64;
        for number in 0..count {
            let mut dice = Dice::new(target.name, number);
            let data = mutation::mutate(&seeds, &mut dice, LARGEST);
            if run(target, &data, &format!("mutation {number}")) == Outcome::Taken {
                taken += 1;
            }
        }
        let rate = count as f64 / began.elapsed().as_secs_f64();
        println!(
            "{:16} {} seeds, {count} mutations, {taken} taken, {rate:.0}/s",
            target.name,
            seeds.len()
        );
    }
}
