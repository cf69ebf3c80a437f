use bitcoin::{OutPoint, Psbt, Txid};
use serde_json::{Value, json};

use super::wallet::{Owner, finalization, finalize, operator, post, sat, submit};
use crate::arkd::Arkd;

fn pending(arkd: &Arkd, request: &Value) -> Value {
    let outcome = post(arkd, "/v1/tx/pending", request);
    assert_eq!(outcome.status, 200, "{}", outcome.json());
    outcome.json()["pendingTxs"].clone()
}

#[test]
fn the_same_submission_twice_is_a_duplicate() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let transactions = alice.signed(&arkd, &[coin], &[(&bob, 1_000)]);
    let accepted = submit(&arkd, &transactions).json();
    let duplicate = |arkd: &Arkd| {
        let again = submit(arkd, &transactions);
        assert_eq!(again.error_name().as_deref(), Some("INVALID_ARK_PSBT"));
        let words = format!("duplicated offchain tx {}", accepted["arkTxid"].as_str().unwrap());
        assert!(again.json()["message"].as_str().unwrap().contains(&words));
    };
    duplicate(&arkd);
    let other = alice.signed(&arkd, &[coin], &[(&alice, 1_000)]);
    assert_eq!(
        submit(&arkd, &other).error_name().as_deref(),
        Some("VTXO_ALREADY_SPENT")
    );
    assert_eq!(
        finalize(&arkd, &accepted, |psbt| alice.sign_checkpoint(psbt)).status,
        200
    );
    duplicate(&arkd);
}

#[test]
fn what_was_refused_may_be_submitted_again() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let mut transactions = alice.transfer(&arkd, &[coin], &[(&bob, 1_000)]);
    bob.sign(&mut transactions.ark_tx);
    assert_eq!(
        submit(&arkd, &transactions).error_name().as_deref(),
        Some("INVALID_SIGNATURE")
    );
    transactions.ark_tx.inputs[0].tap_script_sigs.clear();
    alice.sign(&mut transactions.ark_tx);
    alice.finish(&arkd, &transactions);
}

#[test]
fn a_pending_transaction_is_found_and_finished() {
    let (arkd, clock) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coins = [
        arkd.fund(&alice.script(), sat(1_000)),
        arkd.fund(&alice.script(), sat(2_000)),
    ];
    let spare = arkd.fund(&alice.script(), sat(3_000));
    let proof = alice.proof(&arkd, &coins, 0);
    assert_eq!(pending(&arkd, &proof), json!([]));
    let transactions = alice.signed(&arkd, &coins, &[(&bob, 3_000)]);
    let accepted = submit(&arkd, &transactions).json();

    clock.advance(1_000_000_000);
    let found = pending(&arkd, &proof);
    assert_eq!(
        found,
        json!([accepted]),
        "0 is never too old, and two coins are one transaction"
    );
    assert_eq!(pending(&arkd, &alice.proof(&arkd, &coins[..1], 0)), json!([accepted]));
    assert_eq!(
        pending(&arkd, &alice.proof(&arkd, &[spare, coins[1]], 0)),
        json!([accepted])
    );
    assert_eq!(pending(&arkd, &alice.proof(&arkd, &[spare], 0)), json!([]));

    // The first signature is of no use any more; the recovered checkpoints are.
    let finalized = finalize(&arkd, &found[0], |psbt| alice.sign_checkpoint(psbt));
    assert_eq!(finalized.status, 200, "{}", finalized.json());
    assert_eq!(pending(&arkd, &proof), json!([]));
}

#[test]
fn proofs_grow_old_at_their_second() {
    let (arkd, clock) = operator();
    let alice = Owner::new(&arkd, 1);
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let proof = alice.proof(&arkd, &[coin], 1_700_000_100);
    submit(&arkd, &alice.signed(&arkd, &[coin], &[]));
    clock.set(1_700_000_100_000);
    assert_eq!(pending(&arkd, &proof).as_array().unwrap().len(), 1);
    clock.advance(1);
    let outcome = post(&arkd, "/v1/tx/pending", &proof);
    assert_eq!(outcome.error_name().as_deref(), Some("INVALID_INTENT_TIMERANGE"));
}

