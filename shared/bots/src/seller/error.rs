//! What can go wrong in a worker.

use nanoark_client::{ClientError, NoEntropy};
use nanoark_http::signature::StatementError;
use nanoark_nano_rpc::Unavailable;
use nanoark_wallet::WalletError;

use super::state::StateError;
use super::tool::ToolFailure;

/// Why a step of a job, or a look at the offer, did not come about. All of it is tried again later.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The relay refused, or did not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The wallet could not do it.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The state file could not be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// Too few Nano nodes answered.
    #[error(transparent)]
    Nodes(#[from] Unavailable),
    /// A statement could not be signed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The quoting command made no price.
    #[error("no price: {0}")]
    Quote(#[from] QuoteFailure),
    /// The tool could not be started.
    #[error("{0}")]
    Tool(ToolFailure),
    /// The relay answered with another job, or another seller's.
    #[error("the relay answered with a job that is not ours")]
    OtherJob,
    /// One look at a job took more steps than any job needs.
    #[error("the job does not come forward")]
    NoProgress,
}

/// Why a quoting command's answer is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteFailure {
    /// It failed.
    #[error("{0}")]
    Tool(#[from] ToolFailure),
    /// It says something else.
    #[error("the answer must be one of amount_xno, amount_raw and decline, each a text: {0}")]
    Answer(String),
    /// The price cannot be quoted.
    #[error("the price is 0")]
    Zero,
}

/// Why a worker cannot run on.
#[derive(Debug, thiserror::Error)]
pub enum SellerError {
    /// The state file cannot be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// The machine gives no randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

impl StepError {
    /// The error in one word, for metrics: the problem's code, where the relay refused.
    #[must_use]
    pub fn name(&self) -> String {
        let word = match self {
            Self::Client(error) => match error.problem() {
                Some(problem) => return problem.code.to_string(),
                None => "relay_unreachable",
            },
            Self::Wallet(_) => "wallet",
            Self::State(_) => "state",
            Self::Nodes(_) => "nodes_unavailable",
            Self::Statement(_) => "statement",
            Self::Quote(_) => "quote",
            Self::Tool(failure) => failure.name(),
            Self::OtherJob => "other_job",
            Self::NoProgress => "no_progress",
        };
        word.to_owned()
    }
}
