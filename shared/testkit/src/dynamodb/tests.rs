//! What the in-process DynamoDB promises: the SDK works, calls are counted, faults strike as scripted.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnConsumedCapacity, TransactWriteItem};

use std::time::Duration;

use super::*;
use crate::clock::FakeClock;

fn jobs() -> InProcessDynamoDb {
    jobs_in(InProcessDynamoDb::in_memory().unwrap())
}

fn jobs_in(dynamodb: InProcessDynamoDb) -> InProcessDynamoDb {
    let table = json!({
        "TableName": "jobs",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "id", "AttributeType": "S" },
            { "AttributeName": "owner", "AttributeType": "S" },
        ],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by_owner",
            "KeySchema": [{ "AttributeName": "owner", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "ALL" },
        }],
    });
    dynamodb.create_table(&table).unwrap();
    dynamodb
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn new_job(id: &str) -> TransactWriteItem {
    let put = Put::builder()
        .table_name("jobs")
        .item("id", text(id))
        .condition_expression("attribute_not_exists(id)");
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

async fn stored(dynamodb: &InProcessDynamoDb, id: &str) -> bool {
    let got = dynamodb
        .client()
        .get_item()
        .table_name("jobs")
        .key("id", text(id))
        .send()
        .await
        .unwrap();
    got.item.is_some()
}

#[tokio::test]
async fn the_sdk_reads_what_it_wrote_and_each_call_is_recorded_with_its_units() {
    let dynamodb = jobs();
    let client = dynamodb.client();
    let item = client
        .put_item()
        .table_name("jobs")
        .item("id", text("1"))
        .item("owner", text("me"));
    assert_eq!(
        item.send().await.unwrap().consumed_capacity,
        None,
        "nobody asked for the capacity"
    );
    let found = client
        .get_item()
        .table_name("jobs")
        .key("id", text("1"))
        .send()
        .await
        .unwrap();
    assert_eq!(found.item.unwrap()["owner"], text("me"));

    let calls = dynamodb.calls().take();
    let recorded: Vec<_> = calls
        .iter()
        .map(|call| (call.operation.as_str(), call.units, call.succeeded()))
        .collect();
    assert_eq!(
        recorded,
        [
            ("PutItem", Units { write: 2.0, read: 0.0 }, true),
            ("GetItem", Units { write: 0.0, read: 0.5 }, true),
        ]
    );
    assert_eq!(calls[0].tables, ["jobs"]);
    assert_eq!(dynamodb.calls().count(), 0);
}

#[tokio::test]
async fn a_caller_gets_as_much_of_the_capacity_as_it_asked_for() {
    let dynamodb = jobs();
    let put = |id, asked| {
        let item = dynamodb
            .client()
            .put_item()
            .table_name("jobs")
            .item("id", text(id))
            .item("owner", text("me"));
        async move {
            item.return_consumed_capacity(asked)
                .send()
                .await
                .unwrap()
                .consumed_capacity
                .unwrap()
        }
    };
    let total = put("1", ReturnConsumedCapacity::Total).await;
    assert_eq!((total.capacity_units, total.table.is_none()), (Some(2.0), true));
    assert!(
        put("2", ReturnConsumedCapacity::Indexes)
            .await
            .global_secondary_indexes
            .is_some()
    );
}

#[tokio::test]
async fn a_transaction_names_its_tables_and_a_refused_one_its_reasons() {
    let dynamodb = jobs();
    let create = || {
        dynamodb
            .client()
            .transact_write_items()
            .transact_items(new_job("1"))
            .transact_items(new_job("2"))
    };
    create().send().await.unwrap();
    let refused = create().send().await.unwrap_err().into_service_error();
    assert!(refused.is_transaction_canceled_exception());

    let calls = dynamodb.calls().all();
    assert_eq!(
        (calls[0].units, calls[0].estimated),
        (Units { write: 4.0, read: 0.0 }, false)
    );
    assert_eq!(
        (calls[1].units, calls[1].estimated),
        (Units { write: 4.0, read: 0.0 }, true)
    );
    assert_eq!(
        calls[1].outcome,
        Outcome::Refused {
            status: 400,
            error: "TransactionCanceledException".to_owned(),
            reasons: vec!["ConditionalCheckFailed".to_owned(), "ConditionalCheckFailed".to_owned()],
        }
    );
    assert_eq!(dynamodb.calls().units(), Units { write: 8.0, read: 0.0 });
}

#[tokio::test]
async fn a_transaction_conflict_blames_the_first_action_and_writes_nothing() {
    let dynamodb = jobs();
    dynamodb.faults().next("TransactWriteItems", Fault::TransactionConflict);
    let create = || {
        dynamodb
            .client()
            .transact_write_items()
            .transact_items(new_job("1"))
            .transact_items(new_job("2"))
    };
    let error = create().send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
        cancelled,
    ) = error
    else {
        panic!("{error:?}")
    };
    let codes: Vec<_> = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| reason.code().unwrap())
        .collect();
    assert_eq!(codes, ["TransactionConflict", "None"]);
    assert!(!stored(&dynamodb, "1").await);
    create().send().await.unwrap();
    assert_eq!(dynamodb.faults().outstanding(), 0);
}

