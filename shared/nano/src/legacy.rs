//! The four kinds of block from before state blocks (2018).
//!
//! Nobody makes them any more and none is accepted as a payment, but an old account may have one as the block before a
//! payment, and only its recomputed hash proves what a node says about it.

use serde::{Deserialize, Deserializer};

use crate::account::Account;
use crate::amount::RawAmount;
use crate::digest::blake2b_256;
use crate::hash::BlockHash;

/// A legacy block, as far as its hash covers it. Read from the node's JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum LegacyBlock {
    /// Lowers the balance in favour of another account.
    Send {
        /// The block before it.
        previous: BlockHash,
        /// Who may receive it.
        destination: Account,
        /// What the account holds afterwards, in raw. The JSON has 32 hex digits.
        #[serde(deserialize_with = "balance_from_hex")]
        balance: RawAmount,
    },
    /// Takes in a send.
    Receive {
        /// The block before it.
        previous: BlockHash,
        /// The send that is taken in.
        source: BlockHash,
    },
    /// The first block of an account, which takes in a send.
    Open {
        /// The send that is taken in.
        source: BlockHash,
        /// Who votes with the account's weight.
        representative: Account,
        /// The account that is opened.
        account: Account,
    },
    /// Changes the representative.
    Change {
        /// The block before it.
        previous: BlockHash,
        /// Who votes with the account's weight from here on.
        representative: Account,
    },
}

impl LegacyBlock {
    /// The block's hash: Blake2b-256 over its fields in the order they are listed here, without a preamble.
    #[must_use]
    pub fn hash(&self) -> BlockHash {
        BlockHash::from_bytes(match self {
            Self::Send {
                previous,
                destination,
                balance,
            } => blake2b_256([
                previous.as_bytes().as_slice(),
                destination.as_bytes(),
                &balance.to_be_bytes(),
            ]),
            Self::Receive { previous, source } => blake2b_256([previous.as_bytes(), source.as_bytes()]),
            Self::Open {
                source,
                representative,
                account,
            } => blake2b_256([source.as_bytes(), representative.as_bytes(), account.as_bytes()]),
            Self::Change {
                previous,
                representative,
            } => blake2b_256([previous.as_bytes(), representative.as_bytes()]),
        })
    }

    /// What the account holds after the block, if the hash covers it. Only a send's does; for the others it is a sum
    /// over the chain, and a node's answer about it is the node's word.
    #[must_use]
    pub const fn balance(&self) -> Option<RawAmount> {
        match self {
            Self::Send { balance, .. } => Some(*balance),
            Self::Receive { .. } | Self::Open { .. } | Self::Change { .. } => None,
        }
    }
}

fn balance_from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RawAmount, D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut bytes = [0; 16];
    hex::decode_to_slice(&text, &mut bytes).map_err(serde::de::Error::custom)?;
    Ok(RawAmount::from_raw(u128::from_be_bytes(bytes)))
}
