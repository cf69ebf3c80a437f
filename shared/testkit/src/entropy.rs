//! Bytes that look random and are the same in every run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The step of SplitMix64: the golden ratio as a 64-bit fraction, so that successive states cover the whole range.
const GOLDEN_RATIO: u64 = 0x9E37_79B9_7F4A_7C15;

/// A source of bytes that are a function of its seed alone (SplitMix64). Clones draw from the same sequence.
///
/// Good enough to be unlike each other, never good enough for a secret.
#[derive(Clone, Debug)]
pub struct FakeEntropy {
    state: Arc<AtomicU64>,
}

impl FakeEntropy {
    /// The sequence that belongs to this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            state: Arc::new(AtomicU64::new(seed)),
        }
    }

    /// The next 64 bits.
    pub fn next_u64(&self) -> u64 {
        let state = self
            .state
            .fetch_add(GOLDEN_RATIO, Ordering::SeqCst)
            .wrapping_add(GOLDEN_RATIO);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Fills the slice.
    pub fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next_u64().to_le_bytes();
            for (byte, drawn) in chunk.iter_mut().zip(word) {
                *byte = drawn;
            }
        }
    }

    /// The next bytes as an array.
    #[must_use]
    pub fn bytes<const LENGTH: usize>(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        self.fill(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_bytes_and_another_seed_draws_others() {
        let (one, same, other) = (FakeEntropy::seeded(1), FakeEntropy::seeded(1), FakeEntropy::seeded(2));
        let drawn: [u8; 33] = one.bytes();
        assert_eq!(drawn, same.bytes());
        assert_ne!(drawn, other.bytes());
        assert_ne!(drawn, one.bytes(), "a sequence goes on");
    }

    #[test]
    fn the_sequence_is_splitmix64() {
        // First output for seed 0 of Vigna's reference generator.
        assert_eq!(FakeEntropy::seeded(0).next_u64(), 0xE220_A839_7B1D_CDAF);
    }
}
