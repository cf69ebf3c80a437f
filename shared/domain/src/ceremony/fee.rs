//! What the gateway takes.

use bitcoin::Amount;
use nanoark_ark_verifier::address::ArkAddress;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What the operator of the gateway wants to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeePolicy {
    /// Per party to a session.
    pub flat: Amount,
}

/// What a party to a session has to pay, and what it can count on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Where the fee goes.
    pub address: ArkAddress,
    /// How much each party pays, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
    /// The least that an output may hold, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub minimum_output: Amount,
    /// The most that an output may hold, in satoshi, if there is a bound.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "bitcoin::amount::serde::as_sat::opt"
    )]
    pub maximum_output: Option<Amount>,
    /// Until when an intent with this fee is taken.
    pub valid_until: Timestamp,
}

impl FeePolicy {
    /// What each party pays where no output may hold less than this: the fee is an output itself.
    #[must_use]
    pub fn amount(self, minimum_output: Amount) -> Amount {
        self.flat.max(minimum_output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_is_never_less_than_an_output_may_hold() {
        for (flat, minimum, fee) in [(10, 330, 330), (330, 330, 330), (400, 330, 400), (10, 1, 10), (0, 1, 1)] {
            let policy = FeePolicy {
                flat: Amount::from_sat(flat),
            };
            assert_eq!(policy.amount(Amount::from_sat(minimum)), Amount::from_sat(fee));
        }
    }
}
