//! Nano proof of work on all cores: with AVX-512 or AVX2 where the processor has them, portable elsewhere.
//!
//! [`search`] finds a work, [`Progress`] shows how far it is and ends it, [`Estimate`] says how long it takes. An
//! [`Engine`] is one way to compute, for those who measure them. `cargo bench -p nanoark-nano-work` does.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod blake2b;
mod engine;
mod estimate;
mod portable;
mod progress;
mod search;
#[cfg(test)]
mod tests;

pub use engine::Engine;
pub use estimate::{Estimate, mean_tries};
pub use progress::Progress;
pub use search::search;
