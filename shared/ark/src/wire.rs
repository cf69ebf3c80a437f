//! Forms that arkd's JSON has in common.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};

/// A whole number of up to 64 bits, signed or not: a JSON number, or a text as protobuf's JSON has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(i128);

impl Whole {
    /// The number, if it is one of these.
    pub(crate) fn get<T: TryFrom<i128>>(self) -> Option<T> {
        T::try_from(self.0).ok()
    }
}

impl<'de> serde::Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;

        impl Visitor<'_> for Numbers {
            type Value = Whole;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a whole number, or one in a text")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(number.into()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(number.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Whole, E> {
                text.parse().map(Whole).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Numbers)
    }
}

/// The text, unless it is empty: protobuf's way to say that there is none.
pub(crate) fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_bare_or_as_text() {
        for (json, number) in [
            ("7", 7),
            (r#""7""#, 7),
            ("-1", -1),
            (r#""-1""#, -1),
            ("18446744073709551615", i128::from(u64::MAX)),
            (r#""18446744073709551615""#, i128::from(u64::MAX)),
        ] {
            assert_eq!(serde_json::from_str::<Whole>(json).unwrap(), Whole(number), "{json}");
        }
        for json in ["7.5", r#""""#, r#""seven""#, "null", "[]", "1e3", r#"" 7""#] {
            assert!(serde_json::from_str::<Whole>(json).is_err(), "{json}");
        }
        assert_eq!(Whole(-1).get::<u64>(), None);
        assert_eq!(Whole(-1).get::<i64>(), Some(-1));
        assert_eq!(Whole(i128::MAX).get::<i64>(), None);
    }
}
