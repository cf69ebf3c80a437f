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

mod bad_input;
mod budget;
mod calls;
mod ceremonies;
mod contention;
mod crash_points;
mod deployed;
mod dice;
mod equivalence;
mod idempotency;
mod interleavings;
mod locks;
mod offers;
mod paid_job;
mod payloads;
mod payments;
mod polling;
mod realtime;
mod samples;
mod search;
mod seller_payments;
mod simulation;
mod undecided;
mod world;
