//! An arkd that says what it is told to.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use nanoark_domain::time::Timestamp;
use serde_json::Value;

use crate::arkd::Arkd;
use crate::exchange::{ArkdReply, ArkdRequest, Exchange, ExchangeError, Exchanging, Limits};

/// What it says to one request.
pub(crate) type Said = Result<(u16, String), ExchangeError>;

#[derive(Debug, Default)]
pub(crate) struct Double {
    says: Mutex<VecDeque<Said>>,
    heard: Mutex<Vec<ArkdRequest>>,
}

/// A client of it, and the hands on its clock.
pub(crate) struct Stage {
    pub(crate) arkd: Arkd,
    pub(crate) double: Arc<Double>,
    seconds: Arc<AtomicU64>,
}

impl Stage {
    pub(crate) fn set(limits: Limits, says: impl IntoIterator<Item = Said>) -> Self {
        let double = Arc::new(Double {
            says: Mutex::new(says.into_iter().collect()),
            heard: Mutex::default(),
        });
        let seconds = Arc::new(AtomicU64::new(1_800_000_000));
        let clock = Arc::clone(&seconds);
        let exchange: Arc<dyn Exchange> = Arc::clone(&double) as _;
        Self {
            arkd: Arkd::over(
                exchange,
                limits,
                Arc::new(move || Timestamp::from_seconds(clock.load(Ordering::SeqCst))),
            ),
            double,
            seconds,
        }
    }

    /// The client of an arkd that answers so.
    pub(crate) fn answering(says: impl IntoIterator<Item = Value>) -> Self {
        Self::set(Limits::default(), says.into_iter().map(ok))
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// What it was asked, as `METHOD path`.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.requests()
            .iter()
            .map(|request| format!("{} {}", request.method, request.path_and_query))
            .collect()
    }

    pub(crate) fn digests(&self) -> Vec<Option<String>> {
        self.requests().into_iter().map(|request| request.digest).collect()
    }

    pub(crate) fn requests(&self) -> Vec<ArkdRequest> {
        self.double.heard.lock().unwrap().clone()
    }
}

impl Exchange for Double {
    fn exchange(&self, request: ArkdRequest) -> Exchanging<'_> {
        self.heard.lock().unwrap().push(request);
        let said = self.says.lock().unwrap().pop_front().expect("nothing more to say");
        Box::pin(async move {
            said.map(|(status, body)| ArkdReply {
                status,
                body: body.into(),
            })
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map`")]
pub(crate) fn ok(body: Value) -> Said {
    Ok((200, body.to_string()))
}

pub(crate) fn refused(message: &str) -> Said {
    let body = serde_json::json!({ "code": 3, "message": message, "details": [] });
    Ok((400, body.to_string()))
}

pub(crate) fn broken() -> Said {
    Err(ExchangeError::Broken {
        detail: "reset".to_owned(),
    })
}

pub(crate) fn unreachable() -> Said {
    Err(ExchangeError::NotConnected {
        detail: "refused".to_owned(),
    })
}

/// An answer to `GET /v1/info`, as arkd v0.9.15 writes it.
pub(crate) fn info(digest: &str) -> Value {
    let key = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    serde_json::json!({
        "version": "0.9.15",
        "signerPubkey": key,
        "forfeitPubkey": key,
        "forfeitAddress": "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
        "checkpointTapscript": format!("039d0040b27520{}ac", &key[2..]),
        "network": "regtest",
        "sessionDuration": "30",
        "unilateralExitDelay": "86400",
        "boardingExitDelay": "7776000",
        "utxoMinAmount": "-1",
        "utxoMaxAmount": "-1",
        "vtxoMinAmount": "-1",
        "vtxoMaxAmount": "100000000",
        "dust": "330",
        "fees": {
            "intentFee": { "offchainInput": "", "offchainOutput": "", "onchainInput": "0", "onchainOutput": "200.0" },
            "txFeeRate": "0"
        },
        "scheduledSession": null,
        "deprecatedSigners": [{ "pubkey": key, "cutoffDate": "1700000000" }],
        "serviceStatus": {},
        "digest": digest,
        "maxTxWeight": "40000",
        "maxOpReturnOutputs": "3"
    })
}
