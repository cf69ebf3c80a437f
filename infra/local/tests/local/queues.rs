//! The rules of standard queues, through the real SDK and without a socket.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry, SendMessageBatchResultEntry,
};
use nanoark_local::{Clock, ManualClock, Queues, Template};

use crate::toy::{NOON, TEMPLATE};

const WORK: &str = "http://sqs.localhost/000000000000/work";
const DEAD: &str = "http://sqs.localhost/000000000000/work-dead";

fn client() -> (Client, Queues, ManualClock) {
    let (clock, hand) = Clock::manual(NOON);
    let template = Template::read(TEMPLATE, &Default::default()).unwrap();
    let queues = Queues::open(None, template.queues, clock).unwrap();
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .http_client(queues.connector())
        .build();
    (Client::from_conf(config), queues, hand)
}

async fn send(client: &Client, body: &str) {
    client
        .send_message()
        .queue_url(WORK)
        .message_body(body)
        .send()
        .await
        .unwrap();
}

async fn receive(client: &Client) -> Vec<Message> {
    receive_from(client, WORK).await
}

async fn receive_from(client: &Client, queue: &str) -> Vec<Message> {
    let output = client
        .receive_message()
        .queue_url(queue)
        .max_number_of_messages(10)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All")
        .send()
        .await
        .unwrap();
    output.messages.unwrap_or_default()
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap()).collect()
}

