//! Whole-system tests: the real template, the real functions, strict doubles, and a clock that only tests move.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

mod deployed;
mod paid_job;
mod samples;
mod world;
