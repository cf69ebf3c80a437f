//! arkd's own errors.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::wire::Whole;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal $name:literal,)*) => {
        /// The error codes of arkd v0.9.15 (`pkg/errors`).
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
            /// A code that this release does not know.
            Unknown {
                /// Its number.
                number: u16,
                /// Its name.
                name: String,
            },
        }

        impl ErrorCode {
            /// Its number in arkd.
            #[must_use]
            pub const fn number(&self) -> u16 {
                match self {
                    $(Self::$variant => $number,)*
                    Self::Unknown { number, .. } => *number,
                }
            }

            /// Its name in arkd.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown { name, .. } => name,
                }
            }

            /// The code of this name. Names are what arkd keeps: earlier versions used one number twice.
            #[must_use]
            pub fn named(number: u16, name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    _ => Self::Unknown {
                        number,
                        name: name.chars().take(64).collect(),
                    },
                }
            }

            /// Every code that this release knows.
            pub const KNOWN: &[Self] = &[$(Self::$variant,)*];
        }
    };
}

error_codes! {
    /// Something broke at the operator; the call may have been carried out.
    InternalError = 0 "INTERNAL_ERROR",
    /// The ark transaction is no PSBT that arkd takes, or it has it already.
    InvalidArkPsbt = 1 "INVALID_ARK_PSBT",
    /// A checkpoint is no PSBT that arkd takes.
    InvalidCheckpointPsbt = 2 "INVALID_CHECKPOINT_PSBT",
    /// An input is missing.
    InvalidPsbtMissingInput = 3 "INVALID_PSBT_MISSING_INPUT",
    /// The coin is registered for a batch.
    VtxoAlreadyRegistered = 4 "VTXO_ALREADY_REGISTERED",
    /// An input is not as it should be.
    InvalidPsbtInput = 5 "INVALID_PSBT_INPUT",
    /// The coin is spent.
    VtxoAlreadySpent = 6 "VTXO_ALREADY_SPENT",
    /// The coin is on chain.
    VtxoAlreadyUnrolled = 7 "VTXO_ALREADY_UNROLLED",
    /// The coin has expired or was swept: it comes back through a batch only.
    VtxoRecoverable = 8 "VTXO_RECOVERABLE",
    /// A note cannot be spent off chain.
    OffchainTxSpendingNote = 9 "OFFCHAIN_TX_SPENDING_NOTE",
    /// The coin's script is not one that arkd takes.
    InvalidVtxoScript = 10 "INVALID_VTXO_SCRIPT",
    /// The leaf is locked for some time yet.
    ForfeitClosureLocked = 11 "FORFEIT_CLOSURE_LOCKED",
    /// A signature of the owner is missing.
    ArkTxInputNotSigned = 12 "ARK_TX_INPUT_NOT_SIGNED",
    /// The ark transaction has a form that arkd does not take.
    MalformedArkTx = 13 "MALFORMED_ARK_TX",
    /// An output holds too much.
    AmountTooHigh = 14 "AMOUNT_TOO_HIGH",
    /// An output holds too little.
    AmountTooLow = 15 "AMOUNT_TOO_LOW",
    /// A checkpoint is not the one that arkd makes of the input.
    CheckpointMismatch = 16 "CHECKPOINT_MISMATCH",
    /// The ark transaction is not the one that arkd makes of the inputs.
    ArkTxMismatch = 17 "ARK_TX_MISMATCH",
    /// A signature is wrong.
    InvalidSignature = 18 "INVALID_SIGNATURE",
    /// arkd knows no such transaction.
    TxNotFound = 19 "TX_NOT_FOUND",
    /// The proof is not valid yet, or no longer.
    InvalidIntentTimerange = 20 "INVALID_INTENT_TIMERANGE",
    /// The message of the proof is none that arkd knows.
    InvalidIntentMessage = 21 "INVALID_INTENT_MESSAGE",
    /// The proof is no PSBT that arkd takes.
    InvalidIntentPsbt = 22 "INVALID_INTENT_PSBT",
    /// The proof does not prove what it says.
    InvalidIntentProof = 23 "INVALID_INTENT_PROOF",
    /// A script is not one that arkd takes.
    InvalidPkscript = 24 "INVALID_PKSCRIPT",
    /// No batch is being confirmed.
    ConfirmationSessionNotStarted = 25 "CONFIRMATION_SESSION_NOT_STARTED",
    /// The forfeit transactions are wrong.
    InvalidForfeitTxs = 26 "INVALID_FORFEIT_TXS",
    /// The signature of a boarding input is wrong.
    InvalidBoardingInputSig = 27 "INVALID_BOARDING_INPUT_SIG",
    /// A batch took too long.
    SigningSessionTimedOut = 28 "SIGNING_SESSION_TIMED_OUT",
    /// The owner of the coin is banned for some time.
    VtxoBanned = 29 "VTXO_BANNED",
    /// arkd knows no such coin.
    VtxoNotFound = 30 "VTXO_NOT_FOUND",
    /// The fee for a batch is too low.
    IntentInsufficientFee = 31 "INTENT_INSUFFICIENT_FEE",
    /// The fee for an offchain transaction is too low.
    OffchainTxInsufficientFee = 32 "OFFCHAIN_TX_INSUFFICIENT_FEE",
    /// The assets are not as they should be.
    AssetValidationFailed = 33 "ASSET_VALIDATION_FAILED",
    /// arkd knows no such asset.
    AssetNotFound = 34 "ASSET_NOT_FOUND",
    /// An asset's input is wrong.
    AssetInputInvalid = 35 "ASSET_INPUT_INVALID",
    /// An asset's output is wrong.
    AssetOutputInvalid = 36 "ASSET_OUTPUT_INVALID",
    /// The control asset is wrong.
    ControlAssetInvalid = 37 "CONTROL_ASSET_INVALID",
    /// arkd knows no such control asset.
    ControlAssetNotFound = 38 "CONTROL_ASSET_NOT_FOUND",
    /// The assets of an intent are not as they should be.
    IntentAssetValidationFailed = 39 "INTENT_ASSET_VALIDATION_FAILED",
    /// A checkpoint is wrong.
    CheckpointTxInvalid = 40 "CHECKPOINT_TX_INVALID",
    /// arkd knows no such checkpoint.
    CheckpointTxNotFound = 41 "CHECKPOINT_TX_NOT_FOUND",
    /// An offchain transaction is wrong.
    OffchainTxInvalid = 42 "OFFCHAIN_TX_INVALID",
    /// The asset packet is wrong.
    AssetPacketInvalid = 43 "ASSET_PACKET_INVALID",
    /// The fee program failed.
    IntentFeeEvaluationFailed = 44 "INTENT_FEE_EVALUATION_FAILED",
    /// arkd knows no such intent.
    IntentNotFound = 45 "INTENT_NOT_FOUND",
    /// The transaction is too heavy.
    TxTooLarge = 46 "TX_TOO_LARGE",
    /// A coin would hold more kinds of assets than arkd takes.
    VtxoWithTooManyAssets = 47 "VTXO_WITH_TOO_MANY_ASSETS",
    /// The client is too old.
    BuildVersionTooOld = 48 "BUILD_VERSION_TOO_OLD",
    /// The operator's terms have changed since they were asked for.
    DigestMismatch = 49 "DIGEST_MISMATCH",
    /// arkd knows no such subscription.
    SubscriptionNotFound = 50 "SUBSCRIPTION_NOT_FOUND",
    /// A subscription has too many filters.
    TxFiltersLimitExceeded = 51 "TX_FILTERS_LIMIT_EXCEEDED",
    /// A subscription's filter is none.
    InvalidTxFilter = 52 "INVALID_TX_FILTER",
    /// What an intent spends is not what it makes.
    IntentAmountMismatch = 53 "INTENT_AMOUNT_MISMATCH",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.name(), self.number())
    }
}

