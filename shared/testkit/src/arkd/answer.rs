//! From a request to an answer.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use bitcoin::hashes::{Hash as _, sha256};

use super::ledger::Ledger;
use super::query::{Query, Route};
use super::refusal::{ErrorCode, Grpc, Refusal};
use super::settings::Integers;
use super::submit::Accepted;

/// How an answer gets lost on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The connection breaks before the answer.
    Cut,
    /// Nothing comes, and the connection stays open.
    Stalled,
}

/// What a call leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The HTTP status.
    pub status: u16,
    /// The JSON.
    pub body: Bytes,
    /// How it gets lost; whoever answers with it in spite of that is no faithful transport.
    pub fault: Option<Lost>,
}

impl Outcome {
    /// The body as JSON; `null` if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The name of arkd's error, such as `VTXO_ALREADY_SPENT`, if it is one.
    #[must_use]
    pub fn error_name(&self) -> Option<String> {
        self.json()
            .pointer("/details/0/name")
            .and_then(Value::as_str)
            .map(str::to_owned)
    }

    pub(super) fn internal_error() -> Self {
        Self::from(Err(ErrorCode::InternalError.because("something went wrong")))
    }

    pub(super) fn lost(self, how: Lost) -> Self {
        Self {
            fault: Some(how),
            ..self
        }
    }
}

