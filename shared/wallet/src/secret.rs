//! What a wallet's keys come from.

use std::fmt;
use std::path::Path;

use hmac::{Hmac, KeyInit, Mac};
use nanoark_nano::{Mnemonic, MnemonicSeed, PrivateKey, Seed};
use nanoark_surroundings::{NoEntropy, Surroundings};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::secret_file::{self, SecretFileError};

/// The longest secret is a phrase of 24 words of 8 letters; the rest is room for white space.
const LARGEST_FILE: u64 = 4096;

/// Extracts what the bot's key comes from, so that it has nothing in common with any key on the ledger.
const SALT: &[u8] = b"nanoark";

/// Says what is derived. Another key of another purpose needs another text.
const BOT_INFO: &[u8] = b"nanoark-bot-v1";
const ARK_INFO: &[u8] = b"nanoark-ark-v1";

/// What a wallet's keys come from: a 32-byte seed or a mnemonic. Prints nothing of itself, zeroised.
pub struct Secret(Origin);

enum Origin {
    Seed(Seed),
    Mnemonic { phrase: Mnemonic, seed: MnemonicSeed },
}

/// The text is neither a seed nor a mnemonic. It is not repeated: it is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret is a seed of 64 hex digits or a mnemonic of 12 to 24 English BIP-39 words with a valid checksum")]
pub struct InvalidSecret;

/// An account's place in the wallet. 0 is the account that the wallet pays from; invoice accounts count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountIndex(pub u32);

impl AccountIndex {
    /// The account that the wallet pays from.
    pub const MAIN: Self = Self(0);
}

impl fmt::Display for AccountIndex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl Secret {
    /// The secret with this seed (64 hex digits) or mnemonic (English BIP-39 words, without a passphrase; keys by BIP-44
    /// at `m/44'/165'/index'`). White space around the words does not matter.
    ///
    /// # Errors
    /// [`InvalidSecret`], which does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let mut words = Zeroizing::new(String::with_capacity(text.len()));
        for word in text.split_whitespace() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
        if words.contains(' ') {
            words.parse().map(Self::from_mnemonic).map_err(|_| InvalidSecret)
        } else {
            words.parse().map(Self::from_seed).map_err(|_| InvalidSecret)
        }
    }

    /// The secret in this file, which must be readable by its owner alone.
    ///
    /// # Errors
    /// [`SecretFileError`].
    pub fn from_file(path: &Path) -> Result<Self, SecretFileError> {
        let text = secret_file::read(path, LARGEST_FILE)?;
        Self::parse(&text).map_err(|InvalidSecret| SecretFileError::NoSecret { path: path.to_owned() })
    }

    /// Writes the secret, as it is, to a new file that its owner alone can read. See [`KeyFile`](crate::KeyFile) for one
    /// that is of no use without a passphrase.
    ///
    /// # Errors
    /// [`SecretFileError`]; a file that is there is never replaced.
    pub fn write_plain(&self, path: &Path) -> Result<(), SecretFileError> {
        let mut text = self.reveal();
        text.push('\n');
        secret_file::write_new(path, text.as_bytes())
    }

    /// From 32 random bytes.
    #[must_use]
    pub const fn from_seed(seed: Seed) -> Self {
        Self(Origin::Seed(seed))
    }

    /// From a phrase, without a passphrase.
    #[must_use]
    pub fn from_mnemonic(phrase: Mnemonic) -> Self {
        let seed = phrase.seed("");
        Self(Origin::Mnemonic { phrase, seed })
    }

    /// A new seed.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn new_seed(surroundings: &dyn Surroundings) -> Result<Self, NoEntropy> {
        let entropy = random(surroundings)?;
        Ok(Self::from_seed(Seed::from_bytes(*entropy)))
    }

    /// A new mnemonic of 24 words.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub fn new_mnemonic(surroundings: &dyn Surroundings) -> Result<Self, NoEntropy> {
        let entropy = random(surroundings)?;
        Mnemonic::from_entropy(&entropy)
            .map(Self::from_mnemonic)
            .map_err(|_| NoEntropy)
    }

    /// The secret itself, as [`Secret::parse`] reads it: for a backup, shown once to whoever owns it.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        match &self.0 {
            Origin::Seed(seed) => Zeroizing::new(hex::encode_upper(seed.as_bytes())),
            Origin::Mnemonic { phrase, .. } => phrase.phrase(),
        }
    }

    /// The key of the account with this index. Of a mnemonic there are 2<sup>31</sup> accounts.
    #[must_use]
    pub fn private_key(&self, index: AccountIndex) -> PrivateKey {
        match &self.0 {
            Origin::Seed(seed) => seed.private_key(index.0),
            Origin::Mnemonic { seed, .. } => seed.private_key(index.0),
        }
    }

    /// The seed of the bot's Ed25519 key, derived from the same secret, so that one backup restores both.
    ///
    /// HKDF-SHA256 (RFC 5869) of the 32 bytes of the seed, or of the 64 bytes that BIP-39 derives from the mnemonic, with
    /// the salt `nanoark`, the info `nanoark-bot-v1` and 32 bytes of output. The seed of 32 zero bytes gives
    /// `91ea7e0b2c2d01c2beafcbbf1261ad89f6db0d38165c8c801928ab6668e4b1d5`.
    #[must_use]
    pub fn bot_seed(&self) -> [u8; 32] {
        *self.derived(BOT_INFO)
    }

    /// The secret key of the Ark wallet's, derived from the same secret.
    ///
    /// As [`Secret::bot_seed`], with the info `nanoark-ark-v1`. The seed of 32 zero bytes gives
    /// `7c82c8dbcc449c29bd5dfc5868f69f30bb0e2403552e3749d91fad5e57ee270c`.
    #[must_use]
    pub fn ark_seed(&self) -> Zeroizing<[u8; 32]> {
        self.derived(ARK_INFO)
    }

    fn derived(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let material: &[u8] = match &self.0 {
            Origin::Seed(seed) => seed.as_bytes(),
            Origin::Mnemonic { seed, .. } => seed.as_bytes(),
        };
        let extracted = hmac_sha256(SALT, &[material]);
        hmac_sha256(extracted.as_slice(), &[info, &[1]])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(secret)")
    }
}