/// arkd's reason not to do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// Which.
    pub code: ErrorCode,
    /// In words, cut to 300 characters.
    pub message: String,
    /// What it is about, by arkd's names: `vtxo_outpoint`, `expected_txid`, …
    pub metadata: BTreeMap<String, String>,
}

impl Refusal {
    /// Whether arkd has this very transaction already: an earlier submission got through. arkd has no code for it.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.code == ErrorCode::InvalidArkPsbt && self.message.contains("duplicated offchain tx")
    }

    /// Whether arkd has finalised or failed the transaction already. arkd has no code for it.
    #[must_use]
    pub fn is_past_its_stage(&self) -> bool {
        self.message.contains("not in a valid stage")
    }

    /// The refusal that an answer's body holds, if it holds one of arkd's.
    #[must_use]
    pub fn in_body(body: &[u8]) -> Option<Self> {
        let status: StatusBody = serde_json::from_slice(body).ok()?;
        let detail = status
            .details
            .into_iter()
            .find_map(|detail| serde_json::from_value::<Detail>(detail).ok());
        match detail {
            Some(detail) => Some(Self::new(
                detail.code.and_then(Whole::get).unwrap_or_default(),
                &detail.name,
                &detail.message,
                detail.metadata,
            )),
            None => Self::in_message(&status.message),
        }
    }

    /// arkd's guards answer without details: `NAME (number): words`.
    fn in_message(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once(" (")?;
        let (number, message) = rest.split_once("): ")?;
        let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(is_name) {
            return None;
        }
        Some(Self::new(number.parse().ok()?, name, message, BTreeMap::new()))
    }

    fn new(number: u16, name: &str, message: &str, metadata: BTreeMap<String, String>) -> Self {
        Self {
            code: ErrorCode::named(number, name),
            message: message.chars().take(300).collect(),
            metadata,
        }
    }
}

