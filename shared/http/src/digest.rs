//! `Content-Digest` (RFC 9530): the bridge from a signed header to the bytes of the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use sfv::{BareItem, ListEntry};
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use crate::structured::parse_dictionary;

/// The name of the header field.
pub const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// Why a digest does not speak for a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// The field is no dictionary of byte sequences.
    #[error("Content-Digest cannot be read: {0}")]
    Malformed(String),
    /// Neither `sha-256` nor `sha-512` is there.
    #[error("Content-Digest names neither sha-256 nor sha-512")]
    NoKnownAlgorithm,
    /// The digest belongs to another body.
    #[error("the body does not have the {algorithm} digest that Content-Digest says")]
    Mismatch {
        /// `sha-256` or `sha-512`.
        algorithm: &'static str,
    },
}

/// The `Content-Digest` value of a body, with `sha-256`.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// Checks a `Content-Digest` value against the body: every digest of an algorithm we know must be right, and one must
/// be there. Algorithms we do not know, or that are too weak to count, are passed over as the RFC asks.
///
/// # Errors
/// See [`DigestError`].
pub fn verify_content_digest(value: &str, body: &[u8]) -> Result<(), DigestError> {
    let digests = parse_dictionary(value).map_err(DigestError::Malformed)?;
    let mut known = false;
    for (name, entry) in &digests {
        let ListEntry::Item(item) = entry else {
            return Err(DigestError::Malformed(format!("{name} is a list")));
        };
        let BareItem::ByteSequence(claimed) = &item.bare_item else {
            return Err(DigestError::Malformed(format!("{name} is no byte sequence")));
        };
        let (algorithm, equal) = match name.as_str() {
            "sha-256" => ("sha-256", same(&Sha256::digest(body), claimed)),
            "sha-512" => ("sha-512", same(&Sha512::digest(body), claimed)),
            _ => continue,
        };
        if !equal {
            return Err(DigestError::Mismatch { algorithm });
        }
        known = true;
    }
    if known {
        Ok(())
    } else {
        Err(DigestError::NoKnownAlgorithm)
    }
}

fn same(actual: &[u8], claimed: &[u8]) -> bool {
    actual.ct_eq(claimed).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9530 appendix B.1 and B.2.
    #[test]
    fn the_examples_of_rfc_9530_have_the_printed_digests() {
        let hello = b"{\"hello\": \"world\"}\n";
        assert_eq!(
            content_digest(hello),
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        );
        assert_eq!(
            content_digest(b""),
            "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
        );
    }

    /// RFC 9421 appendix B.2, the test request.
    const HELLO_512: &str =
        "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";

    #[test]
    fn both_algorithms_are_accepted_alone_together_and_beside_unknown_ones() {
        let body = b"{\"hello\": \"world\"}";
        let short = content_digest(body);
        for value in [
            short.clone(),
            HELLO_512.to_owned(),
            format!("{short}, {HELLO_512}"),
            format!("md5=:AAAA:, {short}, unixsum=:AA==:"),
            format!("{short};note=1"),
        ] {
            assert_eq!(verify_content_digest(&value, body), Ok(()), "{value}");
        }
    }

    #[test]
    fn a_digest_of_another_body_or_of_no_known_kind_is_refused() {
        let body = b"{\"hello\": \"world\"}";
        let short = content_digest(body);
        for (value, expected) in [
            (content_digest(b"other"), DigestError::Mismatch { algorithm: "sha-256" }),
            (
                format!("{}, {HELLO_512}", content_digest(b"other")),
                DigestError::Mismatch { algorithm: "sha-256" },
            ),
            ("sha-256=::".to_owned(), DigestError::Mismatch { algorithm: "sha-256" }),
            (
                "sha-512=:AAAA:".to_owned(),
                DigestError::Mismatch { algorithm: "sha-512" },
            ),
            ("md5=:AAAA:".to_owned(), DigestError::NoKnownAlgorithm),
            (String::new(), DigestError::NoKnownAlgorithm),
        ] {
            assert_eq!(verify_content_digest(&value, body), Err(expected), "{value}");
        }
        for value in [
            "sha-256".to_owned(),
            "sha-256=\"text\"".to_owned(),
            "sha-256=(:AAAA:)".to_owned(),
            format!("{short}, {short}"),
            "sha-256=:not base64:".to_owned(),
            "SHA-256=:AAAA:".to_owned(),
            "sha-256=abc".to_owned(),
        ] {
            assert!(
                matches!(verify_content_digest(&value, body), Err(DigestError::Malformed(_))),
                "{value}"
            );
        }
    }
}
