//! Every endpoint: what is asked, and how the answer is read.

use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Txid};
use nanoark_ark_verifier::address::Network;
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_domain::time::Timestamp;
use serde_json::{Value, json};

use crate::base64_psbt::encode;
use crate::error::ArkdError;
use crate::exchange::Limits;
use crate::indexer::VtxoFilter;
use crate::tests::double::{Stage, info, ok};
use crate::tests::plan::Plan;

fn txid(fill: u8) -> Txid {
    format!("{fill:02x}").repeat(32).parse().unwrap()
}

fn script(fill: u8) -> ScriptBuf {
    ScriptBuf::from_hex(&format!("5120{}", format!("{fill:02x}").repeat(32))).unwrap()
}

fn vtxo(fill: u8, vout: u32) -> Value {
    json!({
        "outpoint": { "txid": txid(fill), "vout": vout },
        "createdAt": "1700000000",
        "expiresAt": "1900000000",
        "amount": "12345",
        "script": script(fill).to_hex_string(),
        "isPreconfirmed": true,
        "isSwept": false,
        "isUnrolled": false,
        "isSpent": false,
        "spentBy": "",
        "commitmentTxids": [txid(0xcc)],
        "settledBy": "",
        "arkTxid": "",
        "assets": [],
        "depth": 2
    })
}

fn page(current: u32, total: u32) -> Value {
    json!({ "current": current, "next": (current + 1).min(total), "total": total })
}

#[tokio::test]
async fn info_is_read_whole() {
    let stage = Stage::answering([info("d1")]);
    let info = stage.arkd.info().await.unwrap();
    assert_eq!(stage.heard(), ["GET /v1/info"]);
    assert_eq!(stage.digests(), [None]);

    assert_eq!(info.network(), Network::Regtest);
    assert_eq!(info.digest(), "d1");
    assert_eq!(info.dust(), Amount::from_sat(330));
    assert_eq!(info.minimum_output(), Amount::from_sat(330));
    assert_eq!(info.maximum_output(), Some(Amount::from_sat(100_000_000)));
    assert_eq!(info.max_tx_weight(), Some(40_000));
    let raw = info.raw();
    assert_eq!(raw.unilateral_exit_delay, Sequence::from_seconds_ceil(86_400).unwrap());
    assert_eq!(raw.session_duration, 30);
    assert_eq!(
        (raw.utxo_min_amount, raw.utxo_max_amount, raw.vtxo_min_amount),
        (None, None, None)
    );
    assert_eq!(raw.deprecated_signers[0].cutoff_date, 1_700_000_000);
    assert!(raw.scheduled_session.is_none());
    let fees = raw.fees.as_ref().unwrap();
    assert_eq!(fees.intent_fee.onchain_output.as_deref(), Some("200.0"));
    assert_eq!(fees.intent_fee.offchain_input, None);
}

#[tokio::test]
async fn info_takes_bare_numbers_and_names_what_it_lacks() {
    let mut bare = info("");
    for field in ["dust", "unilateralExitDelay", "maxTxWeight", "vtxoMinAmount"] {
        let number: i64 = bare[field].as_str().unwrap().parse().unwrap();
        bare[field] = number.into();
    }
    let read = Stage::answering([bare]).arkd.info().await.unwrap();
    assert_eq!(read.dust(), Amount::from_sat(330));

    for (field, wrong) in [
        ("network", json!("moon")),
        ("signerPubkey", json!("02")),
        ("forfeitPubkey", Value::Null),
        ("forfeitAddress", json!("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")),
        ("checkpointTapscript", json!("")),
        ("unilateralExitDelay", json!("-1")),
        ("boardingExitDelay", json!("99999999999")),
        ("dust", json!("-1")),
        ("deprecatedSigners", json!([{ "pubkey": "" }])),
    ] {
        let mut body = info("d1");
        body[field] = wrong;
        let error = Stage::answering([body]).arkd.info().await.unwrap_err();
        assert_eq!(error, ArkdError::Malformed { field });
    }
    let error = Stage::answering([json!("moon")]).arkd.info().await.unwrap_err();
    assert_eq!(error, ArkdError::Malformed { field: "info" });
}

