//! What can go wrong with an order, besides the order itself.

use bitcoin::{Amount, OutPoint};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::intent::ActionId;
use nanoark_nostr::ComposeError;
use nanoark_nostr::received::NotFromGateway;
use nanoark_surroundings::NoEntropy;

use crate::book::BookError;
use crate::gateway::GatewayError;
use crate::keys::InvalidKeys;
use crate::pin::PinChange;

/// Why a wallet could not go on. Nothing is lost: what was ordered is kept, and goes on with the next call.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The gateway did not do what it was asked.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The state file.
    #[error(transparent)]
    Book(#[from] BookError),
    /// An event could not be composed.
    #[error("an event cannot be composed: {0}")]
    Compose(#[from] ComposeError),
    /// An answer to a question is not the gateway's.
    #[error("the answer is not the gateway's: {0}")]
    NotFromGateway(#[from] NotFromGateway),
    /// A question was answered with something else.
    #[error("the gateway did not answer what it was asked")]
    NotAnAnswer,
    /// A question was refused.
    #[error("{name} ({code}): {message}")]
    Question {
        /// A code of the published table.
        code: u16,
        /// Its name.
        name: String,
        /// For people.
        message: String,
    },
    /// The gateway or its operator is not what it was.
    #[error(transparent)]
    PinChanged(Box<PinChange>),
    /// There is no order of this name.
    #[error("there is no order {0}")]
    UnknownOrder(ActionId),
    /// The name belongs to an order of something else.
    #[error("{0} is the name of another order")]
    ActionIdTaken(ActionId),
    /// The gateway asks for more than the caller allows.
    #[error("the gateway asks for a fee of {asked}, more than {most}")]
    FeeTooHigh {
        /// What it asks for.
        asked: Amount,
        /// What is allowed.
        most: Amount,
    },
    /// The terms of a swap have another fee than the gateway takes.
    #[error("the swap's fee is not the {} to {} that the gateway asks for", quoted.0, quoted.1)]
    SwapFee {
        /// What it asks for.
        quoted: Box<(Amount, ArkAddress)>,
    },
    /// This wallet gives nothing in the swap.
    #[error("this wallet gives nothing in the swap")]
    NoParty,
    /// The gateway knows this wallet under another address: its owner key is not bound yet, or another one is.
    #[error("the gateway knows this wallet as {known}, not as {own}: bind it first")]
    NotBound {
        /// As which.
        known: Box<ArkAddress>,
        /// As which it should.
        own: Box<ArkAddress>,
    },
    /// A coin is told differently than before.
    #[error("the gateway tells {0} differently than before")]
    CoinChanged(OutPoint),
    /// No relay took an event, and why the last one did not.
    #[error("no relay took the event: {0}")]
    NoRelay(String),
    /// The gateway does not take an answer that it waits for.
    #[error("the gateway does not take the answer to step {step}: {reason}")]
    AnswerNotTaken {
        /// The step.
        step: u8,
        /// The gateway's words.
        reason: String,
    },
    /// The gateway does not know a session any more that the wallet has signed for.
    #[error("the gateway no longer knows the session; what was signed can be finished without it")]
    SessionLost,
    /// A recovery proof that was approved cannot be signed.
    #[error("the recovery proof cannot be signed")]
    NoRescue,
    /// The machine gives no randomness for a name.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// A key cannot sign.
    #[error(transparent)]
    Keys(#[from] InvalidKeys),
}

impl From<Box<PinChange>> for WalletError {
    fn from(change: Box<PinChange>) -> Self {
        Self::PinChanged(change)
    }
}
