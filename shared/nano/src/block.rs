//! State blocks: the only kind of block that is still made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::account::Account;
use crate::amount::RawAmount;
use crate::digest::blake2b_256;
use crate::hash::{BlockHash, InvalidBlockHash};
use crate::key::{BadSignature, PrivateKey, Signature, verify};
use crate::work::{Root, Work};

/// Hashed before the fields so that no other kind of block can have the hash of a state block.
const PREAMBLE: [u8; 32] = {
    let mut preamble = [0; 32];
    preamble[31] = 6;
    preamble
};

/// The link of an epoch block: a text, padded with zeros.
const EPOCH_LINKS: [&[u8]; 2] = [b"epoch v1 block", b"epoch v2 block"];

/// A state block without signature and work. Both are outside its hash.
///
/// `balance` is what the account holds *after* the block, in raw: the amount it moves is the difference to the block
/// before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateBlock {
    /// Whose chain the block belongs to, and who signs it.
    pub account: Account,
    /// The block before it on that chain; [`BlockHash::ZERO`] for the first.
    pub previous: BlockHash,
    /// Who votes with the account's weight.
    pub representative: Account,
    /// What the account holds after the block, in raw.
    pub balance: RawAmount,
    /// The destination of a send, the hash that a receive takes in, or zero.
    pub link: Link,
}

/// Why a block cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBlock {
    /// It would move 0 raw.
    #[error("a block moves at least 1 raw")]
    ZeroAmount,
    /// It would send more than the account holds.
    #[error("the balance is smaller than the amount")]
    InsufficientBalance,
    /// The account would hold more than 2^128-1 raw.
    #[error("the balance would exceed the largest amount")]
    BalanceTooLarge,
    /// The account must be opened by a receive first.
    #[error("an account's first block is a receive")]
    NotOpened,
}

impl StateBlock {
    /// A block that sends `amount` of `balance_before` to `destination`.
    ///
    /// # Errors
    ///
    /// [`InvalidBlock`] when the amount is 0 or more than the balance, or the account is not open.
    pub fn send(
        account: Account,
        previous: BlockHash,
        balance_before: RawAmount,
        amount: RawAmount,
        destination: Account,
        representative: Account,
    ) -> Result<Self, InvalidBlock> {
        let balance = balance_before
            .checked_sub(at_least_one(amount)?)
            .ok_or(InvalidBlock::InsufficientBalance)?;
        let previous = opened(previous)?;
        Ok(Self {
            account,
            previous,
            representative,
            balance,
            link: destination.into(),
        })
    }

    /// A block that takes in the `amount` of the send `source` on an account that is open.
    ///
    /// # Errors
    ///
    /// [`InvalidBlock`] when the amount is 0, the sum too large or the account is not open (see [`StateBlock::open`]).
    pub fn receive(
        account: Account,
        previous: BlockHash,
        balance_before: RawAmount,
        amount: RawAmount,
        source: BlockHash,
        representative: Account,
    ) -> Result<Self, InvalidBlock> {
        let balance = balance_before
            .checked_add(at_least_one(amount)?)
            .ok_or(InvalidBlock::BalanceTooLarge)?;
        let previous = opened(previous)?;
        Ok(Self {
            account,
            previous,
            representative,
            balance,
            link: source.into(),
        })
    }

    /// The first block of an account, which takes in the `amount` of the send `source`.
    ///
    /// # Errors
    ///
    /// [`InvalidBlock::ZeroAmount`].
    pub fn open(
        account: Account,
        amount: RawAmount,
        source: BlockHash,
        representative: Account,
    ) -> Result<Self, InvalidBlock> {
        let balance = at_least_one(amount)?;
        Ok(Self {
            account,
            previous: BlockHash::ZERO,
            representative,
            balance,
            link: source.into(),
        })
    }

    /// A block that changes the representative and moves nothing.
    ///
    /// # Errors
    ///
    /// [`InvalidBlock::NotOpened`].
    pub fn change(
        account: Account,
        previous: BlockHash,
        balance: RawAmount,
        representative: Account,
    ) -> Result<Self, InvalidBlock> {
        Ok(Self {
            account,
            previous: opened(previous)?,
            representative,
            balance,
            link: Link::ZERO,
        })
    }

    /// The block's hash: Blake2b-256 over preamble and fields, the balance in big-endian order.
    #[must_use]
    pub fn hash(&self) -> BlockHash {
        BlockHash::from_bytes(blake2b_256([
            &PREAMBLE,
            self.account.as_bytes(),
            self.previous.as_bytes(),
            self.representative.as_bytes(),
            &self.balance.to_be_bytes(),
            self.link.as_bytes(),
        ]))
    }

