//! A secret encrypted with a passphrase: Argon2id makes the key, XChaCha20-Poly1305 encrypts.
//!
//! The file is JSON. Everything in it but the ciphertext is the associated data of the encryption, so that nothing can
//! be changed unnoticed.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use nanoark_surroundings::{NoEntropy, Surroundings};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::secret_file::{self, SecretFileError};

/// What a key file says it is.
const FORMAT: &str = "nanoark-key";

/// The only version so far.
const VERSION: u32 = 1;

/// A key file has about 400 bytes.
const LARGEST_FILE: u64 = 16 * 1024;

/// How dear it is to try a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl KdfCost {
    /// 64 MiB and 3 passes: RFC 9106's choice where memory is scarce. Some tenths of a second.
    pub const DEFAULT: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
    };

    /// What a file may ask for at most: whoever wrote it must not take all of the machine.
    const LARGEST: Self = Self {
        memory_kib: 512 * 1024,
        passes: 16,
    };
}

/// A secret in a file, of no use without its passphrase.
#[derive(Debug, Clone, Copy)]
pub struct KeyFile;

/// Why a key file was not written or read. Says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// The machine gives no randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// Nobody chose a passphrase.
    #[error("a passphrase has at least one character")]
    EmptyPassphrase,
    /// It is no key file.
    #[error("this is no key file")]
    Malformed,
    /// It was written by a later release.
    #[error("the key file is of version {version}, this release reads version 1")]
    UnknownVersion {
        /// Its version.
        version: u32,
    },
    /// It asks for more memory or time than any honest one.
    #[error("the key file asks for {memory_kib} KiB and {passes} passes, which is more than is ever needed")]
    TooCostly {
        /// Memory, in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
    },
    /// The passphrase is wrong, or somebody changed the file: the two cannot be told apart.
    #[error("the passphrase is wrong, or the key file was damaged")]
    WrongPassphrase,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    kdf: Kdf,
    cipher: Cipher,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kdf {
    name: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cipher {
    name: String,
    nonce: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    header: Header,
    ciphertext: String,
}

impl KeyFile {
    /// Writes the secret to a new file that its owner alone can read.
    ///
    /// # Errors
    /// [`KeyFileError`]; a file that is there is never replaced.
    pub fn create(
        path: &Path,
        secret: &Secret,
        passphrase: &str,
        surroundings: &dyn Surroundings,
    ) -> Result<(), KeyFileError> {
        Self::create_at_cost(path, secret, passphrase, KdfCost::DEFAULT, surroundings)
    }

    /// The same with another cost.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn create_at_cost(
        path: &Path,
        secret: &Secret,
        passphrase: &str,
        cost: KdfCost,
        surroundings: &dyn Surroundings,
    ) -> Result<(), KeyFileError> {
        if passphrase.is_empty() {
            return Err(KeyFileError::EmptyPassphrase);
        }
        let (mut salt, mut nonce) = ([0; 16], [0; 24]);
        surroundings.fill(&mut salt)?;
        surroundings.fill(&mut nonce)?;
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            kdf: Kdf {
                name: "argon2id".to_owned(),
                memory_kib: cost.memory_kib,
                passes: cost.passes,
                lanes: 1,
                salt: hex::encode(salt),
            },
            cipher: Cipher {
                name: "xchacha20poly1305".to_owned(),
                nonce: hex::encode(nonce),
            },
        };
        let (cipher, nonce, associated) = header.open(passphrase)?;
        let text = secret.reveal();
        let payload = Payload {
            msg: text.as_bytes(),
            aad: &associated,
        };
        let ciphertext = cipher.encrypt(&nonce, payload).map_err(|_| KeyFileError::Malformed)?;
        let contents = Contents {
            header,
            ciphertext: hex::encode(ciphertext),
        };
        let mut json = serde_json::to_vec_pretty(&contents).map_err(|_| KeyFileError::Malformed)?;
        json.push(b'\n');
        Ok(secret_file::write_new(path, &json)?)
    }

    /// The secret in the file.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn open(path: &Path, passphrase: &str) -> Result<Secret, KeyFileError> {
        let json = secret_file::read(path, LARGEST_FILE)?;
        let contents: Contents = serde_json::from_str(&json).map_err(|_| unreadable(&json))?;
        let (cipher, nonce, associated) = contents.header.open(passphrase)?;
        let ciphertext = hex::decode(&contents.ciphertext).map_err(|_| KeyFileError::Malformed)?;
        let payload = Payload {
            msg: &ciphertext,
            aad: &associated,
        };
        let bytes = Zeroizing::new(
            cipher
                .decrypt(&nonce, payload)
                .map_err(|_| KeyFileError::WrongPassphrase)?,
        );
        let text = std::str::from_utf8(&bytes).map_err(|_| KeyFileError::Malformed)?;
        Secret::parse(text).map_err(|_| KeyFileError::Malformed)
    }
}

impl Header {
    /// The cipher that this header and the passphrase give, its nonce, and the header as associated data.
    fn open(&self, passphrase: &str) -> Result<(XChaCha20Poly1305, XNonce, Vec<u8>), KeyFileError> {
        if self.format != FORMAT || self.kdf.name != "argon2id" || self.cipher.name != "xchacha20poly1305" {
            return Err(KeyFileError::Malformed);
        }
        if self.version != VERSION {
            return Err(KeyFileError::UnknownVersion { version: self.version });
        }
        let Kdf {
            memory_kib,
            passes,
            lanes,
            ..
        } = self.kdf;
        if memory_kib > KdfCost::LARGEST.memory_kib || passes > KdfCost::LARGEST.passes {
            return Err(KeyFileError::TooCostly { memory_kib, passes });
        }
        if lanes != 1 {
            return Err(KeyFileError::Malformed);
        }
        let mut salt = [0; 16];
        hex::decode_to_slice(&self.kdf.salt, &mut salt).map_err(|_| KeyFileError::Malformed)?;
        let mut nonce = [0; 24];
        hex::decode_to_slice(&self.cipher.nonce, &mut nonce).map_err(|_| KeyFileError::Malformed)?;
        let params = Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| KeyFileError::Malformed)?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt, key.as_mut_slice())
            .map_err(|_| KeyFileError::Malformed)?;
        let cipher = XChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| KeyFileError::Malformed)?;
        // Fields in their order, without white space: the same bytes whoever wrote the file.
        let associated = serde_json::to_vec(self).map_err(|_| KeyFileError::Malformed)?;
        Ok((cipher, XNonce::from(nonce), associated))
    }
}

