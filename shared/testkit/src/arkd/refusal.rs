//! How arkd says no: its error codes, their gRPC status, and what its gateway makes of them.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Value, json};

/// The gRPC status of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grpc {
    InvalidArgument,
    NotFound,
    FailedPrecondition,
    Unimplemented,
    Internal,
}

impl Grpc {
    fn code(self) -> u8 {
        match self {
            Self::InvalidArgument => 3,
            Self::NotFound => 5,
            Self::FailedPrecondition => 9,
            Self::Unimplemented => 12,
            Self::Internal => 13,
        }
    }

    /// As grpc-gateway's `HTTPStatusFromCode`.
    fn http(self) -> u16 {
        match self {
            Self::InvalidArgument | Self::FailedPrecondition => 400,
            Self::NotFound => 404,
            Self::Unimplemented => 501,
            Self::Internal => 500,
        }
    }
}

/// An error of arkd (its `pkg/errors`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorCode {
    InternalError,
    InvalidArkPsbt,
    InvalidCheckpointPsbt,
    InvalidPsbtMissingInput,
    InvalidPsbtInput,
    VtxoAlreadySpent,
    VtxoAlreadyUnrolled,
    VtxoRecoverable,
    InvalidVtxoScript,
    ForfeitClosureLocked,
    ArkTxInputNotSigned,
    MalformedArkTx,
    AmountTooHigh,
    AmountTooLow,
    CheckpointMismatch,
    ArkTxMismatch,
    InvalidSignature,
    TxNotFound,
    InvalidIntentTimerange,
    InvalidIntentProof,
    VtxoNotFound,
    AssetValidationFailed,
    AssetNotFound,
    AssetInputInvalid,
    AssetOutputInvalid,
    ControlAssetInvalid,
    TxTooLarge,
    VtxoWithTooManyAssets,
    DigestMismatch,
}

impl ErrorCode {
    /// Its number, its name and its gRPC status.
    fn facts(self) -> (u16, &'static str, Grpc) {
        use Grpc::{FailedPrecondition, Internal, InvalidArgument, NotFound};
        match self {
            Self::InternalError => (0, "INTERNAL_ERROR", Internal),
            Self::InvalidArkPsbt => (1, "INVALID_ARK_PSBT", InvalidArgument),
            Self::InvalidCheckpointPsbt => (2, "INVALID_CHECKPOINT_PSBT", InvalidArgument),
            Self::InvalidPsbtMissingInput => (3, "INVALID_PSBT_MISSING_INPUT", InvalidArgument),
            Self::InvalidPsbtInput => (5, "INVALID_PSBT_INPUT", InvalidArgument),
            Self::VtxoAlreadySpent => (6, "VTXO_ALREADY_SPENT", InvalidArgument),
            Self::VtxoAlreadyUnrolled => (7, "VTXO_ALREADY_UNROLLED", InvalidArgument),
            Self::VtxoRecoverable => (8, "VTXO_RECOVERABLE", InvalidArgument),
            Self::InvalidVtxoScript => (10, "INVALID_VTXO_SCRIPT", InvalidArgument),
            Self::ForfeitClosureLocked => (11, "FORFEIT_CLOSURE_LOCKED", FailedPrecondition),
            Self::ArkTxInputNotSigned => (12, "ARK_TX_INPUT_NOT_SIGNED", InvalidArgument),
            Self::MalformedArkTx => (13, "MALFORMED_ARK_TX", InvalidArgument),
            Self::AmountTooHigh => (14, "AMOUNT_TOO_HIGH", InvalidArgument),
            Self::AmountTooLow => (15, "AMOUNT_TOO_LOW", InvalidArgument),
            Self::CheckpointMismatch => (16, "CHECKPOINT_MISMATCH", InvalidArgument),
            Self::ArkTxMismatch => (17, "ARK_TX_MISMATCH", InvalidArgument),
            Self::InvalidSignature => (18, "INVALID_SIGNATURE", InvalidArgument),
            Self::TxNotFound => (19, "TX_NOT_FOUND", NotFound),
            Self::InvalidIntentTimerange => (20, "INVALID_INTENT_TIMERANGE", InvalidArgument),
            Self::InvalidIntentProof => (23, "INVALID_INTENT_PROOF", InvalidArgument),
            Self::VtxoNotFound => (30, "VTXO_NOT_FOUND", NotFound),
            Self::AssetValidationFailed => (33, "ASSET_VALIDATION_FAILED", InvalidArgument),
            Self::AssetNotFound => (34, "ASSET_NOT_FOUND", NotFound),
            Self::AssetInputInvalid => (35, "ASSET_INPUT_INVALID", InvalidArgument),
            Self::AssetOutputInvalid => (36, "ASSET_OUTPUT_INVALID", InvalidArgument),
            Self::ControlAssetInvalid => (37, "CONTROL_ASSET_INVALID", InvalidArgument),
            Self::TxTooLarge => (46, "TX_TOO_LARGE", InvalidArgument),
            Self::VtxoWithTooManyAssets => (47, "VTXO_WITH_TOO_MANY_ASSETS", InvalidArgument),
            Self::DigestMismatch => (49, "DIGEST_MISMATCH", FailedPrecondition),
        }
    }

    /// The error with this cause and no metadata.
    pub(super) fn because(self, cause: impl Display) -> Refusal {
        self.with(cause, &[])
    }

    /// The error with this cause and metadata.
    pub(super) fn with(self, cause: impl Display, metadata: &[(&'static str, &dyn Display)]) -> Refusal {
        let (code, name, grpc) = self.facts();
        Refusal {
            grpc,
            message: format!("{name} ({code}): {cause}"),
            detail: Some(Detail {
                code,
                name,
                metadata: metadata
                    .iter()
                    .map(|(name, value)| (*name, value.to_string()))
                    .collect(),
            }),
        }
    }
}

#[derive(Clone, Debug)]
struct Detail {
    code: u16,
    name: &'static str,
    metadata: BTreeMap<&'static str, String>,
}

/// A request that was not carried out.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    grpc: Grpc,
    message: String,
    detail: Option<Detail>,
}

impl Refusal {
    /// A refusal by the handler or the gateway, which has no error code of arkd's own.
    pub(super) fn plain(grpc: Grpc, message: impl Display) -> Self {
        Self {
            grpc,
            message: message.to_string(),
            detail: None,
        }
    }

    /// The HTTP status and the body: a `google.rpc.Status` whose details hold arkd's `ErrorDetails`.
    pub(super) fn answer(&self) -> (u16, Value) {
        let details: Vec<Value> = self
            .detail
            .iter()
            .map(|detail| {
                json!({
                    "@type": "type.googleapis.com/ark.v1.ErrorDetails",
                    "code": detail.code,
                    "name": detail.name,
                    "message": self.message,
                    "metadata": detail.metadata,
                })
            })
            .collect();
        let body = json!({ "code": self.grpc.code(), "message": self.message, "details": details });
        (self.grpc.http(), body)
    }
}
