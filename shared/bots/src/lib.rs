//! The two bots as libraries: a [`buyer`] with limits that it cannot exceed, and a [`seller`]'s worker that never works
//! twice for one job. Both go outwards only, write down what they are about to do before they do it, and may be killed
//! anywhere and started again.
//!
//! They know the relay by its API and the ledger by its nodes, and trust neither further than they must: quotes and
//! receipts are checked by their signatures, payments by blocks that are recomputed here.

pub mod buyer;
pub mod seller;

pub use nanoark_state_file::{Durability, OpenError};
