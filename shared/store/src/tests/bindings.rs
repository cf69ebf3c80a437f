//! The newest binding of a key holds, a relay is never read from further back, and an answered event stays answered.

use bitcoin::XOnlyPublicKey;
use nanoark_domain::time::Timestamp;

use super::world::{World, address, key};
use crate::StoredBinding;

fn binding(nostr: u8, owner: u8, created_at: u64) -> StoredBinding {
    StoredBinding {
        nostr: key(nostr),
        owner: key(owner),
        address: address(owner),
        created_at,
        event: format!(r#"{{"created_at":{created_at}}}"#),
    }
}

#[tokio::test]
async fn the_newest_binding_of_a_key_holds() {
    let world = World::new();
    // In the order they come: the second, the owner, whether it is the newest so far.
    for (created_at, owner, newest) in [
        (10, 51, true),
        (9, 52, false),
        (10, 53, false),
        (11, 54, true),
        (10, 51, false),
    ] {
        let taken = world.store.put_binding(&binding(1, owner, created_at)).await.unwrap();
        assert_eq!(taken, newest, "{created_at}, {owner}");
        assert_eq!(world.operations(), ["PutItem"]);
    }
    let found = world.store.bindings_of(&[key(1)]).await.unwrap();
    assert_eq!(found, [binding(1, 54, 11)]);
}

#[tokio::test]
async fn bindings_come_in_the_order_they_were_asked_for_each_once() {
    let world = World::new();
    for (nostr, owner) in [(1, 51), (2, 52), (3, 53)] {
        world.store.put_binding(&binding(nostr, owner, 10)).await.unwrap();
    }
    let found = world.store.bindings_of(&[3, 9, 1, 3].map(key)).await.unwrap();
    assert_eq!(found, [binding(3, 53, 10), binding(1, 51, 10)]);
    assert_eq!(world.store.bindings_of(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn more_keys_than_one_call_takes_are_read_in_several() {
    let world = World::new();
    let keys: Vec<XOnlyPublicKey> = (1..=201).map(key).collect();
    for nostr in [1, 100, 101, 201] {
        world.store.put_binding(&binding(nostr, 51, 10)).await.unwrap();
    }
    world.operations();
    let found = world.store.bindings_of(&keys).await.unwrap();
    assert_eq!(world.operations(), ["BatchGetItem"; 3]);
    let found: Vec<_> = found.into_iter().map(|binding| binding.nostr).collect();
    assert_eq!(found, [1, 100, 101, 201].map(key));
}

#[tokio::test]
async fn a_relay_is_never_read_from_further_back() {
    let world = World::new();
    let store = &world.store;
    let (one, other) = ("wss://one.example", "wss://other.example/path");
    assert_eq!(store.relay_cursor(one).await.unwrap(), None);
    world.operations();
    for (since, then) in [(100, 100), (90, 100), (100, 100), (0, 100), (101, 101)] {
        store.advance_relay_cursor(one, since).await.unwrap();
        assert_eq!(world.operations(), ["UpdateItem"]);
        assert_eq!(store.relay_cursor(one).await.unwrap(), Some(then), "after {since}");
        world.operations();
    }
    assert_eq!(store.relay_cursor(other).await.unwrap(), None);
}

#[tokio::test]
async fn what_does_not_fit_into_one_answer_is_asked_for_again() {
    let world = World::new();
    // An answer has at most 16 MiB.
    let keys: Vec<XOnlyPublicKey> = (1..=60).map(key).collect();
    for nostr in 1..=60 {
        let event = "x".repeat(300 * 1_024);
        let large = StoredBinding {
            event,
            ..binding(nostr, 51, 10)
        };
        world.store.put_binding(&large).await.unwrap();
    }
    world.operations();
    let found = world.store.bindings_of(&keys).await.unwrap();
    assert_eq!(world.operations(), ["BatchGetItem"; 2]);
    let found: Vec<_> = found.into_iter().map(|binding| binding.nostr).collect();
    assert_eq!(found, keys);
}

#[tokio::test]
async fn an_event_is_answered_once_it_is_noted_and_only_for_its_author() {
    let world = World::new();
    let store = &world.store;
    let [event, other] = ["11", "22"].map(|byte| byte.repeat(32).parse().unwrap());
    assert!(!store.was_answered(&key(1), event).await.unwrap());
    world.operations();
    for _ in 0..2 {
        store
            .note_answered(&key(1), event, Timestamp::from_seconds(100))
            .await
            .unwrap();
        assert_eq!(world.operations(), ["PutItem"]);
        assert!(store.was_answered(&key(1), event).await.unwrap());
        assert_eq!(world.operations(), ["GetItem"]);
    }
    assert!(!store.was_answered(&key(2), event).await.unwrap());
    assert!(!store.was_answered(&key(1), other).await.unwrap());
}
