//! Ceremonies through the whole gateway.

pub(crate) mod crash;
pub(crate) mod house;
mod load;
mod refused;
mod relays;
mod six_steps;
mod variations;
pub(crate) mod wallet;
