//! A table's stream that calls a function: order, filters, retries, halving, giving up.

use std::time::Duration;

use aws_lambda_events::dynamodb::Event;
use serde_json::json;

use crate::toy::{NOON, failure, put, put_item, stack, stack_of};

const ID: &str = "/dynamodb/Keys/id/S";

#[tokio::test]
async fn changes_arrive_in_their_order_and_once() {
    let (stack, script, _) = stack().await;
    for id in ["a", "b", "c", "d", "e", "f"] {
        put(&stack, id);
    }
    stack.settle().await.unwrap();
    put(&stack, "g");
    stack.settle().await.unwrap();
    assert_eq!(
        script.records("mirror", ID),
        [vec!["a", "b", "c", "d"], vec!["e", "f"], vec!["g"]]
    );
    assert_eq!(stack.settle().await.unwrap(), 0);
}

#[tokio::test]
async fn the_event_has_the_shape_of_aws() {
    let (stack, script, _) = stack().await;
    put_item(&stack, &json!({"id": {"S": "a"}, "count": {"N": "1"}}));
    put_item(&stack, &json!({"id": {"S": "a"}, "count": {"N": "2"}}));
    stack.settle().await.unwrap();
    let event = script.calls("mirror")[0].clone();
    let typed: Event = serde_json::from_value(event.clone()).unwrap();
    assert_eq!(typed.records[0].event_name, "INSERT");
    assert_eq!(typed.records[1].event_name, "MODIFY");
    let record = &event["Records"][1];
    assert_eq!(
        record["dynamodb"]["OldImage"],
        json!({"id": {"S": "a"}, "count": {"N": "1"}})
    );
    assert_eq!(
        record["dynamodb"]["NewImage"],
        json!({"id": {"S": "a"}, "count": {"N": "2"}})
    );
    assert_eq!(record["dynamodb"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/nanoark-things/stream/local";
    assert_eq!(
        (&record["eventSourceARN"], &record["awsRegion"]),
        (&json!(arn), &json!("us-east-1"))
    );
    assert!(
        record["dynamodb"]["SequenceNumber"].as_str().unwrap()
            > event["Records"][0]["dynamodb"]["SequenceNumber"].as_str().unwrap()
    );
}

#[tokio::test]
async fn what_the_filters_do_not_let_through_is_passed_over() {
    let (stack, script, _) = stack().await;
    put(&stack, "a");
    let delete = json!({"TableName": "nanoark-things", "Key": {"id": {"S": "a"}}});
    stack
        .database()
        .delete_item(serde_json::from_value(delete).unwrap())
        .unwrap();
    put(&stack, "b");
    stack.settle().await.unwrap();
    assert_eq!(script.records("mirror", ID), [vec!["a", "b"]]);
}

#[tokio::test]
async fn an_item_that_expires_is_removed_by_the_service_itself() {
    let (stack, script, hand) = stack().await;
    put_item(
        &stack,
        &json!({"id": {"S": "a"}, "expires_at": {"N": (NOON / 1_000 + 30).to_string()}}),
    );
    hand.advance(Duration::from_secs(61));
    stack.settle().await.unwrap();
    assert_eq!(script.records("mirror", "/eventName"), [vec!["INSERT", "REMOVE"]]);
    let removal = &script.calls("mirror")[0]["Records"][1];
    assert_eq!(
        removal["userIdentity"],
        json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"})
    );
}

#[tokio::test]
async fn a_reported_change_is_tried_again_with_all_that_follow_it() {
    let (stack, script, _) = stack().await;
    for id in ["a", "b", "c"] {
        put(&stack, id);
    }
    script.once("mirror", |event| {
        let failed = &event["Records"][1]["dynamodb"]["SequenceNumber"];
        Ok(json!({"batchItemFailures": [{"itemIdentifier": failed}]}))
    });
    stack.settle().await.unwrap();
    assert_eq!(script.records("mirror", ID), [vec!["a", "b", "c"], vec!["b", "c"]]);
}

#[tokio::test]
async fn a_failing_batch_is_halved_until_the_poison_stands_alone_and_is_given_up() {
    let (stack, script, hand) = stack().await;
    for id in ["a", "b", "poison", "c", "d"] {
        put(&stack, id);
    }
    script.always("mirror", |event| {
        let poisoned = event["Records"]
            .as_array()
            .unwrap()
            .iter()
            .any(|record| record["dynamodb"]["Keys"]["id"]["S"] == "poison");
        if poisoned { failure() } else { Ok(json!(null)) }
    });
    for _ in 0..4 {
        stack.settle().await.unwrap();
        hand.advance(Duration::from_secs(60));
    }
    assert_eq!(
        script.records("mirror", ID),
        [
            vec!["a", "b", "poison", "c"],
            vec!["a", "b"],
            vec!["poison", "c"],
            vec!["poison"],
            // Two more tries, and then nothing stands in the way of what follows.
            vec!["poison"],
            vec!["poison"],
            vec!["c"],
            vec!["d"],
        ]
    );
    let told = stack.queues().peek("changes-dead").unwrap();
    let told: serde_json::Value = serde_json::from_str(&told[0].body).unwrap();
    assert_eq!(told["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(told["DDBStreamBatchInfo"]["batchSize"], 1);
}

#[tokio::test]
async fn a_failed_batch_waits_before_it_is_tried_again_and_holds_up_what_follows() {
    let (stack, script, hand) = stack().await;
    put(&stack, "a");
    script.once("mirror", |_| failure());
    stack.settle().await.unwrap();
    put(&stack, "b");
    assert_eq!(stack.settle().await.unwrap(), 0);
    hand.advance(Duration::from_millis(500));
    stack.settle().await.unwrap();
    assert_eq!(script.records("mirror", ID), [vec!["a"], vec!["a"], vec!["b"]]);
}

#[tokio::test]
async fn changes_that_are_too_old_are_given_up_unseen() {
    let aged = crate::toy::TEMPLATE.replace(
        "      MaximumRetryAttempts: 2\n",
        "      MaximumRecordAgeInSeconds: 60\n",
    );
    let (stack, script, hand) = stack_of(&aged).await;
    put(&stack, "old");
    hand.advance(Duration::from_secs(120));
    put(&stack, "new");
    stack.settle().await.unwrap();
    assert_eq!(script.records("mirror", ID), [vec!["new"]]);
    assert_eq!(stack.queues().depth("changes-dead").unwrap().visible, 1);
}
