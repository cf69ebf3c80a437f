//! Taking money in, sweeping it, and what waits for nobody.

use nanoark_nano::{BlockHash, Subtype};
use nanoark_testkit::nano_ledger::{BlockLie, DevWallet, Hold};
use serde_json::json;

use super::world::{Fate, World, order, purpose, raw, stranger};
use crate::{AccountIndex, WalletError};

const ALL: nanoark_nano::RawAmount = nanoark_nano::RawAmount::ZERO;

#[tokio::test]
async fn what_is_final_and_large_enough_is_taken_in_once() {
    let world = World::new();
    let wallet = world.wallet();
    let main = wallet.account(AccountIndex::MAIN);
    for amount in [5, 100, 7] {
        world.pay(main, amount);
    }
    world.ledger.hold(Hold::Everything);
    world.pay(main, 50);
    let received = wallet.receive(AccountIndex::MAIN, raw(6)).await.unwrap();
    let amounts: Vec<u128> = received.iter().map(|received| received.amount.raw()).collect();
    assert_eq!(
        amounts,
        [100, 7],
        "the largest first, no dust, nothing that is not final"
    );
    assert_eq!(world.balance_of(&main), 107);
    assert_eq!(wallet.receive(AccountIndex::MAIN, raw(6)).await.unwrap(), []);
    world.ledger.confirm_everything_now();
    assert_eq!(wallet.receive(AccountIndex::MAIN, ALL).await.unwrap().len(), 2);
    assert_eq!(world.balance_of(&main), 162);
    // Its own representative, unless another is set.
    assert_eq!(world.ledger.head(&main).unwrap().representative, main);
    wallet.set_representative(stranger(5)).unwrap();
    let invoice = wallet.invoice(&purpose("i")).await.unwrap();
    world.ledger.release(Hold::Everything);
    world.pay(invoice.account, 3);
    world.wallet().receive(invoice.index, ALL).await.unwrap();
    assert_eq!(world.ledger.head(&invoice.account).unwrap().representative, stranger(5));
}

#[tokio::test]
async fn an_amount_follows_from_the_senders_blocks() {
    let world = World::new();
    let wallet = world.wallet();
    let main = wallet.account(AccountIndex::MAIN);
    let send = world.pay(main, 10);
    let lie = BlockLie {
        amount: Some(raw(999)),
        ..BlockLie::default()
    };
    world.nodes[0].faults().lie(send, lie);
    assert_eq!(
        wallet.receive(AccountIndex::MAIN, ALL).await.unwrap(),
        [],
        "a liar proves nothing"
    );
    world.nodes[0].faults().clear();
    assert_eq!(wallet.receive(AccountIndex::MAIN, ALL).await.unwrap().len(), 1);
    assert_eq!(world.balance_of(&main), 10);
    // A send to somebody else that a node lists as ours.
    let other = world.pay(stranger(1), 10);
    world.ways[0]
        .lie
        .lock()
        .unwrap()
        .replace(Box::new(move |request, answer| {
            if request["action"] == "receivable" {
                answer["blocks"] = json!({ other.to_string(): { "amount": "10" } });
            }
        }));
    assert_eq!(wallet.receive(AccountIndex::MAIN, ALL).await.unwrap(), []);
    assert_eq!(world.balance_of(&main), 10);
}

#[tokio::test]
async fn killed_at_every_step_it_receives_and_sweeps_once() {
    let mut points = 0;
    for arrives in [false, true] {
        for request in 0.. {
            let world = World::new();
            let wallet = world.wallet();
            let invoice = wallet.invoice(&purpose("i")).await.unwrap();
            let main = wallet.account(AccountIndex::MAIN);
            for amount in [10, 20] {
                world.pay(invoice.account, amount);
            }
            world.set_fate(Fate::KilledAt { request, arrives });
            let finished = world.until_killed(wallet.sweep(&[])).await;
            world.set_fate(Fate::Answered);
            let wallet = world.wallet();
            wallet.sweep(&[]).await.unwrap();
            assert_eq!(world.balance_of(&invoice.account), 0, "{request} {arrives}");
            assert_eq!(world.waiting_for(&main), [30], "{request} {arrives}");
            assert_eq!(wallet.sweep(&[]).await.unwrap(), []);
            wallet.receive(AccountIndex::MAIN, ALL).await.unwrap();
            assert_eq!(world.balance_of(&main), 30);
            assert_eq!(
                world.ledger.head(&invoice.account).unwrap().height,
                3,
                "{request} {arrives}"
            );
            if finished.is_some() {
                break;
            }
            points += 1;
        }
    }
    assert!(points >= 20, "{points} points");
}