#[tokio::test]
async fn each_fault_is_what_the_sdk_knows_by_that_name() {
    for (fault, code) in [
        (Fault::Throttle, "ProvisionedThroughputExceededException"),
        (Fault::TransactionConflict, "TransactionConflictException"),
        (Fault::InternalError, "InternalServerError"),
    ] {
        let dynamodb = jobs();
        dynamodb.faults().next("PutItem", fault);
        let error = dynamodb
            .client()
            .put_item()
            .table_name("jobs")
            .item("id", text("1"))
            .send()
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some(code));
        assert!(!stored(&dynamodb, "1").await, "{fault:?} writes nothing");
    }
}

#[tokio::test]
async fn a_time_out_hides_whether_the_write_happened() {
    for (fault, committed) in [(Fault::TimeoutBeforeCommit, false), (Fault::TimeoutAfterCommit, true)] {
        let dynamodb = jobs();
        dynamodb.faults().next("PutItem", fault);
        let error = dynamodb
            .client()
            .put_item()
            .table_name("jobs")
            .item("id", text("1"))
            .send()
            .await
            .unwrap_err();
        let SdkError::DispatchFailure(failure) = error else {
            panic!("{error:?}")
        };
        assert!(failure.is_timeout());
        assert_eq!(dynamodb.calls().take()[0].outcome, Outcome::TimedOut { committed });
        assert_eq!(stored(&dynamodb, "1").await, committed);
    }
}

#[tokio::test]
async fn a_client_with_retries_survives_a_time_out_after_the_commit_without_writing_twice() {
    let dynamodb = jobs();
    dynamodb.faults().next("TransactWriteItems", Fault::TimeoutAfterCommit);
    let client = dynamodb.client_with_retries(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)));
    client
        .transact_write_items()
        .transact_items(new_job("1"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        dynamodb.calls().count(),
        2,
        "the SDK repeats its client token, the engine answers from its record"
    );
}

#[tokio::test]
async fn a_predicate_chooses_the_calls_that_fail() {
    let dynamodb = jobs();
    dynamodb
        .faults()
        .when(2, Fault::Throttle, |site| site.request["Item"]["id"]["S"] == "2");
    let put = |id: &'static str| {
        dynamodb
            .client()
            .put_item()
            .table_name("jobs")
            .item("id", text(id))
            .send()
    };
    assert!(put("1").await.is_ok());
    assert!(put("2").await.is_err());
    assert!(put("2").await.is_err());
    assert!(put("2").await.is_ok());
}

#[tokio::test]
async fn items_expire_by_the_clock_of_the_test() {
    let clock = FakeClock::at_millis(1_000_000_000_000);
    let dynamodb = jobs_in(InProcessDynamoDb::in_memory_with_clock(Arc::new(clock.clone())).unwrap());
    dynamodb.enable_ttl("jobs", "expires").unwrap();
    let expires = AttributeValue::N("1000000060".to_owned());
    dynamodb
        .client()
        .put_item()
        .table_name("jobs")
        .item("id", text("1"))
        .item("expires", expires)
        .send()
        .await
        .unwrap();
    assert_eq!(dynamodb.sweep_expired().unwrap(), 0);
    clock.advance(61_000);
    assert_eq!(dynamodb.sweep_expired().unwrap(), 1);
    assert!(!stored(&dynamodb, "1").await);
}

#[tokio::test]
async fn an_unknown_operation_and_a_bad_table_are_refused_in_dynamodbs_words() {
    let dynamodb = jobs();
    let error = dynamodb
        .client()
        .get_item()
        .table_name("nothing")
        .key("id", text("1"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("ResourceNotFoundException"));
    assert!(dynamodb.create_table(&json!({ "TableName": "x" })).is_err());
}

#[tokio::test]
async fn of_many_writers_of_one_condition_one_wins() {
    let dynamodb = jobs();
    let tries: Vec<_> = (0..100)
        .map(|_| {
            let client = dynamodb.client();
            tokio::spawn(async move {
                client
                    .transact_write_items()
                    .transact_items(new_job("1"))
                    .send()
                    .await
                    .is_ok()
            })
        })
        .collect();
    let mut won = 0;
    for attempt in tries {
        won += i32::from(attempt.await.unwrap());
    }
    assert_eq!((won, dynamodb.calls().count()), (1, 100));
}
