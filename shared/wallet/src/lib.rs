//! A Nano wallet for bots: one secret, one send per purpose for ever, a fresh account per invoice.
//!
//! A [`Secret`] (seed or mnemonic) gives all keys, those of the ledger and the bot's own; a [`KeyFile`] keeps it behind a
//! passphrase. A [`Wallet`] adds what cannot be derived: which invoice account is whose, and every block that was signed,
//! in a state file that several processes may share and that survives a kill at any point.
//!
//! What it promises, and by what:
//!
//! - **One block per [`Purpose`], for ever.** A block is stored before anybody sees it, under a unique index, and is
//!   published again as it is. Another one is signed only when a quorum of the nodes calls a different block with the same
//!   predecessor final, and then it comes after that one: by the hashes alone the two can never both be on the ledger,
//!   whatever nodes say.
//! - **No block for a void purpose, for ever.** [`Wallet::void`] gives up a purpose that has no block, in one transaction of
//!   the same state file: whoever sends for it later, or has begun to, is refused.
//! - **No block sends more than ordered.** What an account held before is read from a block whose hash is recomputed and
//!   which the account itself signed, never from a node's figures.
//! - **Blocks of an account follow each other.** The place is chosen inside of the transaction that stores the block:
//!   after the ledger's last block, or after our own that the ledger does not have yet.
//! - **No invoice account twice.** It is allotted under a unique index, and proved unused on the ledger before it is
//!   given out. An account that is taken back is burnt.

#![forbid(unsafe_code)]

mod balance;
mod chain;
mod confirm;
mod error;
mod invoice;
mod key_file;
mod owned;
mod prepare;
mod publish;
mod purpose;
mod receive;
mod restore;
mod rival;
mod secret;
mod secret_file;
mod send;
mod sign;
mod state;
mod survey;
mod sweep;
mod void;
mod wallet;
pub mod work;

pub use balance::{AccountBalance, Balance};
pub use error::WalletError;
pub use invoice::Invoice;
pub use key_file::{KdfCost, KeyFile, KeyFileError};
pub use nanoark_state_file::Durability;
pub use purpose::{InvalidPurpose, Purpose};
pub use receive::Received;
pub use restore::Restored;
pub use secret::{AccountIndex, InvalidSecret, Secret};
pub use secret_file::SecretFileError;
pub use send::{SendOrder, Sent, SentState};
pub use void::Voiding;
pub use wallet::Wallet;
pub use work::{NoWork, WorkSource};

#[cfg(test)]
mod tests;
