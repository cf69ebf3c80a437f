//! The rules of Nanoark: jobs, offers, quotes and payments, and the ceremonies of the Ark gateway.
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no randomness, no async. A handler reads the
//! clock once, parses the wire into these types once, and asks [`job::Order::decide`] or [`offer::OfferOrder::decide`]
//! what happens.
//!
//! The crate depends on nothing of ours but [`nanoark_nano`] and [`nanoark_ark_verifier`], whose primitives (accounts,
//! hashes, amounts; intents, scripts, coins) are the vocabulary of the rules and are as pure as the rules themselves.

pub mod bot;
mod canonical;
pub mod ceremony;
pub mod digest;
pub mod id;
pub mod job;
pub mod limits;
mod names;
pub mod object;
pub mod offer;
pub mod payload;
pub mod payment;
pub mod statement;
mod text;
pub mod time;