#[tokio::test]
async fn vtxos_are_read_whole() {
    let mut spent = vtxo(0xab, 3);
    for (field, value) in [
        ("isSpent", json!(true)),
        ("spentBy", json!(txid(1))),
        ("arkTxid", json!(txid(2))),
        ("settledBy", json!(txid(3))),
        ("amount", json!(12_345)),
        (
            "assets",
            json!([{ "assetId": "0f".repeat(34), "amount": u64::MAX.to_string() }, { "assetId": "0e".repeat(34), "amount": 7 }]),
        ),
    ] {
        spent[field] = value;
    }
    let stage = Stage::answering([json!({ "vtxos": [spent], "page": page(1, 1) })]);
    let found = stage
        .arkd
        .vtxos_of(&[script(0xab)], VtxoFilter::All, None)
        .await
        .unwrap();
    let [vtxo] = found.as_slice() else {
        panic!("one was sent: {found:?}");
    };
    assert_eq!(vtxo.outpoint, OutPoint::new(txid(0xab), 3));
    assert_eq!(vtxo.amount, Amount::from_sat(12_345));
    assert_eq!(vtxo.script_pubkey, script(0xab));
    assert_eq!(vtxo.created_at, Timestamp::from_seconds(1_700_000_000));
    assert_eq!(vtxo.expires_at, Timestamp::from_seconds(1_900_000_000));
    assert_eq!(
        (vtxo.spent_by, vtxo.ark_txid, vtxo.settled_by),
        (Some(txid(1)), Some(txid(2)), Some(txid(3)))
    );
    assert_eq!(vtxo.commitment_txids, [txid(0xcc)]);
    assert!(vtxo.is_preconfirmed && vtxo.is_spent && !vtxo.is_swept && !vtxo.is_unrolled);
    let of = |fill, amount| AssetAmount {
        asset_id: AssetId::from_bytes([fill; 34]),
        amount,
    };
    assert_eq!(vtxo.assets, [of(0x0f, u64::MAX), of(0x0e, 7)]);
    assert_eq!(
        stage.heard(),
        [format!(
            "GET /v1/indexer/vtxos?scripts={}&page.size=100&page.index=1",
            script(0xab).to_hex_string()
        )]
    );
}

#[tokio::test]
async fn vtxos_lack_nothing_that_counts() {
    for (field, wrong) in [
        ("outpoint", Value::Null),
        ("outpoint", json!({ "txid": "ab", "vout": 1 })),
        ("amount", json!("-1")),
        ("amount", json!("2100000000000001")),
        ("script", json!("zz")),
        ("spentBy", json!("zz")),
        ("arkTxid", json!("ab")),
        ("settledBy", json!("ab")),
        ("commitmentTxids", json!(["ab"])),
        ("assets", json!([{ "assetId": "ab", "amount": "1" }])),
        ("assets", json!([{ "assetId": "0f".repeat(34), "amount": "-1" }])),
    ] {
        let mut body = vtxo(1, 0);
        body[field] = wrong;
        let stage = Stage::answering([json!({ "vtxos": [body], "page": page(1, 1) })]);
        let error = stage
            .arkd
            .vtxos_of(&[script(1)], VtxoFilter::All, None)
            .await
            .unwrap_err();
        assert_eq!(error, ArkdError::Malformed { field });
    }
}

#[tokio::test]
async fn filters_and_cursors_are_named() {
    for (filter, parameter) in [
        (VtxoFilter::All, ""),
        (VtxoFilter::Spendable, "&spendableOnly=true"),
        (VtxoFilter::Spent, "&spentOnly=true"),
        (VtxoFilter::Recoverable, "&recoverableOnly=true"),
        (VtxoFilter::Pending, "&pendingOnly=true"),
        (VtxoFilter::Renewable, "&renewableOnly=true"),
    ] {
        let stage = Stage::answering([json!({ "vtxos": [] })]);
        stage.arkd.vtxos_of(&[script(1)], filter, Some(5)).await.unwrap();
        let script = script(1).to_hex_string();
        assert_eq!(
            stage.heard(),
            [format!(
                "GET /v1/indexer/vtxos?scripts={script}{parameter}&after=5&page.size=100&page.index=1"
            )]
        );
    }
}

