//! Ceremonies through the whole gateway.

pub(crate) mod crash;
pub(crate) mod house;
mod load;
mod relays;
mod refused;
mod six_steps;
mod variations;
pub(crate) mod wallet;
