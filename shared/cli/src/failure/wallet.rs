//! What the wallet says.

use nanoark_nano::RawAmount;
use nanoark_wallet::{InvalidPurpose, InvalidSecret, KeyFileError, SecretFileError, WalletError};

use super::{Failure, Trouble};

fn xno(amount: RawAmount) -> String {
    crate::amount::show(amount)
}

impl From<InvalidSecret> for Failure {
    fn from(error: InvalidSecret) -> Self {
        Self::new(
            Trouble::BadSecret,
            error.to_string(),
            "a seed has 64 hex digits, a mnemonic 24 words; give it in a file (--secret-file) or in NANOARK_SECRET",
        )
    }
}

impl From<SecretFileError> for Failure {
    fn from(error: SecretFileError) -> Self {
        let message = error.to_string();
        match error {
            SecretFileError::Io { .. } => Self::new(
                Trouble::NoSecret,
                message,
                "name a file that exists and that you may read, with --secret-file or --home",
            ),
            SecretFileError::NotPrivate { path, .. } => Self::new(
                Trouble::ExposedSecret,
                message,
                format!(
                    "run: chmod 600 {}; if others have read it, make a new key and move the money",
                    path.display()
                ),
            ),
            SecretFileError::Exists { .. } => Self::new(
                Trouble::SecretExists,
                message,
                "use another folder with --home DIR; a key is never replaced",
            ),
            SecretFileError::NotAFile { .. } | SecretFileError::TooLarge { .. } | SecretFileError::NoSecret { .. } => {
                Self::new(
                    Trouble::BadSecret,
                    message,
                    "the file holds a seed of 64 hex digits or a mnemonic, and nothing else",
                )
            }
        }
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        let message = error.to_string();
        match error {
            KeyFileError::File(error) => error.into(),
            KeyFileError::NoEntropy(error) => error.into(),
            KeyFileError::EmptyPassphrase => Self::usage(
                message,
                "choose a passphrase, or say --no-passphrase to keep the secret in a plain file",
            ),
            KeyFileError::WrongPassphrase => Self::new(
                Trouble::WrongPassphrase,
                message,
                "try again; if it is forgotten, restore into another folder: `nanoark --home DIR init --restore`",
            ),
            KeyFileError::Malformed | KeyFileError::UnknownVersion { .. } | KeyFileError::TooCostly { .. } => {
                Self::new(
                    Trouble::BadSecret,
                    message,
                    "put back a backup of key.json, or restore into another folder: `nanoark --home DIR init --restore`",
                )
            }
        }
    }
}

impl From<InvalidPurpose> for Failure {
    fn from(error: InvalidPurpose) -> Self {
        Self::usage(error.to_string(), "choose a shorter --key")
    }
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        match &error {
            WalletError::State(_) => Self::internal(&error),
            WalletError::StateFile(cause) => Self::state_file(cause, &error),
            WalletError::OtherWallet { .. } => Self::new(
                Trouble::OtherWallet,
                error.to_string(),
                "name the folder of this secret with --home DIR, and the network with --nano-network",
            ),
            WalletError::LegacyAccount { .. } | WalletError::InvalidAmount => Self::usage(
                error.to_string(),
                "send at least 1raw, from an account with state blocks",
            ),
            WalletError::Contested { .. } | WalletError::Unsettled { .. } | WalletError::NotFinal { .. } => Self::new(
                Trouble::NodesUnavailable,
                error.to_string(),
                "wait a minute and run the same command again; use one secret in one folder only",
            ),
            WalletError::Lost { .. } => Self::new(
                Trouble::BlockRefused,
                error.to_string(),
                "run the same command again: it signs anew; use one secret in one folder only",
            ),
            WalletError::NoUnusedAccount { .. } => Self::new(
                Trouble::OtherWallet,
                error.to_string(),
                "run `nanoark wallet restore`; use one secret in one folder only",
            ),
            WalletError::Nodes(_) | WalletError::TooFewNodes { .. } => Self::new(
                Trouble::NodesUnavailable,
                error.to_string(),
                "nothing is lost: run the same command again; `nanoark doctor` shows which nodes answer",
            ),
            WalletError::Insufficient {
                account,
                available,
                needed,
            } => Self::new(
                Trouble::Insufficient,
                format!("{account} has {}, {} are needed", xno(*available), xno(*needed)),
                format!("send money to {account}, then `nanoark wallet receive`, then run the same command again"),
            ),
            WalletError::PurposeTaken { to, amount, .. } => Self::new(
                Trouble::KeyTaken,
                format!("this key has sent {} to {to} already", xno(*amount)),
                "choose another --key for another payment",
            ),
            WalletError::Voided { .. } => Self::new(
                Trouble::KeyTaken,
                error.to_string(),
                "choose another --key for another payment",
            ),
            WalletError::Refused { .. } => Self::new(
                Trouble::BlockRefused,
                error.to_string(),
                "look at the account with `nanoark wallet balance`: another program may use the same key",
            ),
            WalletError::Work(_) | WalletError::TooLittleWork { .. } => Self::new(
                Trouble::NoWork,
                error.to_string(),
                "run the same command again, without --work-server to compute it here",
            ),
        }
    }
}
