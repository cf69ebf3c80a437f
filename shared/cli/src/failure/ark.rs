//! What the Ark wallet and its gateway say.

use nanoark_ark_wallet::{BookError, GatewayError, GatewayProblem, InvalidGatewayUrl, WalletError};
use nanoark_client::TransportError;

use super::{Failure, Trouble};
use crate::exit::Exit;

impl From<GatewayError> for Failure {
    fn from(error: GatewayError) -> Self {
        let passes = error.passes_after().is_some();
        let message = error.to_string();
        match error {
            GatewayError::Problem(problem) => refused(&problem, passes),
            GatewayError::Transport(TransportError::Timeout | TransportError::Connection(_)) => Self::new(
                Trouble::RelayUnreachable,
                format!("the gateway cannot be reached: {message}"),
                "run the same command again; `nanoark doctor` shows which relay is set",
            ),
            GatewayError::Transport(TransportError::Address) => {
                Self::usage(message, "give the relay as --relay https://host, without a path")
            }
            GatewayError::Transport(TransportError::TooLarge(_)) | GatewayError::Unexpected { .. } => Self::new(
                Trouble::NotARelay,
                format!("what answers is no gateway: {message}"),
                "look at the relay's address: `nanoark whoami` shows it, --relay URL sets another",
            ),
            GatewayError::Unsigned => Self::internal(&GatewayError::Unsigned),
        }
    }
}

fn refused(problem: &GatewayProblem, passes: bool) -> Failure {
    let code = problem.code.to_string();
    let (exit, next) = if passes {
        (Exit::Unavailable, "run the same command again".to_owned())
    } else {
        (
            Exit::Refused,
            format!("docs/nostr.md explains the number (docs/problems.md#{code})"),
        )
    };
    Failure {
        request_id: Some(problem.request_id.clone()).filter(|id| !id.is_empty()),
        ..Failure::coded(exit, code, format!("the gateway refuses: {problem}"), next)
    }
}

impl From<BookError> for Failure {
    fn from(error: BookError) -> Self {
        match &error {
            BookError::Open(cause) => Self::state_file(cause, &error),
            BookError::Sqlite(_) | BookError::Damaged(_) => Self::internal(&error),
            BookError::Superseded => Self::new(
                Trouble::StillGoing,
                error.to_string(),
                "run the same command again: it goes on where the other one is",
            ),
        }
    }
}

impl From<InvalidGatewayUrl> for Failure {
    fn from(error: InvalidGatewayUrl) -> Self {
        Self::usage(error.to_string(), "give the relay as --relay https://host")
    }
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        let message = error.to_string();
        match error {
            WalletError::Gateway(error) => error.into(),
            WalletError::Book(error) => error.into(),
            WalletError::NoEntropy(error) => error.into(),
            WalletError::PinChanged(_) => Self::new(
                Trouble::GatewayChanged,
                message,
                "find out from its operator why; then `nanoark ark trust --anew`, or name the relay that it was with --relay",
            ),
            WalletError::NotFromGateway(_) | WalletError::CoinChanged(_) => Self::new(
                Trouble::GatewayLies,
                message,
                "do not trust this gateway; `nanoark ark recover` shows what finishes signed orders without it",
            ),
            WalletError::NotAnAnswer => Self::new(
                Trouble::NotARelay,
                message,
                "look at the relay's address: `nanoark whoami` shows it, --relay URL sets another",
            ),
            WalletError::Question { .. } | WalletError::AnswerNotTaken { .. } | WalletError::SessionLost => Self::new(
                Trouble::ArkFailed,
                message,
                "`nanoark ark recover` goes on, and shows what finishes signed orders without the gateway",
            ),
            WalletError::ActionIdTaken(_) => {
                Self::new(Trouble::KeyTaken, message, "choose another --key for another order")
            }
            WalletError::FeeTooHigh { .. } => Self::new(
                Trouble::GuardRail,
                message,
                "raise --max-fee, or wait until the gateway asks for less",
            ),
            WalletError::SwapFee { .. } => Self::usage(
                message,
                "have the terms written anew with `nanoark ark swap terms`, and accepted by every party",
            ),
            WalletError::NoParty => Self::usage(
                message,
                "the terms name other keys than this wallet's: `nanoark ark address`",
            ),
            WalletError::UnknownOrder(_) => Self::usage(message, "`nanoark ark sessions --all` lists the orders"),
            WalletError::NotBound { .. } => Self::new(
                Trouble::NotBound,
                message,
                "run `nanoark ark bind` with the same --nsec-file and --separate-owner",
            ),
            WalletError::NoRelay(_) => Self::new(
                Trouble::RelayUnreachable,
                message,
                "run the same command again, with other --nostr-relays or without them",
            ),
            WalletError::Compose(_) | WalletError::Keys(_) | WalletError::NoRescue => Self::new(
                Trouble::Internal,
                message,
                "order less at once: fewer receivers, fewer coins",
            ),
        }
    }
}
