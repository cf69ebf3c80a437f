//! One send per purpose, whatever happens.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use nanoark_testkit::nano_ledger::Hold;

use super::world::{Fate, World, order, purpose, raw, stranger};
use crate::{AccountIndex, SentState, WalletError};

#[tokio::test]
async fn a_send_is_what_was_ordered_and_what_was_drafted() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    let order = order("payment:1", stranger(1), 30);
    let draft = wallet.draft(&order).await.unwrap();
    assert_eq!(wallet.sent(&order.purpose).unwrap(), None, "a draft stores nothing");
    let sent = wallet.send(&order).await.unwrap();
    assert_eq!((sent.order.clone(), sent.state), (order.clone(), SentState::Published));
    assert_eq!(sent.hash, draft.hash());
    assert_eq!(world.waiting_for(&stranger(1)), [30]);
    assert_eq!(world.balance_of(&wallet.account(AccountIndex::MAIN)), 70);
    assert!(wallet.wait_confirmed(sent.hash, Duration::from_secs(1)).await.unwrap());
    assert_eq!(
        wallet.sent(&order.purpose).unwrap().unwrap().state,
        SentState::Confirmed
    );
    assert_eq!(wallet.draft(&order).await.unwrap(), draft, "the purpose has its block");
}

#[tokio::test]
async fn a_purpose_has_one_block_for_ever() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    let first = wallet.send(&order("p", stranger(1), 30)).await.unwrap();
    for wallet in [&wallet, &world.wallet()] {
        let again = wallet.send(&order("p", stranger(1), 30)).await.unwrap();
        assert_eq!(again.hash, first.hash);
        for other in [order("p", stranger(2), 30), order("p", stranger(1), 31)] {
            for refused in [
                wallet.send(&other).await.unwrap_err(),
                wallet.draft(&other).await.unwrap_err(),
            ] {
                assert!(matches!(
                    refused,
                    WalletError::PurposeTaken { to, amount, .. } if to == stranger(1) && amount == raw(30)
                ));
            }
        }
    }
    assert_eq!(world.waiting_for(&stranger(1)), [30]);
    assert_eq!(world.waiting_for(&stranger(2)), [0_u128; 0]);
}

#[tokio::test]
async fn nothing_is_signed_without_the_money() {
    let world = World::new();
    let wallet = world.wallet();
    let refused = wallet.send(&order("p", stranger(1), 1)).await.unwrap_err();
    assert!(
        matches!(refused, WalletError::Insufficient { available, .. } if available == raw(0)),
        "{refused}"
    );
    world.fund(100);
    let refused = wallet.send(&order("p", stranger(1), 101)).await.unwrap_err();
    assert!(
        matches!(refused, WalletError::Insufficient { available, .. } if available == raw(100)),
        "{refused}"
    );
    let refused = wallet.send(&order("p", stranger(1), 0)).await.unwrap_err();
    assert!(matches!(refused, WalletError::InvalidAmount), "{refused}");
    assert_eq!(wallet.sent(&purpose("p")).unwrap(), None);
    wallet.send(&order("p", stranger(1), 100)).await.unwrap();
}

/// The process dies at every request, before it arrives and after, and begins again: the ledger has one send, ever.
#[tokio::test]
async fn killed_at_every_step_it_sends_once() {
    let mut points = 0;
    for arrives in [false, true] {
        for request in 0.. {
            let world = World::with_nodes(2);
            world.fund(100);
            // A block before it that is signed and not published is part of the work.
            world.set_fate(Fate::CutOff);
            let earlier = order("earlier", stranger(2), 1);
            let wallet = world.wallet();
            wallet.send(&earlier).await.unwrap_err();
            world.set_fate(Fate::KilledAt { request, arrives });
            let order = order("p", stranger(1), 30);
            let finished = world.until_killed(wallet.send(&order)).await;
            drop(wallet);
            world.set_fate(Fate::Answered);
            let stored = world.wallet().sent(&order.purpose).unwrap().map(|sent| sent.hash);
            let sent = world.wallet().send(&order).await.unwrap();
            assert!(stored.is_none_or(|stored| stored == sent.hash), "{request} {arrives}");
            world.wallet().send(&earlier).await.unwrap();
            world.wallet().republish().await.unwrap();
            assert_eq!(world.waiting_for(&stranger(1)), [30], "{request} {arrives}");
            assert_eq!(world.waiting_for(&stranger(2)), [1], "{request} {arrives}");
            assert_eq!(world.balance_of(&world.wallet().account(AccountIndex::MAIN)), 69);
            if finished.is_some() {
                break;
            }
            points += 1;
        }
    }
    assert!(points >= 12, "{points} points");
}

