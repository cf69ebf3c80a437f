//! Functions that are called every so often.

use std::time::Duration;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use serde_json::{Value, json};

use crate::toy::{failure, stack};

#[tokio::test]
async fn a_schedule_calls_its_function_once_per_period() {
    let (stack, script, hand) = stack().await;
    stack.settle().await.unwrap();
    assert_eq!(
        script.calls("tick").len(),
        0,
        "the first call is one period after the start"
    );
    for calls in 1..=3 {
        hand.advance(Duration::from_secs(60));
        stack.settle().await.unwrap();
        stack.settle().await.unwrap();
        assert_eq!(script.calls("tick").len(), calls);
    }
}

#[tokio::test]
async fn periods_that_were_slept_through_count_once_and_the_beat_stays() {
    let (stack, script, hand) = stack().await;
    hand.advance(Duration::from_secs(250));
    stack.settle().await.unwrap();
    assert_eq!(script.calls("tick").len(), 1);
    hand.advance(Duration::from_secs(49));
    stack.settle().await.unwrap();
    assert_eq!(script.calls("tick").len(), 1);
    hand.advance(Duration::from_secs(1));
    stack.settle().await.unwrap();
    assert_eq!(script.calls("tick").len(), 2);
}

#[tokio::test]
async fn a_schedule_can_be_triggered_now_by_function_or_by_name() {
    let (stack, script, _) = stack().await;
    script.once("tick", |_| Ok(json!({"expired": 3})));
    assert_eq!(stack.trigger("tick").await.unwrap().get(), r#"{"expired":3}"#);
    stack.trigger("TickMinute").await.unwrap();
    assert_eq!(script.calls("tick").len(), 2);
    assert!(stack.trigger("echo").await.is_err(), "nothing schedules it");
    script.once("tick", |_| failure());
    assert!(stack.trigger("tick").await.is_err());
}

#[tokio::test]
async fn the_event_has_the_shape_of_eventbridge_scheduler() {
    let (stack, script, _) = stack().await;
    stack.trigger("tick").await.unwrap();
    let event = script.calls("tick")[0].clone();
    let typed: EventBridgeEvent<Value> = serde_json::from_value(event.clone()).unwrap();
    assert_eq!(typed.detail_type, "Scheduled Event");
    assert_eq!(typed.source, "aws.scheduler");
    assert_eq!(event["time"], "2026-11-21T09:30:00Z");
    assert_eq!(
        event["resources"],
        json!(["arn:aws:scheduler:us-east-1:000000000000:schedule/default/TickMinute"])
    );
}
