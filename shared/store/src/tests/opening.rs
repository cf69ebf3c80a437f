//! Names are used once, open sessions are counted, and a swap is opened once and joined by the others.

use nanoark_domain::ceremony::Stage;

use super::world::{World, action, joining, key, order, party_intent, swap, swap_session, transfer_session};
use crate::{CommitError, OpenRefusal, Opened};

#[tokio::test]
async fn an_order_is_taken_once_however_often_it_comes() {
    let world = World::new();
    let session = transfer_session(1, "first");
    let open = async |content, session| {
        world
            .store
            .open_session(session, &key(1), &order("first", content), 5)
            .await
    };
    assert_eq!(open(1, &session).await.unwrap(), Opened::Now);
    assert_eq!(world.operations(), ["TransactWriteItems"]);
    let written = world.everything();

    assert_eq!(open(1, &session).await.unwrap(), Opened::Before);
    // The same name for something else.
    let refused = open(2, &session).await;
    assert!(
        matches!(&refused, Err(CommitError::Rejected(OpenRefusal::ActionIdReused { session: other })) if *other == session.id),
        "{refused:?}"
    );
    assert_eq!(world.operations(), ["TransactWriteItems"; 2]);
    assert_eq!(world.everything(), written);

    assert_eq!(world.store.session(session.id).await.unwrap(), Some(session.clone()));
    assert_eq!(world.store.open_sessions_of(&key(1)).await.unwrap(), [session.id]);
    let named = world.store.session_of_action(&key(1), &action("first")).await.unwrap();
    assert_eq!(named, Some(session.id));
    // Another author may use the same name.
    let none = world.store.session_of_action(&key(2), &action("first")).await.unwrap();
    assert_eq!(none, None);
    assert_eq!(world.store.open_sessions_of(&key(2)).await.unwrap(), []);
    world.opened(2, "first").await;
}

#[tokio::test]
async fn an_author_has_so_many_open_sessions_and_no_more() {
    let world = World::new();
    let open = async |name: &str, content, most| {
        world
            .store
            .open_session(&transfer_session(1, name), &key(1), &order(name, content), most)
            .await
    };
    let too_many = |refused: Result<Opened, CommitError<OpenRefusal>>| {
        assert!(
            matches!(refused, Err(CommitError::Rejected(OpenRefusal::TooManySessions))),
            "{refused:?}"
        );
    };
    too_many(open("zero", 1, 0).await);
    open("one", 1, 2).await.unwrap();
    open("two", 2, 2).await.unwrap();
    let written = world.everything();
    too_many(open("three", 3, 2).await);
    // What was opened before is still known to be.
    assert_eq!(open("two", 2, 2).await.unwrap(), Opened::Before);
    assert_eq!(world.everything(), written);
    // Somebody else's sessions do not count.
    world.opened(2, "three").await;

    let mut ended = super::world::touched(&transfer_session(1, "one"), super::world::T0, Vec::new());
    ended.closed_for = vec![key(1), key(1)];
    world.operations();
    world.store.change_session(1, &ended).await.unwrap();
    assert_eq!(world.operations(), ["TransactWriteItems"]);
    assert_eq!(open("three", 3, 2).await.unwrap(), Opened::Now);
}

#[tokio::test]
async fn a_swap_is_opened_by_one_party_and_joined_by_the_others() {
    let world = World::new();
    let (first, second) = (swap_session(&[1, 2], 1, "mine"), swap_session(&[1, 2], 2, "yours"));
    assert_eq!(first.id, second.id);
    world.open(&first, 1, "mine").await;

    // The second party was too late to open it, and is told what there is to join.
    let written = world.everything();
    let refused = world.store.open_session(&second, &key(2), &order("yours", 2), 5).await;
    let Err(CommitError::Rejected(OpenRefusal::Exists(found))) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(*found, first);
    assert_eq!(world.everything(), written);

    let transition = joining(&found, 2, party_intent(2, "yours", swap(&[1, 2])));
    assert_eq!(transition.session.progress.stage(), Stage::Accepted);
    let join = async || {
        world
            .store
            .join_session(found.version, &transition, &key(2), &order("yours", 2), 5)
            .await
    };
    world.operations();
    assert_eq!(join().await.unwrap(), Opened::Now);
    assert_eq!(world.operations(), ["TransactWriteItems"]);
    assert_eq!(join().await.unwrap(), Opened::Before);
    assert_eq!(
        world.store.session(first.id).await.unwrap(),
        Some(transition.session.clone())
    );
    for party in [1, 2] {
        assert_eq!(world.store.open_sessions_of(&key(party)).await.unwrap(), [first.id]);
    }
}

#[tokio::test]
async fn of_two_who_join_at_once_one_is_told_to_look_again() {
    let world = World::new();
    let parties = [1, 2, 3];
    let opened = swap_session(&parties, 1, "of-party-1");
    world.open(&opened, 1, "of-party-1").await;
    // Both have read the first version.
    let (second, third) = (
        joining(&opened, 2, party_intent(2, "of-party-2", swap(&parties))),
        joining(&opened, 3, party_intent(3, "of-party-3", swap(&parties))),
    );
    let store = &world.store;
    let (two, three) = (order("of-party-2", 2), order("of-party-3", 3));
    let taken = store.join_session(1, &second, &key(2), &two, 5).await;
    assert_eq!(taken.unwrap(), Opened::Now);
    let written = world.everything();
    let refused = store.join_session(1, &third, &key(3), &three, 5).await;
    let Err(CommitError::Rejected(OpenRefusal::Outdated(found))) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(*found, second.session);
    assert_eq!(world.everything(), written);

    let third = joining(&found, 3, party_intent(3, "of-party-3", swap(&parties)));
    assert_eq!(third.session.progress.stage(), Stage::Accepted);
    // A name that was used for something else does not do, and neither does one session too many.
    world.opened(3, "used").await;
    let refused = store.join_session(2, &third, &key(3), &order("used", 4), 5).await;
    assert!(
        matches!(refused, Err(CommitError::Rejected(OpenRefusal::ActionIdReused { .. }))),
        "{refused:?}"
    );
    let refused = store.join_session(2, &third, &key(3), &three, 1).await;
    assert!(
        matches!(refused, Err(CommitError::Rejected(OpenRefusal::TooManySessions))),
        "{refused:?}"
    );
    let taken = store.join_session(2, &third, &key(3), &three, 2).await;
    assert_eq!(taken.unwrap(), Opened::Now);
}