#[tokio::test]
async fn a_sweep_leaves_what_is_kept_and_finds_what_came_late() {
    let world = World::new();
    let wallet = world.wallet();
    let mut invoices = Vec::new();
    for number in 0..4 {
        let invoice = wallet.invoice(&purpose(&format!("i{number}"))).await.unwrap();
        world.pay(invoice.account, 10 + number);
        invoices.push(invoice);
    }
    wallet.burn_invoice(&invoices[3].purpose).unwrap();
    let swept = wallet.sweep(&[invoices[1].index]).await.unwrap();
    let from: Vec<AccountIndex> = swept.iter().map(|sent| sent.order.from).collect();
    assert_eq!(
        from,
        [invoices[0].index, invoices[2].index, invoices[3].index],
        "burnt ones as well"
    );
    let main = wallet.account(AccountIndex::MAIN);
    assert_eq!(world.waiting_for(&main), [10, 12, 13]);
    world.pay(invoices[0].account, 5);
    assert_eq!(wallet.sweep(&[]).await.unwrap().len(), 2);
    assert_eq!(world.waiting_for(&main), [5, 10, 11, 12, 13]);
    let balance = wallet.balance().await.unwrap();
    assert_eq!(balance.total(), raw(51));
    assert_eq!(balance.accounts[0].receivable, raw(51));
    assert_eq!(balance.accounts.len(), 4, "main and three that belong to a purpose");
}

#[tokio::test]
async fn a_balance_counts_our_own_blocks_before_they_are_final() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    world.ledger.hold(Hold::Everything);
    wallet.send(&order("p", stranger(1), 30)).await.unwrap();
    world.pay(wallet.account(AccountIndex::MAIN), 9);
    let balance = wallet.balance().await.unwrap();
    assert_eq!(balance.accounts[0].balance, raw(70), "what is spent is spent");
    assert_eq!(
        balance.accounts[0].receivable,
        raw(0),
        "what is not final does not count"
    );
}

/// Somebody else with the secret took it in before us, and a node has not noticed: the account is not blocked for ever.
#[tokio::test]
async fn a_receive_that_can_never_be_valid_is_given_up() {
    let world = World::new();
    let wallet = world.wallet();
    let main = wallet.account(AccountIndex::MAIN);
    let source = world.pay(main, 10);
    world.elsewhere(0).receive(source).unwrap();
    world.ways[0]
        .lie
        .lock()
        .unwrap()
        .replace(Box::new(move |request, answer| {
            if request["action"] == "receivable" {
                answer["blocks"] = json!({ source.to_string(): { "amount": "10" } });
            }
        }));
    assert_eq!(wallet.receive(AccountIndex::MAIN, ALL).await.unwrap(), []);
    *world.ways[0].lie.lock().unwrap() = None;
    wallet.send(&order("p", stranger(1), 4)).await.unwrap();
    assert_eq!(world.balance_of(&main), 6);
}

/// An account that somebody else opened at the same time: the first place of all.
#[tokio::test]
async fn an_account_that_was_opened_elsewhere_is_gone_on_from() {
    let world = World::new();
    let wallet = world.wallet();
    let main = wallet.account(AccountIndex::MAIN);
    let sources = [world.pay(main, 10), world.pay(main, 20)];
    let survey = wallet.survey(AccountIndex::MAIN).await.unwrap();
    let intent = crate::sign::Intent::Receive {
        source: sources[0],
        amount: raw(10),
    };
    wallet.sign(AccountIndex::MAIN, &survey, &intent).unwrap();
    let opened = world.elsewhere(0).receive(sources[1]).unwrap();
    assert_eq!(opened.block.previous, BlockHash::ZERO);
    wallet.receive(AccountIndex::MAIN, ALL).await.unwrap();
    assert_eq!(world.balance_of(&main), 30);
    assert_eq!(world.ledger.head(&main).unwrap().height, 2);
}

/// An account from before state blocks: nothing proves its balance, so nothing is signed on it.
#[tokio::test]
async fn a_legacy_account_is_refused_by_name() {
    let world = World::new();
    let wallet = world.wallet();
    let main = wallet.account(AccountIndex::MAIN);
    let source = world.pay(main, 10);
    DevWallet::numbered(42, 0, &world.ledger)
        .inject_legacy_open(source)
        .unwrap();
    let refused = wallet.send(&order("p", stranger(1), 1)).await.unwrap_err();
    assert!(
        matches!(refused, WalletError::LegacyAccount { account } if account == main),
        "{refused}"
    );
    assert_eq!(Subtype::Open.as_str(), "open");
}
