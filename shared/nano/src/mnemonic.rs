//! Mnemonic phrases (BIP-39) and the keys hardware wallets derive from them (BIP-44 path `m/44'/165'/index'`).
//!
//! Derivation is SLIP-0010 for Ed25519: HMAC-SHA512 keyed with `ed25519 seed`, hardened steps only. Only the *use* of the
//! resulting private key has Blake2b in it. These keys differ from those of a [`Seed`](crate::Seed): a phrase and a seed
//! are two wallets, even when they come from the same entropy.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::key::PrivateKey;

/// Set in every step of a hardened path.
const HARDENED: u32 = 0x8000_0000;

/// The purpose field of BIP-44.
const PURPOSE: u32 = 44;

/// Nano's coin type in SLIP-0044.
const NANO: u32 = 165;

/// An English BIP-39 phrase with a valid checksum. Secret: never shown by `Debug`.
pub struct Mnemonic(bip39::Mnemonic);

/// Why a text is no phrase. The text is not repeated: it is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a phrase is 12, 15, 18, 21 or 24 English BIP-39 words with a valid checksum")]
pub struct InvalidMnemonic;

/// The account index leaves no room for the hardened bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a BIP-44 account index is below 2147483648")]
pub struct IndexTooLarge;

/// The 64 secret bytes that a phrase and its passphrase stand for, from which keys are derived. Making them takes 2048
/// rounds of a hash; keep them when more than one key is needed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MnemonicSeed([u8; 64]);

impl Mnemonic {
    /// The phrase of 24 words for this entropy.
    ///
    /// # Errors
    ///
    /// [`InvalidMnemonic`]: never, with 32 bytes.
    pub fn from_entropy(entropy: &[u8; 32]) -> Result<Self, InvalidMnemonic> {
        bip39::Mnemonic::from_entropy(entropy)
            .map(Self)
            .map_err(|_| InvalidMnemonic)
    }

    /// The words, separated by single spaces. Secret: for a backup.
    #[must_use]
    pub fn phrase(&self) -> Zeroizing<String> {
        // The longest phrase has 24 words of 8 letters: it never moves and leaves a copy behind.
        let mut phrase = Zeroizing::new(String::with_capacity(24 * 9));
        for word in self.0.words() {
            if !phrase.is_empty() {
                phrase.push(' ');
            }
            phrase.push_str(word);
        }
        phrase
    }

    /// What the phrase stands for, with the optional BIP-39 `passphrase` (empty for none).
    #[must_use]
    pub fn seed(&self, passphrase: &str) -> MnemonicSeed {
        MnemonicSeed(self.0.to_seed(passphrase))
    }

    /// The private key at `m/44'/165'/index'`, with the optional BIP-39 `passphrase` (empty for none).
    ///
    /// # Errors
    ///
    /// [`IndexTooLarge`] for an index of 2<sup>31</sup> or more.
    pub fn private_key(&self, passphrase: &str, index: u32) -> Result<PrivateKey, IndexTooLarge> {
        if index >= HARDENED {
            return Err(IndexTooLarge);
        }
        Ok(self.seed(passphrase).private_key(index))
    }
}

impl MnemonicSeed {
    /// The 64 secret bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// The private key at `m/44'/165'/index'`. The top bit of an index says that a step is hardened, which all are here:
    /// an index of 2<sup>31</sup> or more names the account of the index without that bit.
    #[must_use]
    pub fn private_key(&self, index: u32) -> PrivateKey {
        let master = Node::split(&hmac_sha512(b"ed25519 seed", &[self.0.as_slice()]));
        let account = [PURPOSE, NANO, index].into_iter().fold(master, Node::hardened_child);
        PrivateKey::from_bytes(*account.key)
    }
}

impl fmt::Debug for MnemonicSeed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MnemonicSeed(secret)")
    }
}

impl FromStr for Mnemonic {
    type Err = InvalidMnemonic;

    fn from_str(phrase: &str) -> Result<Self, InvalidMnemonic> {
        bip39::Mnemonic::parse_in(bip39::Language::English, phrase)
            .map(Self)
            .map_err(|_| InvalidMnemonic)
    }
}

impl fmt::Debug for Mnemonic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Mnemonic(secret)")
    }
}

/// A node of the derivation tree.
struct Node {
    key: Zeroizing<[u8; 32]>,
    chain_code: Zeroizing<[u8; 32]>,
}

impl Node {
    fn split(bytes: &Zeroizing<[u8; 64]>) -> Self {
        let (key, chain_code) = bytes.split_at(32);
        let mut node = Self {
            key: Zeroizing::new([0; 32]),
            chain_code: Zeroizing::new([0; 32]),
        };
        node.key.copy_from_slice(key);
        node.chain_code.copy_from_slice(chain_code);
        node
    }

    fn hardened_child(self, index: u32) -> Self {
        let index = (index | HARDENED).to_be_bytes();
        Self::split(&hmac_sha512(
            self.chain_code.as_slice(),
            &[&[0], self.key.as_slice(), &index],
        ))
    }
}

fn hmac_sha512(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha512>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The phrase, passphrase and first key that the firmware of hardware wallets is tested with (`m/44'/165'/0'`).
    #[test]
    fn keys_are_those_of_hardware_wallets() {
        let phrase = "edge defense waste choose enrich upon flee junk siren film clown finish luggage leader kid quick \
                      brick print evidence swap drill paddle truly occur";
        let key = phrase
            .parse::<Mnemonic>()
            .unwrap()
            .private_key("some password", 0)
            .unwrap();
        let expected: PrivateKey = "3be4fc2ef3f3b7374e6fc4fb6e7bb153f8a2998b3b3dab50853eabe128024143"
            .parse()
            .unwrap();
        assert_eq!(key.public(), expected.public());
        let public = "5b65b0e8173ee0802c2c3e6c9080d1a16b06de1176c938a924f58670904e82c4";
        assert_eq!(hex::encode(key.public().as_bytes()), public);
    }

    #[test]
    fn index_and_passphrase_make_other_accounts() {
        let phrase = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        let wallet: Mnemonic = phrase.parse().unwrap();
        let accounts = [("", 0), ("", 1), ("x", 0), ("", HARDENED - 1)]
            .map(|(passphrase, index)| wallet.private_key(passphrase, index).unwrap().public());
        for (at, account) in accounts.iter().enumerate() {
            assert!(!accounts[..at].contains(account));
        }
        assert_eq!(wallet.private_key("", HARDENED).unwrap_err(), IndexTooLarge);
    }

    #[test]
    fn entropy_and_phrase_are_the_standards_own() {
        let phrase = Mnemonic::from_entropy(&[0; 32]).unwrap().phrase();
        assert_eq!(*phrase, format!("{}art", "abandon ".repeat(23)));
        let again: Mnemonic = phrase.parse().unwrap();
        assert_eq!(again.phrase(), phrase);
        let seed = again.seed("");
        assert_eq!(seed.private_key(7).public(), again.private_key("", 7).unwrap().public());
        assert_eq!(format!("{seed:?}"), "MnemonicSeed(secret)");
    }

    #[test]
    fn a_phrase_needs_known_words_and_its_checksum() {
        let rejects = [
            "",
            "abandon",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon",
            "nanoark abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        ];
        for phrase in rejects {
            assert_eq!(phrase.parse::<Mnemonic>().unwrap_err(), InvalidMnemonic, "{phrase}");
        }
        let phrase = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        assert_eq!(format!("{:?}", phrase.parse::<Mnemonic>().unwrap()), "Mnemonic(secret)");
    }
}
