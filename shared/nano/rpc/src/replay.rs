//! Every recorded exchange with a real node, answered again by a double, and the dialects no record has.

use std::sync::{Arc, Mutex};

use nanoark_nano::work::{Difficulty, Work};
use nanoark_nano::{Account, BlockHash, RawAmount, SignedBlock, Subtype, Thresholds};
use nanoark_nano_work::Progress;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::calls::ReceivableFilter;
use crate::double::{Double, Reply};
use crate::error::{NodeError, RpcError};
use crate::node::Node;

const FILTER: ReceivableFilter = ReceivableFilter {
    count: 10,
    threshold: RawAmount::ZERO,
    only_confirmed: true,
};

#[derive(Deserialize)]
struct Exchange {
    note: String,
    request: Value,
    status: u16,
    body: String,
}

fn exchanges() -> Vec<Exchange> {
    let lines = include_str!("../fixtures/exchanges.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn some_block() -> SignedBlock {
    let process = |exchange: &Exchange| exchange.note.starts_with("process send 5 XNO");
    let exchange = exchanges().into_iter().find(process).unwrap();
    SignedBlock::deserialize(&exchange.request["block"]).unwrap()
}

/// Makes the typed call that the request stands for. What we cannot even express is replaced by something valid; the
/// recorded answer is the same.
async fn call(node: &Node, request: &Value) -> Result<(), RpcError> {
    let hash = request["hash"]
        .as_str()
        .and_then(|hash| hash.parse().ok())
        .unwrap_or(BlockHash::ZERO);
    let account = request["account"]
        .as_str()
        .and_then(|account| account.parse().ok())
        .unwrap_or(Account::BURN);
    let block = SignedBlock::deserialize(&request["block"]).unwrap_or_else(|_| some_block());
    let subtype = request["subtype"]
        .as_str()
        .and_then(|subtype| subtype.parse().ok())
        .unwrap_or(Subtype::Send);
    match request["action"].as_str().unwrap() {
        "version" => node.version().await.map(drop),
        "block_count" => node.block_count().await.map(drop),
        "block_info" => {
            let info = node.block_info(&hash).await?;
            assert_eq!(info.contents.hash(), Some(hash), "the contents give the hash");
            assert!(info.height > 0);
            Ok(())
        }
        "blocks_info" => {
            let infos = node.blocks_info(&[hash]).await?;
            assert!(infos.iter().all(|(hash, info)| info.contents.hash() == Some(*hash)));
            assert!(!infos.is_empty());
            Ok(())
        }
        "account_info" => node.account_info(&account).await.map(drop),
        "account_balance" => node.account_balance(&account).await.map(drop),
        "account_history" => {
            let history = node.account_history(&account, 10).await?;
            let raw = request.get("raw").is_some();
            assert!(
                history
                    .iter()
                    .all(|entry| entry.kind == "receive" && entry.source.is_some() == raw)
            );
            Ok(())
        }
        "receivable" => node.receivable(&account, FILTER).await.map(drop),
        "process" => node
            .process(&block, subtype)
            .await
            .map(|hash| assert_eq!(hash, block.block.hash())),
        "block_confirm" => node.block_confirm(&hash).await.map(|started| assert!(started)),
        "work_generate" => node
            .work_generate(&hash.into(), Thresholds::DEV.receive)
            .await
            .map(drop),
        "confirmation_quorum" => node.confirmation_quorum().await.map(drop),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn every_recorded_answer_of_a_real_node_is_understood() {
    let current = Arc::new(Mutex::new((0, String::new())));
    let served = Arc::clone(&current);
    let double = Double::start(move |_| {
        let (status, body) = served.lock().unwrap().clone();
        Reply::Http(status, "", body)
    })
    .await;
    let node = double.node();
    let (mut answers, mut refusals, mut unreadable) = (0, 0, 0);
    for Exchange {
        note,
        request,
        status,
        body,
    } in exchanges()
    {
        *current.lock().unwrap() = (status, body.clone());
        let outcome = call(&node, &request).await;
        let json: Option<Value> = serde_json::from_str(&body).ok();
        match json.as_ref().map(|json| json.get("error")) {
            Some(Some(text)) => {
                let error = NodeError::from_text(text.as_str().unwrap());
                assert!(!matches!(error, NodeError::Other(_)), "{note}: {error}");
                assert_eq!(outcome, Err(RpcError::Node(error)), "{note}");
                refusals += 1;
            }
            Some(None) if note == "process async" => {
                assert_eq!(
                    outcome,
                    Err(RpcError::UnexpectedShape {
                        action: "process",
                        field: "hash"
                    })
                );
            }
            Some(None) => {
                assert_eq!(outcome, Ok(()), "{note}: {body}");
                answers += 1;
            }
            None => {
                assert_eq!(outcome, Err(RpcError::Http { status }), "{note}");
                unreadable += 1;
            }
        }
    }
    assert_eq!((answers, refusals, unreadable), (79, 19, 22));
}

#[tokio::test]
async fn lists_are_read_in_every_dialect() {
    let current = Arc::new(Mutex::new(Value::Null));
    let served = Arc::clone(&current);
    let double = Double::start(move |_| Reply::Json(served.lock().unwrap().clone())).await;
    let node = double.node();
    let hash = some_block().block.hash();
    let name = hash.to_string();
    let source = Account::BURN;
    let shapes = [
        (json!(""), Some(vec![])),
        (json!([]), Some(vec![])),
        (json!({}), Some(vec![])),
        (Value::Null, Some(vec![])),
        (json!([name]), Some(vec![(None, None)])),
        (json!({ name.clone(): "7" }), Some(vec![(Some(7), None)])),
        (
            json!({ name.clone(): {"amount": "7", "source": source} }),
            Some(vec![(Some(7), Some(source))]),
        ),
        (json!({ name.clone(): {} }), Some(vec![(None, None)])),
        (json!({ name.clone(): 7 }), None),
        (json!({ name.clone(): {"amount": 7} }), None),
        (json!({ "x": "7" }), None),
        (json!([7]), None),
        (json!(["x"]), None),
        (json!("x"), None),
        (json!(0), None),
    ];
    for (blocks, expected) in shapes {
        *current.lock().unwrap() = json!({ "blocks": blocks });
        let found = node.receivable(&source, FILTER).await;
        match expected {
            None => {
                assert_eq!(
                    found,
                    Err(RpcError::UnexpectedShape {
                        action: "receivable",
                        field: "blocks"
                    }),
                    "{blocks}"
                );
            }
            Some(expected) => {
                let found: Vec<_> = found
                    .unwrap()
                    .into_iter()
                    .map(|send| (send.amount, send.source))
                    .collect();
                let expected: Vec<_> = expected
                    .into_iter()
                    .map(|(raw, source)| (raw.map(RawAmount::from_raw), source))
                    .collect();
                assert_eq!(found, expected, "{blocks}");
            }
        }
    }
    // contents as a string: the C++ node without json_block, and proxies that drop it.
    let contents = serde_json::to_string(&some_block()).unwrap();
    *current.lock().unwrap() = json!({
        "block_account": source, "balance": "1", "height": "1", "confirmed": true, "contents": contents,
    });
    let info = node.block_info(&hash).await.unwrap();
    assert_eq!(
        (info.contents.hash(), info.amount, info.confirmed),
        (Some(hash), None, true)
    );
}

#[tokio::test]
async fn work_is_asked_for_in_both_dialects_and_checked() {
    let root = some_block().block.root();
    let good: Work = nanoark_nano_work::search(&root, Thresholds::DEV.send, 0, 1, &Progress::default()).unwrap();
    let rsnano = move |request: &Value| {
        let decimal = request["difficulty"].as_str().unwrap().parse::<u64>().is_ok();
        let work = good.to_string().to_uppercase();
        if decimal {
            Reply::Json(json!({ "work": work }))
        } else {
            Reply::Http(422, "", "expected u64".to_owned())
        }
    };
    let double = Double::start(rsnano).await;
    assert_eq!(double.node().work_generate(&root, Thresholds::DEV.send).await, Ok(good));
    assert_eq!(double.requests.lock().unwrap()[0]["difficulty"], "ffc0000000000000");
    let double = Double::start(move |_| Reply::Json(json!({ "work": good }))).await;
    assert_eq!(double.node().work_generate(&root, Thresholds::DEV.send).await, Ok(good));
    let too_hard = Difficulty::from_value(u64::MAX);
    let expected = RpcError::UnexpectedShape {
        action: "work_generate",
        field: "work",
    };
    assert_eq!(double.node().work_generate(&root, too_hard).await, Err(expected));
}

#[tokio::test]
async fn publishing_a_block_the_node_has_already_is_success() {
    let signed = some_block();
    let hash = signed.block.hash();
    for refusal in ["Old block", "Invalid block balance for given subtype", "Fork"] {
        for known in [true, false] {
            let info = json!({
                "block_account": signed.block.account, "height": "2", "confirmed": "false", "contents": signed,
            });
            let double = Double::start(move |request| match request["action"].as_str() {
                Some("block_info") if known => Reply::Json(info.clone()),
                Some("block_info") => Reply::Json(json!({ "error": "Block not found" })),
                _ => Reply::Json(json!({ "error": refusal })),
            })
            .await;
            let expected = if known {
                Ok(hash)
            } else {
                Err(RpcError::Node(NodeError::from_text(refusal)))
            };
            assert_eq!(
                double.node().process(&signed, Subtype::Send).await,
                expected,
                "{refusal}, known: {known}"
            );
            let sent = &double.requests.lock().unwrap()[0];
            assert_eq!(
                (&sent["json_block"], &sent["subtype"]),
                (&json!("true"), &json!("send"))
            );
        }
    }
}
