//! Amounts as people write them: always with their unit.

use nanoark_nano::RawAmount;
use nanoark_nano::amount::InvalidAmount;
use serde::{Deserialize, Deserializer};

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAmountText {
    /// No unit, or another one. A bare number could mean either of two amounts that are 10<sup>30</sup> apart.
    #[error("{0:?} has no unit: write it like \"0.01 XNO\" or \"10000 raw\"")]
    NoUnit(String),
    /// The number is none.
    #[error("{text:?} is no amount: {why}")]
    Number {
        /// What was written.
        text: String,
        /// What is wrong with the number.
        why: InvalidAmount,
    },
}

/// Reads `0.01 XNO`, `0.01XNO` or `10000 raw`. Exact: nothing is rounded.
///
/// # Errors
/// [`InvalidAmountText`].
pub fn parse_amount(text: &str) -> Result<RawAmount, InvalidAmountText> {
    let read: fn(&str) -> Result<RawAmount, InvalidAmount>;
    let number = if let Some(number) = text.strip_suffix("XNO") {
        read = RawAmount::from_xno;
        number
    } else if let Some(number) = text.strip_suffix("raw") {
        read = str::parse;
        number
    } else {
        return Err(InvalidAmountText::NoUnit(text.to_owned()));
    };
    read(number.strip_suffix(' ').unwrap_or(number)).map_err(|why| InvalidAmountText::Number {
        text: text.to_owned(),
        why,
    })
}

/// Reads an amount with its unit out of JSON.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RawAmount, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_amount(&text).map_err(serde::de::Error::custom)
}

/// The same for a member that may be left out.
pub(super) fn deserialize_some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RawAmount>, D::Error> {
    deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_with_its_unit_and_exactly() {
        for (text, raw) in [
            ("1 XNO", 10_u128.pow(30)),
            ("0.01XNO", 10_u128.pow(28)),
            ("0.000000000000000000000000000001 XNO", 1),
            ("0 raw", 0),
            ("10000 raw", 10_000),
            ("340282366920938463463374607431768211455raw", u128::MAX),
        ] {
            assert_eq!(parse_amount(text), Ok(RawAmount::from_raw(raw)), "{text}");
        }
    }

    #[test]
    fn what_could_mean_two_amounts_or_none_is_refused() {
        for text in ["", "1", "0.01", "1 xno", "1 Nano", "1 mXNO", "XNO 1", "1 XNO "] {
            let refused = parse_amount(text).unwrap_err();
            assert!(!refused.to_string().is_empty());
        }
        for text in [
            "XNO", "1  XNO", "01 XNO", "1. XNO", "+1 XNO", "-1 raw", "0.5 raw", "1e3 raw", "1,5 XNO",
        ] {
            assert!(
                matches!(parse_amount(text), Err(InvalidAmountText::Number { .. })),
                "{text}"
            );
        }
    }
}
