//! Running the binary with nothing of the machine around it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_nanoark");

/// A bot's folder, and where it is.
pub(crate) struct Bot {
    folder: tempfile::TempDir,
    /// Variables that every run gets.
    environment: Vec<(String, String)>,
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bot {
    /// A folder without anything in it.
    pub(crate) fn nobody() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        }
    }

    /// A bot on the dev network, with a relay and a node that nobody runs.
    pub(crate) fn stranded() -> Self {
        let bot = Self::nobody();
        let urls = ["--relay", "http://127.0.0.1:1", "--nano-rpc", "http://127.0.0.1:1"];
        bot.run(&[&["init", "--nano-network", "dev"], &urls[..]].concat())
            .good();
        bot
    }

    /// The same with this variable in every run.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A file beside the home.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        self.folder_file(name, text.as_bytes())
    }

    /// The same with any bytes.
    pub(crate) fn folder_file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// The command, ready to be run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .env_clear()
            .env("NANOARK_HOME", self.home())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// The last line of a run with `--json` that must go well.
    pub(crate) fn result(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[&["--json"], arguments].concat()).good();
        ran.lines()
            .pop()
            .unwrap_or_else(|| panic!("{arguments:?} says nothing"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// This, if it ended with 0.
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self
    }

    /// The lines of a run with `--json`.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    /// The error line of a run with `--json`.
    pub(crate) fn error(&self) -> Value {
        let errors: Vec<Value> = self
            .stderr
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(|line: &Value| line["type"] == "error")
            .collect();
        assert_eq!(errors.len(), 1, "{}", self.stderr);
        errors[0].clone()
    }
}

/// Lets everybody read the file.
pub(crate) fn expose(path: &Path) {
    set_mode(path, 0o644);
}

/// Lets its owner alone read the file.
pub(crate) fn hide(path: &Path) {
    set_mode(path, 0o600);
}

/// Makes the file a program.
pub(crate) fn make_executable(path: &Path) {
    set_mode(path, 0o755);
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
