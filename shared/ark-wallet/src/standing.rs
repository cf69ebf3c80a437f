//! Where an order stands.

use bitcoin::Txid;
use nanoark_ark_verifier::challenge::{SessionId, Step};
use nanoark_ark_verifier::check::Refusal;
use nanoark_domain::ceremony::Stage;
use nanoark_http::wire::gateway::{FailureView, ReceiptView};
use nanoark_nostr::received::NotFromGateway;

/// Where an order stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// It is under way.
    Open {
        /// The session, once it is known.
        session: Option<SessionId>,
        /// How far the gateway says that it is.
        heard: Option<Stage>,
        /// The last step whose signatures left the wallet, or may have.
        signed: Option<Step>,
    },
    /// It is done.
    Finalized {
        /// The ark transaction, which is the one that was approved.
        ark_txid: Txid,
        /// What it did.
        receipt: Option<Box<ReceiptView>>,
        /// Whether the gateway's signed confirmation was seen.
        proved: bool,
    },
    /// It will not be done. That is the gateway's word: after the checkpoints were signed, only the coins tell for sure.
    Failed {
        /// Why.
        failure: FailureView,
        /// The last step whose signatures left the wallet, or may have.
        signed: Option<Step>,
    },
    /// The wallet has refused to sign, for good.
    Refused(Refused),
}

/// Why the wallet refused to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// In words, as it is kept.
    pub reason: String,
    /// The facts, from the call that has refused.
    pub misconduct: Option<Misconduct>,
}

/// What the gateway did that it must not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misconduct {
    /// It asks to sign something else than was ordered.
    #[error("the challenge is refused: {0}")]
    Challenge(#[from] Refusal),
    /// What it passes for a challenge is not signed by its key, or cannot be read.
    #[error("the challenge is not the gateway's: {0}")]
    NotFromGateway(#[from] NotFromGateway),
    /// What it passes for a challenge is something else.
    #[error("it passes another event for a challenge")]
    NoChallenge,
    /// It speaks of another session.
    #[error("it speaks of {found}, but this order's is {expected}")]
    OtherSession {
        /// The order's.
        expected: SessionId,
        /// The gateway's.
        found: SessionId,
    },
    /// It says that a transaction is final that this wallet has not approved.
    #[error("it says that {found:?} is final, which this wallet has not approved")]
    NotApproved {
        /// The transaction.
        found: Option<Txid>,
    },
}

impl Standing {
    /// Whether nothing more will come of it.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        match self {
            Self::Open { .. } => false,
            Self::Finalized { .. } | Self::Failed { .. } | Self::Refused(_) => true,
        }
    }
}

impl From<Misconduct> for Refused {
    fn from(misconduct: Misconduct) -> Self {
        Self {
            reason: misconduct.to_string(),
            misconduct: Some(misconduct),
        }
    }
}
