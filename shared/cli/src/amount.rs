//! Amounts as people type them and as they are shown.

use nanoark_bots::buyer::amount::parse_amount;
use nanoark_nano::RawAmount;

/// Reads `0.01XNO`, `0.01 XNO` or `1000raw`. A bare number is refused: 1 raw and 1 XNO are thirty digits apart.
pub(crate) fn parse(text: &str) -> Result<RawAmount, String> {
    parse_amount(text).map_err(|error| error.to_string())
}

/// The amount for people: exact, in XNO.
pub(crate) fn show(amount: RawAmount) -> String {
    format!("{} XNO", amount.to_xno())
}