fn random(surroundings: &dyn Surroundings) -> Result<Zeroizing<[u8; 32]>, NoEntropy> {
    let mut bytes = Zeroizing::new([0; 32]);
    surroundings.fill(bytes.as_mut_slice())?;
    Ok(bytes)
}

fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO_SEED: &str = "0000000000000000000000000000000000000000000000000000000000000000";
    const PHRASE: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                          abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";

    #[test]
    fn a_seed_numbers_the_accounts_that_every_wallet_numbers() {
        let secret = Secret::parse(ZERO_SEED).unwrap();
        let known = [
            "nano_3i1aq1cchnmbn9x5rsbap8b15akfh7wj7pwskuzi7ahz8oq6cobd99d4r3b7",
            "nano_3rrf6cus8pye6o1kzi5n6wwjof8bjb7ff4xcgesi3njxid6x64pms6onw1f9",
            "nano_1dzcca9ycmtx3q79mocmu95zdduxptp3gp5fqkmb1ownscpweggzah8cb4rb",
        ];
        for (index, account) in (0..).zip(known) {
            let key = secret.private_key(AccountIndex(index));
            assert_eq!(key.public().to_string(), account);
        }
        let first: PrivateKey = "1495F2D49159CC2EAAAA97EBB42346418E1268AFF16D7FCA90E6BAD6D0965520"
            .parse()
            .unwrap();
        let second = Secret::parse(&format!("{}1", &ZERO_SEED[1..])).unwrap();
        assert_eq!(second.private_key(AccountIndex(1)).public(), first.public());
    }

    #[test]
    fn a_mnemonic_numbers_the_accounts_of_hardware_wallets() {
        let secret = Secret::parse(&format!("\n {} \t", PHRASE.replace(' ', "\n  "))).unwrap();
        let mnemonic: Mnemonic = PHRASE.parse().unwrap();
        for index in [0, 1, 7] {
            let expected = mnemonic.private_key("", index).unwrap().public();
            assert_eq!(secret.private_key(AccountIndex(index)).public(), expected);
        }
    }

    #[test]
    fn a_secret_reads_what_it_reveals() {
        for text in [ZERO_SEED, PHRASE] {
            assert_eq!(*Secret::parse(text).unwrap().reveal(), text);
        }
    }

    /// Computed with another implementation of HKDF.
    #[test]
    fn the_bots_key_follows_from_the_secret_and_from_nothing_on_the_ledger() {
        for (text, expected) in [(ZERO_SEED, BOT_OF_ZERO_SEED), (PHRASE, BOT_OF_PHRASE)] {
            assert_eq!(hex::encode(Secret::parse(text).unwrap().bot_seed()), expected);
        }
    }

    const BOT_OF_ZERO_SEED: &str = "91ea7e0b2c2d01c2beafcbbf1261ad89f6db0d38165c8c801928ab6668e4b1d5";
    const BOT_OF_PHRASE: &str = "764ab007a2a437b4021eb9263eb0070a6410115db2c95e1b29a0ba3c7156ed31";

    #[test]
    fn what_is_no_secret_is_refused_and_not_repeated() {
        let long = format!("{ZERO_SEED}0");
        for text in [
            "",
            " ",
            "hunter2",
            "hunter2 hunter2",
            &ZERO_SEED[1..],
            &long,
            &PHRASE[8..],
            &PHRASE.replace("art", "abandon"),
        ] {
            let error = Secret::parse(text).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(text.trim().is_empty() || !shown.contains(text), "{shown}");
            assert!(!shown.contains("hunter2"));
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        for text in [ZERO_SEED, PHRASE] {
            assert_eq!(format!("{:?}", Secret::parse(text).unwrap()), "Secret(secret)");
        }
    }
}