#[test]
fn proofs_that_prove_nothing() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let request = alice.proof(&arkd, &[coin], 0);
    submit(&arkd, &alice.signed(&arkd, &[coin], &[]));
    let proof: Psbt = request["intent"]["proof"].as_str().unwrap().parse().unwrap();
    let message = request["intent"]["message"].as_str().unwrap();
    let changed = |change: &dyn Fn(&mut Psbt)| {
        let mut proof = proof.clone();
        change(&mut proof);
        json!({ "intent": { "proof": proof.to_string(), "message": message } })
    };
    let table = [
        (
            "INVALID_INTENT_PROOF",
            changed(&|proof| proof.inputs[0].tap_script_sigs.clear()),
        ),
        (
            "INVALID_INTENT_PROOF",
            changed(&|proof| proof.inputs[1].tap_script_sigs.clear()),
        ),
        (
            "INVALID_INTENT_PROOF",
            changed(&|proof| {
                proof.inputs[1].tap_script_sigs = proof.inputs[0].tap_script_sigs.clone();
            }),
        ),
        (
            "INVALID_INTENT_PROOF",
            changed(&|proof| {
                proof.unsigned_tx.lock_time = bitcoin::absolute::LockTime::from_consensus(1);
            }),
        ),
        (
            "INVALID_PSBT_INPUT",
            changed(&|proof| proof.inputs[1].tap_scripts.clear()),
        ),
        (
            "INVALID_PSBT_INPUT",
            changed(&|proof| {
                proof.inputs[1].witness_utxo.as_mut().unwrap().value = sat(999);
            }),
        ),
        (
            "INVALID_PSBT_INPUT",
            changed(&|proof| {
                proof.inputs[1].witness_utxo.as_mut().unwrap().script_pubkey = bob.script();
            }),
        ),
        (
            "INVALID_INTENT_PROOF",
            json!({ "intent": {
            "proof": request["intent"]["proof"],
            "message": r#"{"type":"get-pending-tx","expire_at":1900000000}"#,
        } }),
        ),
    ];
    for (name, request) in table {
        let outcome = post(&arkd, "/v1/tx/pending", &request);
        assert_eq!(outcome.error_name().as_deref(), Some(name), "{}", outcome.json());
    }
    for (request, words) in [
        (json!({}), "missing identifier"),
        (
            json!({ "intent": { "proof": "x", "message": "{" } }),
            "invalid intent message",
        ),
        (
            json!({ "intent": { "proof": "x", "message": r#"{"type":"delete","expire_at":0}"# } }),
            "invalid intent message type",
        ),
    ] {
        let outcome = post(&arkd, "/v1/tx/pending", &request);
        assert_eq!(outcome.status, 400);
        assert!(
            outcome.json()["message"].as_str().unwrap().contains(words),
            "{}",
            outcome.json()
        );
    }
    assert_eq!(pending(&arkd, &request).as_array().unwrap().len(), 1);
}

type Attempt<'a> = &'a dyn Fn(&Value) -> Value;

#[test]
fn a_refused_finalisation_is_the_end() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let attempts: &[(&str, Attempt<'_>)] = &[
        ("INVALID_SIGNATURE", &|accepted| {
            finalization(accepted, |psbt| bob.sign_checkpoint(psbt))
        }),
        ("INVALID_SIGNATURE", &|accepted| finalization(accepted, |_| {})),
        ("INVALID_SIGNATURE", &|accepted| {
            finalization(accepted, |psbt| {
                // The owner's signature alone, without the operator's.
                psbt.inputs[0].tap_script_sigs.clear();
                alice.sign_checkpoint(psbt);
            })
        }),
        (
            "INVALID_SIGNATURE",
            &|accepted| json!({ "arkTxid": accepted["arkTxid"], "finalCheckpointTxs": ["x"] }),
        ),
        ("INVALID_PSBT_INPUT", &|accepted| {
            let mut request = finalization(accepted, |psbt| alice.sign_checkpoint(psbt));
            request["finalCheckpointTxs"].as_array_mut().unwrap().pop();
            request
        }),
    ];
    for (name, attempt) in attempts {
        let coins = [
            arkd.fund(&alice.script(), sat(1_000)),
            arkd.fund(&alice.script(), sat(1_000)),
        ];
        let total = arkd.total_unspent();
        let accepted = submit(&arkd, &alice.signed(&arkd, &coins, &[(&bob, 2_000)])).json();
        let refused = post(&arkd, "/v1/tx/finalize", &attempt(&accepted));
        assert_eq!(refused.error_name().as_deref(), Some(*name), "{}", refused.json());
        let again = finalize(&arkd, &accepted, |psbt| alice.sign_checkpoint(psbt));
        assert_eq!(again.error_name().as_deref(), Some("INTERNAL_ERROR"));
        assert!(
            again.json()["message"]
                .as_str()
                .unwrap()
                .contains("not in a valid stage")
        );
        let txid: Txid = accepted["arkTxid"].as_str().unwrap().parse().unwrap();
        assert!(arkd.stuck().contains(&txid) && !arkd.pending().contains(&txid));
        assert_eq!(
            pending(&arkd, &alice.proof(&arkd, &coins, 0)).as_array().unwrap().len(),
            1
        );
        assert_eq!(arkd.total_unspent(), total);
    }
    let unknown = json!({ "arkTxid": "00".repeat(32), "finalCheckpointTxs": ["x"] });
    let outcome = post(&arkd, "/v1/tx/finalize", &unknown);
    assert_eq!(
        (outcome.status, outcome.error_name().as_deref()),
        (404, Some("TX_NOT_FOUND"))
    );
}

#[test]
fn a_second_finalisation_is_refused_and_changes_nothing() {
    let (arkd, _) = operator();
    let (alice, bob) = (Owner::new(&arkd, 1), Owner::new(&arkd, 2));
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let accepted = submit(&arkd, &alice.signed(&arkd, &[coin], &[(&bob, 1_000)])).json();
    let again = || finalize(&arkd, &accepted, |psbt| alice.sign_checkpoint(psbt));
    assert_eq!(again().status, 200);
    for _ in 0..2 {
        let outcome = again();
        assert_eq!(
            (outcome.status, outcome.error_name().as_deref()),
            (500, Some("INTERNAL_ERROR"))
        );
        assert!(
            outcome.json()["message"]
                .as_str()
                .unwrap()
                .contains("not in a valid stage to finalize offchain tx")
        );
    }
    let txid: Txid = accepted["arkTxid"].as_str().unwrap().parse().unwrap();
    assert_eq!(arkd.vtxo(OutPoint::new(txid, 0)).unwrap().amount, sat(1_000));
    assert!(!arkd.vtxo(coin).unwrap().pending);
    assert_eq!(arkd.submissions(txid).finalized, 1);
    assert_eq!((arkd.pending(), arkd.stuck()), (Vec::new(), Vec::new()));
}

#[test]
fn an_input_that_is_published_meanwhile_stops_the_finalisation() {
    let (arkd, _) = operator();
    let alice = Owner::new(&arkd, 1);
    let coin = arkd.fund(&alice.script(), sat(1_000));
    let accepted = submit(&arkd, &alice.signed(&arkd, &[coin], &[])).json();
    arkd.unroll(coin);
    let outcome = finalize(&arkd, &accepted, |psbt| alice.sign_checkpoint(psbt));
    assert_eq!(outcome.error_name().as_deref(), Some("VTXO_ALREADY_UNROLLED"));
}
