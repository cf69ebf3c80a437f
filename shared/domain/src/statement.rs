//! Texts that bots sign outside of HTTP: quotes and receipts.
//!
//! A statement is its purpose on the first line and one `name=value` a line after it, joined by `\n` with no trailing
//! newline. The purpose separates the domains: no quote can be taken for a receipt, nor either for a signature base.
//! Values are written by types whose text holds no line break, so a statement reads one way only.

use std::fmt::{self, Display, Write as _};

use crate::text::serde_as_text;

/// The exact bytes that a bot signs with its Ed25519 key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement(String);

impl Statement {
    pub(crate) fn new(purpose: &'static str) -> Self {
        Self(purpose.to_owned())
    }

    pub(crate) fn line(mut self, name: &'static str, value: impl Display) -> Self {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "\n{name}={value}");
        self
    }

    /// The statement's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is signed: the text's UTF-8 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Display for Statement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An Ed25519 signature (RFC 8032) over a [`Statement`], written as 128 lower-case hex digits.
///
/// Holding one says nothing about its validity: the edge verifies it before a command is made of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StatementSignature([u8; 64]);

/// Why a text is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an Ed25519 signature is written as 128 hex digits")]
pub struct InvalidSignatureText;

impl StatementSignature {
    /// The signature whose bytes these are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl std::str::FromStr for StatementSignature {
    type Err = InvalidSignatureText;

    fn from_str(text: &str) -> Result<Self, InvalidSignatureText> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidSignatureText)?;
        Ok(Self(bytes))
    }
}

impl Display for StatementSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for StatementSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StatementSignature({self})")
    }
}

serde_as_text!(StatementSignature);
