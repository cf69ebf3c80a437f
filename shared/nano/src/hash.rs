//! Block hashes.

use std::fmt;
use std::str::FromStr;

/// The hash of a block: Blake2b-256 over its fields.
///
/// Read from 64 hex digits in either case with white space around them; written in upper case, the form nodes and
/// explorers use. Equal hashes are therefore equal texts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockHash([u8; 32]);

/// Why a text is no block hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a block hash is 64 hex digits without 0x")]
pub struct InvalidBlockHash;

impl BlockHash {
    /// Stands for "no block": the `previous` of an account's first block.
    pub const ZERO: Self = Self([0; 32]);

    /// The hash with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this is [`BlockHash::ZERO`].
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl FromStr for BlockHash {
    type Err = InvalidBlockHash;

    fn from_str(text: &str) -> Result<Self, InvalidBlockHash> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| InvalidBlockHash)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for BlockHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for BlockHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BlockHash({self})")
    }
}

crate::text::serde_as_text!(BlockHash);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hash_has_one_written_form() {
        let upper = "87434F8041869A01C8F6F263B87972D7BA443A72E0A97D7A3FD0CCC2358FD6F9";
        for text in [
            upper,
            &upper.to_lowercase(),
            &format!(" {upper}\n"),
            &format!("\t{}", upper.to_lowercase()),
        ] {
            assert_eq!(text.parse::<BlockHash>().unwrap().to_string(), upper);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let hash = "87434F8041869A01C8F6F263B87972D7BA443A72E0A97D7A3FD0CCC2358FD6F9";
        for text in [
            "",
            "0",
            &hash[1..],
            &format!("{hash}0"),
            &format!("0x{hash}"),
            &hash.replace('8', "g"),
        ] {
            assert_eq!(text.parse::<BlockHash>(), Err(InvalidBlockHash), "{text:?}");
        }
        for (at, inside) in [(32, " "), (32, "\0")] {
            let mut text = hash.to_owned();
            text.replace_range(at..=at, inside);
            assert_eq!(text.parse::<BlockHash>(), Err(InvalidBlockHash), "{text:?}");
        }
    }

    #[test]
    fn json_is_the_upper_case_text() {
        let hash = BlockHash::from_bytes([0xab; 32]);
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{}\"", "AB".repeat(32)));
        assert_eq!(serde_json::from_str::<BlockHash>(&json.to_lowercase()).unwrap(), hash);
        assert!(serde_json::from_str::<BlockHash>("0").is_err());
    }
}
