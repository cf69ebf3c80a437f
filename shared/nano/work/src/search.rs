//! Looking for one work on several threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use nanoark_nano::Work;
use nanoark_nano::work::{Difficulty, Root};

use crate::blake2b::Midstate;
use crate::engine::Engine;
use crate::progress::Progress;

/// How many nonces a thread takes at once: half a millisecond with AVX-512, two with SSE2. It looks up, counts and
/// hears of a cancellation that often.
const CHUNK: u64 = 1 << 14;

/// As many as there are.
const CHUNKS: u64 = 1 << (64 - CHUNK.trailing_zeros());

/// The first nonce from `start` on (past 2<sup>64</sup>−1 it goes on at 0) that reaches `threshold` for `root`. It is
/// the same one for any number of threads.
///
/// Blocks the caller, whose thread is one of the `threads` (at least 1). The others are started only when a first short
/// look finds nothing, and when the system gives fewer of them, there are fewer. `None` if it was cancelled first, or
/// no nonce at all reaches the threshold.
///
/// Choose `start` at random when several machines look for the same root, or when one may be stopped and begin again:
/// what was tried in vain need not be tried twice.
#[must_use]
pub fn search(root: &Root, threshold: Difficulty, start: u64, threads: usize, progress: &Progress) -> Option<Work> {
    let hunt = Hunt {
        engine: Engine::fastest(),
        root: Midstate::of(root),
        threshold,
        start,
        progress,
        next: AtomicU64::new(0),
        end: AtomicU64::new(CHUNKS),
    };
    let offset = match hunt.next_chunk() {
        Chunk::Found(offset) => Some(offset),
        Chunk::Over => None,
        Chunk::Nothing => hunt.on_threads(threads),
    };
    offset.map(|offset| Work::from_nonce(start.wrapping_add(offset)))
}

/// A search that threads share. Chunks are numbered and taken in order, each by one thread.
struct Hunt<'a> {
    engine: Engine,
    root: Midstate,
    threshold: Difficulty,
    start: u64,
    progress: &'a Progress,
    /// The next chunk to be taken.
    next: AtomicU64,
    /// Chunks from this one on cannot hold the first nonce. All chunks before it were taken already, so that each
    /// thread only has to finish its own.
    end: AtomicU64,
}

/// What came of a chunk.
enum Chunk {
    /// The first nonce in it that reaches the threshold is this far from the start.
    Found(u64),
    /// No nonce in it does.
    Nothing,
    /// It was not looked at, and nor need any other be.
    Over,
}

impl Hunt<'_> {
    /// The offset of the first nonce.
    fn on_threads(&self, threads: usize) -> Option<u64> {
        thread::scope(|scope| {
            // Started all at once, before any is waited for.
            let others: Vec<_> = (1..threads)
                .map_while(|_| thread::Builder::new().spawn_scoped(scope, || self.until_over()).ok())
                .collect();
            let own = self.until_over();
            let theirs = others.into_iter().filter_map(|other| other.join().ok().flatten());
            theirs.chain(own).min()
        })
    }

    /// The offset of the first nonce that this thread finds.
    fn until_over(&self) -> Option<u64> {
        loop {
            match self.next_chunk() {
                Chunk::Found(offset) => return Some(offset),
                Chunk::Nothing => {}
                Chunk::Over => return None,
            }
        }
    }

    fn next_chunk(&self) -> Chunk {
        if self.progress.is_cancelled() {
            return Chunk::Over;
        }
        let chunk = self.next.fetch_add(1, Ordering::Relaxed);
        if chunk >= self.end.load(Ordering::Relaxed) {
            return Chunk::Over;
        }
        let before = chunk.wrapping_mul(CHUNK);
        let first = self.start.wrapping_add(before);
        match self.engine.first_offset(&self.root, self.threshold, first, CHUNK) {
            Some(offset) => {
                self.end.fetch_min(chunk, Ordering::Relaxed);
                self.progress.add(offset.saturating_add(1));
                Chunk::Found(before.wrapping_add(offset))
            }
            None => {
                self.progress.add(CHUNK);
                Chunk::Nothing
            }
        }
    }
}