#[tokio::test]
async fn a_message_is_received_until_it_is_deleted() {
    let (client, queues, hand) = client();
    send(&client, "hello").await;
    let received = receive(&client).await;
    assert_eq!(bodies(&received), ["hello"]);
    assert_eq!(received[0].md5_of_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(receive(&client).await, [], "it is hidden while somebody works on it");

    client
        .delete_message()
        .queue_url(WORK)
        .receipt_handle(received[0].receipt_handle().unwrap())
        .send()
        .await
        .unwrap();
    hand.advance(Duration::from_secs(31));
    assert_eq!(receive(&client).await, []);
    assert_eq!(queues.depth("work").unwrap().total(), 0);
}

#[tokio::test]
async fn a_message_reappears_when_its_visibility_timeout_is_over() {
    let (client, _, hand) = client();
    send(&client, "hello").await;
    for count in ["1", "2", "3"] {
        let received = receive(&client).await;
        let attributes = received[0].attributes().unwrap();
        assert_eq!(attributes[&MessageSystemAttributeName::ApproximateReceiveCount], count);
        assert_eq!(attributes[&MessageSystemAttributeName::SentTimestamp], NOON.to_string());
        hand.advance(Duration::from_millis(29_999));
        assert_eq!(receive(&client).await, []);
        hand.advance(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn an_old_receipt_deletes_nothing() {
    let (client, queues, hand) = client();
    send(&client, "hello").await;
    let first = receive(&client).await;
    hand.advance(Duration::from_secs(30));
    let _second = receive(&client).await;
    client
        .delete_message()
        .queue_url(WORK)
        .receipt_handle(first[0].receipt_handle().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(queues.depth("work").unwrap().in_flight, 1);
}

#[tokio::test]
async fn a_message_received_too_often_goes_to_the_dead_letter_queue_and_back_by_redrive() {
    let (client, queues, hand) = client();
    send(&client, "poison").await;
    for _ in 0..3 {
        assert_eq!(receive(&client).await.len(), 1);
        hand.advance(Duration::from_secs(30));
    }
    assert_eq!(receive(&client).await, []);
    let dead = receive_from(&client, DEAD).await;
    assert_eq!(bodies(&dead), ["poison"]);
    let attributes = dead[0].attributes().unwrap();
    assert!(attributes[&MessageSystemAttributeName::DeadLetterQueueSourceArn].ends_with(":work"));

    client
        .start_message_move_task()
        .source_arn(queues.definition("work-dead").unwrap().arn.as_str())
        .send()
        .await
        .unwrap();
    assert_eq!(queues.depth("work-dead").unwrap().total(), 0);
    let again = receive(&client).await;
    assert_eq!(
        again[0].attributes().unwrap()[&MessageSystemAttributeName::ApproximateReceiveCount],
        "1"
    );
    assert!(
        queues.redrive("work").is_err(),
        "only a dead-letter queue can be redriven"
    );
}

#[tokio::test]
async fn the_visibility_of_a_message_can_be_changed_while_it_is_in_flight() {
    let (client, _, hand) = client();
    send(&client, "hello").await;
    let received = receive(&client).await;
    let change = |receipt: &str, seconds| {
        client
            .change_message_visibility()
            .queue_url(WORK)
            .receipt_handle(receipt)
            .visibility_timeout(seconds)
            .send()
    };
    change(received[0].receipt_handle().unwrap(), 120).await.unwrap();
    hand.advance(Duration::from_secs(119));
    assert_eq!(receive(&client).await, []);
    change(received[0].receipt_handle().unwrap(), 0).await.unwrap();
    assert_eq!(receive(&client).await.len(), 1);

    let gone = change(received[0].receipt_handle().unwrap(), 10)
        .await
        .unwrap_err()
        .into_service_error();
    assert!(gone.is_message_not_inflight(), "the receipt is an old one");
    let long = change(received[0].receipt_handle().unwrap(), 43_201).await.unwrap_err();
    assert_eq!(long.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_delayed_message_is_not_seen_before_its_time() {
    let (client, queues, hand) = client();
    client
        .send_message()
        .queue_url(WORK)
        .message_body("later")
        .delay_seconds(900)
        .send()
        .await
        .unwrap();
    assert_eq!(queues.depth("work").unwrap().delayed, 1);
    hand.advance(Duration::from_millis(899_999));
    assert_eq!(receive(&client).await, []);
    hand.advance(Duration::from_millis(1));
    assert_eq!(receive(&client).await.len(), 1);
    let long = client
        .send_message()
        .queue_url(WORK)
        .message_body("x")
        .delay_seconds(901)
        .send()
        .await
        .unwrap_err();
    assert_eq!(long.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_long_poll_is_woken_by_the_message_and_not_by_the_clock() {
    let (client, _, _) = client();
    let waiting = tokio::spawn({
        let client = client.clone();
        async move {
            client
                .receive_message()
                .queue_url(WORK)
                .wait_time_seconds(20)
                .send()
                .await
                .unwrap()
        }
    });
    tokio::task::yield_now().await;
    send(&client, "hello").await;
    assert_eq!(bodies(waiting.await.unwrap().messages()), ["hello"]);
}

#[tokio::test]
async fn a_long_poll_ends_empty_when_its_time_is_over() {
    let (client, _, hand) = client();
    let waiting = tokio::spawn({
        let client = client.clone();
        async move {
            client
                .receive_message()
                .queue_url(WORK)
                .wait_time_seconds(20)
                .send()
                .await
                .unwrap()
        }
    });
    while !waiting.is_finished() {
        hand.advance(Duration::from_secs(7));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(waiting.await.unwrap().messages(), []);
    let long = client
        .receive_message()
        .queue_url(WORK)
        .wait_time_seconds(21)
        .send()
        .await
        .unwrap_err();
    assert_eq!(long.code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn each_entry_of_a_batch_succeeds_or_fails_by_itself() {
    let (client, queues, _) = client();
    let entry = |id: &str, body: &str| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(body)
            .build()
            .unwrap()
    };
    let entries = vec![
        entry("a", "one"),
        entry("b", ""),
        entry("c", "three\u{b}"),
        entry("d", "four"),
    ];
    let sent = client
        .send_message_batch()
        .queue_url(WORK)
        .set_entries(Some(entries))
        .send()
        .await
        .unwrap();
    assert_eq!(
        sent.successful()
            .iter()
            .map(SendMessageBatchResultEntry::id)
            .collect::<Vec<_>>(),
        ["a", "d"]
    );
    let failed: Vec<_> = sent.failed().iter().map(|entry| (entry.id(), entry.code())).collect();
    assert_eq!(failed, [("b", "MissingParameter"), ("c", "InvalidMessageContents")]);

    let received = receive(&client).await;
    assert_eq!(bodies(&received), ["one", "four"]);
    let entry = |id: &str, receipt: &str| {
        DeleteMessageBatchRequestEntry::builder()
            .id(id)
            .receipt_handle(receipt)
            .build()
            .unwrap()
    };
    let entries = vec![
        entry("x", received[0].receipt_handle().unwrap()),
        entry("y", "no receipt"),
    ];
    let deleted = client
        .delete_message_batch()
        .queue_url(WORK)
        .set_entries(Some(entries))
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.successful()[0].id(), "x");
    assert_eq!(deleted.failed()[0].code(), "ReceiptHandleIsInvalid");
    assert_eq!(queues.depth("work").unwrap().total(), 1);
}

#[tokio::test]
async fn a_batch_outside_the_limits_is_refused_whole() {
    let (client, queues, _) = client();
    let entry = |id: &str, body: String| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body(body)
            .build()
            .unwrap()
    };
    let small = |id: &str| entry(id, "x".into());
    let eleven = (0..11).map(|number| small(&number.to_string())).collect();
    let large = vec![entry("a", "x".repeat(600_000)), entry("b", "x".repeat(600_000))];
    for (entries, code) in [
        (vec![], "AWS.SimpleQueueService.EmptyBatchRequest"),
        (eleven, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        (
            vec![small("a"), small("a")],
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        ),
        (vec![small("a b")], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        (large, "AWS.SimpleQueueService.BatchRequestTooLong"),
    ] {
        let refused = client
            .send_message_batch()
            .queue_url(WORK)
            .set_entries(Some(entries))
            .send()
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Some(code));
    }
    assert_eq!(queues.depth("work").unwrap().total(), 0);
}

#[tokio::test]
async fn errors_have_the_names_that_the_sdk_knows() {
    let (client, _, _) = client();
    let unknown = client
        .send_message()
        .queue_url("http://sqs.localhost/000000000000/nothing")
        .message_body("x")
        .send();
    assert!(
        unknown
            .await
            .unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
    let large = client
        .send_message()
        .queue_url(WORK)
        .message_body("x".repeat(1_048_577))
        .send()
        .await
        .unwrap_err();
    assert_eq!(large.code(), Some("InvalidParameterValue"));
    let empty = client
        .send_message()
        .queue_url(WORK)
        .message_body("")
        .send()
        .await
        .unwrap_err();
    assert_eq!(empty.code(), Some("MissingParameter"));
    let receipt = client
        .delete_message()
        .queue_url(WORK)
        .receipt_handle("none")
        .send()
        .await
        .unwrap_err();
    assert!(receipt.into_service_error().is_receipt_handle_is_invalid());
    let many = client
        .receive_message()
        .queue_url(WORK)
        .max_number_of_messages(11)
        .send()
        .await
        .unwrap_err();
    assert_eq!(many.code(), Some("InvalidParameterValue"));
    let other = client
        .tag_queue()
        .queue_url(WORK)
        .tags("a", "b")
        .send()
        .await
        .unwrap_err();
    assert!(other.into_service_error().is_unsupported_operation());
    let fifo = client
        .send_message()
        .queue_url(WORK)
        .message_body("x")
        .message_deduplication_id("y")
        .send();
    assert_eq!(fifo.await.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn attributes_travel_with_their_message() {
    let (client, _, _) = client();
    let text = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("abc")
        .build()
        .unwrap();
    let binary = MessageAttributeValue::builder()
        .data_type("Binary")
        .binary_value(aws_sdk_sqs::primitives::Blob::new([1, 2]))
        .build()
        .unwrap();
    let sent = client
        .send_message()
        .queue_url(WORK)
        .message_body("x")
        .message_attributes("trace", text.clone())
        .message_attributes("raw", binary.clone())
        .send()
        .await
        .unwrap();
    let received = receive(&client).await;
    let attributes = received[0].message_attributes().unwrap();
    assert_eq!((&attributes["trace"], &attributes["raw"]), (&text, &binary));
    assert_eq!(
        received[0].md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
}

#[tokio::test]
async fn a_queue_tells_its_settings_and_its_depth() {
    let (client, _, _) = client();
    send(&client, "one").await;
    send(&client, "two").await;
    client.receive_message().queue_url(WORK).send().await.unwrap();
    let told = client
        .get_queue_attributes()
        .queue_url(WORK)
        .attribute_names(QueueAttributeName::All)
        .send();
    let told = told.await.unwrap();
    let told = told.attributes().unwrap();
    assert_eq!(told[&QueueAttributeName::ApproximateNumberOfMessages], "1");
    assert_eq!(told[&QueueAttributeName::ApproximateNumberOfMessagesNotVisible], "1");
    assert_eq!(told[&QueueAttributeName::VisibilityTimeout], "30");
    assert!(told[&QueueAttributeName::RedrivePolicy].contains("work-dead"));

    let url = client.get_queue_url().queue_name("work").send().await.unwrap();
    assert_eq!(url.queue_url(), Some(WORK));
    let listed = client.list_queues().queue_name_prefix("work").send().await.unwrap();
    assert_eq!(listed.queue_urls(), [WORK, DEAD]);

    client.purge_queue().queue_url(WORK).send().await.unwrap();
    assert_eq!(receive(&client).await, []);
}

#[tokio::test]
async fn a_message_is_forgotten_when_its_retention_is_over() {
    let (client, queues, hand) = client();
    send(&client, "hello").await;
    hand.advance(Duration::from_secs(345_601));
    assert_eq!(receive(&client).await, []);
    assert_eq!(queues.depth("work").unwrap().total(), 0);
}
