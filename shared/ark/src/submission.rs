//! Handing an ark transaction to the operator, and getting it back.

use bitcoin::{Psbt, Txid};
use serde::{Deserialize, Serialize};

use crate::base64_psbt::{self, InvalidPsbt, MAX_PSBT_BYTES};
use crate::error::ArkdError;

/// A transaction as the operator has it: co-signed, not final yet. Nothing in it is checked; see
/// [`check_operator_signed`](crate::cosigned::check_operator_signed).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The id of the ark transaction.
    pub ark_txid: Txid,
    /// The ark transaction.
    pub ark_tx: Psbt,
    /// The checkpoints, in whatever order the operator gives them.
    pub checkpoints: Vec<Psbt>,
}

/// The body of `POST /v1/tx/submit`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubmitBody {
    signed_ark_tx: String,
    checkpoint_txs: Vec<String>,
}

/// The body of `POST /v1/tx/finalize`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FinalizeBody {
    ark_txid: String,
    final_checkpoint_txs: Vec<String>,
}

/// The body of `POST /v1/tx/pending`.
#[derive(Serialize)]
pub(crate) struct PendingBody {
    intent: ProofBody,
}

#[derive(Serialize)]
struct ProofBody {
    proof: String,
    message: String,
}

/// The answer to `POST /v1/tx/submit`, and each of those to `POST /v1/tx/pending`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(crate) struct SubmittedBody {
    ark_txid: String,
    final_ark_tx: String,
    signed_checkpoint_txs: Vec<String>,
}

/// The answer to `POST /v1/tx/pending`.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PendingAnswer {
    pub(crate) pending_txs: Vec<SubmittedBody>,
}

impl SubmitBody {
    pub(crate) fn new(ark_tx: &Psbt, checkpoints: &[Psbt]) -> Self {
        Self {
            signed_ark_tx: base64_psbt::encode(ark_tx),
            checkpoint_txs: checkpoints.iter().map(base64_psbt::encode).collect(),
        }
    }
}

impl FinalizeBody {
    pub(crate) fn new(ark_txid: Txid, checkpoints: &[Psbt]) -> Self {
        Self {
            ark_txid: ark_txid.to_string(),
            final_checkpoint_txs: checkpoints.iter().map(base64_psbt::encode).collect(),
        }
    }
}

impl PendingBody {
    pub(crate) fn new(proof: &Psbt, message: &str) -> Self {
        Self {
            intent: ProofBody {
                proof: base64_psbt::encode(proof),
                message: message.to_owned(),
            },
        }
    }
}

impl SubmittedBody {
    pub(crate) fn parse(&self) -> Result<Submitted, ArkdError> {
        let decode = |field, text: &str| {
            base64_psbt::decode(text, MAX_PSBT_BYTES).map_err(|error| match error {
                InvalidPsbt::TooLarge { .. } => ArkdError::TooLarge,
                InvalidPsbt::Base64 | InvalidPsbt::Psbt { .. } => ArkdError::Malformed { field },
            })
        };
        Ok(Submitted {
            ark_txid: self
                .ark_txid
                .parse()
                .map_err(|_| ArkdError::Malformed { field: "arkTxid" })?,
            ark_tx: decode("finalArkTx", &self.final_ark_tx)?,
            checkpoints: self
                .signed_checkpoint_txs
                .iter()
                .map(|text| decode("signedCheckpointTxs", text))
                .collect::<Result<_, _>>()?,
        })
    }
}