    /// What the work must be made for: the previous block, or the account when this is its first.
    #[must_use]
    pub fn root(&self) -> Root {
        if self.previous.is_zero() {
            self.account.into()
        } else {
            self.previous.into()
        }
    }

    /// Signs the block. The key must be the account's own, or nobody will take the block.
    #[must_use]
    pub fn sign(self, key: &PrivateKey, work: Work) -> SignedBlock {
        let signature = key.sign(self.hash().as_bytes());
        SignedBlock {
            block: self,
            signature,
            work,
        }
    }
}

fn at_least_one(amount: RawAmount) -> Result<RawAmount, InvalidBlock> {
    if amount == RawAmount::ZERO {
        Err(InvalidBlock::ZeroAmount)
    } else {
        Ok(amount)
    }
}

fn opened(previous: BlockHash) -> Result<BlockHash, InvalidBlock> {
    if previous.is_zero() {
        Err(InvalidBlock::NotOpened)
    } else {
        Ok(previous)
    }
}

/// The link of a state block: 32 bytes whose meaning depends on what the block does.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link([u8; 32]);

impl Link {
    /// No link: the block moves nothing.
    pub const ZERO: Self = Self([0; 32]);

    /// The link with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The destination, if the block is a send.
    #[must_use]
    pub const fn as_account(&self) -> Account {
        Account::from_bytes(self.0)
    }

    /// The hash of the send that is taken in, if the block is a receive.
    #[must_use]
    pub const fn as_hash(&self) -> BlockHash {
        BlockHash::from_bytes(self.0)
    }

    /// Whether this is [`Link::ZERO`].
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// Whether this is the link of an epoch block. No key of that value is known, so it is never a destination.
    #[must_use]
    pub fn is_epoch(&self) -> bool {
        EPOCH_LINKS.iter().any(|epoch| {
            self.0
                .strip_prefix(*epoch)
                .is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
        })
    }
}

impl From<Account> for Link {
    fn from(destination: Account) -> Self {
        Self(*destination.as_bytes())
    }
}

impl From<BlockHash> for Link {
    fn from(source: BlockHash) -> Self {
        Self(*source.as_bytes())
    }
}

impl FromStr for Link {
    type Err = InvalidBlockHash;

    fn from_str(text: &str) -> Result<Self, InvalidBlockHash> {
        text.parse::<BlockHash>().map(Self::from)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Link({self})")
    }
}

crate::text::serde_as_text!(Link);

/// A state block with signature and work, ready to be published. JSON is the node's `json_block` form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBlock {
    /// The signed fields.
    pub block: StateBlock,
    /// Over the block's hash. Not part of it: one block can carry different signatures.
    pub signature: Signature,
    /// For [`StateBlock::root`].
    pub work: Work,
}

impl SignedBlock {
    /// Whether the account signed the block. False for epoch blocks, which the network signs.
    ///
    /// # Errors
    ///
    /// [`BadSignature`].
    pub fn verify_signature(&self) -> Result<(), BadSignature> {
        verify(&self.block.account, self.block.hash().as_bytes(), &self.signature)
    }
}

/// The node's JSON. `link_as_account` is written for people and never read: a node ignores it too, so a wrong one would
/// mislead.
#[derive(Serialize, Deserialize)]
struct NodeJson {
    #[serde(rename = "type")]
    kind: String,
    account: Account,
    previous: BlockHash,
    representative: Account,
    balance: RawAmount,
    link: Link,
    #[serde(skip_deserializing)]
    link_as_account: Option<Account>,
    signature: Signature,
    work: Work,
}

impl Serialize for SignedBlock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let StateBlock {
            account,
            previous,
            representative,
            balance,
            link,
        } = self.block;
        let (signature, work, link_as_account) = (self.signature, self.work, Some(link.as_account()));
        let kind = "state".to_owned();
        NodeJson {
            kind,
            account,
            previous,
            representative,
            balance,
            link,
            link_as_account,
            signature,
            work,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SignedBlock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = NodeJson::deserialize(deserializer)?;
        if json.kind != "state" {
            return Err(serde::de::Error::custom("the block is not of type state"));
        }
        let NodeJson {
            account,
            previous,
            representative,
            balance,
            link,
            signature,
            work,
            ..
        } = json;
        let block = StateBlock {
            account,
            previous,
            representative,
            balance,
            link,
        };
        Ok(Self { block, signature, work })
    }
}
