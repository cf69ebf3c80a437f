//! What is asked again, what never is, and when nothing is asked at all.

use nanoark_domain::time::Seconds;
use serde_json::json;

use crate::breaker::Threshold;
use crate::building::Unsigned;
use crate::error::ArkdError;
use crate::exchange::{ExchangeError, Limits};
use crate::indexer::VtxoFilter;
use crate::refusal::ErrorCode;
use crate::tests::double::{Said, Stage, broken, info, ok, refused, unreachable};
use crate::tests::plan::Plan;

fn unsigned() -> Unsigned {
    Plan::seeded(1, 1, 1).build()
}

fn stage(says: impl IntoIterator<Item = Said>) -> Stage {
    Stage::set(Limits::default(), says)
}

#[tokio::test]
async fn reads_are_tried_twice_when_the_connection_broke() {
    let proxy = || Ok((502, "bad gateway".to_owned()));
    for first in [broken(), unreachable(), proxy()] {
        let stage = stage([first, ok(info("d1")), broken(), ok(json!({ "pendingTxs": [] }))]);
        assert!(stage.arkd.info().await.is_ok());
        assert_eq!(stage.arkd.pending(&unsigned().ark_tx, "").await, Ok(vec![]));
        assert_eq!(stage.heard().len(), 4);
    }
    for last in [broken(), unreachable(), proxy()] {
        let stage = stage([broken(), last]);
        assert!(stage.arkd.info().await.is_err());
        assert_eq!(stage.heard().len(), 2, "and no more");
    }
    for only in [
        Err(ExchangeError::Timeout),
        Err(ExchangeError::TooLarge),
        Ok((500, String::new())),
        refused("VTXO_NOT_FOUND (30): x"),
    ] {
        let stage = stage([only]);
        assert!(stage.arkd.info().await.is_err());
    }
}

#[tokio::test]
async fn what_changes_something_is_asked_once() {
    let unsigned = unsigned();
    let failures: [fn() -> Said; 6] = [
        broken,
        unreachable,
        || Err(ExchangeError::Timeout),
        || Ok((502, String::new())),
        || refused("INTERNAL_ERROR (0): x"),
        || refused("INVALID_ARK_PSBT (1): duplicated offchain tx ab"),
    ];
    for failure in failures {
        let stage = stage([failure()]);
        let submitted = stage.arkd.submit("d1", &unsigned.ark_tx, &unsigned.checkpoints).await;
        assert!(submitted.is_err());
        let stage = self::stage([failure()]);
        let finalised = stage.arkd.finalize(unsigned.ark_txid(), &unsigned.checkpoints).await;
        assert!(finalised.is_err());
    }
}

#[tokio::test]
async fn terms_are_known_for_a_while() {
    let stage = stage([ok(info("d1")), ok(info("d2")), ok(info("d3"))]);
    let digest = async || stage.arkd.info().await.unwrap().digest().to_owned();
    assert_eq!(digest().await, "d1");
    stage.pass(59);
    assert_eq!(digest().await, "d1");
    stage.pass(1);
    assert_eq!(digest().await, "d2");
    assert_eq!(digest().await, "d2");
    assert_eq!(stage.arkd.fresh_info().await.unwrap().digest(), "d3");
    assert_eq!(digest().await, "d3");
    assert_eq!(
        stage.arkd.clone().info().await.unwrap().digest(),
        "d3",
        "clones know it too"
    );
}

#[tokio::test]
async fn changed_terms_are_heard_and_reads_go_on() {
    let mismatch = || refused("DIGEST_MISMATCH (49): invalid digest header");
    let stage = stage([ok(info("d1")), mismatch(), ok(info("d2")), ok(json!({ "vtxos": [] }))]);
    stage.arkd.info().await.unwrap();
    let script = bitcoin::ScriptBuf::from_hex("51").unwrap();
    assert_eq!(stage.arkd.vtxos_of(&[script], VtxoFilter::All, None).await, Ok(vec![]));
    let named = |digest: &str| Some(digest.to_owned());
    assert_eq!(stage.digests(), [None, named("d1"), None, named("d2")]);
    assert_eq!(stage.arkd.info().await.unwrap().digest(), "d2");
}

