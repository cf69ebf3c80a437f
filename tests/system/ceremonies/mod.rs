//! Ceremonies through the whole gateway.

mod house;
mod six_steps;
mod variations;
mod wallet;
