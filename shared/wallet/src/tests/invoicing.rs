//! Invoice accounts, and finding everything again from the secret.

use std::collections::BTreeSet;

use futures::future::join_all;
use nanoark_nano::Seed;
use nanoark_testkit::nano_ledger::Hold;

use super::world::{Fate, SEED, World, purpose, raw};
use crate::{AccountIndex, Secret, WalletError};

#[tokio::test]
async fn a_purpose_has_one_account_and_an_account_one_purpose() {
    let world = World::new();
    let wallet = world.wallet();
    assert_eq!(wallet.invoice_of(&purpose("a")).unwrap(), None);
    let first = wallet.invoice(&purpose("a")).await.unwrap();
    assert_eq!(
        (first.index, first.account),
        (AccountIndex(1), wallet.account(AccountIndex(1)))
    );
    let second = wallet.invoice(&purpose("b")).await.unwrap();
    assert_eq!(second.index, AccountIndex(2));
    // Known for ever, without asking anybody, in use or not.
    world.pay(first.account, 5);
    world.set_fate(Fate::CutOff);
    for wallet in [wallet, world.wallet()] {
        assert_eq!(wallet.invoice(&purpose("a")).await.unwrap(), first);
        assert_eq!(wallet.invoice_of(&purpose("a")).unwrap().unwrap(), first);
    }
}

#[tokio::test]
async fn used_accounts_are_skipped_and_burnt() {
    let world = World::new();
    let wallet = world.wallet();
    // Waiting and final, waiting and not final, opened and emptied: each is in use.
    world.pay(wallet.account(AccountIndex(1)), 5);
    world.pay(wallet.account(AccountIndex(3)), 5);
    let third = world.elsewhere(3);
    third.receive_all().unwrap();
    third.send(wallet.account(AccountIndex::MAIN), raw(5)).unwrap();
    world.ledger.hold(Hold::Everything);
    world.pay(wallet.account(AccountIndex(2)), 5);
    let invoice = wallet.invoice(&purpose("a")).await.unwrap();
    assert_eq!(invoice.index, AccountIndex(4));
    wallet.burn_invoice(&purpose("a")).unwrap();
    assert_eq!(wallet.invoice_of(&purpose("a")).unwrap(), None);
    assert_eq!(wallet.invoice(&purpose("a")).await.unwrap().index, AccountIndex(5));
    wallet.burn_invoice(&purpose("nobody's")).unwrap();
}

#[tokio::test]
async fn the_wallet_knows_its_own_accounts() {
    let world = World::new();
    let wallet = world.wallet();
    let known = |wallet: &crate::Wallet, index| wallet.index_of(&wallet.account(AccountIndex(index))).unwrap();
    assert_eq!((known(&wallet, 0), known(&wallet, 1)), (Some(AccountIndex::MAIN), None));
    // Used by somebody and burnt, burnt by its owner, given out.
    world.pay(wallet.account(AccountIndex(1)), 5);
    wallet.invoice(&purpose("a")).await.unwrap();
    wallet.burn_invoice(&purpose("a")).unwrap();
    wallet.invoice(&purpose("b")).await.unwrap();
    for wallet in [&wallet, &world.wallet()] {
        for index in 0..=3 {
            assert_eq!(known(wallet, index), Some(AccountIndex(index)), "{index}");
        }
        assert_eq!(known(wallet, 4), None, "it was never given out");
        assert_eq!(wallet.index_of(&super::world::stranger(1)).unwrap(), None);
    }
    // Found on the ledger, and all that was passed over.
    world.pay(wallet.account(AccountIndex(700)), 5);
    assert_eq!(known(&wallet, 700), None);
    wallet.restore(700).await.unwrap();
    for index in [4, 450, 700] {
        assert_eq!(known(&wallet, index), Some(AccountIndex(index)), "{index}");
    }
    assert_eq!(known(&wallet, 701), None);
}

