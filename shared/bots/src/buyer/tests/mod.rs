//! The buyer against a scripted relay and the strict ledger.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    clippy::type_complexity,
    reason = "a test names what it is about"
)]

mod aftermath;
mod crashes;
mod forgotten;
mod fuse;
mod guards;
mod relay;
pub(super) mod samples;
pub(super) mod script;
mod shared;
mod voided;
mod world;
