//! Where the secret comes from: a file, the environment, or whoever sits at the terminal. Never the command line, which
//! every other process can read.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use nanoark_wallet::{KeyFile, Secret};
use zeroize::Zeroizing;

use crate::environment::variable;
use crate::failure::{Failure, Trouble};
use crate::home::Home;

/// The variable with the secret itself.
const SECRET: &str = "NANOARK_SECRET";

/// The variable with the passphrase of the key file.
const PASSPHRASE: &str = "NANOARK_PASSPHRASE";

/// Files that hold what must not stand on a command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SecretSource {
    /// A file with the seed (64 hex digits) or the mnemonic, readable by you alone; also NANOARK_SECRET with the secret itself
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "NANOARK_SECRET_FILE",
        value_name = "FILE"
    )]
    pub(crate) secret_file: Option<PathBuf>,
    /// A file with the passphrase of the key file; also NANOARK_PASSPHRASE with the passphrase itself
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "NANOARK_PASSPHRASE_FILE",
        value_name = "FILE"
    )]
    pub(crate) passphrase_file: Option<PathBuf>,
}

impl SecretSource {
    /// The secret, from the first place that has one.
    pub(crate) fn unlock(&self, home: &Home) -> Result<Secret, Failure> {
        if let Some(secret) = self.given()? {
            return Ok(secret);
        }
        let plain = home.plain_secret_file();
        if plain.exists() {
            return Ok(Secret::from_file(&plain)?);
        }
        let file = home.key_file();
        if !file.exists() {
            return Err(Failure::new(
                Trouble::NoSecret,
                format!("there is no wallet in {}", home.path().display()),
                "run `nanoark init` to make one, or name its folder with --home DIR",
            ));
        }
        let passphrase = self.passphrase("Passphrase")?;
        Ok(KeyFile::open(&file, &passphrase)?)
    }

    /// The secret that was handed in, if any was.
    pub(crate) fn given(&self) -> Result<Option<Secret>, Failure> {
        if let Some(file) = &self.secret_file {
            return Ok(Some(Secret::from_file(file)?));
        }
        match secret_variable(SECRET) {
            Some(text) => Ok(Some(Secret::parse(&text)?)),
            None => Ok(None),
        }
    }

    /// The passphrase that was handed in, if any was.
    pub(crate) fn given_passphrase(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        match &self.passphrase_file {
            Some(file) => {
                let text = Zeroizing::new(crate::input::file(file)?);
                Ok(Some(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())))
            }
            None => Ok(secret_variable(PASSPHRASE)),
        }
    }

    fn passphrase(&self, prompt: &str) -> Result<Zeroizing<String>, Failure> {
        match self.given_passphrase()? {
            Some(passphrase) => Ok(passphrase),
            None => ask(prompt),
        }
    }

    /// A passphrase for a new key file: handed in, or typed twice.
    pub(crate) fn new_passphrase(&self) -> Result<Zeroizing<String>, Failure> {
        if let Some(passphrase) = self.given_passphrase()? {
            return Ok(passphrase);
        }
        let passphrase = ask("Choose a passphrase")?;
        if *passphrase != *ask("The same again")? {
            return Err(Failure::usage("the passphrases differ", "run the command again"));
        }
        Ok(passphrase)
    }

    /// A secret to restore: handed in, or typed.
    pub(crate) fn given_or_typed(&self) -> Result<Secret, Failure> {
        match self.given()? {
            Some(secret) => Ok(secret),
            None => Ok(Secret::parse(&ask("Seed or mnemonic")?)?),
        }
    }
}

/// Asks at the terminal, without echo.
fn ask(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(
            Trouble::NoTerminal,
            "a passphrase or secret is needed and there is no terminal to ask at",
            format!("set {PASSPHRASE} or --passphrase-file FILE; for the secret itself {SECRET} or --secret-file FILE"),
        ));
    }
    let typed = rpassword::prompt_password(format!("{prompt}: ")).map_err(|error| Failure::internal(&error))?;
    Ok(Zeroizing::new(typed))
}

fn secret_variable(name: &str) -> Option<Zeroizing<String>> {
    variable(name).map(Zeroizing::new)
}
