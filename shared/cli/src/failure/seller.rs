//! What the seller says.

use nanoark_bots::seller::{SellerError, StateError, StepError};

use super::{Failure, Trouble};

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        match &error {
            StateError::Sqlite(_) | StateError::File(_) | StateError::Unreadable(_) | StateError::NoEntropy(_) => {
                Self::internal(&error)
            }
            StateError::Open(cause) => Self::state_file(cause, &error),
            StateError::NoSlot => Self::new(
                Trouble::HomeUnusable,
                error.to_string(),
                "stop one of them, or give one of them more with --concurrency",
            ),
        }
    }
}

impl From<SellerError> for Failure {
    fn from(error: SellerError) -> Self {
        match error {
            SellerError::State(error) => error.into(),
            SellerError::NoEntropy(error) => error.into(),
        }
    }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        let message = error.to_string();
        match error {
            StepError::Client(error) => error.into(),
            StepError::Wallet(error) => error.into(),
            StepError::State(error) => error.into(),
            StepError::Nodes(_) => Self::new(
                Trouble::NodesUnavailable,
                message,
                "nothing is lost: run the same command again; `nanoark doctor` shows which nodes answer",
            ),
            StepError::OtherJob => Self::new(
                Trouble::NotYours,
                message,
                "`nanoark jobs list --as seller` shows your jobs",
            ),
            StepError::Statement(_) | StepError::Quote(_) | StepError::Tool(_) | StepError::NoProgress => Self::new(
                Trouble::Internal,
                message,
                "run the same command again; if it stays, `nanoark jobs show` says how the job stands",
            ),
        }
    }
}
