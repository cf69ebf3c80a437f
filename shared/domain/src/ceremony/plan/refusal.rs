//! Why an order cannot be carried out with the coins that there are.

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};

use super::OutputRole;
use crate::ceremony::code::FailureCode;
use crate::ceremony::progress::Failure;
use crate::ceremony::selection::SelectionRefusal;

/// Why an order cannot be carried out with the coins that there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// A party's coins do not pay for what it gives.
    #[error("party {party}: {refusal}")]
    Selection {
        /// The party, by its number.
        party: usize,
        /// Whether there is no other party.
        alone: bool,
        /// Why they do not.
        refusal: SelectionRefusal,
    },
    /// Inputs are named that are no spendable VTXOs of the party.
    #[error("{} of the inputs that are named are no spendable VTXOs of their owner", .outpoints.len())]
    UnknownInputs {
        /// The party, by its number.
        party: usize,
        /// The inputs.
        outpoints: Vec<OutPoint>,
    },
    /// An input would be spent twice: two parties have the same owner, or one names it twice.
    #[error("the input {outpoint} would be spent twice")]
    SharedInput {
        /// The input.
        outpoint: OutPoint,
    },
    /// The parties together need more inputs than a transaction may have.
    #[error("the parties need {needed} inputs together, and a transaction has {most} at most")]
    TooManyInputs {
        /// How many they need.
        needed: usize,
        /// How many are allowed.
        most: usize,
    },
    /// There is nothing to put together.
    #[error("to put VTXOs together takes two at least, and there are {count}")]
    TooFewCoins {
        /// How many there are.
        count: usize,
    },
    /// An output holds less or more than the operator allows.
    #[error(
        "an output of {} satoshi is out of bounds: {} at least{}",
        .amount.to_sat(), .minimum.to_sat(),
        .maximum.map(|most| format!(", {} at most", most.to_sat())).unwrap_or_default()
    )]
    OutputOutOfBounds {
        /// What the output is for.
        role: OutputRole,
        /// What it would hold.
        amount: Amount,
        /// The least that it may hold.
        minimum: Amount,
        /// The most that it may hold, if there is a bound.
        maximum: Option<Amount>,
    },
    /// The address of a Nostr key is not known.
    #[error("there is no address for the key {key}")]
    NoAddress {
        /// The key.
        key: XOnlyPublicKey,
    },
}

impl PlanRefusal {
    /// The code that says it to a wallet.
    #[must_use]
    pub const fn code(&self) -> FailureCode {
        match self {
            Self::Selection { refusal, .. } => match refusal {
                SelectionRefusal::Insufficient { .. } | SelectionRefusal::InsufficientAsset { .. } => {
                    FailureCode::InsufficientBalance
                }
                SelectionRefusal::ChangeBelowMinimum { .. }
                | SelectionRefusal::TooMuch
                | SelectionRefusal::TooManyAssets(_) => FailureCode::OutputOutOfBounds,
                SelectionRefusal::TooManyInputs { .. } => FailureCode::TooManyInputs,
            },
            Self::UnknownInputs { .. } => FailureCode::InputNotOwned,
            Self::SharedInput { .. } => FailureCode::BatchInvalid,
            Self::TooManyInputs { .. } => FailureCode::TooManyInputs,
            Self::TooFewCoins { .. } => FailureCode::InsufficientBalance,
            Self::OutputOutOfBounds { .. } => FailureCode::OutputOutOfBounds,
            Self::NoAddress { .. } => FailureCode::Malformed,
        }
    }

    /// The failure of a session that ends with it. Every party is told the same, so that it says nothing of what a party
    /// holds unless there is no other.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let message = match self {
            Self::Selection {
                alone: true, refusal, ..
            } => refusal.to_string(),
            Self::Selection {
                party, alone: false, ..
            } => {
                // People count from one.
                let number = party.saturating_add(1);
                format!("party {number} cannot pay for what it gives: {}", self.code().meaning())
            }
            Self::UnknownInputs { .. }
            | Self::SharedInput { .. }
            | Self::TooManyInputs { .. }
            | Self::TooFewCoins { .. }
            | Self::OutputOutOfBounds { .. }
            | Self::NoAddress { .. } => self.to_string(),
        };
        let outpoints = match self {
            Self::UnknownInputs { outpoints, .. } => outpoints.clone(),
            Self::SharedInput { outpoint } => vec![*outpoint],
            Self::Selection { .. }
            | Self::TooManyInputs { .. }
            | Self::TooFewCoins { .. }
            | Self::OutputOutOfBounds { .. }
            | Self::NoAddress { .. } => Vec::new(),
        };
        Failure {
            outpoints,
            ..Failure::new(self.code(), message)
        }
    }
}
