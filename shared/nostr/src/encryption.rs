//! Contents that only sender and receiver can read: NIP-44 version 2, and NIP-04 where an operator still allows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bitcoin::XOnlyPublicKey;
use bitcoin::hashes::{Hash as _, HashEngine as _, Hmac, HmacEngine, sha256};
use nostr::nips::{nip04, nip44};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::key::{NostrKey, for_nostr};

/// The most bytes of plain text that every implementation of NIP-44 takes.
pub const MAX_PLAINTEXT_BYTES: usize = 65_535;

const NIP44_NONCE: &[u8] = b"nanoark/nip44-nonce/v1";
const NIP04_IV: &[u8] = b"nanoark/nip04-iv/v1";

/// A way of encrypting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// NIP-44 version 2.
    #[serde(rename = "nip44_v2")]
    Nip44,
    /// NIP-04, which does not authenticate what it encrypts. Never for checkpoints.
    #[serde(rename = "nip04")]
    Nip04,
}

/// What a message is for. It goes into the message's nonce.
#[derive(Debug, Clone, Copy)]
pub struct Purpose<'a> {
    /// The kind of the event.
    pub kind: u16,
    /// Its `d` tag.
    pub d: &'a str,
}

/// Why a text was not encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// It is empty, or longer than every implementation takes.
    #[error("a text of {0} bytes cannot be encrypted; 1 to {MAX_PLAINTEXT_BYTES} can")]
    Length(usize),
    /// The keys do not work together.
    #[error("the keys cannot be used")]
    Key,
}

/// A text that could not be decrypted. It does not say why, so that nobody learns from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text cannot be decrypted")]
pub struct NotDecryptable;

impl Scheme {
    /// Its name in tags and announcements.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nip44 => "nip44_v2",
            Self::Nip04 => "nip04",
        }
    }

    /// The scheme with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Nip44, Self::Nip04]
            .into_iter()
            .find(|scheme| scheme.as_str() == name)
    }

    /// The scheme that a text is encrypted by, judged by its looks: only NIP-04 has a vector beside the base64.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.contains("?iv=") {
            Self::Nip04
        } else {
            Self::Nip44
        }
    }
}

/// Encrypts a text. The same input gives the same output, so that a step that is done twice sends the same bytes.
///
/// NIP-44 asks that no two messages between the same keys share a nonce. Here the nonce is HMAC-SHA256, under the sender's
/// secret, of receiver, kind, `d` tag and the text itself: a pseudo-random function of all that could differ. Two messages
/// share a nonce only if they are the same message, and then the whole cipher text is the same too, which tells an onlooker
/// that it was sent twice and nothing else. The two sides of a conversation share its key but not their secrets, so their
/// nonces are independent. This is how deterministic authenticated encryption derives its vector (SIV, RFC 5297). What
/// randomness would give on top, hiding that a message repeats, is what must not be.
///
/// # Errors
/// [`EncryptError`].
pub fn encrypt(
    key: &NostrKey,
    to: &XOnlyPublicKey,
    scheme: Scheme,
    purpose: Purpose<'_>,
    text: &str,
) -> Result<String, EncryptError> {
    if text.is_empty() || text.len() > MAX_PLAINTEXT_BYTES {
        return Err(EncryptError::Length(text.len()));
    }
    let secret = key.for_nostr().map_err(|_| EncryptError::Key)?;
    let public = for_nostr(to);
    let encrypted = match scheme {
        Scheme::Nip44 => {
            let nonce = nip44::Nonce::V2(derive(key, NIP44_NONCE, to, purpose, text));
            nip44::encrypt_to_bytes_with_nonce(&secret, &public, text, nonce).map(|bytes| STANDARD.encode(bytes))
        }
        Scheme::Nip04 => {
            let [iv @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = derive(key, NIP04_IV, to, purpose, text);
            nip04::encrypt_with_iv(&secret, &public, text, iv)
        }
    };
    encrypted.map_err(|_| EncryptError::Key)
}

/// Decrypts a text, by the scheme that it is encrypted by.
///
/// # Errors
/// [`NotDecryptable`].
pub fn decrypt(
    key: &NostrKey,
    from: &XOnlyPublicKey,
    scheme: Scheme,
    text: &str,
) -> Result<Zeroizing<String>, NotDecryptable> {
    let secret = key.for_nostr().map_err(|_| NotDecryptable)?;
    let public = for_nostr(from);
    let decrypted = match scheme {
        Scheme::Nip44 => nip44::decrypt(&secret, &public, text),
        Scheme::Nip04 => nip04::decrypt(&secret, &public, text),
    };
    decrypted.map(Zeroizing::new).map_err(|_| NotDecryptable)
}

fn derive(key: &NostrKey, label: &[u8], to: &XOnlyPublicKey, purpose: Purpose<'_>, text: &str) -> [u8; 32] {
    let mut engine = HmacEngine::<sha256::Hash>::new(key.secret_bytes().as_slice());
    engine.input(label);
    engine.input(&to.serialize());
    engine.input(&purpose.kind.to_be_bytes());
    // With its length, so that no end of it passes for a beginning of the text.
    engine.input(&u64::try_from(purpose.d.len()).unwrap_or(u64::MAX).to_be_bytes());
    engine.input(purpose.d.as_bytes());
    engine.input(text.as_bytes());
    Hmac::from_engine(engine).to_byte_array()
}

#[cfg(test)]
mod tests;
