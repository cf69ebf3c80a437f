//! Seeds, private keys and signatures: Ed25519 with Blake2b-512 in place of SHA-512.

use std::fmt;
use std::str::FromStr;

use blake2::{Blake2b512, Digest};
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign, raw_verify};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::account::Account;
use crate::digest::blake2b_256;

/// A wallet seed: 32 secret bytes from which private keys are numbered.
///
/// Wiped from memory when dropped; never shown by `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

/// The private key of one account: 32 secret bytes.
///
/// Wiped from memory when dropped; never shown by `Debug`. There is deliberately no `Display`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PrivateKey([u8; 32]);

/// An Ed25519-Blake2b signature: 64 bytes, written in 128 hex digits (upper case, as nodes do).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

/// Why a text is no seed, key or signature. The text is not repeated: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} hex digits")]
pub struct InvalidHex {
    /// How many digits it should have.
    pub expected: usize,
}

/// The signature is not this account's over this message.
///
/// Also when the account's key is no point on the curve, or the signature is not in canonical form. A node takes a
/// signature whose scalar is not reduced; this crate does not, so a *confirmed* block may fail here: whoever decides
/// about money must treat that as a case of its own, not as "unsigned".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not belong to the account and the message")]
pub struct BadSignature;

impl Seed {
    /// The seed with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 secret bytes, for encrypting them or deriving from them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The private key number `index`: Blake2b-256 of the seed and the big-endian index.
    #[must_use]
    pub fn private_key(&self, index: u32) -> PrivateKey {
        PrivateKey(blake2b_256([&self.0, &index.to_be_bytes()]))
    }
}

impl FromStr for Seed {
    type Err = InvalidHex;

    fn from_str(text: &str) -> Result<Self, InvalidHex> {
        parse_hex(text).map(Self)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seed(secret)")
    }
}

impl PrivateKey {
    /// The private key with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The account this key signs for.
    #[must_use]
    pub fn public(&self) -> Account {
        Account::from_bytes(VerifyingKey::from(&self.expand()).to_bytes())
    }

    /// Signs the message. The same message always gives the same signature.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        let expanded = self.expand();
        let public = VerifyingKey::from(&expanded);
        Signature(raw_sign::<Blake2b512>(&expanded, message, &public).to_bytes())
    }

    fn expand(&self) -> ExpandedSecretKey {
        let expanded: Zeroizing<[u8; 64]> = Zeroizing::new(Blake2b512::digest(self.0).into());
        ExpandedSecretKey::from_bytes(&expanded)
    }
}

impl FromStr for PrivateKey {
    type Err = InvalidHex;

    fn from_str(text: &str) -> Result<Self, InvalidHex> {
        parse_hex(text).map(Self)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateKey(secret)")
    }
}

/// Whether `signature` is `account`'s over `message`.
///
/// # Errors
///
/// [`BadSignature`] when it is not; see there for signatures that a node takes and this function does not.
pub fn verify(account: &Account, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
    let key = VerifyingKey::from_bytes(account.as_bytes()).map_err(|_| BadSignature)?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    raw_verify::<Blake2b512>(&key, message, &signature).map_err(|_| BadSignature)
}

impl Signature {
    /// The signature with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes: R, then S.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl FromStr for Signature {
    type Err = InvalidHex;

    fn from_str(text: &str) -> Result<Self, InvalidHex> {
        parse_hex(text).map(Self)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Signature({self})")
    }
}

crate::text::serde_as_text!(Signature);

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], InvalidHex> {
    // Secrets are parsed here too: half a seed must not stay on the stack either.
    let mut bytes = Zeroizing::new([0; N]);
    hex::decode_to_slice(text, bytes.as_mut_slice()).map_err(|_| InvalidHex {
        expected: N.saturating_mul(2),
    })?;
    Ok(*bytes)
}
