//! Proof of work: the nonce that makes a block cheap to refuse and dear to spam. Finding one is `nanoark-nano-work`.
//!
//! Thresholds are those of the node's `work_thresholds` since epoch 2 (<https://docs.nano.org/integration-guides/work-generation/>).

use std::fmt;
use std::str::FromStr;

use crate::account::Account;
use crate::digest::blake2b_64;
use crate::hash::BlockHash;
use crate::subtype::Subtype;

/// A work nonce, written as 16 hex digits. Lower case here, as in the C++ node; either case is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Work(u64);

/// How hard a work was to find: larger is harder. A work is valid when its value reaches the threshold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Difficulty(u64);

/// What a work is bound to: the previous block's hash, or the public key for an account's first block.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Root([u8; 32]);

/// The least difficulty a network takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// For blocks that send or change the representative.
    pub send: Difficulty,
    /// For blocks that receive, open an account or upgrade an epoch.
    pub receive: Difficulty,
}

/// Why a text is no work or difficulty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("work and difficulty are 16 hex digits")]
pub struct InvalidWork;

impl Thresholds {
    /// The live network: 2<sup>29</sup> tries on average to send, 2<sup>23</sup> to receive.
    pub const LIVE: Self = Self {
        send: Difficulty(0xffff_fff8_0000_0000),
        receive: Difficulty(0xffff_fe00_0000_0000),
    };

    /// The beta network: 2<sup>20</sup> tries on average to send, 2<sup>19</sup> to receive.
    pub const BETA: Self = Self {
        send: Difficulty(0xffff_f000_0000_0000),
        receive: Difficulty(0xffff_e000_0000_0000),
    };

    /// A private dev network: 2<sup>10</sup> tries on average to send, 2<sup>4</sup> to receive.
    pub const DEV: Self = Self {
        send: Difficulty(0xffc0_0000_0000_0000),
        receive: Difficulty(0xf000_0000_0000_0000),
    };

    /// The threshold of a block of this subtype.
    #[must_use]
    pub const fn of(&self, subtype: Subtype) -> Difficulty {
        match subtype {
            Subtype::Send | Subtype::Change => self.send,
            Subtype::Receive | Subtype::Open | Subtype::Epoch => self.receive,
        }
    }
}

/// The difficulty that `work` reaches for `root`: Blake2b-64 of nonce and root, both little-endian.
#[must_use]
pub fn value(root: &Root, work: Work) -> Difficulty {
    Difficulty(u64::from_le_bytes(blake2b_64([&work.0.to_le_bytes(), &root.0])))
}

/// Whether `work` reaches `threshold` for `root`.
#[must_use]
pub fn is_valid(root: &Root, work: Work, threshold: Difficulty) -> bool {
    value(root, work) >= threshold
}

impl Work {
    /// The work with this nonce.
    #[must_use]
    pub const fn from_nonce(nonce: u64) -> Self {
        Self(nonce)
    }

    /// The nonce.
    #[must_use]
    pub const fn nonce(self) -> u64 {
        self.0
    }
}

impl Difficulty {
    /// The difficulty with this value.
    #[must_use]
    pub const fn from_value(value: u64) -> Self {
        Self(value)
    }

    /// The value that is compared.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Root {
    /// The root with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<BlockHash> for Root {
    fn from(previous: BlockHash) -> Self {
        Self(*previous.as_bytes())
    }
}

impl From<Account> for Root {
    fn from(account: Account) -> Self {
        Self(*account.as_bytes())
    }
}

impl fmt::Display for Root {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Root({self})")
    }
}

/// `Work` and `Difficulty` are both 64 bits in 16 hex digits.
macro_rules! sixteen_hex_digits {
    ($type:ident) => {
        impl FromStr for $type {
            type Err = InvalidWork;

            fn from_str(text: &str) -> Result<Self, InvalidWork> {
                let mut bytes = [0; 8];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidWork)?;
                Ok(Self(u64::from_be_bytes(bytes)))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{:016x}", self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($type), "({})"), self)
            }
        }

        crate::text::serde_as_text!($type);
    };
}

sixteen_hex_digits!(Work);
sixteen_hex_digits!(Difficulty);
