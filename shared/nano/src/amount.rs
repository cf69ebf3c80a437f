//! Amounts of Nano in raw, the smallest unit.

use std::fmt;
use std::str::FromStr;

/// Raw per XNO: 10<sup>30</sup>.
pub const RAW_PER_XNO: u128 = 1_000_000_000_000_000_000_000_000_000_000;

/// Fraction digits of an XNO amount that is exact to the last raw.
const XNO_FRACTION_DIGITS: usize = 30;

/// An amount in raw: a whole number from 0 to 2<sup>128</sup>−1, the range of the protocol's balance field.
///
/// Text and JSON are the canonical decimal digits and nothing else, so that equal amounts are equal texts. In JSON it is
/// a string: a JSON number cannot carry 39 digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RawAmount(u128);

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAmount {
    /// Empty, or something else than the digits of the canonical form (a sign, a space, an exponent, a point …).
    #[error("an amount is written in decimal digits without sign, space, separator or exponent")]
    NotDecimal,
    /// A leading zero, which would give one amount two texts.
    #[error("an amount has no leading zeros")]
    LeadingZero,
    /// More than 30 fraction digits: less than one raw.
    #[error("an XNO amount has at most 30 fraction digits")]
    TooPrecise,
    /// Above 2^128 - 1 raw.
    #[error("an amount is at most 340282366920938463463374607431768211455 raw")]
    TooLarge,
}

impl RawAmount {
    /// No raw at all.
    pub const ZERO: Self = Self(0);

    /// The largest amount the protocol can write.
    pub const MAX: Self = Self(u128::MAX);

    /// An amount of so many raw.
    #[must_use]
    pub const fn from_raw(raw: u128) -> Self {
        Self(raw)
    }

    /// An amount written in XNO, such as `0.05`: exact, up to 30 fraction digits.
    ///
    /// # Errors
    ///
    /// [`InvalidAmount`] for anything but digits with at most one point between digits, leading zeros, more than 30
    /// fraction digits (never rounded), or more than 2^128−1 raw.
    pub fn from_xno(text: &str) -> Result<Self, InvalidAmount> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let whole = parse_canonical(whole)?;
        if fraction.is_empty() || !is_digits(fraction) {
            return Err(InvalidAmount::NotDecimal);
        }
        if fraction.len() > XNO_FRACTION_DIGITS {
            return Err(InvalidAmount::TooPrecise);
        }
        let fraction = format!("{fraction:0<XNO_FRACTION_DIGITS$}");
        let fraction: u128 = fraction.parse().map_err(|_| InvalidAmount::NotDecimal)?;
        let raw = whole.checked_mul(RAW_PER_XNO).and_then(|raw| raw.checked_add(fraction));
        raw.map(Self).ok_or(InvalidAmount::TooLarge)
    }

    /// The amount in XNO, exact, without trailing zeros: `0.05`.
    #[must_use]
    pub fn to_xno(self) -> String {
        let whole = self.0.div_euclid(RAW_PER_XNO);
        let fraction = self.0.rem_euclid(RAW_PER_XNO);
        if fraction == 0 {
            return whole.to_string();
        }
        let fraction = format!("{fraction:0XNO_FRACTION_DIGITS$}");
        format!("{whole}.{}", fraction.trim_end_matches('0'))
    }

    /// The amount as a number of raw.
    #[must_use]
    pub const fn raw(self) -> u128 {
        self.0
    }

    /// The sum, unless it leaves the range of the protocol.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(raw) => Some(Self(raw)),
            None => None,
        }
    }

    /// The difference, unless `other` is larger.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(raw) => Some(Self(raw)),
            None => None,
        }
    }

    /// Big-endian bytes, as they are hashed.
    #[must_use]
    pub const fn to_be_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_canonical(text: &str) -> Result<u128, InvalidAmount> {
    if text.is_empty() || !is_digits(text) {
        return Err(InvalidAmount::NotDecimal);
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(InvalidAmount::LeadingZero);
    }
    text.parse().map_err(|_| InvalidAmount::TooLarge)
}

