//! Answers no honest node gives: what the transport can do, and JSON of every wrong shape.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use nanoark_nano::Account;
use serde_json::{Value, json};

use crate::double::{Double, LIMITS, Reply};
use crate::error::RpcError;
use crate::node::Node;
use crate::replay::some_block;

#[tokio::test]
async fn whatever_the_transport_does_becomes_a_typed_error_in_time() {
    type Case = (fn() -> Reply, RpcError);
    let limited = |seconds: Option<u64>| RpcError::RateLimited {
        retry_after: seconds.map(Duration::from_secs),
    };
    let cases: [Case; 17] = [
        (|| Reply::Stall, RpcError::Timeout),
        (|| Reply::HalfThenStall, RpcError::Timeout),
        (|| Reply::HangUp, RpcError::Unreachable),
        (|| Reply::HalfThenClose, RpcError::Unreachable),
        (|| Reply::Endless, RpcError::TooLarge),
        (|| Reply::Http(200, "", " ".repeat(64 * 1024 + 1)), RpcError::TooLarge),
        (|| Reply::Http(429, "", String::new()), limited(None)),
        (
            || Reply::Http(429, "retry-after: 30\r\n", "{}".to_owned()),
            limited(Some(30)),
        ),
        (
            || Reply::Http(429, "retry-after: soon\r\n", String::new()),
            limited(None),
        ),
        (
            || Reply::Http(302, "location: http://127.0.0.1:9/\r\n", String::new()),
            RpcError::Http { status: 302 },
        ),
        (
            || Reply::Http(500, "", "{\"count\":\"1\"}".to_owned()),
            RpcError::Http { status: 500 },
        ),
        (
            || Reply::Http(502, "content-type: text/html\r\n", "<html>".to_owned()),
            RpcError::Http { status: 502 },
        ),
        (
            || Reply::Http(200, "content-type: text/html\r\n", "<html>".to_owned()),
            RpcError::NotJson,
        ),
        (|| Reply::Http(200, "", String::new()), RpcError::NotJson),
        (
            || Reply::Http(200, "", "{\"count\": \"1\"".to_owned()),
            RpcError::NotJson,
        ),
        (|| Reply::Http(200, "", "[".repeat(10_000)), RpcError::NotJson),
        (|| Reply::Http(200, "", "\u{0}".to_owned()), RpcError::NotJson),
    ];
    for (at, (reply, expected)) in cases.into_iter().enumerate() {
        let double = Double::start(move |_| reply()).await;
        let answer = tokio::time::timeout(Duration::from_secs(5), double.node().block_count())
            .await
            .unwrap();
        assert_eq!(answer, Err(expected), "case {at}");
    }
    let nobody = Node::new("http://127.0.0.1:1".parse().unwrap(), LIMITS).unwrap();
    assert_eq!(nobody.block_count().await, Err(RpcError::Unreachable));
}

#[tokio::test]
async fn json_of_the_wrong_shape_names_the_field_and_never_passes() {
    let current = Arc::new(Mutex::new(Value::Null));
    let served = Arc::clone(&current);
    let double = Double::start(move |_| Reply::Json(served.lock().unwrap().clone())).await;
    let node = double.node();
    let whole = json!({
        "block_account": Account::BURN, "amount": "1", "balance": "1", "height": "1", "local_timestamp": "0",
        "confirmed": "true", "contents": some_block(),
    });
    let hash = some_block().block.hash();
    *current.lock().unwrap() = whole.clone();
    node.block_info(&hash).await.unwrap();
    let wrong = [
        ("block_account", vec![Value::Null, json!("nano_1"), json!(0), json!("")]),
        (
            "amount",
            vec![
                json!(1),
                json!("-1"),
                json!("01"),
                json!("1e3"),
                json!("9".repeat(40)),
                json!({}),
            ],
        ),
        ("balance", vec![json!(1), json!("1.0"), json!([])]),
        (
            "height",
            vec![Value::Null, json!("x"), json!(-1), json!(1.5), json!("")],
        ),
        ("local_timestamp", vec![json!("now"), json!("-1")]),
        (
            "confirmed",
            vec![
                Value::Null,
                json!("yes"),
                json!(""),
                json!("TRUE"),
                json!(1),
                json!([true]),
            ],
        ),
        (
            "contents",
            vec![
                Value::Null,
                json!(""),
                json!("{"),
                json!([]),
                json!({}),
                json!({"type": "state"}),
            ],
        ),
    ];
    for (field, values) in wrong {
        for value in values {
            let mut answer = whole.clone();
            answer[field] = value.clone();
            *current.lock().unwrap() = answer;
            let expected = RpcError::UnexpectedShape {
                action: "block_info",
                field,
            };
            assert_eq!(node.block_info(&hash).await, Err(expected), "{field}: {value}");
        }
    }
    for answer in [
        json!([]),
        json!(""),
        json!(1),
        Value::Null,
        json!({"error": 7}),
        json!({"error": null}),
        json!({}),
    ] {
        *current.lock().unwrap() = answer.clone();
        let is_wrong = |error: RpcError| matches!(error, RpcError::UnexpectedShape { .. });
        assert!(is_wrong(node.block_info(&hash).await.unwrap_err()), "{answer}");
        assert!(is_wrong(node.version().await.unwrap_err()), "{answer}");
        assert!(
            is_wrong(node.account_info(&Account::BURN).await.unwrap_err()),
            "{answer}"
        );
        assert!(is_wrong(node.confirmation_quorum().await.unwrap_err()), "{answer}");
    }
}