#[tokio::test]
async fn pages_are_read_to_the_end() {
    let stage = Stage::answering([
        json!({ "vtxos": [vtxo(1, 0), vtxo(1, 1)], "page": page(1, 3) }),
        // One has moved here from the page before, and one was never asked for.
        json!({ "vtxos": [vtxo(1, 1), vtxo(1, 2), vtxo(9, 0)], "page": page(2, 3) }),
        json!({ "vtxos": [vtxo(1, 3)], "page": page(3, 3) }),
    ]);
    let found = stage.arkd.vtxos_of(&[script(1)], VtxoFilter::All, None).await.unwrap();
    let places: Vec<_> = found.iter().map(|vtxo| vtxo.outpoint.vout).collect();
    assert_eq!(places, [0, 1, 2, 3]);
    assert_eq!(stage.heard().len(), 3);
}

#[tokio::test]
async fn pages_without_end_are_left() {
    let limits = Limits {
        max_vtxos: 250,
        ..Limits::default()
    };
    let full = |at: u32| {
        let vtxos: Vec<_> = (at..at + 100).map(|vout| vtxo(1, vout)).collect();
        ok(json!({ "vtxos": vtxos, "page": page(1, 1_000) }))
    };
    let stage = Stage::set(limits, [full(0), full(100), full(200)]);
    let error = stage
        .arkd
        .vtxos_of(&[script(1)], VtxoFilter::All, None)
        .await
        .unwrap_err();
    assert_eq!(error, ArkdError::TooLarge);

    // The same page for ever.
    let stage = Stage::set(limits, (0..4).map(|_| full(0)));
    let error = stage
        .arkd
        .vtxos_of(&[script(1)], VtxoFilter::All, None)
        .await
        .unwrap_err();
    assert_eq!(error, ArkdError::TooLarge);
    assert_eq!(stage.heard().len(), 4);
}

#[tokio::test]
async fn many_scripts_and_outpoints_are_asked_for_in_turn() {
    let scripts: Vec<_> = (0..45).map(script).collect();
    let stage = Stage::answering((0..3).map(|_| json!({ "vtxos": [] })));
    assert_eq!(stage.arkd.vtxos_of(&scripts, VtxoFilter::All, None).await, Ok(vec![]));
    let asked: usize = stage.heard().iter().map(|path| path.matches("scripts=").count()).sum();
    assert_eq!(asked, 45);

    let outpoints: Vec<_> = (0..21).map(|vout| OutPoint::new(txid(1), vout)).collect();
    let stage = Stage::answering([
        json!({ "vtxos": [vtxo(1, 0), vtxo(1, 77)], "page": page(1, 1) }),
        json!({ "vtxos": [vtxo(1, 20)], "page": page(1, 1) }),
    ]);
    let found = stage.arkd.vtxos_at(&outpoints).await.unwrap();
    let places: Vec<_> = found.iter().map(|vtxo| vtxo.outpoint.vout).collect();
    assert_eq!(places, [0, 20], "77 was not asked for");
    assert!(
        stage.heard()[0].contains(&format!("outpoints={}%3A0&", txid(1))),
        "{:?}",
        stage.heard()
    );

    assert_eq!(Stage::answering([]).arkd.vtxos_at(&[]).await, Ok(vec![]));
}