/// A node that takes a block and says otherwise, and nodes that drop what is not final: the very same blocks again.
#[tokio::test]
async fn what_the_nodes_lost_is_published_as_it_was() {
    let world = World::new();
    world.fund(100);
    world.ledger.hold(Hold::Everything);
    let wallet = world.wallet();
    let first = wallet.send(&order("first", stranger(1), 1)).await.unwrap();
    world.ways[0].lie.lock().unwrap().replace(Box::new(|request, answer| {
        if request["action"] == "process" {
            *answer = serde_json::json!({ "error": "Busy" });
        }
    }));
    let second = wallet.send(&order("second", stranger(1), 2)).await.unwrap();
    *world.ways[0].lie.lock().unwrap() = None;
    assert_eq!(world.ledger.roll_back(&first.hash), [first.hash, second.hash]);
    let again = world.wallet().send(&order("second", stranger(1), 2)).await.unwrap();
    assert_eq!(again.hash, second.hash);
    assert_eq!(
        world.waiting_for(&stranger(1)),
        [1, 2],
        "with the block before it, which was gone as well"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_send_at_once_from_one_account() {
    let world = World::new();
    world.fund(1_000_000);
    world.ledger.hold(Hold::Everything);
    let wallets = [world.wallet(), world.wallet()];
    let mut sends = Vec::new();
    for (process, wallet) in wallets.iter().enumerate() {
        for number in 0..20_u32 {
            let (wallet, shared) = (wallet.clone(), number < 5);
            // Five purposes are asked for by both.
            let text = if shared {
                format!("both:{number}")
            } else {
                format!("{process}:{number}")
            };
            let order = order(&text, stranger(number), 100 + u128::from(number));
            sends.push(tokio::spawn(async move { wallet.send(&order).await }));
        }
    }
    for sent in join_all(sends).await {
        sent.unwrap().unwrap();
    }
    for number in 0..20_u32 {
        let amount = 100 + u128::from(number);
        let expected = if number < 5 { vec![amount] } else { vec![amount; 2] };
        assert_eq!(world.waiting_for(&stranger(number)), expected, "{number}");
    }
    let paid: u128 = (0..20)
        .map(|number| (100 + number) * if number < 5 { 1 } else { 2 })
        .sum();
    let main = wallets[0].account(AccountIndex::MAIN);
    assert_eq!(world.balance_of(&main), 1_000_000 - paid);
    assert_eq!(world.ledger.head(&main).unwrap().height, 1 + 35, "a block per purpose");
    world.ledger.release(Hold::Everything);
    world.clock.advance(1);
    assert_eq!(wallets[0].republish().await.unwrap(), 0);
}

#[tokio::test]
async fn fifty_sends_at_once_need_one_work_each() {
    let world = World::new();
    world.fund(5_000);
    let wallet = world.wallet();
    let orders: Vec<_> = (0..50)
        .map(|number| order(&format!("p{number}"), stranger(number), 100))
        .collect();
    for sent in join_all(orders.iter().map(|order| wallet.send(order))).await {
        sent.unwrap();
    }
    assert_eq!(world.balance_of(&wallet.account(AccountIndex::MAIN)), 0);
    assert_eq!(world.work.made.load(Ordering::SeqCst), 50);
}

#[tokio::test]
async fn work_made_ahead_is_used_for_the_next_block_only() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    assert!(wallet.prepare_work(AccountIndex::MAIN).await.unwrap());
    assert!(
        !wallet.prepare_work(AccountIndex::MAIN).await.unwrap(),
        "once is enough"
    );
    let made = || world.work.made.load(Ordering::SeqCst);
    assert_eq!(made(), 1);
    world.wallet().send(&order("1", stranger(1), 1)).await.unwrap();
    assert_eq!(made(), 1, "the other process used it");
    wallet.send(&order("2", stranger(1), 1)).await.unwrap();
    assert_eq!(made(), 2);
    assert!(
        wallet.prepare_work(AccountIndex(1)).await.unwrap(),
        "for an account that is not open"
    );
}

/// Two nodes, of which one has dropped the blocks and comes back.
#[tokio::test]
async fn a_node_that_is_behind_does_not_change_where_the_account_stands() {
    let world = World::with_nodes(3);
    world.fund(100);
    let wallet = world.wallet();
    let first = wallet.send(&order("1", stranger(1), 1)).await.unwrap();
    *world.ways[2].cut.lock().unwrap() = true;
    wallet.send(&order("2", stranger(1), 2)).await.unwrap();
    *world.ways[2].cut.lock().unwrap() = false;
    // Tells of the account as it was.
    world.nodes[2]
        .faults()
        .omit(wallet.sent(&purpose("2")).unwrap().unwrap().hash);
    world.ways[2]
        .lie
        .lock()
        .unwrap()
        .replace(Box::new(move |request, answer| {
            if request["action"] == "account_info" {
                answer["frontier"] = serde_json::json!(first.hash);
                answer["block_count"] = serde_json::json!("2");
            }
        }));
    for wallet in [world.wallet(), world.wallet_on("restored.sqlite")] {
        let text = format!("{:p}", &wallet);
        wallet.send(&order(&text, stranger(1), 3)).await.unwrap();
    }
    assert_eq!(world.balance_of(&wallet.account(AccountIndex::MAIN)), 91);
    assert_eq!(world.waiting_for(&stranger(1)), [1, 2, 3, 3]);
}
