//! The keys of the Ark wallet: from the bot's secret, so that one backup restores all, or an imported Nostr key.

use nanoark_ark_wallet::Keys;
use nanoark_nostr::NostrKey;
use nanoark_wallet::Secret;
use zeroize::Zeroizing;

use super::KeyChoice;
use crate::failure::{Failure, Trouble};
use crate::session::Session;

/// The keys that were chosen.
pub(super) fn keys(session: &Session, choice: &KeyChoice) -> Result<Keys, Failure> {
    match (&choice.nsec_file, choice.separate_owner) {
        (None, false) => Ok(Keys::new(derived(&session.secret()?)?)),
        (Some(file), false) => Ok(Keys::new(imported(file)?)),
        (Some(file), true) => Ok(Keys::with_owner(imported(file)?, derived(&session.secret()?)?)),
        (None, true) => Err(Failure::usage(
            "--separate-owner is for a Nostr key of --nsec-file",
            "name your Nostr key with --nsec-file FILE, or leave --separate-owner out",
        )),
    }
}

/// What tells the state file of these keys from the usual one.
pub(super) fn name(choice: &KeyChoice, keys: &Keys) -> Option<String> {
    let short = |key: bitcoin::XOnlyPublicKey| key.to_string().get(..16).unwrap_or_default().to_owned();
    choice
        .nsec_file
        .as_ref()
        .map(|_| format!("{}-{}", short(keys.nostr().public()), short(keys.owner())))
}

/// The key that the wallet's secret gives.
fn derived(secret: &Secret) -> Result<NostrKey, Failure> {
    // Fails for one secret in 2^128.
    NostrKey::from_bytes(&secret.ark_seed()).map_err(|error| Failure::internal(&error))
}

fn imported(file: &std::path::Path) -> Result<NostrKey, Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let text = Zeroizing::new(crate::input::file(file)?);
    let mode = std::fs::metadata(file).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 {
        return Err(Failure::new(
            Trouble::ExposedSecret,
            format!("{}: others may read it", file.display()),
            format!(
                "run: chmod 600 {}; if others have read it, use another key",
                file.display()
            ),
        ));
    }
    NostrKey::parse(text.trim()).map_err(|error| {
        Failure::new(
            Trouble::BadSecret,
            format!("{}: {error}", file.display()),
            "the file holds one Nostr secret key, nsec1… or 64 hex digits, and nothing else",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with another implementation of HKDF: `hmac` and `hashlib` of Python.
    #[test]
    fn the_key_follows_from_the_secret_and_is_not_the_bots() {
        let secret = Secret::parse(&"0".repeat(64)).unwrap();
        let key = derived(&secret).unwrap();
        assert_eq!(hex::encode(key.secret_bytes().as_slice()), OF_ZERO_SEED);
        assert_ne!(key.secret_bytes().as_slice(), secret.bot_seed());
        let mixed = Secret::parse(&"aB".repeat(32)).unwrap();
        let upper = Secret::parse(&"AB".repeat(32)).unwrap();
        assert_eq!(derived(&mixed).unwrap().public(), derived(&upper).unwrap().public());
    }

    const OF_ZERO_SEED: &str = "7c82c8dbcc449c29bd5dfc5868f69f30bb0e2403552e3749d91fad5e57ee270c";
}
