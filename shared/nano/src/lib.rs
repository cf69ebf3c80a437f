//! Nano primitives: accounts, keys, state blocks, signatures, work, amounts and URIs.
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no randomness. Types are parsed once, at the
//! edge, and cannot hold an invalid value afterwards. Amounts are always whole raw ([`RawAmount`]); one XNO is
//! 10<sup>30</sup> raw. Accounts are compared by public key, never by text, because one key has several spellings.
//!
//! Formats follow the Nano protocol documentation (<https://docs.nano.org/integration-guides/the-basics/>); the vectors
//! in `vectors/` were checked against blocks of the live ledger and of a real `dev` node.

#![forbid(unsafe_code)]

pub mod account;
pub mod amount;
pub mod block;
mod digest;
pub mod evidence;
pub mod hash;
pub mod key;
pub mod legacy;
pub mod mnemonic;
pub mod network;
pub mod subtype;
mod text;
pub mod uri;
#[cfg(test)]
mod vectors;
pub mod work;

pub use account::Account;
pub use amount::RawAmount;
pub use block::{Link, SignedBlock, StateBlock};
pub use hash::BlockHash;
pub use key::{PrivateKey, Seed, Signature, verify};
pub use mnemonic::{Mnemonic, MnemonicSeed};
pub use network::Network;
pub use subtype::Subtype;
pub use uri::PaymentUri;
pub use work::{Difficulty, Root, Thresholds, Work};
