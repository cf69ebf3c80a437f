//! What a state block does, which follows from its balance and the one before.

use std::fmt;
use std::str::FromStr;

use crate::amount::RawAmount;
use crate::block::StateBlock;

/// What a state block does. The block itself does not say it; see [`Subtype::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subtype {
    /// Lowers the balance in favour of the account in its link.
    Send,
    /// Raises the balance by a send whose hash is its link.
    Receive,
    /// A receive that is the first block of its account.
    Open,
    /// Changes the representative only.
    Change,
    /// Upgrades the account to an epoch; signed by the network's epoch key and not by the account.
    Epoch,
}

/// Why a block has no subtype.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSubtype {
    /// It has a predecessor and the balance before it is not known.
    #[error("the balance before the block is not known")]
    PreviousBalanceUnknown,
    /// It moves nothing but has a link, which no ledger accepts.
    #[error("a block that moves nothing must not have a link")]
    LinkWithoutAmount,
    /// It would open an account without receiving anything, which no ledger accepts.
    #[error("an account's first block must receive something")]
    OpensWithNothing,
}

impl Subtype {
    /// What `block` does, given the balance of the block before it. For an account's first block that is ignored.
    ///
    /// # Errors
    ///
    /// [`NoSubtype`] when the balance before is needed and missing, or when no valid ledger can hold the block.
    pub fn of(block: &StateBlock, previous_balance: Option<RawAmount>) -> Result<Self, NoSubtype> {
        if block.previous.is_zero() {
            return match (
                block.link.is_epoch(),
                block.link.is_zero() || block.balance == RawAmount::ZERO,
            ) {
                (true, _) => Ok(Self::Epoch),
                (false, true) => Err(NoSubtype::OpensWithNothing),
                (false, false) => Ok(Self::Open),
            };
        }
        let before = previous_balance.ok_or(NoSubtype::PreviousBalanceUnknown)?;
        match block.balance.cmp(&before) {
            std::cmp::Ordering::Less => Ok(Self::Send),
            std::cmp::Ordering::Greater => Ok(Self::Receive),
            std::cmp::Ordering::Equal if block.link.is_zero() => Ok(Self::Change),
            std::cmp::Ordering::Equal if block.link.is_epoch() => Ok(Self::Epoch),
            std::cmp::Ordering::Equal => Err(NoSubtype::LinkWithoutAmount),
        }
    }

    /// The word a node uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Receive => "receive",
            Self::Open => "open",
            Self::Change => "change",
            Self::Epoch => "epoch",
        }
    }
}

impl fmt::Display for Subtype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text is no subtype a node knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subtype is one of send, receive, open, change, epoch")]
pub struct UnknownSubtype;

impl FromStr for Subtype {
    type Err = UnknownSubtype;

    fn from_str(text: &str) -> Result<Self, UnknownSubtype> {
        let all = [Self::Send, Self::Receive, Self::Open, Self::Change, Self::Epoch];
        all.into_iter()
            .find(|subtype| subtype.as_str() == text)
            .ok_or(UnknownSubtype)
    }
}

crate::text::serde_as_text!(Subtype);
