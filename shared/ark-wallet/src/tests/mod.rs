//! The wallet against a gateway that is scripted: honest, lying, or gone at the worst moment.

#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::arithmetic_side_effects,
    reason = "a lie changes one thing and leaves the rest as it is, with amounts that are small"
)]

mod ceremony;
mod kills;
mod lies;
mod pinning;
mod relays;
mod scripted;
mod session;
mod world;