impl FromStr for RawAmount {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        parse_canonical(text).map(Self)
    }
}

impl fmt::Display for RawAmount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

crate::text::serde_as_text!(RawAmount);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_is_canonical_decimal_and_nothing_else() {
        let max = "340282366920938463463374607431768211455";
        for text in ["0", "1", "10", "1000000000000000000000000000000", max] {
            assert_eq!(text.parse::<RawAmount>().unwrap().to_string(), text);
        }
        let rejects = [
            ("", InvalidAmount::NotDecimal),
            ("01", InvalidAmount::LeadingZero),
            ("00", InvalidAmount::LeadingZero),
            ("+1", InvalidAmount::NotDecimal),
            ("-1", InvalidAmount::NotDecimal),
            ("1e30", InvalidAmount::NotDecimal),
            ("1.0", InvalidAmount::NotDecimal),
            ("1_000", InvalidAmount::NotDecimal),
            (" 1", InvalidAmount::NotDecimal),
            ("1\n", InvalidAmount::NotDecimal),
            ("0x10", InvalidAmount::NotDecimal),
            ("١", InvalidAmount::NotDecimal),
            ("340282366920938463463374607431768211456", InvalidAmount::TooLarge),
            ("1000000000000000000000000000000000000000", InvalidAmount::TooLarge),
        ];
        for (text, why) in rejects {
            assert_eq!(text.parse::<RawAmount>(), Err(why), "{text:?}");
        }
    }

    #[test]
    fn xno_converts_to_the_last_raw_both_ways() {
        let cases = [
            ("0", "0"),
            ("1", "1000000000000000000000000000000"),
            ("0.05", "50000000000000000000000000000"),
            ("0.000000000000000000000000000001", "1"),
            (
                "133248297.920938463463374607431768211455",
                "133248297920938463463374607431768211455",
            ),
            (
                "340282366.920938463463374607431768211455",
                "340282366920938463463374607431768211455",
            ),
        ];
        for (xno, raw) in cases {
            let amount = RawAmount::from_xno(xno).unwrap();
            assert_eq!(amount.to_string(), raw, "{xno}");
            assert_eq!(amount.to_xno(), xno, "{raw}");
        }
        assert_eq!(RawAmount::from_xno("1.50").unwrap().to_xno(), "1.5");
    }

    #[test]
    fn xno_is_never_rounded_or_guessed() {
        let rejects = [
            ("", InvalidAmount::NotDecimal),
            (".5", InvalidAmount::NotDecimal),
            ("1.", InvalidAmount::NotDecimal),
            ("1.2.3", InvalidAmount::NotDecimal),
            ("-1", InvalidAmount::NotDecimal),
            ("1,5", InvalidAmount::NotDecimal),
            ("1e3", InvalidAmount::NotDecimal),
            ("01.5", InvalidAmount::LeadingZero),
            ("0.0000000000000000000000000000001", InvalidAmount::TooPrecise),
            ("340282366.920938463463374607431768211456", InvalidAmount::TooLarge),
            ("340282367", InvalidAmount::TooLarge),
        ];
        for (text, why) in rejects {
            assert_eq!(RawAmount::from_xno(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn json_is_a_string_because_a_number_loses_digits() {
        let amount = RawAmount::from_raw(u128::MAX);
        let json = serde_json::to_string(&amount).unwrap();
        assert_eq!(json, "\"340282366920938463463374607431768211455\"");
        assert_eq!(serde_json::from_str::<RawAmount>(&json).unwrap(), amount);
        for wrong in ["1", "1.0", "null", "true", "[]", "{}", "\"\"", "\"01\""] {
            assert!(serde_json::from_str::<RawAmount>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sums_and_differences_stay_in_range() {
        let one = RawAmount::from_raw(1);
        assert_eq!(RawAmount::MAX.checked_add(one), None);
        assert_eq!(RawAmount::ZERO.checked_sub(one), None);
        assert_eq!(one.checked_add(one), Some(RawAmount::from_raw(2)));
        assert_eq!(one.checked_sub(one), Some(RawAmount::ZERO));
    }
}
