//! Eight nonces at once in the 512-bit registers of AVX-512, which has a rotation.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_cmpge_epu64_mask, _mm512_ror_epi64, _mm512_set_epi64, _mm512_set1_epi64,
    _mm512_xor_si512,
};

use crate::blake2b::{CHAIN, Midstate, first_of, round};

/// How many nonces at once.
pub(crate) const LANES: u64 = 8;

type Lanes = __m512i;

#[target_feature(enable = "avx512f")]
#[inline]
fn splat(word: u64) -> Lanes {
    _mm512_set1_epi64(word.cast_signed())
}

#[target_feature(enable = "avx512f")]
#[inline]
fn counting_from(start: u64) -> Lanes {
    add(splat(start), _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn add(a: Lanes, b: Lanes) -> Lanes {
    _mm512_add_epi64(a, b)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn xor(a: Lanes, b: Lanes) -> Lanes {
    _mm512_xor_si512(a, b)
}

/// Nothing is needed to rotate.
#[derive(Clone, Copy)]
struct Rotations;

#[target_feature(enable = "avx512f")]
#[inline]
fn rotations() -> Rotations {
    Rotations
}

#[target_feature(enable = "avx512f")]
#[inline]
fn rotate_right<const BITS: i32>(a: Lanes, Rotations: Rotations) -> Lanes {
    _mm512_ror_epi64::<BITS>(a)
}

/// The first lane that reaches the threshold.
#[target_feature(enable = "avx512f")]
#[inline]
fn reaching(values: Lanes, threshold: u64) -> Option<u64> {
    let lanes = _mm512_cmpge_epu64_mask(values, splat(threshold));
    (lanes != 0).then(|| u64::from(lanes.trailing_zeros()))
}

first_of!(#[target_feature(enable = "avx512f")]);
