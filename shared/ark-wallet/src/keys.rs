//! The wallet's keys: the Nostr key that it speaks by, and the key that owns its VTXOs.

use std::fmt;
use std::sync::LazyLock;

use bitcoin::XOnlyPublicKey;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::secp256k1::{All, Keypair, Message, Secp256k1};
use nanoark_nostr::NostrKey;

static SECP: LazyLock<Secp256k1<All>> = LazyLock::new(Secp256k1::new);

/// The wallet's keys. They do not print, and their memory is erased.
#[derive(Clone)]
pub struct Keys {
    nostr: NostrKey,
    owner: Owner,
}

/// Which key owns the VTXOs.
#[derive(Clone)]
enum Owner {
    /// The Nostr key itself (key mode A).
    Nostr,
    /// Another key, which an event binds to the Nostr key (key mode B).
    Bound(NostrKey),
}

/// A key that cannot sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key cannot sign")]
pub struct InvalidKeys;

/// The owner key, ready to sign. Its memory is erased.
pub(crate) struct Signer(Keypair);

impl Keys {
    /// One key for both (key mode A).
    #[must_use]
    pub const fn new(nostr: NostrKey) -> Self {
        Self {
            nostr,
            owner: Owner::Nostr,
        }
    }

    /// A Nostr key, and another key that owns the VTXOs (key mode B). The gateway has to be told by
    /// [`bind`](crate::ArkWallet::bind).
    #[must_use]
    pub const fn with_owner(nostr: NostrKey, owner: NostrKey) -> Self {
        Self {
            nostr,
            owner: Owner::Bound(owner),
        }
    }

    /// The Nostr key.
    #[must_use]
    pub const fn nostr(&self) -> &NostrKey {
        &self.nostr
    }

    /// The public key that owns the VTXOs.
    #[must_use]
    pub const fn owner(&self) -> XOnlyPublicKey {
        self.owner_key().public()
    }

    /// Whether the owner key is another one than the Nostr key.
    #[must_use]
    pub const fn is_bound(&self) -> bool {
        matches!(self.owner, Owner::Bound(_))
    }

    pub(crate) fn signer(&self) -> Result<Signer, InvalidKeys> {
        let secret = self.owner_key().secret_bytes();
        let pair = Keypair::from_seckey_slice(&SECP, secret.as_slice()).map_err(|_| InvalidKeys)?;
        Ok(Signer(pair))
    }

    const fn owner_key(&self) -> &NostrKey {
        match &self.owner {
            Owner::Nostr => &self.nostr,
            Owner::Bound(key) => key,
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Keys({}, owner {})", self.nostr.public(), self.owner())
    }
}

impl Signer {
    /// Signs (BIP-340) without auxiliary randomness: the same bytes always get the same signature.
    pub(crate) fn sign(&self, sighash: &[u8; 32]) -> Signature {
        SECP.sign_schnorr_no_aux_rand(&Message::from_digest(*sighash), &self.0)
    }

    pub(crate) const fn pair(&self) -> &Keypair {
        &self.0
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> NostrKey {
        NostrKey::from_bytes(&[byte; 32]).unwrap()
    }

    #[test]
    fn the_owner_signs_whichever_key_it_is() {
        for (keys, owner) in [(Keys::new(key(1)), key(1)), (Keys::with_owner(key(1), key(2)), key(2))] {
            let signature = keys.signer().unwrap().sign(&[9; 32]);
            assert_eq!(keys.owner(), owner.public());
            assert_eq!(signature, keys.signer().unwrap().sign(&[9; 32]));
            SECP.verify_schnorr(&signature, &Message::from_digest([9; 32]), &owner.public())
                .unwrap();
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let printed = format!("{:?}", Keys::with_owner(key(1), key(2)));
        assert!(
            !printed.contains(&"01".repeat(8)) && !printed.contains(&"02".repeat(8)),
            "{printed}"
        );
    }
}
