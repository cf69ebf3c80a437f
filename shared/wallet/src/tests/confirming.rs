//! Waiting for blocks to become final, on a clock that only tests move.

use std::time::Duration;

use nanoark_testkit::nano_ledger::Hold;

use super::world::{Fate, World, order, purpose, stranger};
use crate::SentState;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn it_waits_as_long_as_it_is_told() {
    let world = World::with_nodes(2);
    world.fund(100);
    world.ledger.hold(Hold::Everything);
    let wallet = world.wallet();
    let sent = wallet.send(&order("p", stranger(1), 30)).await.unwrap();
    world.take_log();
    let begun = tokio::time::Instant::now();
    assert!(!wallet.wait_confirmed(sent.hash, PATIENCE).await.unwrap());
    assert_eq!(begun.elapsed(), PATIENCE);
    let nudges = world
        .take_log()
        .into_iter()
        .filter(|action| action == "block_confirm")
        .count();
    assert!((2 * 6..=2 * 11).contains(&nudges), "{nudges}");
    assert_eq!(wallet.sent(&purpose("p")).unwrap().unwrap().state, SentState::Published);
    world.ledger.release(Hold::Everything);
    world.clock.advance(1);
    assert!(wallet.wait_confirmed(sent.hash, Duration::ZERO).await.unwrap());
    world.set_fate(Fate::CutOff);
    assert!(
        wallet.wait_confirmed(sent.hash, Duration::ZERO).await.unwrap(),
        "what is final stays so"
    );
}

#[tokio::test(start_paused = true)]
async fn a_block_that_the_nodes_dropped_is_published_again() {
    let world = World::new();
    world.fund(100);
    world.ledger.hold(Hold::Everything);
    let wallet = world.wallet();
    let first = wallet.send(&order("1", stranger(1), 10)).await.unwrap();
    let second = wallet.send(&order("2", stranger(1), 20)).await.unwrap();
    assert_eq!(world.ledger.roll_back(&first.hash).len(), 2);
    world.ledger.release(Hold::Everything);
    let waited = wallet.wait_confirmed(second.hash, PATIENCE);
    assert!(waited.await.unwrap(), "with the one before it");
    assert_eq!(world.waiting_for(&stranger(1)), [10, 20]);
    let state = |text| wallet.sent(&purpose(text)).unwrap().unwrap().state;
    assert_eq!((state("1"), state("2")), (SentState::Confirmed, SentState::Confirmed));
}

/// Whoever signed it was killed before it was published; the next one waits for short whiles only.
#[tokio::test(start_paused = true)]
async fn a_block_that_was_never_published_is_published_at_once() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    let survey = wallet.survey(crate::AccountIndex::MAIN).await.unwrap();
    let order = order("p", stranger(1), 30);
    let intent = crate::sign::Intent::Send {
        purpose: order.purpose.clone(),
        to: order.to,
        amount: order.amount,
    };
    wallet.sign(crate::AccountIndex::MAIN, &survey, &intent).unwrap();
    let hash = wallet.sent(&order.purpose).unwrap().unwrap().hash;
    let patience = Duration::from_secs(1);
    assert!(world.wallet().wait_confirmed(hash, patience).await.unwrap());
    assert_eq!(world.waiting_for(&stranger(1)), [30]);
}

#[tokio::test(start_paused = true)]
async fn nodes_that_do_not_answer_are_waited_for() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    let sent = wallet.send(&order("p", stranger(1), 30)).await.unwrap();
    *world.ways[0].cut.lock().unwrap() = true;
    let (waited, ()) = futures::join!(wallet.wait_confirmed(sent.hash, PATIENCE), async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        *world.ways[0].cut.lock().unwrap() = false;
    });
    assert!(waited.unwrap());
}

#[tokio::test]
async fn what_the_ledger_does_not_have_is_published_again_on_start() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    assert_eq!(wallet.republish().await.unwrap(), 0);
    world.ledger.hold(Hold::Everything);
    let mut hashes = Vec::new();
    for number in 1..=3 {
        let sent = wallet
            .send(&order(&format!("p{number}"), stranger(number), 10))
            .await
            .unwrap();
        hashes.push(sent.hash);
    }
    assert_eq!(world.wallet().republish().await.unwrap(), 0, "all is there");
    world.ledger.roll_back(&hashes[1]);
    assert_eq!(world.wallet().republish().await.unwrap(), 2);
    for number in 1..=3 {
        assert_eq!(world.waiting_for(&stranger(number)), [10]);
    }
    world.ledger.release(Hold::Everything);
    world.clock.advance(1);
    assert_eq!(world.wallet().republish().await.unwrap(), 0);
    for number in 1..=3 {
        let sent = wallet.sent(&purpose(&format!("p{number}"))).unwrap().unwrap();
        assert_eq!(sent.state, SentState::Confirmed);
    }
}
