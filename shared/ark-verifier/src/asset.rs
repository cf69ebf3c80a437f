//! Arkade assets.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

/// An asset: the transaction that issued it, and its group there (little-endian), 68 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId([u8; 34]);

/// A text that is no [`AssetId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an asset id has 68 lower-case hex digits")]
pub struct InvalidAssetId;

/// An amount of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetAmount {
    /// The asset.
    pub asset_id: AssetId,
    /// How many of its smallest units.
    #[serde(with = "units")]
    pub amount: u64,
}

/// Units as a JSON string: an asset may have more of them than a JSON number holds exactly.
mod units {
    use super::String;
    use alloc::string::ToString as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    pub(super) fn serialize<S: Serializer>(units: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&units.to_string())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        let units: u64 = text.parse().map_err(serde::de::Error::custom)?;
        if units.to_string() == text {
            Ok(units)
        } else {
            Err(serde::de::Error::custom("a number has no leading zeros or signs"))
        }
    }
}

impl AssetId {
    /// The id of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 34]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 34] {
        &self.0
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl core::str::FromStr for AssetId {
    type Err = InvalidAssetId;

    fn from_str(text: &str) -> Result<Self, InvalidAssetId> {
        use bitcoin::hex::FromHex as _;
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidAssetId);
        }
        <[u8; 34]>::from_hex(text).map(Self).map_err(|_| InvalidAssetId)
    }
}

impl Serialize for AssetId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AssetId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = alloc::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
