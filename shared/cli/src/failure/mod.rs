//! Why a command ends early: an exit code, a stable code, and what to do next. One mapping from every layer's errors.

mod ark;
mod buyer;
mod relay;
mod seller;
mod trouble;
mod wallet;

use nanoark_bots::OpenError;
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use relay::usual_exit;
pub(crate) use trouble::Trouble;

use crate::exit::Exit;

/// Why a command ends early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Failure {
    /// How the program ends.
    pub(crate) exit: Exit,
    /// The exit code as a number.
    pub(crate) exit_code: u8,
    /// What happened, as a stable word; a problem code where the relay refused.
    pub(crate) code: String,
    /// What happened, for people.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) next: String,
    /// The id that the relay's log line has too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
}

impl Failure {
    /// Something of the program's own table.
    pub(crate) fn new(trouble: Trouble, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self::coded(trouble.exit(), trouble.name(), message, next)
    }

    /// Something of the relay's table, or of the program's own.
    fn coded(exit: Exit, code: impl Into<String>, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            exit,
            exit_code: exit.number(),
            code: code.into(),
            message: message.into(),
            next: next.into(),
            request_id: None,
        }
    }

    /// The command line or a file on it is wrong.
    pub(crate) fn usage(message: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Trouble::Usage, message, next)
    }

    /// A final refusal of the relay's, by its problem code.
    pub(crate) fn of_relay(code: &str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self::coded(Exit::Refused, code, message, next)
    }

    /// A state file that cannot be opened, for this cause.
    pub(crate) fn state_file(cause: &OpenError, error: &dyn std::error::Error) -> Self {
        match cause {
            OpenError::File(_) | OpenError::Sqlite(_) => Self::internal(error),
            OpenError::TooNew { .. } => Self::new(
                Trouble::OtherWallet,
                error.to_string(),
                "use the newer `nanoark` that wrote it, or another folder with --home DIR",
            ),
        }
    }

    /// What should not happen.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        Self::new(
            Trouble::Internal,
            error.to_string(),
            "try again; if it stays, run `nanoark doctor` and look at disk space and permissions",
        )
    }
}
