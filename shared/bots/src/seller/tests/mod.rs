//! A worker against a relay that follows the real rules in memory, a strict ledger, and a buyer.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "tests count, and a double does what matters only"
)]

mod kills;
mod money;
mod relay;
mod sharing;
mod view;
mod world;
