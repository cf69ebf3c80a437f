//! What the buyer says.

use nanoark_bots::buyer::{BookError, BuyError};

use super::{Failure, Trouble};

impl From<BookError> for Failure {
    fn from(error: BookError) -> Self {
        match &error {
            BookError::Sqlite(_) | BookError::Damaged(_) | BookError::BeyondReservation => Self::internal(&error),
            BookError::Open(cause) => Self::state_file(cause, &error),
            BookError::Superseded => Self::new(
                Trouble::StillGoing,
                error.to_string(),
                "run the same command again, or let the other process finish",
            ),
            BookError::KeyTaken(_) => Self::new(
                Trouble::KeyTaken,
                error.to_string(),
                "choose another --key, or leave it out",
            ),
        }
    }
}

impl From<BuyError> for Failure {
    fn from(error: BuyError) -> Self {
        let message = error.to_string();
        match error {
            BuyError::Relay(error) => error.into(),
            BuyError::Book(error) => error.into(),
            BuyError::Wallet(error) => error.into(),
            BuyError::NoEntropy(error) => error.into(),
            BuyError::Purpose(error) => error.into(),
            BuyError::Policy(_) => Self::new(
                Trouble::GuardRail,
                message,
                "nothing was paid; edit policy.json in the bot's folder to allow it, or buy something else",
            ),
            BuyError::TooExpensive { .. } => Self::new(
                Trouble::GuardRail,
                message,
                "nothing was paid; allow more with --max and in policy.json, or buy something else",
            ),
            BuyError::NotOnSale { .. } | BuyError::OwnOffer => Self::new(
                Trouble::NotForSale,
                message,
                "`nanoark offers search` shows what is for sale",
            ),
            BuyError::Nodes => Self::new(
                Trouble::NodesUnavailable,
                message,
                "nothing is lost: run the same command again; `nanoark doctor` shows which nodes answer",
            ),
            BuyError::JobMissing(_) => Self::new(
                Trouble::NotARelay,
                message,
                "look at the relay's address: `nanoark whoami` shows it",
            ),
            BuyError::NoPurchase(_) | BuyError::NotBought(_) => Self::new(
                Trouble::NotYours,
                message,
                "`nanoark jobs list` shows your jobs; use the folder that bought it, with --home DIR",
            ),
            BuyError::PaymentUnderWay(_) => {
                Self::new(Trouble::StillGoing, message, "run the same command again in a minute")
            }
            BuyError::NothingToTopUp(..) => Self::new(
                Trouble::NothingOwed,
                message,
                "`nanoark jobs show` says where the money is",
            ),
        }
    }
}
