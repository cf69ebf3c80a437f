//! What a wallet needs to be served by the Ark gateway without trusting it: the formats of intents and challenges, and the
//! check of a challenge against the wallet's own intent. No I/O, no clock, no randomness, no `std`.
//!
//! The gateway speaks the very same types, but builds its transactions with other code, so that a mistake in one of the two
//! shows as a refusal.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod address;
pub mod asset;
pub mod binding;
pub mod challenge;
pub mod check;
pub mod event;
pub mod hash;
pub mod intent;
pub mod packet;
pub mod proof;
pub mod reference;
pub mod script;
mod single;
pub mod transaction;

/// The example of the README compiles and does what it says.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
