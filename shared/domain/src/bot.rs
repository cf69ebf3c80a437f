//! Who a caller is.

use std::fmt;
use std::str::FromStr;

use crate::text::serde_as_text;

/// A bot: its Ed25519 public key (RFC 8032), written as 64 lower-case hex digits.
///
/// A bot *is* its key; there is no registration. The bytes may still be no point on the curve: whoever verifies a
/// signature finds out and refuses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BotId([u8; 32]);

/// Why a text is no bot id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bot id is an Ed25519 public key in 64 lower-case hex digits")]
pub struct InvalidBotId;

impl BotId {
    /// The bot that holds this public key.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The public key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for BotId {
    type Err = InvalidBotId;

    fn from_str(text: &str) -> Result<Self, InvalidBotId> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(InvalidBotId);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidBotId)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for BotId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BotId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BotId({self})")
    }
}

serde_as_text!(BotId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_64_lower_case_hex_digits_are_a_bot_id() {
        let text = "ab".repeat(32);
        assert_eq!(text.parse::<BotId>().unwrap().to_string(), text);
        for wrong in [
            "",
            "ab",
            &"AB".repeat(32),
            &"ab".repeat(33),
            &"zz".repeat(32),
            &format!(" {text}"),
        ] {
            assert_eq!(wrong.parse::<BotId>(), Err(InvalidBotId), "{wrong:?}");
        }
    }
}
