//! What a buyer hands in and a seller hands out. The relay stores payloads and understands none of them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::canonical;
use crate::digest::Sha256Digest;

/// A job's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A JSON value in the clear.
    Json(Value),
    /// A libsodium sealed box to the seller's key; opaque to the relay.
    Sealed(SealedBox),
}

/// A job's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// A JSON value in the clear.
    Json(Value),
    /// A libsodium sealed box to the buyer's key; opaque to the relay.
    Sealed(SealedBox),
    /// A result kept elsewhere, bound to this job by its digest.
    Link(#[serde(deserialize_with = "crate::object::required")] Link),
}

/// Where a result is kept, and what it must hash to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// An `https` URL. The relay never fetches it.
    pub url: HttpsUrl,
    /// The digest of the bytes found there.
    pub sha256: Sha256Digest,
}

/// An `https` URL of at most [`HttpsUrl::MAX_BYTES`] bytes, without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpsUrl(String);

/// Why a text is no [`HttpsUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a link is an https URL of at most {max} bytes, with a host and without credentials", max = HttpsUrl::MAX_BYTES)]
pub struct InvalidUrl;

impl HttpsUrl {
    /// The longest URL that is accepted.
    pub const MAX_BYTES: usize = 2_048;

    /// Reads a URL.
    ///
    /// # Errors
    /// When the text is too long, no URL, not `https`, or carries credentials.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidUrl);
        }
        let url = url::Url::parse(text).map_err(|_| InvalidUrl)?;
        if url.scheme() != "https" || url.host_str().is_none() || !url.username().is_empty() || url.password().is_some()
        {
            return Err(InvalidUrl);
        }
        Ok(Self(url.into()))
    }

    /// The URL in its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for HttpsUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for HttpsUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A libsodium sealed box (`crypto_box_seal`), written in base64url without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedBox(Vec<u8>);

/// Why a text is no [`SealedBox`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSealedBox {
    /// Not base64url without padding.
    #[error("a sealed box is written in base64url without padding")]
    Encoding,
    /// Shorter than the ephemeral key and the tag of an empty message.
    #[error("a sealed box is at least {} bytes: an ephemeral key and a tag", SealedBox::OVERHEAD)]
    TooShort,
}

impl SealedBox {
    /// Bytes that sealing adds: a 32-byte ephemeral public key and a 16-byte tag.
    pub const OVERHEAD: usize = 48;

    /// Reads a sealed box.
    ///
    /// # Errors
    /// When the text is not base64url or holds less than an empty box.
    pub fn parse(text: &str) -> Result<Self, InvalidSealedBox> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidSealedBox::Encoding)?;
        if bytes.len() < Self::OVERHEAD {
            return Err(InvalidSealedBox::TooShort);
        }
        Ok(Self(bytes))
    }

    /// The box's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SealedBox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SealedBox({} bytes)", self.0.len())
    }
}

impl Serialize for SealedBox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for SealedBox {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Input {
    /// The digest that quotes and receipts name: of the canonical JSON, or of the box's bytes.
    #[must_use]
    pub fn digest(&self) -> Sha256Digest {
        match self {
            Self::Json(value) => Sha256Digest::of(&canonical::json(value)),
            Self::Sealed(sealed) => Sha256Digest::of(sealed.as_bytes()),
        }
    }

    /// The size that the limit counts, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Json(value) => canonical::json(value).len(),
            Self::Sealed(sealed) => sealed.as_bytes().len(),
        }
    }
}

impl Output {
    /// The digest that receipts name: of the canonical JSON, of the box's bytes, or the link's own.
    #[must_use]
    pub fn digest(&self) -> Sha256Digest {
        match self {
            Self::Json(value) => Sha256Digest::of(&canonical::json(value)),
            Self::Sealed(sealed) => Sha256Digest::of(sealed.as_bytes()),
            Self::Link(link) => link.sha256,
        }
    }

    /// The size that the limit counts, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Json(value) => canonical::json(value).len(),
            Self::Sealed(sealed) => sealed.as_bytes().len(),
            Self::Link(link) => link.url.as_str().len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_texts_of_one_json_value_have_one_digest() {
        let one: Input = serde_json::from_str(r#"{"json": {"b": 1.0, "a": "\u00e9"}}"#).unwrap();
        let two: Input = serde_json::from_str(r#"{"json":{"a":"é","b":1}}"#).unwrap();
        assert_eq!(one.digest(), two.digest());
    }

    #[test]
    fn a_sealed_box_holds_at_least_a_key_and_a_tag() {
        let smallest = URL_SAFE_NO_PAD.encode([7; 48]);
        assert_eq!(SealedBox::parse(&smallest).unwrap().as_bytes(), [7; 48]);
        assert_eq!(
            SealedBox::parse(&URL_SAFE_NO_PAD.encode([7; 47])),
            Err(InvalidSealedBox::TooShort)
        );
        for text in ["a b", "====", "+/+/"] {
            assert_eq!(SealedBox::parse(text), Err(InvalidSealedBox::Encoding), "{text}");
        }
    }

    #[test]
    fn a_link_is_https_with_a_host_and_no_credentials() {
        assert_eq!(
            HttpsUrl::parse("https://Example.org/a b").unwrap().as_str(),
            "https://example.org/a%20b"
        );
        let long = format!("https://example.org/{}", "a".repeat(2_048));
        for text in [
            "",
            "http://example.org/",
            "https://user:pw@example.org/",
            "ftp://example.org",
            "javascript:1",
            &long,
        ] {
            assert_eq!(HttpsUrl::parse(text), Err(InvalidUrl), "{text}");
        }
    }
}
