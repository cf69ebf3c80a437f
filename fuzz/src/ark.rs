//! The operator's side: PSBTs, and everything that arkd answers.

use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use bitcoin::{OutPoint, Psbt, Txid};
use bytes::Bytes;
use nanoark_ark::arkd::Arkd;
use nanoark_ark::base64_psbt::{self, MAX_PSBT_BYTES};
use nanoark_ark::building::Unsigned;
use nanoark_ark::cosigned::check_operator_signed;
use nanoark_ark::error::ArkdError;
use nanoark_ark::exchange::{ArkdReply, ArkdRequest, Exchange, Exchanging, Limits};
use nanoark_ark::indexer::VtxoFilter;
use nanoark_ark::info::OperatorInfo;
use nanoark_ark::script::{default_address, scripts_of};
use nanoark_ark::signing;
use nanoark_ark_verifier::script::default_address as home;

use crate::Outcome;
use crate::scene::{now, owner, scene};

/// An arkd that has one answer to everything.
#[derive(Debug)]
struct Says {
    status: u16,
    body: Bytes,
}

impl Exchange for Says {
    fn exchange(&self, _: ArkdRequest) -> Exchanging<'_> {
        let reply = ArkdReply {
            status: self.status,
            body: self.body.clone(),
        };
        Box::pin(async move { Ok(reply) })
    }
}

fn client(status: u16, body: &[u8]) -> Arkd {
    let says = Says {
        status,
        body: Bytes::copy_from_slice(body),
    };
    let limits = Limits {
        max_vtxos: 200,
        ..Limits::default()
    };
    Arkd::over(Arc::new(says), limits, Arc::new(now))
}

/// The end of something that never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an exchange in memory waits for nothing"),
    }
}

static OURS: LazyLock<Unsigned> = LazyLock::new(|| Unsigned {
    ark_tx: recorded(&scene().ark_tx),
    checkpoints: scene().checkpoints.iter().map(|text| recorded(text)).collect(),
});

fn recorded(text: &str) -> Psbt {
    base64_psbt::decode(text, MAX_PSBT_BYTES).expect("a recorded PSBT")
}

/// A PSBT, raw or in base64: read, written and read to the same, and looked at for what would be signed.
pub(crate) fn psbt(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let Ok(psbt) = base64_psbt::decode(&text, MAX_PSBT_BYTES).or_else(|_| Psbt::deserialize(data)) else {
        return Outcome::Refused;
    };
    let _ = signing::sighashes(&psbt);
    let _ = signing::checkpoint_sighashes(std::slice::from_ref(&psbt));
    let _ = signing::verify_recovery(&psbt, owner(), &[]);
    let again = base64_psbt::decode(&base64_psbt::encode(&psbt), 2 * MAX_PSBT_BYTES);
    assert_eq!(again.as_ref().ok(), Some(&psbt));
    Outcome::Taken
}

/// `GET /v1/info`.
pub(crate) fn info(data: &[u8]) -> Outcome {
    let info: Result<OperatorInfo, ArkdError> = at_once(client(200, data).info());
    if let Ok(info) = &info {
        let terms = info.terms();
        let address = default_address(owner(), info);
        assert!(address.is_none_or(|address| address == home(&terms, owner())));
        let _ = (scripts_of(owner(), info), info.minimum_output(), info.maximum_output());
        let _ = info.co_signs(terms.signer, now());
    }
    Outcome::of(info)
}

/// `GET /v1/indexer/vtxos`, by scripts and by outpoints: nothing comes back that was not asked for.
pub(crate) fn vtxos(data: &[u8]) -> Outcome {
    let arkd = client(200, data);
    let script = home(&scene().terms, owner()).script_pubkey();
    let by_script = at_once(arkd.vtxos_of(std::slice::from_ref(&script), VtxoFilter::Spendable, None));
    let outpoints: Vec<OutPoint> = scene().coins.iter().map(|coin| coin.outpoint).collect();
    let by_outpoint = at_once(arkd.vtxos_at(&outpoints));
    if let (Ok(by_script), Ok(by_outpoint)) = (&by_script, &by_outpoint) {
        assert!(by_script.len() <= 200 && by_script.iter().all(|vtxo| vtxo.script_pubkey == script));
        assert!(by_outpoint.iter().all(|vtxo| outpoints.contains(&vtxo.outpoint)));
        for vtxo in by_script.iter().chain(by_outpoint) {
            let _ = vtxo.state(now(), scene().terms.dust);
        }
    }
    Outcome::of(by_script)
}

/// `POST /v1/tx/submit`: what the operator signed is taken only if it is our own transaction.
pub(crate) fn submitted(data: &[u8]) -> Outcome {
    let ours = &*OURS;
    let sent = at_once(client(200, data).submit("digest", &ours.ark_tx, &ours.checkpoints));
    let checked = sent.map(|submitted| check_operator_signed(ours, &submitted));
    if let Ok(Ok(cosigned)) = &checked {
        assert_eq!(cosigned.ark_tx.unsigned_tx, ours.ark_tx.unsigned_tx);
        assert_eq!(cosigned.checkpoints.len(), ours.checkpoints.len());
        let _ = signing::checkpoint_sighashes(&cosigned.checkpoints).expect("what can be signed");
    }
    Outcome::of(checked)
}

/// `POST /v1/tx/pending`.
pub(crate) fn pending(data: &[u8]) -> Outcome {
    let proof = recorded(&scene().proof);
    let pending = at_once(client(200, data).pending(&proof, "{}"));
    for submitted in pending.iter().flatten() {
        let _ = check_operator_signed(&OURS, submitted);
    }
    Outcome::of(pending)
}

/// `GET /v1/indexer/virtualTx` and `GET /v1/indexer/asset`.
pub(crate) fn reads(data: &[u8]) -> Outcome {
    let arkd = client(200, data);
    let txid: Txid = OURS.ark_txid();
    let transactions = at_once(arkd.virtual_txs(&[txid]));
    if let Ok(transactions) = &transactions {
        assert!(
            transactions
                .iter()
                .all(|found| found.unsigned_tx.compute_txid() == txid)
        );
    }
    let asset = nanoark_ark_verifier::asset::AssetId::from_bytes([7; 34]);
    let details = at_once(arkd.asset(asset));
    match (transactions, details) {
        (Err(_), Err(_)) => Outcome::Refused,
        (Ok(_), Ok(_) | Err(_)) | (Err(_), Ok(_)) => Outcome::Taken,
    }
}

/// What arkd says with a status of 400 or 500.
pub(crate) fn refusal(data: &[u8]) -> Outcome {
    let ours = &*OURS;
    let mut known = Outcome::Refused;
    for status in [400, 500] {
        let error = at_once(client(status, data).submit("digest", &ours.ark_tx, &ours.checkpoints));
        let error = error.expect_err("a status that is no success");
        let _ = (error.to_string(), error.outcome_unknown(), error.is_outage());
        if let ArkdError::Refused(refusal) = &error {
            let _ = (refusal.code.name(), refusal.is_duplicate(), refusal.is_past_its_stage());
            known = Outcome::Taken;
        }
    }
    known
}
