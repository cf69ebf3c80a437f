//! Finding sessions that are due, and reading what the stream carries.

use nanoark_domain::ceremony::{Failure, FailureCode};
use nanoark_domain::time::Seconds;

use super::world::{LIFE, T0, World, swap_session, transfer_session};
use crate::read_session;

#[tokio::test]
async fn sessions_are_due_when_their_rule_says_and_the_longest_overdue_come_first() {
    let world = World::new();
    // Enough to be in several partitions. A swap waits until it expires, a transfer is looked at after a minute.
    let swap = swap_session(&[1, 2], 1, "the-swap");
    world.open(&swap, 1, "the-swap").await;
    let mut transfers = Vec::new();
    for number in 0..12_u32 {
        let name = format!("number-{number}");
        let mut session = transfer_session(1, &name);
        for timing in &mut session.timings {
            timing.at = T0.plus(Seconds(12 - number));
        }
        world.open(&session, 1, &name).await;
        transfers.push(session);
    }
    let store = &world.store;
    assert_eq!(store.due_sessions(T0.plus(Seconds(60)), 50).await.unwrap(), []);
    let expected: Vec<_> = transfers.iter().rev().map(|session| session.id).collect();
    assert_eq!(store.due_sessions(T0.plus(Seconds(72)), 50).await.unwrap(), expected);
    assert_eq!(
        store.due_sessions(T0.plus(Seconds(72)), 5).await.unwrap(),
        expected[..5]
    );
    let all = store.due_sessions(T0.plus(LIFE), 50).await.unwrap();
    assert_eq!((all.len(), all.last()), (13, Some(&swap.id)));

    // What is over is never due.
    let over = swap
        .fail(Failure::new(FailureCode::Expired, "over"), Vec::new(), T0.plus(LIFE))
        .unwrap();
    store.change_session(1, &over).await.unwrap();
    let all = store.due_sessions(T0.plus(LIFE), 50).await.unwrap();
    assert_eq!((all.len(), all.contains(&swap.id)), (12, false));
}

#[tokio::test]
async fn an_item_of_the_stream_reads_as_the_session_and_shows_its_stage() {
    let world = World::new();
    let session = world.opened(1, "first").await;
    let item = &world.everything()["sessions"][0];
    assert_eq!(read_session(item["record"]["S"].as_str().unwrap()), Ok(session.clone()));
    assert_eq!(item["stage"]["S"], "accepted");
    assert_eq!(item["version"]["N"], "1");
    assert_eq!(item["session_id"]["S"], session.id.to_string());
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_a_table_that_is_not_there_is_not_ready() {
    let world = World::new();
    let store = &world.store;
    assert_eq!(store.session(transfer_session(1, "first").id).await.unwrap(), None);
    store.sessions_ready().await.unwrap();
    store.ready().await.unwrap_err();
}
