//! Ceremonies through the whole gateway.

mod house;
mod six_steps;
mod wallet;
