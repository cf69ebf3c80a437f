//! The buyer against a scripted relay and the strict ledger.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::type_complexity,
    reason = "a test names what it is about"
)]

mod crashes;
mod fuse;
mod guards;
pub(super) mod relay;
pub(super) mod samples;
mod shared;
mod world;
