//! Four nonces at once in the 256-bit registers of AVX2.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi64, _mm256_castsi256_pd, _mm256_cmpgt_epi64, _mm256_movemask_pd, _mm256_or_si256,
    _mm256_set_epi64x, _mm256_set1_epi64x, _mm256_shuffle_epi8, _mm256_srli_epi64, _mm256_xor_si256,
};
use std::hint::black_box;

use crate::blake2b::{CHAIN, Midstate, first_of, round};

/// How many nonces at once.
pub(crate) const LANES: u64 = 4;

type Lanes = __m256i;

#[target_feature(enable = "avx2")]
#[inline]
fn splat(word: u64) -> Lanes {
    _mm256_set1_epi64x(word.cast_signed())
}

#[target_feature(enable = "avx2")]
#[inline]
fn counting_from(start: u64) -> Lanes {
    add(splat(start), _mm256_set_epi64x(3, 2, 1, 0))
}

#[target_feature(enable = "avx2")]
#[inline]
fn add(a: Lanes, b: Lanes) -> Lanes {
    _mm256_add_epi64(a, b)
}

#[target_feature(enable = "avx2")]
#[inline]
fn xor(a: Lanes, b: Lanes) -> Lanes {
    _mm256_xor_si256(a, b)
}

/// Where each byte goes. AVX2 has no rotation, but rotating by whole bytes is one shuffle.
#[derive(Clone, Copy)]
struct Rotations {
    by_32: Lanes,
    by_24: Lanes,
    by_16: Lanes,
}

/// The compiler must not see through them: it would replace shuffles that it knows by pairs of cheaper-looking ones,
/// which costs a seventh of the speed.
#[target_feature(enable = "avx2")]
#[inline]
fn rotations() -> Rotations {
    Rotations {
        by_32: black_box(shuffle([4, 5, 6, 7, 0, 1, 2, 3])),
        by_24: black_box(shuffle([3, 4, 5, 6, 7, 0, 1, 2])),
        by_16: black_box(shuffle([2, 3, 4, 5, 6, 7, 0, 1])),
    }
}

/// The mask that takes the bytes of every word from these places.
#[target_feature(enable = "avx2")]
#[inline]
fn shuffle(bytes: [u8; 8]) -> Lanes {
    // A shuffle works in halves of two words; the second word's bytes are the places 8 to 15.
    let first = u64::from_le_bytes(bytes).cast_signed();
    let second = u64::from_le_bytes(bytes.map(|place| place | 8)).cast_signed();
    _mm256_set_epi64x(second, first, second, first)
}

#[target_feature(enable = "avx2")]
#[inline]
fn rotate_right<const BITS: u32>(a: Lanes, rotations: Rotations) -> Lanes {
    match BITS {
        32 => _mm256_shuffle_epi8(a, rotations.by_32),
        24 => _mm256_shuffle_epi8(a, rotations.by_24),
        16 => _mm256_shuffle_epi8(a, rotations.by_16),
        // 63 to the right is one to the left, and doubling is cheaper than a shift.
        _ => _mm256_or_si256(_mm256_srli_epi64::<63>(a), add(a, a)),
    }
}

/// The first lane that reaches the threshold. AVX2 compares signed numbers only.
#[target_feature(enable = "avx2")]
#[inline]
fn reaching(values: Lanes, threshold: u64) -> Option<u64> {
    let sign = splat(1 << 63);
    let below = _mm256_cmpgt_epi64(splat(threshold ^ (1 << 63)), xor(values, sign));
    let lane = u64::from(_mm256_movemask_pd(_mm256_castsi256_pd(below)).trailing_ones());
    (lane < LANES).then_some(lane)
}

first_of!(#[target_feature(enable = "avx2")]);
