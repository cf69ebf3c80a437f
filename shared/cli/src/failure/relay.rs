//! What the relay and the Nano nodes say.

use std::collections::BTreeMap;

use nanoark_client::{
    Advice, ClientError, InvalidBaseUrl, NoEntropy, NoTls, ProblemCode, ProblemReport, TransportError, Unproved,
};
use nanoark_http::problem::Code;
use nanoark_nano_rpc::{InvalidNode, InvalidNodeSet};

use super::{Failure, Trouble};
use crate::exit::Exit;

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        match &error {
            ClientError::Problem(report) => refused(report, error.advice()),
            ClientError::Transport(TransportError::Timeout | TransportError::Connection(_)) => Self::new(
                Trouble::RelayUnreachable,
                format!("the relay cannot be reached: {message}"),
                "run the same command again; `nanoark doctor` shows which relay is set",
            ),
            ClientError::Transport(TransportError::Address) => {
                Self::usage(message, "give the relay as --relay https://host, without a path")
            }
            ClientError::Transport(TransportError::TooLarge(_)) | ClientError::UnexpectedAnswer(_) => Self {
                request_id: error.request_id().map(str::to_owned),
                ..Self::new(
                    Trouble::NotARelay,
                    format!("what answers is no relay: {message}"),
                    "look at the relay's address: `nanoark whoami` shows it, --relay URL sets another",
                )
            },
            ClientError::Signing(_) | ClientError::Body(_) | ClientError::NoEntropy(_) => Self::internal(&error),
        }
    }
}

/// What the relay refuses, and what to do about it.
fn refused(report: &ProblemReport, advice: Advice) -> Failure {
    let code = report.code.to_string();
    let sentence = match &report.code {
        ProblemCode::Known(known) => known.advice().trim_end_matches('.').to_owned(),
        ProblemCode::Unknown(_) => "a newer `nanoark` may know more".to_owned(),
    };
    let next = match advice {
        Advice::SendAgain { after } if after.as_secs() > 0 => {
            format!("wait {} s and run the same command again", after.as_secs())
        }
        Advice::SendAgain { .. } => "run the same command again".to_owned(),
        Advice::CheckSetup => format!("{sentence}; `nanoark doctor` looks at clock, key and relay"),
        Advice::MendRequest | Advice::LookAgain | Advice::GiveUp => format!("{sentence} (docs/problems.md#{code})"),
    };
    let mut message = format!("the relay refuses: {}", report.detail);
    for field in &report.fields {
        message = format!("{message} [{} {}]", field.pointer, field.reason);
    }
    Failure {
        request_id: Some(report.request_id.clone()).filter(|id| !id.is_empty()),
        ..Failure::coded(exit(advice), code, message, next)
    }
}

const fn exit(advice: Advice) -> Exit {
    match advice {
        Advice::SendAgain { .. } => Exit::Unavailable,
        Advice::CheckSetup => Exit::Setup,
        Advice::MendRequest | Advice::LookAgain | Advice::GiveUp => Exit::Refused,
    }
}

/// How the program usually ends with this code of the relay's.
pub(crate) fn usual_exit(code: Code) -> Exit {
    let report = ProblemReport {
        status: code.status(),
        code: ProblemCode::Known(code),
        title: code.title().to_owned(),
        detail: String::new(),
        request_id: String::new(),
        retry: code.retry(),
        fields: Vec::new(),
        current_state: None,
        extra: BTreeMap::new(),
    };
    exit(ClientError::Problem(Box::new(report)).advice())
}

impl From<Unproved> for Failure {
    fn from(error: Unproved) -> Self {
        Self::new(
            Trouble::Unproved,
            error.to_string(),
            "do not rely on it: whoever signed it did not sign this",
        )
    }
}

impl From<InvalidBaseUrl> for Failure {
    fn from(error: InvalidBaseUrl) -> Self {
        Self::usage(error.to_string(), "give the relay as --relay https://host")
    }
}

impl From<InvalidNodeSet> for Failure {
    fn from(error: InvalidNodeSet) -> Self {
        Self::usage(
            error.to_string(),
            "name Nano nodes with --nano-rpc URL,URL and how many must agree with --nano-quorum N",
        )
    }
}

impl From<InvalidNode> for Failure {
    fn from(error: InvalidNode) -> Self {
        InvalidNodeSet::from(error).into()
    }
}

impl From<NoTls> for Failure {
    fn from(error: NoTls) -> Self {
        Self::internal(&error)
    }
}

impl From<NoEntropy> for Failure {
    fn from(error: NoEntropy) -> Self {
        Self::internal(&error)
    }
}

#[cfg(test)]
mod tests {
    use nanoark_client::TransportError;

    use super::*;

    #[test]
    fn what_to_do_about_an_error_decides_the_exit_code() {
        for (code, wanted) in [
            (Code::RateLimited, Exit::Unavailable),
            (Code::Unavailable, Exit::Unavailable),
            (Code::Internal, Exit::Unavailable),
            (Code::NotFound, Exit::Refused),
            (Code::OfferChanged, Exit::Refused),
            (Code::InvalidField, Exit::Refused),
            (Code::SignatureClockOff, Exit::Setup),
            (Code::SignatureInvalid, Exit::Setup),
        ] {
            assert_eq!(usual_exit(code), wanted, "{code}");
        }
        let failure = Failure::from(ClientError::Transport(TransportError::Timeout));
        assert_eq!(
            (failure.exit, failure.code.as_str()),
            (Exit::Unavailable, "relay_unreachable")
        );
        let failure = Failure::from(ClientError::Transport(TransportError::TooLarge(1)));
        assert_eq!(failure.code, "not_a_relay");
    }
}
