//! Why a purchase does not go on right now.

use http::StatusCode;
use nanoark_client::{ClientError, NoEntropy, TransportError};
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::offer::OfferStatus;
use nanoark_http::problem::Retry;
use nanoark_nano::RawAmount;
use nanoark_wallet::{InvalidPurpose, WalletError};

use super::book::BookError;
use super::policy::Refusal;
use super::purchase::PurchaseKey;

/// Why a purchase does not go on right now. Nothing is lost by it: what was written down is taken up by the next call.
#[derive(Debug, thiserror::Error)]
pub enum BuyError {
    /// The relay refuses, or cannot be reached.
    #[error(transparent)]
    Relay(#[from] ClientError),
    /// The buyer's own memory is of no use.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The wallet cannot.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The owner's policy does not allow it. Nothing was set aside.
    #[error(transparent)]
    Policy(#[from] Refusal),
    /// The offer's fixed price is more than this purchase may cost. Nothing was set aside.
    #[error("the offer costs {} XNO, and this purchase may cost {} XNO", price.to_xno(), max.to_xno())]
    TooExpensive {
        /// What it costs.
        price: RawAmount,
        /// What it may.
        max: RawAmount,
    },
    /// The offer cannot be bought right now. Nothing was set aside.
    #[error("the offer {offer} is {status}")]
    NotOnSale {
        /// The offer.
        offer: OfferId,
        /// What it is.
        status: OfferStatus,
    },
    /// The seller is the buyer itself. Nothing was set aside.
    #[error("the offer is this bot's own")]
    OwnOffer,
    /// Too few nodes answer to prove that the invoice account is unused.
    #[error("too few Nano nodes answer to prove the invoice account unused")]
    Nodes,
    /// The relay does not know a job that it took: it is another relay, or lost its data.
    #[error("this relay does not know {0}, which it took")]
    JobMissing(JobId),
    /// There is no such purchase in this state file.
    #[error("there is no purchase {0}")]
    NoPurchase(PurchaseKey),
    /// The job was not bought with this state file.
    #[error("{0} was not bought with this state file")]
    NotBought(JobId),
    /// The money is being sent: too late to withdraw, too early to cancel.
    #[error("a payment is being signed for {0}; try again in a minute")]
    PaymentUnderWay(JobId),
    /// There is nothing to add: the payment is not short, or there is no time.
    #[error("nothing can be added to the payment of {0}: {1}")]
    NothingToTopUp(JobId, &'static str),
    /// The machine gives no randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// A job's id makes no purpose; none does.
    #[error(transparent)]
    Purpose(#[from] InvalidPurpose),
}

impl BuyError {
    /// Whether waiting may mend it: a relay or nodes that do not answer.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Relay(error) => verdict(error) == Verdict::Later,
            Self::Wallet(error) => error.is_temporary(),
            Self::Nodes | Self::Book(BookError::Superseded) => true,
            Self::Book(_)
            | Self::Policy(_)
            | Self::TooExpensive { .. }
            | Self::NotOnSale { .. }
            | Self::OwnOffer
            | Self::JobMissing(_)
            | Self::NoPurchase(_)
            | Self::NotBought(_)
            | Self::PaymentUnderWay(_)
            | Self::NothingToTopUp(..)
            | Self::NoEntropy(_)
            | Self::Purpose(_) => false,
        }
    }
}

/// What an error of a call means for the purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The same call may succeed later.
    Later,
    /// The relay understood and says no.
    Refused,
    /// The call itself is wrong: the clock, the key, the address.
    Broken,
}

/// What an error of a call means for the purchase.
pub(super) fn verdict(error: &ClientError) -> Verdict {
    match error {
        ClientError::Problem(problem) => match problem.retry {
            Retry::After { .. } => Verdict::Later,
            Retry::Never | Retry::SameRequest | Retry::NewRequest => of_status(problem.status),
        },
        ClientError::UnexpectedAnswer(answer) if of_status(answer.status) == Verdict::Later => Verdict::Later,
        ClientError::Transport(TransportError::Timeout | TransportError::Connection(_)) => Verdict::Later,
        ClientError::UnexpectedAnswer(_)
        | ClientError::Transport(TransportError::Address | TransportError::TooLarge(_))
        | ClientError::Signing(_)
        | ClientError::Body(_)
        | ClientError::NoEntropy(_) => Verdict::Broken,
    }
}

fn of_status(status: StatusCode) -> Verdict {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Verdict::Later;
    }
    let refusals = [
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::CONFLICT,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::UNPROCESSABLE_ENTITY,
    ];
    if refusals.contains(&status) {
        Verdict::Refused
    } else {
        Verdict::Broken
    }
}