/// A later version may have other fields, and is to be called by its version all the same.
fn unreadable(json: &str) -> KeyFileError {
    let value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let version = value
        .pointer("/header/version")
        .and_then(serde_json::Value::as_u64)
        .and_then(|version| u32::try_from(version).ok());
    match version {
        Some(version) if version != VERSION => KeyFileError::UnknownVersion { version },
        Some(_) | None => KeyFileError::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use nanoark_surroundings::System;

    use super::*;

    const SEED: &str = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
    const CHEAP: KdfCost = KdfCost {
        memory_kib: 64,
        passes: 1,
    };

    fn written(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("key.json");
        let secret = Secret::parse(SEED).unwrap();
        KeyFile::create_at_cost(&path, &secret, "correct horse", CHEAP, &System).unwrap();
        path
    }

    #[test]
    fn the_passphrase_gives_the_secret_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        assert_eq!(*KeyFile::open(&path, "correct horse").unwrap().reveal(), SEED);
        for wrong in ["", "correct hors", "correct horse ", "Correct horse"] {
            assert!(
                matches!(KeyFile::open(&path, wrong), Err(KeyFileError::WrongPassphrase)),
                "{wrong}"
            );
        }
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.to_uppercase().contains(SEED));
    }

    #[test]
    fn the_usual_cost_is_64_mib_and_3_passes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        let secret = Secret::new_mnemonic(&System).unwrap();
        KeyFile::create(&path, &secret, "x", &System).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(json["header"]["kdf"]["memory_kib"], 65_536);
        assert_eq!(json["header"]["kdf"]["passes"], 3);
        assert_eq!(KeyFile::open(&path, "x").unwrap().reveal(), secret.reveal());
    }

    #[test]
    fn nothing_in_the_file_can_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let salt = json["header"]["kdf"]["salt"].as_str().unwrap();
        let nonce = json["header"]["cipher"]["nonce"].as_str().unwrap();
        let flipped = |text: &str| format!("{}{}", if text.starts_with('0') { '1' } else { '0' }, &text[1..]);
        let ciphertext = json["ciphertext"].as_str().unwrap();
        type Told = fn(&KeyFileError) -> bool;
        let wrong: Told = |error| matches!(error, KeyFileError::WrongPassphrase);
        let malformed: Told = |error| matches!(error, KeyFileError::Malformed);
        let costly: Told = |error| matches!(error, KeyFileError::TooCostly { .. });
        let later: Told = |error| matches!(error, KeyFileError::UnknownVersion { version: 2 });
        let changes = [
            ("/header/kdf/salt", serde_json::json!(flipped(salt)), wrong),
            ("/header/kdf/passes", serde_json::json!(2), wrong),
            ("/header/kdf/memory_kib", serde_json::json!(65), wrong),
            ("/header/cipher/nonce", serde_json::json!(flipped(nonce)), wrong),
            ("/ciphertext", serde_json::json!(flipped(ciphertext)), wrong),
            ("/ciphertext", serde_json::json!(""), wrong),
            ("/ciphertext", serde_json::json!("x"), malformed),
            ("/header/kdf/salt", serde_json::json!(salt[2..]), malformed),
            ("/header/kdf/name", serde_json::json!("argon2d"), malformed),
            ("/header/kdf/lanes", serde_json::json!(4), malformed),
            ("/header/kdf/passes", serde_json::json!(0), malformed),
            ("/header/kdf/memory_kib", serde_json::json!(u32::MAX), costly),
            ("/header/kdf/passes", serde_json::json!(17), costly),
            ("/header/format", serde_json::json!("other"), malformed),
            ("/header/version", serde_json::json!(2), later),
        ];
        for (at, value, told) in changes {
            let mut changed = json.clone();
            *changed.pointer_mut(at).unwrap() = value.clone();
            fs::write(&path, changed.to_string()).unwrap();
            let error = KeyFile::open(&path, "correct horse").unwrap_err();
            assert!(told(&error), "{at} {value}: {error}");
        }
        for text in ["", "{}", "[]", "null", SEED] {
            fs::write(&path, text).unwrap();
            assert!(
                matches!(KeyFile::open(&path, "x"), Err(KeyFileError::Malformed)),
                "{text}"
            );
        }
        fs::write(&path, r#"{"header":{"version":2},"new":1}"#).unwrap();
        assert!(later(&KeyFile::open(&path, "x").unwrap_err()));
    }

    #[test]
    fn a_key_file_is_never_replaced_and_needs_a_passphrase() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let secret = Secret::parse(SEED).unwrap();
        assert!(matches!(
            KeyFile::create_at_cost(&path, &secret, "x", CHEAP, &System),
            Err(KeyFileError::File(SecretFileError::Exists { .. }))
        ));
        assert!(matches!(
            KeyFile::create(&folder.path().join("other"), &secret, "", &System),
            Err(KeyFileError::EmptyPassphrase)
        ));
    }
}
