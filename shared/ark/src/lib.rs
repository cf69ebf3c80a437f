//! The gateway's side of Ark: the client of the operator's arkd, and the building and checking of ark transactions.
//!
//! Nothing here holds a key. Transactions are built unsigned, wallets and operator sign elsewhere, and every signature is
//! checked against the sighash of our own copy before it is put in its place.

pub mod arkd;
pub mod assets;
pub mod base64_psbt;
pub mod breaker;
pub mod building;
pub mod cosigned;
pub mod error;
pub mod exchange;
pub mod indexer;
pub mod info;
pub mod recovery;
pub mod refusal;
pub mod script;
pub mod signing;
pub mod submission;
mod wire;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small sums in tests")]
mod tests;