/// grpc-gateway's form of an error.
#[derive(Deserialize, Default)]
#[serde(default)]
struct StatusBody {
    message: String,
    details: Vec<Value>,
}

/// `ark.v1.ErrorDetails`.
#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    code: Option<Whole>,
    name: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_number_and_a_name_of_its_own() {
        for (number, code) in ErrorCode::KNOWN.iter().enumerate() {
            assert_eq!(usize::from(code.number()), number, "{code}");
            assert_eq!(ErrorCode::named(0, code.name()), *code);
        }
        assert_eq!(ErrorCode::KNOWN.len(), 54);
        let unknown = ErrorCode::named(1_000, "SOMETHING_ELSE");
        assert_eq!((unknown.number(), unknown.name()), (1_000, "SOMETHING_ELSE"));
        assert_eq!(unknown.to_string(), "SOMETHING_ELSE (1000)");
    }

    #[test]
    fn reads_every_form_of_an_error() {
        let spent = r#"{"code":3,"message":"VTXO_ALREADY_SPENT (6): ab:0 spent","details":[
            {"@type":"type.googleapis.com/google.rpc.Help"},
            {"@type":"type.googleapis.com/ark.v1.ErrorDetails","code":6,"name":"VTXO_ALREADY_SPENT",
             "message":"ab:0 spent","metadata":{"vtxo_outpoint":"ab:0"}}]}"#;
        let refusal = Refusal::in_body(spent.as_bytes()).unwrap();
        assert_eq!(refusal.code, ErrorCode::VtxoAlreadySpent);
        assert_eq!(refusal.message, "ab:0 spent");
        assert_eq!(refusal.metadata.get("vtxo_outpoint").map(String::as_str), Some("ab:0"));

        for (body, code, message) in [
            (
                r#"{"code":9,"message":"DIGEST_MISMATCH (49): invalid digest header","details":[]}"#,
                ErrorCode::DigestMismatch,
                "invalid digest header",
            ),
            (
                // Other versions number it otherwise.
                r#"{"code":9,"message":"x","details":[{"code":1019,"name":"DIGEST_MISMATCH","message":"y"}]}"#,
                ErrorCode::DigestMismatch,
                "y",
            ),
            (
                r#"{"message":"","details":[{"code":"77","name":"NEW_ONE","message":""}]}"#,
                ErrorCode::Unknown {
                    number: 77,
                    name: "NEW_ONE".to_owned(),
                },
                "",
            ),
            (
                r#"{"message":"INTERNAL_ERROR (0): failed to fetch offchain tx"}"#,
                ErrorCode::InternalError,
                "failed to fetch offchain tx",
            ),
        ] {
            let refusal = Refusal::in_body(body.as_bytes()).unwrap();
            assert_eq!((refusal.code, refusal.message.as_str()), (code, message), "{body}");
        }
    }

    #[test]
    fn takes_nothing_else_for_a_refusal() {
        for body in [
            "",
            "<html>502</html>",
            "[]",
            "{}",
            r#"{"message":"missing outpoints or scripts filter","code":3,"details":[]}"#,
            r#"{"message":"not a name (3): words"}"#,
            r#"{"message":"NAME (many): words"}"#,
            r#"{"message":" (3): words"}"#,
            r#"{"message":7}"#,
        ] {
            assert_eq!(Refusal::in_body(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn tells_what_an_earlier_call_has_done() {
        let duplicate = Refusal::in_message("INVALID_ARK_PSBT (1): duplicated offchain tx ab").unwrap();
        assert!(duplicate.is_duplicate() && !duplicate.is_past_its_stage());
        let late = Refusal::in_message("INTERNAL_ERROR (0): not in a valid stage to finalize offchain tx").unwrap();
        assert!(late.is_past_its_stage() && !late.is_duplicate());
        let other = Refusal::in_message("INVALID_ARK_PSBT (1): no inputs").unwrap();
        assert!(!other.is_duplicate() && !other.is_past_its_stage());
    }
}