#[tokio::test]
async fn submissions_go_and_come_as_base64() {
    let plan = Plan::seeded(1, 2, 1);
    let unsigned = plan.build();
    let answer = plan.operator.co_sign(&unsigned);
    let checkpoints: Vec<_> = answer.checkpoints.iter().map(encode).collect();
    let body = json!({
        "arkTxid": answer.ark_txid,
        "finalArkTx": encode(&answer.ark_tx),
        "signedCheckpointTxs": checkpoints,
    });
    let stage = Stage::answering([body.clone(), json!({}), json!({ "pendingTxs": [body] }), json!({})]);
    let arkd = &stage.arkd;
    let submitted = arkd.submit("d9", &unsigned.ark_tx, &unsigned.checkpoints).await;
    assert_eq!(submitted, Ok(answer.clone()));
    assert_eq!(arkd.finalize(answer.ark_txid, &answer.checkpoints).await, Ok(()));
    assert_eq!(
        arkd.pending(&unsigned.ark_tx, "message").await,
        Ok(vec![answer.clone()])
    );
    assert_eq!(arkd.pending(&unsigned.ark_tx, "message").await, Ok(vec![]));

    assert_eq!(
        stage.heard(),
        [
            "POST /v1/tx/submit",
            "POST /v1/tx/finalize",
            "POST /v1/tx/pending",
            "POST /v1/tx/pending"
        ]
    );
    assert_eq!(stage.digests(), [Some("d9".to_owned()), None, None, None]);
    let sent: Vec<Value> = stage
        .requests()
        .iter()
        .map(|request| serde_json::from_slice(request.body.as_ref().unwrap()).unwrap())
        .collect();
    let unsigned_checkpoints: Vec<_> = unsigned.checkpoints.iter().map(encode).collect();
    assert_eq!(
        sent[0],
        json!({ "signedArkTx": encode(&unsigned.ark_tx), "checkpointTxs": unsigned_checkpoints })
    );
    assert_eq!(
        sent[1],
        json!({ "arkTxid": answer.ark_txid, "finalCheckpointTxs": checkpoints })
    );
    assert_eq!(
        sent[2],
        json!({ "intent": { "proof": encode(&unsigned.ark_tx), "message": "message" } })
    );
}

#[tokio::test]
async fn a_submission_that_cannot_be_read_may_still_have_happened() {
    let plan = Plan::seeded(1, 1, 1);
    let unsigned = plan.build();
    let good = encode(&unsigned.ark_tx);
    let id = unsigned.ark_txid();
    for (body, expected) in [
        (json!({}), ArkdError::Malformed { field: "arkTxid" }),
        (
            json!({ "arkTxid": id, "finalArkTx": "%" }),
            ArkdError::Malformed { field: "finalArkTx" },
        ),
        (
            json!({ "arkTxid": id, "finalArkTx": good, "signedCheckpointTxs": [""] }),
            ArkdError::Malformed {
                field: "signedCheckpointTxs",
            },
        ),
        (
            json!({ "arkTxid": id, "finalArkTx": "A".repeat(100_000) }),
            ArkdError::TooLarge,
        ),
        (json!("done"), ArkdError::Malformed { field: "submission" }),
    ] {
        let stage = Stage::answering([body]);
        let error = stage
            .arkd
            .submit("d1", &unsigned.ark_tx, &unsigned.checkpoints)
            .await
            .unwrap_err();
        assert_eq!(error, expected);
        assert!(error.outcome_unknown());
    }
}

#[tokio::test]
async fn virtual_transactions_and_assets() {
    let unsigned = Plan::seeded(1, 2, 1).build();
    let id = unsigned.ark_txid();
    let stage = Stage::answering([
        json!({ "txs": [encode(&unsigned.ark_tx), encode(&unsigned.checkpoints[0])], "page": page(1, 1) }),
        json!({ "assetId": "0f".repeat(34), "supply": "1000", "controlAsset": "", "metadata": "" }),
        json!({ "assetId": "0f".repeat(34), "supply": 5, "controlAsset": "0e".repeat(34), "metadata": "6162" }),
        json!({ "assetId": "0e".repeat(34), "supply": 5 }),
    ]);
    let found = stage.arkd.virtual_txs(&[id]).await.unwrap();
    assert_eq!(found, [unsigned.ark_tx], "the checkpoint was not asked for");

    let asset = AssetId::from_bytes([0x0f; 34]);
    let plain = stage.arkd.asset(asset).await.unwrap();
    assert_eq!((plain.supply, plain.control_asset, plain.metadata), (1_000, None, None));
    let controlled = stage.arkd.asset(asset).await.unwrap();
    assert_eq!(controlled.control_asset, Some(AssetId::from_bytes([0x0e; 34])));
    assert_eq!(controlled.metadata.as_deref(), Some("6162"));
    assert_eq!(
        stage.arkd.asset(asset).await,
        Err(ArkdError::Malformed { field: "assetId" }),
        "another asset's"
    );
    assert_eq!(
        stage.heard()[..2],
        [
            format!("GET /v1/indexer/virtualTx/{id}"),
            format!("GET /v1/indexer/asset/{asset}")
        ]
    );
}
