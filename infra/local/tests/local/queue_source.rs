//! A queue that calls a function: batches, partial failures, dead letters.

use std::time::Duration;

use aws_lambda_events::sqs::SqsEvent;
use serde_json::json;

use crate::toy::{failure, stack, stack_of};

#[tokio::test]
async fn messages_arrive_in_batches_and_are_deleted_when_the_function_has_done_them() {
    let (stack, script, _) = stack().await;
    for number in 0..6 {
        stack.queues().send("work", number.to_string().as_str().into()).unwrap();
    }
    stack.settle().await.unwrap();
    assert_eq!(
        script.records("worker", "/body"),
        [vec!["0", "1", "2", "3"], vec!["4", "5"]]
    );
    assert_eq!(stack.queues().depth("work").unwrap().total(), 0);
}

#[tokio::test]
async fn the_event_has_the_shape_of_aws() {
    let (stack, script, _) = stack().await;
    stack.queues().send("work", "hello".into()).unwrap();
    stack.settle().await.unwrap();
    let event: SqsEvent = serde_json::from_value(script.calls("worker")[0].clone()).unwrap();
    let record = &event.records[0];
    assert_eq!(record.body.as_deref(), Some("hello"));
    assert_eq!(record.event_source.as_deref(), Some("aws:sqs"));
    assert_eq!(
        record.event_source_arn.as_deref(),
        Some("arn:aws:sqs:us-east-1:000000000000:work")
    );
    assert_eq!(record.attributes["ApproximateReceiveCount"], "1");
    assert_eq!(record.md5_of_body.as_deref(), Some("5d41402abc4b2a76b9719d911017c592"));
}

#[tokio::test]
async fn a_reported_message_reappears_and_the_others_are_done() {
    let (stack, script, hand) = stack().await;
    for body in ["good", "bad", "fine"] {
        stack.queues().send("work", body.into()).unwrap();
    }
    script.once("worker", |event| {
        Ok(json!({"batchItemFailures": [{"itemIdentifier": event["Records"][1]["messageId"]}]}))
    });
    stack.settle().await.unwrap();
    assert_eq!(stack.queues().depth("work").unwrap().in_flight, 1);
    hand.advance(Duration::from_secs(30));
    stack.settle().await.unwrap();
    assert_eq!(
        script.records("worker", "/body"),
        [vec!["good", "bad", "fine"], vec!["bad"]]
    );
    assert_eq!(stack.queues().depth("work").unwrap().total(), 0);
}

#[tokio::test]
async fn a_function_that_fails_gets_its_whole_batch_again() {
    let (stack, script, hand) = stack().await;
    stack.queues().send("work", "one".into()).unwrap();
    stack.queues().send("work", "two".into()).unwrap();
    script.once("worker", |_| failure());
    stack.settle().await.unwrap();
    hand.advance(Duration::from_secs(30));
    stack.settle().await.unwrap();
    assert_eq!(
        script.records("worker", "/body"),
        [vec!["one", "two"], vec!["one", "two"]]
    );
}

#[tokio::test]
async fn a_report_that_names_nothing_of_the_batch_fails_all_of_it() {
    for report in [
        json!({"batchItemFailures": [{"itemIdentifier": ""}]}),
        json!({"batchItemFailures": [{"itemIdentifier": null}]}),
        json!({"batchItemFailures": [{"wrong": "key"}]}),
        json!({"batchItemFailures": "all"}),
    ] {
        let (stack, script, _) = stack().await;
        stack.queues().send("work", "one".into()).unwrap();
        script.once("worker", move |_| Ok(report.clone()));
        stack.settle().await.unwrap();
        assert_eq!(stack.queues().depth("work").unwrap().in_flight, 1);
    }
    for report in [
        json!(null),
        json!({}),
        json!({"batchItemFailures": []}),
        json!({"batchItemFailures": null}),
    ] {
        let (stack, script, _) = stack().await;
        stack.queues().send("work", "one".into()).unwrap();
        script.once("worker", move |_| Ok(report.clone()));
        stack.settle().await.unwrap();
        assert_eq!(stack.queues().depth("work").unwrap().total(), 0);
    }
}

#[tokio::test]
async fn poison_ends_on_the_dead_letter_queue_and_comes_back_by_redrive() {
    let (stack, script, hand) = stack().await;
    stack.queues().send("work", "poison".into()).unwrap();
    script.always("worker", |_| failure());
    for _ in 0..5 {
        stack.settle().await.unwrap();
        hand.advance(Duration::from_secs(30));
    }
    assert_eq!(
        script.calls("worker").len(),
        3,
        "no more often than the redrive policy allows"
    );
    assert_eq!(stack.queues().depth("work-dead").unwrap().visible, 1);

    script.always("worker", |_| Ok(json!(null)));
    assert_eq!(stack.queues().redrive("work-dead").unwrap(), 1);
    stack.settle().await.unwrap();
    assert_eq!(script.calls("worker").len(), 4);
    assert_eq!(stack.queues().depth("work").unwrap().total(), 0);
}

#[tokio::test]
async fn a_batching_window_waits_for_a_fuller_batch_but_not_for_longer() {
    let windowed = crate::toy::TEMPLATE.replace(
        "      BatchSize: 4\n      FunctionResponseTypes:",
        "      BatchSize: 2\n      MaximumBatchingWindowInSeconds: 5\n      FunctionResponseTypes:",
    );
    let (stack, script, hand) = stack_of(&windowed).await;
    stack.queues().send("work", "one".into()).unwrap();
    stack.settle().await.unwrap();
    assert_eq!(script.calls("worker").len(), 0);
    stack.queues().send("work", "two".into()).unwrap();
    stack.settle().await.unwrap();
    assert_eq!(script.records("worker", "/body"), [vec!["one", "two"]]);
    stack.queues().send("work", "three".into()).unwrap();
    hand.advance(Duration::from_secs(5));
    stack.settle().await.unwrap();
    assert_eq!(script.calls("worker").len(), 2);
}

#[tokio::test]
async fn a_stack_that_never_rests_says_so() {
    let (stack, script, _) = stack().await;
    let queues = stack.queues().clone();
    script.always("worker", move |_| {
        queues.send("work", "again".into()).unwrap();
        Ok(json!(null))
    });
    stack.queues().send("work", "first".into()).unwrap();
    let restless = tokio::time::timeout(Duration::from_secs(120), stack.settle())
        .await
        .unwrap();
    assert!(matches!(restless, Err(nanoark_local::StackError::Restless)));
}