impl From<Result<Value, Refusal>> for Outcome {
    fn from(result: Result<Value, Refusal>) -> Self {
        let (status, body) = match result {
            Ok(body) => (200, body),
            Err(refusal) => refusal.answer(),
        };
        Self {
            status,
            body: Bytes::from(body.to_string()),
            fault: None,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SubmitRequest {
    pub(super) signed_ark_tx: String,
    pub(super) checkpoint_txs: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct FinalizeRequest {
    ark_txid: String,
    final_checkpoint_txs: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PendingRequest {
    intent: Option<Intent>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Intent {
    proof: String,
    message: String,
}

impl Ledger {
    pub(super) fn answer(&mut self, now_ms: u64, request: &Request<'_>) -> Result<Value, Refusal> {
        let route = Route::of(request.method, request.path());
        if route.is_guarded() {
            self.digest_is_right(request.headers)?;
        }
        let query = Query::parse(request.query());
        match route {
            Route::Info => Ok(self.info_answer()),
            Route::SubmitTx => {
                let request: SubmitRequest = read(request.body)?;
                missing(request.signed_ark_tx.is_empty(), "missing signed ark tx")?;
                missing(request.checkpoint_txs.is_empty(), "missing checkpoint txs")?;
                self.submit(now_ms, &request.signed_ark_tx, &request.checkpoint_txs)
                    .map(|accepted| accepted_answer(&accepted))
            }
            Route::FinalizeTx => {
                let request: FinalizeRequest = read(request.body)?;
                missing(request.ark_txid.is_empty(), "missing ark txid")?;
                missing(request.final_checkpoint_txs.is_empty(), "missing final checkpoint txs")?;
                self.finalize(now_ms, &request.ark_txid, &request.final_checkpoint_txs)?;
                Ok(json!({}))
            }
            Route::PendingTx => {
                let request: PendingRequest = read(request.body)?;
                let intent = request.intent.ok_or_else(|| invalid("missing identifier"))?;
                missing(intent.proof.is_empty(), "missing intent proof")?;
                missing(intent.message.is_empty(), "missing intent message")?;
                let pending = self.pending_of(now_ms, &intent.proof, &intent.message)?;
                Ok(json!({ "pendingTxs": pending.iter().map(accepted_answer).collect::<Vec<_>>() }))
            }
            Route::Vtxos => self.vtxos_answer(&query),
            Route::VirtualTxs { txids } => self.virtual_txs_answer(txids, &query),
            Route::VtxoChain { txid, vout } => self.chain_answer(txid, vout, &query),
            Route::Asset { id } => self.asset_answer(id),
            Route::NotPlayed => Err(Refusal::plain(Grpc::Unimplemented, "Not Implemented")),
            Route::WrongMethod => Err(Refusal::plain(Grpc::Unimplemented, "Method Not Allowed")),
            Route::Nowhere => Err(Refusal::plain(Grpc::NotFound, "Not Found")),
        }
    }

    /// A digest that is given has to be right; whether one has to be given is a setting.
    fn digest_is_right(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let given = headers
            .get("x-digest")
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .unwrap_or_default();
        let expected = self.digest();
        if given == expected || (given.is_empty() && !self.settings.require_digest) {
            return Ok(());
        }
        Err(ErrorCode::DigestMismatch.with(
            "invalid digest header",
            &[("expected_digest", &expected), ("got_digest", &given)],
        ))
    }

    /// Changes whenever what GetInfo says changes.
    pub(super) fn digest(&self) -> String {
        let text = format!("{} {}", self.revision, self.info_without_digest());
        sha256::Hash::hash(text.as_bytes()).to_string()
    }

    fn info_answer(&self) -> Value {
        let mut info = self.info_without_digest();
        if let Some(info) = info.as_object_mut() {
            info.insert("digest".to_owned(), json!(self.digest()));
        }
        info
    }

    fn info_without_digest(&self) -> Value {
        let settings = &self.settings;
        let operator = &self.operator;
        let limit = |amount: Option<bitcoin::Amount>| match amount {
            Some(amount) => self.integer(amount.to_sat()),
            None => self.signed(-1),
        };
        let deprecated: Vec<Value> = operator
            .deprecated
            .iter()
            .map(|signer| {
                json!({
                    "pubkey": signer.key.public_key().to_string(),
                    "cutoffDate": self.signed(signer.cutoff),
                })
            })
            .collect();
        let checkpoint = operator.checkpoint_leaf(settings.checkpoint_exit_delay);
        json!({
            "version": settings.version,
            "signerPubkey": operator.signer.public_key().to_string(),
            "forfeitPubkey": operator.forfeit_key().to_string(),
            "forfeitAddress": operator.forfeit_address(settings.network).to_string(),
            "checkpointTapscript": checkpoint.to_hex_string(),
            "network": settings.network.to_string(),
            "sessionDuration": self.integer(30),
            "unilateralExitDelay": self.integer(u64::from(settings.unilateral_exit_delay)),
            "boardingExitDelay": self.integer(u64::from(settings.boarding_exit_delay)),
            "utxoMinAmount": self.integer(settings.dust.to_sat()),
            "utxoMaxAmount": self.signed(-1),
            "vtxoMinAmount": self.integer(settings.smallest().to_sat()),
            "vtxoMaxAmount": limit(settings.vtxo_max_amount),
            "dust": self.integer(settings.dust.to_sat()),
            "fees": {
                "intentFee": { "offchainInput": "", "offchainOutput": "", "onchainInput": "", "onchainOutput": "" },
                "txFeeRate": "0",
            },
            "scheduledSession": null,
            "deprecatedSigners": deprecated,
            "serviceStatus": {},
            "maxTxWeight": self.integer(settings.max_tx_weight),
            "maxOpReturnOutputs": self.integer(u64::try_from(settings.max_op_return_outputs).unwrap_or(u64::MAX)),
        })
    }

    /// A 64-bit integer as the settings say.
    pub(super) fn integer(&self, number: u64) -> Value {
        match self.settings.integers {
            Integers::Text => json!(number.to_string()),
            Integers::Number => json!(number),
        }
    }

    fn signed(&self, number: i64) -> Value {
        match self.settings.integers {
            Integers::Text => json!(number.to_string()),
            Integers::Number => json!(number),
        }
    }
}

/// A call as it arrives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) method: &'a Method,
    pub(super) path_and_query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

impl<'a> Request<'a> {
    pub(super) fn path(&self) -> &'a str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    fn query(&self) -> &'a str {
        self.path_and_query.split_once('?').map_or("", |(_, query)| query)
    }
}

fn accepted_answer(accepted: &Accepted) -> Value {
    json!({
        "arkTxid": accepted.txid.to_string(),
        "finalArkTx": accepted.ark.to_string(),
        "signedCheckpointTxs": accepted.checkpoints.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn invalid(message: &str) -> Refusal {
    Refusal::plain(Grpc::InvalidArgument, message)
}

fn missing(is_missing: bool, message: &str) -> Result<(), Refusal> {
    if is_missing { Err(invalid(message)) } else { Ok(()) }
}

pub(super) fn read<Body: DeserializeOwned>(body: &[u8]) -> Result<Body, Refusal> {
    serde_json::from_slice(body).map_err(|error| invalid(&error.to_string()))
}
