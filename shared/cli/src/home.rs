//! The bot's folder: settings, secret, policy, and the state files of wallet, buyer and seller.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::failure::{Failure, Trouble};
use crate::settings::Settings;

/// What a new bot may buy: from anybody, for pocket money. Its owner allows more by editing the file.
const FIRST_POLICY: &str = r#"{
  "allowed_sellers": "any",
  "max_per_job": "0.01 XNO",
  "lifetime_budget": "0.1 XNO"
}
"#;

/// The folder of one bot.
#[derive(Debug, Clone)]
pub(crate) struct Home(PathBuf);

impl Home {
    /// The folder that was named, or the platform's place for data.
    pub(crate) fn find(named: Option<PathBuf>) -> Result<Self, Failure> {
        let usual = || Some(etcetera::choose_base_strategy().ok()?.data_dir().join("nanoark"));
        let found = named.or_else(usual);
        found.map(Self).ok_or_else(|| {
            Failure::new(
                Trouble::NoHome,
                "this user has no home directory",
                "name a folder for the bot with --home DIR or NANOARK_HOME",
            )
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The settings that `init` wrote.
    pub(crate) fn settings_file(&self) -> PathBuf {
        self.0.join("settings.json")
    }

    /// The secret, encrypted with a passphrase.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.0.join("key.json")
    }

    /// The secret as it is: only where `init` was told so.
    pub(crate) fn plain_secret_file(&self) -> PathBuf {
        self.0.join("secret")
    }

    /// The buyer's guard rails.
    pub(crate) fn policy_file(&self) -> PathBuf {
        self.0.join("policy.json")
    }

    pub(crate) fn wallet_state(&self) -> PathBuf {
        self.0.join("wallet.sqlite")
    }

    pub(crate) fn buyer_state(&self) -> PathBuf {
        self.0.join("buyer.sqlite")
    }

    pub(crate) fn seller_state(&self) -> PathBuf {
        self.0.join("seller.sqlite")
    }

    /// What the Ark wallet remembers; of other keys than the bot's own, under their name.
    pub(crate) fn ark_state(&self, keys: Option<&str>) -> PathBuf {
        self.0
            .join(keys.map_or_else(|| "ark.sqlite".to_owned(), |keys| format!("ark-{keys}.sqlite")))
    }

    /// Where tools run.
    pub(crate) fn runs(&self) -> PathBuf {
        self.0.join("runs")
    }

    /// Makes the folder, for its owner alone.
    pub(crate) fn create(&self) -> Result<(), Failure> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .map_err(|error| self.failed(&error))
    }

    /// The settings.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let file = self.settings_file();
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Settings::default()),
            Err(error) => return Err(self.failed(&error)),
        };
        serde_json::from_str(&text).map_err(|error| {
            Failure::new(
                Trouble::BadSettings,
                format!("{}: {error}", file.display()),
                "mend the file, or remove it and run `nanoark init` again",
            )
        })
    }

    /// Whether there is a key.
    pub(crate) fn has_secret(&self) -> bool {
        self.key_file().exists() || self.plain_secret_file().exists()
    }

    /// Writes a cautious policy, unless there is one.
    pub(crate) fn write_first_policy(&self) -> Result<(), Failure> {
        let opened = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.policy_file());
        match opened {
            Ok(mut file) => file
                .write_all(FIRST_POLICY.as_bytes())
                .map_err(|error| self.failed(&error)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Writes the settings.
    pub(crate) fn write_settings(&self, settings: &Settings) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(settings).map_err(|error| Failure::internal(&error))?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(self.settings_file())
            .map_err(|error| self.failed(&error))?;
        writeln!(file, "{text}").map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        Failure::new(
            Trouble::HomeUnusable,
            format!("{}: {error}", self.0.display()),
            "name another folder with --home DIR, or mend its permissions",
        )
    }
}
