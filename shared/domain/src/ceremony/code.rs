//! Why a session is refused or fails, in numbers that stay.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($( $(#[doc = $meaning:literal])+ $variant:ident = $number:literal, $name:literal; )+) => {
        /// Why a session is refused or fails. The number is what a failure event carries.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "u16", try_from = "u16")]
        pub enum FailureCode { $( $(#[doc = $meaning])+ $variant, )+ }

        impl FailureCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// Its number.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $( Self::$variant => $number, )+ }
            }

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// What it means.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $( Self::$variant => concat!($($meaning),+).trim_ascii(), )+ }
            }
        }
    };
}

codes! {
    /// A signature of an answer is not by the owner's key over what was asked.
    InvalidSignature = 1001, "invalid_signature";
    /// The author has used this action id for another intent.
    ActionIdReused = 1002, "action_id_reused";
    /// The intent or answer is not of a form that could be carried out.
    Malformed = 1012, "malformed";
    /// The intent names another network, or an address of another operator.
    WrongNetwork = 1101, "wrong_network";
    /// There is no such session, or its author is no party to it.
    UnknownSession = 1102, "unknown_session";
    /// The session does not wait for this answer.
    UnexpectedAnswer = 1103, "unexpected_answer";
    /// The answer is to other bytes than those that were asked to be signed.
    WrongPayload = 1104, "wrong_payload";
    /// This step was answered before, with other signatures.
    AnsweredBefore = 1105, "answered_before";
    /// The author has as many open sessions as it may have.
    TooManySessions = 1106, "too_many_sessions";
    /// The session is past the point where it could be ended.
    PointOfNoReturn = 1107, "point_of_no_return";
    /// The spendable VTXOs do not cover outputs and fee.
    InsufficientBalance = 2001, "insufficient_balance";
    /// An input is spent, or is about to be.
    InputSpent = 2002, "input_spent";
    /// An input is not the author's, or there is no such VTXO.
    InputNotOwned = 2003, "input_not_owned";
    /// An input is held by another session.
    InputReserved = 2004, "input_reserved";
    /// An input has expired or was swept: it can be renewed in a batch only.
    InputRecoverable = 2005, "input_recoverable";
    /// An output, or the change, is below the operator's minimum, or above its maximum.
    OutputOutOfBounds = 2006, "output_out_of_bounds";
    /// More inputs would be needed than a transaction may have.
    TooManyInputs = 2007, "too_many_inputs";
    /// The wallet did not answer, or a party did not join, before the intent expired.
    Expired = 2008, "expired";
    /// A party ended the session.
    Terminated = 2009, "terminated";
    /// The parties' parameters or intents do not fit together.
    BatchInvalid = 3001, "batch_invalid";
    /// The operator refused the transaction.
    OperatorRefused = 3002, "operator_refused";
    /// The operator cannot be reached; nothing can be begun until it can.
    OperatorUnavailable = 3003, "operator_unavailable";
    /// The operator's terms changed while the session was under way.
    OperatorChanged = 3004, "operator_changed";
    /// The fee output is missing, too small, or not to the gateway.
    FeeWrong = 4001, "fee_wrong";
}

impl From<FailureCode> for u16 {
    fn from(code: FailureCode) -> Self {
        code.number()
    }
}

impl TryFrom<u16> for FailureCode {
    type Error = String;

    fn try_from(number: u16) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.number() == number)
            .ok_or_else(|| format!("{number} is no failure code"))
    }
}

/// The table of `docs/nostr.md`.
#[must_use]
pub fn reference_markdown() -> String {
    let mut table = String::from("| code | name | meaning |\n| --- | --- | --- |\n");
    for code in FailureCode::ALL {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {} | `{}` | {} |", code.number(), code.name(), code.meaning());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_and_names_are_used_once_and_a_number_finds_its_code() {
        let numbers: BTreeSet<u16> = FailureCode::ALL.iter().map(|code| code.number()).collect();
        let names: BTreeSet<&str> = FailureCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(
            (numbers.len(), names.len()),
            (FailureCode::ALL.len(), FailureCode::ALL.len())
        );
        for code in FailureCode::ALL {
            assert_eq!(FailureCode::try_from(code.number()), Ok(*code));
        }
        assert!(FailureCode::try_from(9999).is_err());
        assert_eq!(reference_markdown().lines().count(), FailureCode::ALL.len() + 2);
    }
}
