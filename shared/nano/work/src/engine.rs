//! The ways to compute, and which of them this machine has.

use nanoark_nano::Work;
use nanoark_nano::work::{Difficulty, Root};

use crate::blake2b::Midstate;
use crate::portable;
#[cfg(target_arch = "x86_64")]
use crate::{avx2, avx512};

/// A way to compute that this machine has. All of them find the same work.
///
/// One can be had only from [`Engine::fastest`] and [`Engine::all`], which ask the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Engine(Instructions);

/// What an engine needs of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instructions {
    /// Nothing.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Engine {
    /// Those that this machine has, the fastest first. The last one is the portable one.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            #[cfg(target_arch = "x86_64")]
            is_x86_feature_detected!("avx512f").then_some(Instructions::Avx512),
            #[cfg(target_arch = "x86_64")]
            is_x86_feature_detected!("avx2").then_some(Instructions::Avx2),
            Some(Instructions::Portable),
        ]
        .into_iter()
        .flatten()
        .map(Self)
    }

    /// The fastest that this machine has.
    #[must_use]
    pub fn fastest() -> Self {
        Self::all().next().unwrap_or(Self(Instructions::Portable))
    }

    /// What it is called in logs and figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Instructions::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => "AVX-512",
        }
    }

    /// The first of `count` nonces from `start` on (past 2<sup>64</sup>−1 it goes on at 0) that reaches `threshold` for
    /// `root`. Cannot be stopped: ask for as many as may be waited for.
    #[must_use]
    pub fn first(self, root: &Root, threshold: Difficulty, start: u64, count: u64) -> Option<Work> {
        let offset = self.first_offset(&Midstate::of(root), threshold, start, count)?;
        Some(Work::from_nonce(start.wrapping_add(offset)))
    }

    /// How far from `start` the nonce is that [`Engine::first`] finds.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(
            unsafe_code,
            reason = "these functions need instructions that not every processor has"
        )
    )]
    pub(crate) fn first_offset(self, root: &Midstate, threshold: Difficulty, start: u64, count: u64) -> Option<u64> {
        let threshold = threshold.get();
        let groups = |lanes| count.div_ceil(lanes);
        let offset = match self.0 {
            Instructions::Portable => portable::first_of(root, threshold, start, groups(portable::LANES)),
            // SAFETY: `Engine::all` makes this engine only on a processor that has AVX2.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { avx2::first_of(root, threshold, start, groups(avx2::LANES)) },
            // SAFETY: `Engine::all` makes this engine only on a processor that has AVX-512F.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { avx512::first_of(root, threshold, start, groups(avx512::LANES)) },
        };
        // The last group may reach beyond what was asked for.
        offset.filter(|offset| *offset < count)
    }
}
