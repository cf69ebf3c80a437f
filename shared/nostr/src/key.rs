//! Keys of Nostr, which are keys of BIP-340.

use std::fmt;
use std::sync::LazyLock;

use bitcoin::XOnlyPublicKey;
use bitcoin::secp256k1::{All, Keypair, Message, Secp256k1};
use nostr::nips::nip19::{FromBech32 as _, ToBech32 as _};
use zeroize::Zeroizing;

static SECP: LazyLock<Secp256k1<All>> = LazyLock::new(Secp256k1::new);

/// A secret key, of the gateway or of a wallet. It does not print, and its memory is erased.
#[derive(Clone)]
pub struct NostrKey {
    secret: Zeroizing<[u8; 32]>,
    public: XOnlyPublicKey,
}

/// A text that is no secret key. It does not say which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret key is nsec1… or 64 hex digits")]
pub struct InvalidSecretKey;

/// A text that is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a public key is npub1… or 64 lower-case hex digits")]
pub struct InvalidPublicKey;

impl NostrKey {
    /// The key of this text: hex, or `nsec1…` (NIP-19).
    ///
    /// # Errors
    /// [`InvalidSecretKey`].
    pub fn parse(text: &str) -> Result<Self, InvalidSecretKey> {
        let secret = nostr::key::SecretKey::parse(text).map_err(|_| InvalidSecretKey)?;
        Self::from_bytes(&Zeroizing::new(secret.to_secret_bytes()))
    }

    /// The key of these bytes.
    ///
    /// # Errors
    /// [`InvalidSecretKey`] when they are zero or not below the order of the curve.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, InvalidSecretKey> {
        let mut pair = Keypair::from_seckey_slice(&SECP, bytes).map_err(|_| InvalidSecretKey)?;
        let public = pair.x_only_public_key().0;
        pair.non_secure_erase();
        Ok(Self {
            secret: Zeroizing::new(*bytes),
            public,
        })
    }

    /// Its public key.
    #[must_use]
    pub const fn public(&self) -> XOnlyPublicKey {
        self.public
    }

    /// Its bytes, for a wallet whose Nostr key owns its coins too.
    #[must_use]
    pub const fn secret_bytes(&self) -> &Zeroizing<[u8; 32]> {
        &self.secret
    }

    /// Signs 32 bytes (BIP-340).
    ///
    /// No auxiliary randomness: the same event always gets the same signature. BIP-340 allows this; the signature's nonce
    /// follows from secret and message. Whoever composes an event checks the signature before it leaves, which is BIP-340's
    /// remedy against faults.
    pub(crate) fn sign(&self, digest: [u8; 32]) -> Result<[u8; 64], InvalidSecretKey> {
        let mut pair = Keypair::from_seckey_slice(&SECP, self.secret.as_slice()).map_err(|_| InvalidSecretKey)?;
        let signature = SECP.sign_schnorr_no_aux_rand(&Message::from_digest(digest), &pair);
        pair.non_secure_erase();
        Ok(signature.serialize())
    }

    /// The same key for the `nostr` crate, which erases it when it is dropped.
    pub(crate) fn for_nostr(&self) -> Result<nostr::key::SecretKey, InvalidSecretKey> {
        nostr::key::SecretKey::from_slice(self.secret.as_slice()).map_err(|_| InvalidSecretKey)
    }
}

impl fmt::Debug for NostrKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NostrKey({})", self.public)
    }
}

/// The keys that the gateway answers to.
#[derive(Debug, Clone)]
pub struct GatewayKeys {
    current: NostrKey,
    retired: Vec<NostrKey>,
}

impl GatewayKeys {
    /// The key that the gateway goes by, and those that it went by before: sessions that began under one end under it.
    #[must_use]
    pub const fn new(current: NostrKey, retired: Vec<NostrKey>) -> Self {
        Self { current, retired }
    }

    /// The key that the gateway goes by.
    #[must_use]
    pub const fn current(&self) -> &NostrKey {
        &self.current
    }

    /// The key with this public key.
    #[must_use]
    pub fn find(&self, public: &XOnlyPublicKey) -> Option<&NostrKey> {
        self.all().find(|key| key.public == *public)
    }

    /// All public keys, the current one first.
    #[must_use]
    pub fn publics(&self) -> Vec<XOnlyPublicKey> {
        self.all().map(NostrKey::public).collect()
    }

    fn all(&self) -> impl Iterator<Item = &NostrKey> {
        std::iter::once(&self.current).chain(&self.retired)
    }
}

/// The public key of a text: `npub1…` (NIP-19), or 64 lower-case hex digits.
///
/// # Errors
/// [`InvalidPublicKey`].
pub fn parse_public(text: &str) -> Result<XOnlyPublicKey, InvalidPublicKey> {
    if text.starts_with("npub1") {
        let key = nostr::key::PublicKey::from_bech32(text).map_err(|_| InvalidPublicKey)?;
        return XOnlyPublicKey::from_slice(key.as_bytes()).map_err(|_| InvalidPublicKey);
    }
    parse_hex(text).ok_or(InvalidPublicKey)
}

/// A public key as `npub1…` (NIP-19).
#[must_use]
pub fn npub(key: &XOnlyPublicKey) -> String {
    match for_nostr(key).to_bech32() {
        Ok(text) => text,
        Err(never) => match never {},
    }
}

/// A public key as events have it: 64 lower-case hex digits.
pub(crate) fn parse_hex(text: &str) -> Option<XOnlyPublicKey> {
    if text.len() != 64 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    text.parse().ok()
}

pub(crate) fn for_nostr(key: &XOnlyPublicKey) -> nostr::key::PublicKey {
    nostr::key::PublicKey::from_byte_array(key.serialize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From NIP-19.
    const HEX: &str = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e";
    const NPUB: &str = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg";
    const SECRET: &str = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa";
    const NSEC: &str = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5";

    #[test]
    fn keys_are_read_in_both_spellings() {
        assert_eq!(parse_public(HEX), parse_public(NPUB));
        assert_eq!(npub(&parse_public(HEX).unwrap()), NPUB);
        let key = NostrKey::parse(NSEC).unwrap();
        assert_eq!(hex::encode(key.secret_bytes().as_slice()), SECRET);
        assert_eq!(key.public(), NostrKey::parse(SECRET).unwrap().public());
        assert_eq!(key.public().to_string(), HEX);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let upper = HEX.to_uppercase();
        let zero = "0".repeat(64);
        let off_curve = format!("{}5", "0".repeat(63));
        for text in ["", NSEC, &upper, &zero, &off_curve, &HEX[1..], &NPUB[..62]] {
            assert_eq!(parse_public(text), Err(InvalidPublicKey), "{text}");
        }
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        for text in ["", NPUB, &zero, order, &SECRET[1..]] {
            assert!(NostrKey::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        let key = NostrKey::parse(SECRET).unwrap();
        let printed = format!("{key:?} {:?}", GatewayKeys::new(key.clone(), vec![key.clone()]));
        assert!(!printed.contains(&SECRET[..8]) && printed.contains(HEX), "{printed}");
    }

    #[test]
    fn retired_keys_are_found_and_the_current_one_comes_first() {
        let [old, new, other] = [1, 2, 3].map(|byte| NostrKey::from_bytes(&[byte; 32]).unwrap());
        let keys = GatewayKeys::new(new.clone(), vec![old.clone()]);
        assert_eq!(keys.publics(), [new.public(), old.public()]);
        assert_eq!(keys.find(&old.public()).unwrap().public(), old.public());
        assert!(keys.find(&other.public()).is_none());
    }
}