#[tokio::test]
async fn a_submission_on_old_terms_fails_and_the_next_hears_the_others() {
    let unsigned = unsigned();
    let stage = stage([
        ok(info("d1")),
        refused("DIGEST_MISMATCH (49): invalid digest header"),
        ok(info("d2")),
    ]);
    stage.arkd.info().await.unwrap();
    let error = stage
        .arkd
        .submit("d1", &unsigned.ark_tx, &unsigned.checkpoints)
        .await
        .unwrap_err();
    assert!(error.is_digest_mismatch() && !error.outcome_unknown());
    assert_eq!(stage.arkd.info().await.unwrap().digest(), "d2");
}

#[tokio::test]
async fn finalising_does_not_depend_on_the_terms() {
    let unsigned = unsigned();
    let stage = stage([
        ok(info("d1")),
        refused("DIGEST_MISMATCH (49): invalid digest header"),
        ok(info("d2")),
        ok(json!({})),
    ]);
    stage.arkd.info().await.unwrap();
    let finalize = async || stage.arkd.finalize(unsigned.ark_txid(), &unsigned.checkpoints).await;
    assert!(finalize().await.unwrap_err().is_digest_mismatch());
    assert_eq!(finalize().await, Ok(()));
    assert_eq!(stage.digests().last(), Some(&Some("d2".to_owned())));
}

#[tokio::test]
async fn an_arkd_that_is_down_is_left_alone_for_a_while() {
    let limits = Limits {
        breaker: Threshold {
            failures: 4,
            open_for: Seconds(15),
        },
        ..Limits::default()
    };
    let down = || Err(ExchangeError::Timeout);
    let stage = Stage::set(limits, [down(), down(), down(), down(), down(), ok(info("d1"))]);
    for _ in 0..4 {
        assert!(stage.arkd.is_answering());
        assert_eq!(stage.arkd.info().await.unwrap_err(), ArkdError::Timeout);
    }
    let open = |seconds| ArkdError::BreakerOpen {
        retry_after: Seconds(seconds),
    };
    assert!(!stage.arkd.is_answering());
    assert_eq!(stage.arkd.info().await.unwrap_err(), open(15));
    let unsigned = unsigned();
    let submitted = stage.arkd.submit("d1", &unsigned.ark_tx, &unsigned.checkpoints).await;
    assert_eq!(submitted, Err(open(15)));
    stage.pass(15);
    assert_eq!(stage.arkd.info().await.unwrap_err(), ArkdError::Timeout, "one may try");
    assert_eq!(stage.arkd.info().await.unwrap_err(), open(15));
    stage.pass(15);
    assert!(stage.arkd.info().await.is_ok());
    assert!(stage.arkd.is_answering());
    assert_eq!(stage.heard().len(), 6);
}

#[tokio::test]
async fn refusals_are_no_outage() {
    let limits = Limits {
        breaker: Threshold {
            failures: 1,
            open_for: Seconds(15),
        },
        ..Limits::default()
    };
    let stage = Stage::set(
        limits,
        [
            refused("INTERNAL_ERROR (0): x"),
            Ok((400, "what?".to_owned())),
            refused("VTXO_BANNED (29): x"),
        ],
    );
    let internal = stage.arkd.info().await.unwrap_err();
    assert!(matches!(internal, ArkdError::Refused(refusal) if refusal.code == ErrorCode::InternalError));
    let status = stage.arkd.info().await.unwrap_err();
    assert_eq!(
        status,
        ArkdError::Status {
            status: 400,
            message: "what?".to_owned()
        }
    );
    assert!(stage.arkd.info().await.is_err());
    assert!(stage.arkd.is_answering());
}

#[tokio::test]
async fn large_replies_are_not_read() {
    let limits = Limits {
        max_reply_bytes: 10,
        ..Limits::default()
    };
    let stage = Stage::set(limits, [ok(info("d1"))]);
    assert_eq!(stage.arkd.info().await.unwrap_err(), ArkdError::TooLarge);
}