#[tokio::test]
async fn no_answer_is_never_taken_for_unused() {
    let world = World::with_nodes(3);
    let wallet = world.wallet();
    for way in &world.ways[..2] {
        *way.cut.lock().unwrap() = true;
    }
    let refused = wallet.invoice(&purpose("a")).await.unwrap_err();
    assert!(
        matches!(
            refused,
            WalletError::TooFewNodes {
                answered: 1,
                quorum: 2,
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(
        wallet.invoice_of(&purpose("a")).unwrap(),
        None,
        "without the proof it is not given out"
    );
    *world.ways[0].cut.lock().unwrap() = false;
    assert_eq!(
        wallet.invoice(&purpose("a")).await.unwrap().index,
        AccountIndex(1),
        "the proof is made up for"
    );
    // One node that knows better outweighs two that do not.
    for number in 0..2 {
        world.ways[number]
            .lie
            .lock()
            .unwrap()
            .replace(Box::new(|request, answer| {
                if request["action"] == "receivable" {
                    answer["blocks"] = serde_json::json!("");
                }
            }));
    }
    *world.ways[1].cut.lock().unwrap() = false;
    world.pay(wallet.account(AccountIndex(2)), 5);
    assert_eq!(wallet.invoice(&purpose("b")).await.unwrap().index, AccountIndex(3));
}

#[tokio::test]
async fn a_node_that_calls_everything_used_does_not_burn_for_ever() {
    let world = World::new();
    world.ways[0].lie.lock().unwrap().replace(Box::new(|request, answer| {
        if request["action"] == "receivable" {
            answer["blocks"] = serde_json::json!(["00".repeat(32)]);
        }
    }));
    let refused = world.wallet().invoice(&purpose("a")).await.unwrap_err();
    assert!(
        matches!(refused, WalletError::NoUnusedAccount { tried: 20 }),
        "{refused}"
    );
}

#[tokio::test]
async fn killed_at_every_step_an_account_belongs_to_one_purpose() {
    for arrives in [false, true] {
        for request in 0.. {
            let world = World::new();
            let wallet = world.wallet();
            world.pay(wallet.account(AccountIndex(1)), 1);
            world.set_fate(Fate::KilledAt { request, arrives });
            let finished = world.until_killed(wallet.invoice(&purpose("a"))).await;
            world.set_fate(Fate::Answered);
            let wallet = world.wallet();
            let invoices = [
                wallet.invoice(&purpose("b")).await.unwrap(),
                wallet.invoice(&purpose("a")).await.unwrap(),
                wallet.invoice(&purpose("c")).await.unwrap(),
            ];
            let distinct: BTreeSet<_> = invoices.iter().map(|invoice| invoice.index).collect();
            assert_eq!(distinct.len(), 3);
            assert!(
                !distinct.contains(&AccountIndex(1)),
                "{request} {arrives}: it was in use"
            );
            if finished.is_some() {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_never_share_an_account() {
    let world = World::new();
    let wallets = [world.wallet(), world.wallet()];
    let mut asked = Vec::new();
    for number in 0..20 {
        for (process, wallet) in wallets.iter().enumerate() {
            let wallet = wallet.clone();
            let text = if number < 5 {
                format!("both:{number}")
            } else {
                format!("{process}:{number}")
            };
            asked.push(tokio::spawn(async move { wallet.invoice(&purpose(&text)).await }));
        }
    }
    let mut pairs = BTreeSet::new();
    for invoice in join_all(asked).await {
        let invoice = invoice.unwrap().unwrap();
        pairs.insert((invoice.purpose, invoice.index));
    }
    let indexes: BTreeSet<_> = pairs.iter().map(|(_, index)| *index).collect();
    assert_eq!((pairs.len(), indexes.len()), (35, 35));
}

#[tokio::test]
async fn everything_is_found_again_from_the_secret_alone() {
    let world = World::with_nodes(2);
    world.fund(100);
    let secret = Secret::from_seed(Seed::from_bytes(SEED));
    let account = |index| secret.private_key(AccountIndex(index)).public();
    world.pay(account(2), 5);
    world.pay(account(60), 7);
    let emptied = world.elsewhere(75);
    world.pay(account(75), 1);
    emptied.receive_all().unwrap();
    emptied.send(account(0), raw(1)).unwrap();
    world.pay(account(200), 9);
    for (gap, found, next) in [
        (20, &[0, 2][..], 3),
        (60, &[0, 2, 60, 75], 76),
        (124, &[0, 2, 60, 75], 76),
        (125, &[0, 2, 60, 75, 200], 201),
    ] {
        let wallet = world.wallet_on(&format!("gap-{gap}.sqlite"));
        let restored = wallet.restore(gap).await.unwrap();
        let indexes: Vec<u32> = restored.found.iter().map(|found| found.index.0).collect();
        assert_eq!(indexes, found, "gap {gap}");
        assert_eq!(restored.next_index, AccountIndex(next));
        assert_eq!(wallet.invoice(&purpose("a")).await.unwrap().index, AccountIndex(next));
        let again = wallet.restore(gap).await.unwrap();
        assert_eq!(again.next_index, AccountIndex(next + 1), "it never goes back");
    }
    let wallet = world.wallet_on("gap-125.sqlite");
    assert_eq!(wallet.balance().await.unwrap().total(), raw(122));
    wallet.sweep(&[]).await.unwrap();
    wallet.receive(AccountIndex::MAIN, raw(1)).await.unwrap();
    assert_eq!(world.balance_of(&account(0)), 122);
    *world.ways[0].cut.lock().unwrap() = true;
    assert!(matches!(wallet.restore(5).await, Err(WalletError::TooFewNodes { .. })));
}

#[tokio::test]
async fn a_new_wallet_has_nothing_to_restore() {
    let world = World::new();
    let restored = world.wallet().restore(20).await.unwrap();
    assert_eq!((restored.found.len(), restored.next_index), (0, AccountIndex(1)));
    let other = Secret::from_seed(Seed::from_bytes([1; 32]));
    assert!(matches!(
        world.open(other, "wallet.sqlite", 1),
        Err(WalletError::OtherWallet { .. })
    ));
}
