//! With a data directory, nothing is lost or done twice because the stack was stopped.

use crate::toy::{failure, put, stack_at, stack_in};
use nanoark_local::{Options, Stack, StackError};

#[tokio::test]
async fn messages_and_their_counts_survive() {
    let folder = tempfile::tempdir().unwrap();
    let (stack, script, _) = stack_in(folder.path()).await;
    stack.queues().send("work", "one".into()).unwrap();
    script.once("worker", |_| failure());
    stack.settle().await.unwrap();
    stack.stop().await;

    let (stack, _, _) = stack_in(folder.path()).await;
    assert_eq!(stack.queues().depth("work").unwrap().in_flight, 1);
    assert_eq!(stack.queues().peek("work").unwrap()[0].receives, 1);
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (stack, script, _) = stack_in(folder.path()).await;
    put(&stack, "seen");
    stack.settle().await.unwrap();
    put(&stack, "unseen");
    stack.stop().await;
    assert_eq!(script.records("mirror", "/dynamodb/Keys/id/S"), [vec!["seen"]]);

    let (stack, script, _) = stack_in(folder.path()).await;
    stack.settle().await.unwrap();
    assert_eq!(script.records("mirror", "/dynamodb/Keys/id/S"), [vec!["unseen"]]);
}

#[tokio::test]
async fn a_stream_that_starts_with_the_latest_change_sees_what_comes_while_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let latest = crate::toy::TEMPLATE.replace("TRIM_HORIZON", "LATEST");
    let silent = crate::toy::TEMPLATE.replace("      StartingPosition", "      Enabled: false\n      StartingPosition");
    let (stack, script, _) = stack_at(&silent, folder.path()).await;
    put(&stack, "before");
    stack.settle().await.unwrap();
    stack.stop().await;
    assert!(script.calls("mirror").is_empty(), "the mapping is switched off");

    let (stack, script, _) = stack_at(&latest, folder.path()).await;
    put(&stack, "after");
    stack.stop().await;
    assert!(script.calls("mirror").is_empty(), "there was no time for it");

    let (stack, script, _) = stack_at(&latest, folder.path()).await;
    stack.settle().await.unwrap();
    assert_eq!(script.records("mirror", "/dynamodb/Keys/id/S"), [vec!["after"]]);
}

#[tokio::test]
async fn an_empty_stream_has_a_latest_change_too() {
    let folder = tempfile::tempdir().unwrap();
    let latest = crate::toy::TEMPLATE.replace("TRIM_HORIZON", "LATEST");
    let (stack, _, _) = stack_at(&latest, folder.path()).await;
    put(&stack, "first");
    stack.stop().await;

    let (stack, script, _) = stack_at(&latest, folder.path()).await;
    stack.settle().await.unwrap();
    assert_eq!(script.records("mirror", "/dynamodb/Keys/id/S"), [vec!["first"]]);
}

#[tokio::test]
async fn a_change_that_failed_before_the_stop_is_tried_again_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let (stack, script, _) = stack_in(folder.path()).await;
    put(&stack, "a");
    script.once("mirror", |_| failure());
    stack.settle().await.unwrap();
    stack.stop().await;

    let (stack, script, _) = stack_in(folder.path()).await;
    stack.settle().await.unwrap();
    assert_eq!(script.records("mirror", "/dynamodb/Keys/id/S"), [vec!["a"]]);
}

#[tokio::test]
async fn a_folder_with_other_tables_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (stack, _, _) = stack_in(folder.path()).await;
    stack.stop().await;
    let other = crate::toy::TEMPLATE.replace("AttributeName: id", "AttributeName: key");
    let refused = Stack::start(Options::new().template(other).data_dir(folder.path())).await;
    assert!(matches!(refused, Err(StackError::OtherTable(name)) if name == "nanoark-things"));
}
