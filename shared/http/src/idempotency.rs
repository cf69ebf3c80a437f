//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the name of one intention, chosen by the client.
//!
//! A client makes a fresh key for every new intention and sends the same key, signed anew, with every retry of it.

use std::fmt;
use std::str::FromStr;

use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The request header with the key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The response header that marks an answer given before, from the record.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The only value [`IDEMPOTENCY_REPLAYED`] ever has.
pub const REPLAYED: HeaderValue = HeaderValue::from_static("true");

/// The longest key.
pub const LONGEST_KEY: usize = 128;

/// An idempotency key: 1 to 128 visible ASCII characters.
///
/// The draft writes the key as a quoted string (`"8e03978e"`), most clients write it bare (`8e03978e`). Both are the
/// same key; what is kept is the bare form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey(String);

/// Why there is no usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdempotencyKeyError {
    /// The header is absent.
    #[error("the request changes something and has no Idempotency-Key header")]
    Missing,
    /// The header came more than once.
    #[error("the request has more than one Idempotency-Key header")]
    Repeated,
    /// The value is no key.
    #[error("an Idempotency-Key is 1 to 128 visible ASCII characters without spaces, bare or in double quotes")]
    Invalid,
}

impl IdempotencyKey {
    /// The key, without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, IdempotencyKeyError> {
        let key = match text.strip_prefix('"') {
            None => text.to_owned(),
            Some(rest) => unquote(rest).ok_or(IdempotencyKeyError::Invalid)?,
        };
        if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(IdempotencyKeyError::Invalid);
        }
        Ok(Self(key))
    }
}

/// The content of an RFC 8941 string whose opening quote is already taken: only `\"` and `\\` are escapes, and nothing
/// may follow the closing quote.
fn unquote(rest: &str) -> Option<String> {
    let mut key = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => break,
            '\\' => match characters.next()? {
                escaped @ ('"' | '\\') => key.push(escaped),
                _ => return None,
            },
            plain => key.push(plain),
        }
    }
    characters.next().is_none().then_some(key)
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "IdempotencyKey({self})")
    }
}

impl Serialize for IdempotencyKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for IdempotencyKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bare_and_the_quoted_form_are_one_key() {
        for (text, key) in [
            (
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
            ),
            (
                "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"",
                "8e03978e-40d5-43dd-bc93-6894a57f9324",
            ),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            (r#"a"b\c"#, r#"a"b\c"#),
            ("!", "!"),
        ] {
            assert_eq!(text.parse::<IdempotencyKey>().unwrap().as_str(), key);
        }
        assert!("k".repeat(128).parse::<IdempotencyKey>().is_ok());
        assert!(format!("\"{}\"", "k".repeat(128)).parse::<IdempotencyKey>().is_ok());
    }

    #[test]
    fn anything_else_is_no_key() {
        for text in [
            "",
            "\"\"",
            "a b",
            "a\tb",
            "\"a",
            "\"a\"b",
            "\"a\";p=1",
            "\"a\\x\"",
            "\"a\\",
            "ü",
            "a\u{7f}",
            &"k".repeat(129),
        ] {
            assert_eq!(
                text.parse::<IdempotencyKey>(),
                Err(IdempotencyKeyError::Invalid),
                "{text:?}"
            );
        }
    }
}
