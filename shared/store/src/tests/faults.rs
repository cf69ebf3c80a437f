//! Lost answers, conflicts and records that are too large.

use nanoark_domain::ceremony::Outgoing;
use nanoark_testkit::dynamodb::Fault;

use super::world::{T0, World, event, key, order, release, touched, transfer_session};
use crate::{ChangeRefusal, CommitError, ItemError, OpenRefusal, Opened};

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_a_success_when_it_is_tried_again() {
    let world = World::new();
    let session = transfer_session(1, "first");
    let open = async || world.store.open_session(&session, &key(1), &order("first", 1), 5).await;
    world
        .dynamodb
        .faults()
        .next("TransactWriteItems", Fault::TimeoutAfterCommit);
    assert!(matches!(open().await, Err(CommitError::Unavailable { .. })));
    assert_eq!(open().await.unwrap(), Opened::Before);

    // Alone, and in a transaction.
    let mut session = session;
    for (holds, operation) in [(vec![], "UpdateItem"), (vec![release(1)], "TransactWriteItems")] {
        let next = touched(&session, T0, holds);
        let change = async || world.store.change_session(session.version, &next).await;
        world.dynamodb.faults().next(operation, Fault::TimeoutAfterCommit);
        assert!(matches!(change().await, Err(CommitError::Unavailable { .. })));
        change().await.unwrap();
        session = next.session.clone();
    }
    assert_eq!(world.dynamodb.faults().outstanding(), 0);
}

#[tokio::test]
async fn a_conflict_says_nothing_about_the_rules() {
    let world = World::new();
    let faults = world.dynamodb.faults();
    let session = transfer_session(1, "first");
    faults.next("TransactWriteItems", Fault::TransactionConflict);
    let opened = world.store.open_session(&session, &key(1), &order("first", 1), 5).await;
    assert!(matches!(opened, Err(CommitError::Contended)), "{opened:?}");
    let session = world.opened(1, "first").await;
    for (holds, operation) in [(vec![], "UpdateItem"), (vec![release(1)], "TransactWriteItems")] {
        faults.next(operation, Fault::TransactionConflict);
        let changed = world.store.change_session(1, &touched(&session, T0, holds)).await;
        assert!(matches!(changed, Err(CommitError::Contended)), "{changed:?}");
    }
    assert_eq!(faults.outstanding(), 0);
    assert_eq!(world.store.session(session.id).await.unwrap(), Some(session));
}

#[tokio::test]
async fn a_session_that_no_item_can_hold_is_refused_without_a_call() {
    let world = World::new();
    let mut session = transfer_session(1, "first");
    session.outbox.push(Outgoing {
        id: event(1),
        kind: 31_511,
        to: None,
        json: "x".repeat(400 * 1_024),
    });
    let refused = world.store.open_session(&session, &key(1), &order("first", 1), 5).await;
    let Err(CommitError::<OpenRefusal>::Corrupt(ItemError { attribute, problem })) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (attribute.as_str(), problem),
        ("record", "larger than an item may be (400 KiB)")
    );
    let refused = world.store.change_session(1, &touched(&session, T0, Vec::new())).await;
    assert!(
        matches!(refused, Err(CommitError::<ChangeRefusal>::Corrupt(_))),
        "{refused:?}"
    );
    assert_eq!(world.operations(), Vec::<String>::new());

    // Nearly as much is taken.
    if let Some(event) = session.outbox.first_mut() {
        event.json.truncate(390 * 1_024);
    }
    world.open(&session, 1, "first").await;
    assert_eq!(world.store.session(session.id).await.unwrap(), Some(session));
}
