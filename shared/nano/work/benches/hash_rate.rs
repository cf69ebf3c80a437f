//! How many nonces a second each way to compute tries on one core, against blake2b_simd in the same run, and how long
//! live work takes on all cores.
//!
//! The ways take turns and the best turn of each counts, so that what else the machine does disturbs all of them alike
//! and none of them for good.

use std::hint::black_box;
use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use nanoark_nano::Work;
use nanoark_nano::work::{Difficulty, Root, Thresholds, value};
use nanoark_nano_work::{Engine, Estimate, Progress, search};

/// Turns of each way, and nonces per turn: some 10 ms.
const TURNS: u32 = 60;
const NONCES: u64 = 1 << 16;
/// How long all cores are measured.
const ALL_CORES: Duration = Duration::from_secs(3);
/// No nonce is expected to reach it.
const HOPELESS: Difficulty = Difficulty::from_value(u64::MAX);
const REFERENCE: &str = "blake2b_simd";

/// A way to try nonces.
struct Way {
    name: &'static str,
    /// Tries this many from this one on.
    try_nonces: Box<dyn Fn(u64, u64)>,
    /// The best turn so far, in nonces per second.
    rate: f64,
}

impl Way {
    fn new(name: &'static str, try_nonces: impl Fn(u64, u64) + 'static) -> Self {
        Self {
            name,
            try_nonces: Box::new(try_nonces),
            rate: 0.0,
        }
    }
}

fn main() -> io::Result<()> {
    let root = Root::from_bytes([0x92; 32]);
    let mut ways = vec![
        Way::new("blake2", move |start, count| {
            each(start, count, |nonce| {
                black_box(value(&root, Work::from_nonce(nonce)));
            });
        }),
        Way::new(REFERENCE, move |start, count| {
            let mut parameters = blake2b_simd::Params::new();
            parameters.hash_length(8);
            let mut input = [0; 40];
            if let Some(place) = input.last_chunk_mut() {
                *place = *root.as_bytes();
            }
            each(start, count, |nonce| {
                if let Some(place) = input.first_chunk_mut() {
                    *place = nonce.to_le_bytes();
                }
                black_box(parameters.hash(&input));
            });
        }),
    ];
    ways.extend(Engine::all().map(|engine| {
        Way::new(engine.name(), move |start, count| {
            black_box(engine.first(&root, HOPELESS, start, count));
        })
    }));
    for turn in 0..u64::from(TURNS) {
        for way in &mut ways {
            let time = timed(|| (way.try_nonces)(turn.wrapping_mul(NONCES), NONCES));
            way.rate = way.rate.max(per_second(NONCES, time));
        }
    }
    let mut out = io::stdout().lock();
    let reference = ways
        .iter()
        .find(|way| way.name == REFERENCE)
        .map_or(f64::NAN, |way| way.rate);
    writeln!(out, "{:14}{:>16}{:>20}", "one core", "MH/s", format!("x {REFERENCE}"))?;
    for way in &ways {
        writeln!(
            out,
            "{:14}{:16.2}{:20.2}",
            way.name,
            way.rate / 1e6,
            way.rate / reference
        )?;
    }

    let threads = thread::available_parallelism()?.get();
    let rate = rate_of_all_cores(&root, threads);
    writeln!(
        out,
        "\n{threads} cores, {}: {:.2} MH/s",
        Engine::fastest().name(),
        rate / 1e6
    )?;
    let Thresholds { send, receive } = Thresholds::LIVE;
    for (name, threshold) in [("send", send), ("receive", receive)] {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate, rounded to be shown"
        )]
        if let Some(Estimate { mean, most }) = Estimate::at(threshold, rate as u64) {
            let (mean, most) = (mean.as_secs_f64(), most.as_secs_f64());
            writeln!(out, "live {name:8} mean {mean:7.2} s   95 % within {most:7.2} s")?;
        }
    }
    Ok(())
}

fn each(start: u64, count: u64, with: impl FnMut(u64)) {
    (0..count).map(|step| start.wrapping_add(step)).for_each(with);
}

fn rate_of_all_cores(root: &Root, threads: usize) -> f64 {
    let progress = Progress::default();
    let time = timed(|| {
        thread::scope(|scope| {
            scope.spawn(|| search(root, HOPELESS, 0, threads, &progress));
            #[expect(clippy::disallowed_methods, reason = "a measurement is made in real time")]
            thread::sleep(ALL_CORES);
            progress.cancel();
        });
    });
    per_second(progress.tried(), time)
}

#[expect(clippy::cast_precision_loss, reason = "a rate is shown, not computed with")]
fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "a measurement is made in real time")]
fn timed(action: impl FnOnce()) -> Duration {
    let start = Instant::now();
    action();
    start.elapsed()
}
