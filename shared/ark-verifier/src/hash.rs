//! Hashes that name things.

use bitcoin::hashes::{Hash as _, hash_newtype, sha256, sha256t_hash_newtype};

hash_newtype! {
    /// The id of a Nostr event (NIP-01): lower-case hex.
    #[hash_newtype(forward)]
    pub struct EventId(sha256::Hash);
}

sha256t_hash_newtype! {
    /// The domain of [`PayloadRef`].
    pub struct PayloadRefTag = hash_str("nanoark/challenge/v1");

    /// Names everything that a challenge asks to sign: a tagged hash, lower-case hex.
    #[hash_newtype(forward)]
    pub struct PayloadRef(_);
}

impl EventId {
    /// Its bytes.
    #[must_use]
    pub fn bytes(self) -> [u8; 32] {
        self.to_byte_array()
    }
}
