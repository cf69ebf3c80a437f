//! The same secret used elsewhere: another block in the place of ours.

use std::time::Duration;

use nanoark_testkit::nano_ledger::{BlockLie, Hold};

use super::world::{Fate, World, order, purpose, raw, stranger};
use crate::{AccountIndex, SentState, WalletError};

/// Signs a send that no node gets, and lets somebody else use its place. Returns the world and the other block's hash.
async fn overtaken(nodes: usize) -> (World, nanoark_nano::BlockHash, nanoark_nano::BlockHash) {
    let world = World::with_nodes(nodes);
    world.fund(100);
    let wallet = world.wallet();
    // Knows the account's place before the nodes are gone.
    let survey = wallet.survey(AccountIndex::MAIN).await.unwrap();
    let intent = crate::sign::Intent::Send {
        purpose: purpose("p"),
        to: stranger(1),
        amount: raw(30),
    };
    wallet.sign(AccountIndex::MAIN, &survey, &intent).unwrap();
    let ours = wallet.sent(&purpose("p")).unwrap().unwrap();
    assert_eq!(ours.state, SentState::Signed);
    let theirs = world.elsewhere(0).send(stranger(2), raw(5)).unwrap();
    (world, ours.hash, theirs.block.hash())
}

#[tokio::test]
async fn a_block_whose_place_is_lost_for_good_is_signed_anew_after_the_other() {
    for nodes in [1, 3] {
        let (world, ours, theirs) = overtaken(nodes).await;
        let wallet = world.wallet();
        let sent = wallet.send(&order("p", stranger(1), 30)).await.unwrap();
        assert_ne!(sent.hash, ours);
        let block = world.ledger.block(&sent.hash).unwrap();
        assert_eq!(block.block.previous, theirs, "it comes after what took its place");
        assert_eq!(wallet.lost(&purpose("p")).unwrap(), [ours], "it is kept on record");
        assert_eq!(world.waiting_for(&stranger(1)), [30]);
        assert_eq!(world.waiting_for(&stranger(2)), [5]);
        assert_eq!(world.balance_of(&wallet.account(AccountIndex::MAIN)), 65);
        assert!(matches!(
            wallet.wait_confirmed(ours, Duration::ZERO).await,
            Err(WalletError::Lost { hash, rival }) if hash == ours && rival == theirs
        ));
    }
}

#[tokio::test]
async fn nothing_is_signed_anew_until_a_quorum_calls_the_other_final() {
    let world_of = |nodes| async move {
        let world = World::with_nodes(nodes);
        world.fund(100);
        world
    };
    // Nobody calls it final, or one of the two that must.
    for says_final in [0, 1] {
        let world = world_of(3).await;
        let wallet = world.wallet();
        let survey = wallet.survey(AccountIndex::MAIN).await.unwrap();
        let order = order("p", stranger(1), 30);
        let intent = crate::sign::Intent::Send {
            purpose: order.purpose.clone(),
            to: order.to,
            amount: order.amount,
        };
        wallet.sign(AccountIndex::MAIN, &survey, &intent).unwrap();
        let ours = wallet.sent(&order.purpose).unwrap().unwrap().hash;
        world.ledger.hold(Hold::Everything);
        let theirs = world.elsewhere(0).send(stranger(2), raw(5)).unwrap().block.hash();
        let lie = BlockLie {
            confirmed: Some(true),
            ..BlockLie::default()
        };
        for node in world.nodes.iter().take(says_final) {
            node.faults().lie(theirs, lie.clone());
        }
        for _ in 0..2 {
            let refused = wallet.send(&order).await.unwrap_err();
            assert!(
                matches!(
                    refused,
                    WalletError::Contested { hash, rival, confirmed, quorum: 2 }
                        if hash == ours && rival == theirs && confirmed == says_final
                ),
                "{refused}"
            );
            let other = super::world::order("other", stranger(3), 1);
            assert!(matches!(wallet.send(&other).await, Err(WalletError::Contested { .. })));
            assert_eq!(
                wallet.sent(&other.purpose).unwrap(),
                None,
                "nothing else is signed either"
            );
        }
        assert_eq!(wallet.sent(&order.purpose).unwrap().unwrap().hash, ours);
        // The network decides for ours: the other one disappears.
        for node in &world.nodes {
            node.faults().clear();
        }
        world.ledger.roll_back(&theirs);
        world.ledger.release(Hold::Everything);
        assert_eq!(wallet.send(&order).await.unwrap().hash, ours);
        assert_eq!(world.waiting_for(&stranger(1)), [30]);
    }
}

/// What came after a lost block is lost with it, and each purpose gets its one block again.
#[tokio::test]
async fn what_came_after_a_lost_block_is_lost_with_it() {
    let world = World::new();
    world.fund(100);
    world.ledger.hold(Hold::Everything);
    let wallet = world.wallet();
    let orders: Vec<_> = (1..=3)
        .map(|number| order(&format!("p{number}"), stranger(number), 10))
        .collect();
    let mut before = Vec::new();
    for order in &orders {
        before.push(wallet.send(order).await.unwrap().hash);
    }
    // The first is final; a double spend wins in the place of the second.
    world.ledger.confirm_now(&before[0]);
    let second = world.ledger.block(&before[1]).unwrap();
    let rival = world.elsewhere(0).build_rival(&second, stranger(9), raw(7)).unwrap();
    world.ledger.fork(&rival).unwrap();
    world.ledger.confirm_everything_now();
    world.ledger.release(Hold::Everything);
    let mut after = Vec::new();
    for order in orders.iter().rev() {
        after.push(wallet.send(order).await.unwrap().hash);
    }
    after.reverse();
    assert_eq!(after[0], before[0]);
    assert!(!before.contains(&after[1]) && !before.contains(&after[2]));
    for number in 1..=3 {
        assert_eq!(world.waiting_for(&stranger(number)), [10], "{number}");
    }
    assert_eq!(world.balance_of(&wallet.account(AccountIndex::MAIN)), 63);
    assert_eq!(wallet.lost(&purpose("p1")).unwrap(), []);
    assert_eq!(wallet.lost(&purpose("p3")).unwrap(), [before[2]]);
}

/// Two state files with one secret. Each payment is made once; whoever loses a place signs anew.
#[tokio::test]
async fn two_states_of_one_secret_pay_each_purpose_once() {
    let world = World::new();
    world.fund(1_000);
    let wallets = [world.wallet_on("one.sqlite"), world.wallet_on("other.sqlite")];
    for round in 0..5_u32 {
        let surveys = [
            wallets[0].survey(AccountIndex::MAIN).await.unwrap(),
            wallets[1].survey(AccountIndex::MAIN).await.unwrap(),
        ];
        for (number, (wallet, survey)) in wallets.iter().zip(&surveys).enumerate() {
            let intent = crate::sign::Intent::Send {
                purpose: purpose(&format!("{number}:{round}")),
                to: stranger(u32::try_from(number).unwrap()),
                amount: raw(10),
            };
            wallet.sign(AccountIndex::MAIN, survey, &intent).unwrap();
        }
        for (number, wallet) in (0..).zip(&wallets) {
            let sent = wallet
                .send(&order(&format!("{number}:{round}"), stranger(number), 10))
                .await
                .unwrap();
            assert!(wallet.wait_confirmed(sent.hash, Duration::from_secs(1)).await.unwrap());
        }
    }
    for number in 0..2 {
        assert_eq!(world.waiting_for(&stranger(number)), [10; 5]);
    }
    assert_eq!(world.balance_of(&wallets[0].account(AccountIndex::MAIN)), 900);
    world.set_fate(Fate::CutOff);
    assert!(matches!(
        wallets[0].send(&order("x", stranger(1), 1)).await,
        Err(WalletError::Nodes(_))
    ));
}

/// Other software with the same secret moves on from our blocks: no contest, ours simply go on after its blocks.
#[tokio::test]
async fn blocks_made_elsewhere_after_ours_are_gone_on_from() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    wallet.send(&order("1", stranger(1), 1)).await.unwrap();
    for amount in [2, 3] {
        world.elsewhere(0).send(stranger(2), raw(amount)).unwrap();
    }
    world.elsewhere(0).change(stranger(3)).unwrap();
    world.ledger.inject_epoch(&wallet.account(AccountIndex::MAIN));
    let sent = wallet.send(&order("2", stranger(1), 4)).await.unwrap();
    assert_eq!(world.balance_of(&wallet.account(AccountIndex::MAIN)), 90);
    assert_eq!(
        world.ledger.block(&sent.hash).unwrap().block.representative,
        stranger(3),
        "it is kept"
    );
}

/// Giving up, signing anew and publishing, killed at every request.
#[tokio::test]
async fn killed_at_every_step_of_a_contest_it_pays_once() {
    let mut points = 0;
    for arrives in [false, true] {
        for request in 0.. {
            let (world, ours, _) = overtaken(1).await;
            world.set_fate(Fate::KilledAt { request, arrives });
            let wallet = world.wallet();
            let order = order("p", stranger(1), 30);
            let finished = world.until_killed(wallet.send(&order)).await;
            drop(wallet);
            world.set_fate(Fate::Answered);
            let sent = world.wallet().send(&order).await.unwrap();
            assert_eq!(world.waiting_for(&stranger(1)), [30], "{request} {arrives}");
            assert_eq!(
                world.wallet().lost(&order.purpose).unwrap(),
                [ours],
                "{request} {arrives}"
            );
            assert_ne!(sent.hash, ours);
            if finished.is_some() {
                break;
            }
            points += 1;
        }
    }
    assert!(points >= 12, "{points} points");
}

/// Whatever other software with the secret does in between, and whatever the network drops or holds back: each purpose is
/// paid once in the end, and the money adds up. `NANOARK_SEEDS=300` tries so many seeds.
#[tokio::test(start_paused = true)]
#[allow(clippy::disallowed_methods, reason = "the number of seeds is the caller's")]
async fn whatever_happens_each_purpose_is_paid_once() {
    let seeds = std::env::var("NANOARK_SEEDS").map_or(25, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        let world = World::new();
        world.fund(10_000);
        let chance = nanoark_surroundings::Simulated::new(std::sync::Arc::new(|| 0), seed);
        let draw = |below: u8| {
            let mut byte = [0];
            nanoark_surroundings::Surroundings::fill(&chance, &mut byte).unwrap();
            byte[0] % below
        };
        let wallets = [world.wallet(), world.wallet(), world.wallet_on("other.sqlite")];
        let orders: Vec<_> = (0..6)
            .map(|number| order(&format!("p{number}"), stranger(number), 10))
            .collect();
        let mut elsewhere = 0;
        for _ in 0..30 {
            let payer = usize::from(draw(6));
            // The last two purposes are the other state's.
            let wallet = if payer >= 4 {
                &wallets[2]
            } else {
                &wallets[usize::from(draw(2))]
            };
            match draw(8) {
                0 | 1 => drop(wallet.send(&orders[payer]).await),
                2 | 3 => {
                    let (request, arrives) = (usize::from(draw(6)), draw(2) == 0);
                    world.set_fate(Fate::KilledAt { request, arrives });
                    let _killed = world.until_killed(wallet.send(&orders[payer])).await;
                    world.set_fate(Fate::Answered);
                }
                4 => world.ledger.hold(Hold::Everything),
                5 => {
                    world.ledger.release(Hold::Everything);
                    world.clock.advance(1);
                }
                6 => {
                    let main = wallet.account(AccountIndex::MAIN);
                    let head = world.ledger.head(&main).unwrap().frontier;
                    if !world.ledger.is_confirmed(&head) {
                        world.ledger.roll_back(&head);
                    }
                }
                _ => elsewhere += u128::from(world.elsewhere(0).send(stranger(9), raw(1)).is_ok()),
            }
        }
        world.ledger.release(Hold::Everything);
        world.clock.advance(1);
        let mut sent = Vec::new();
        // Two rounds: what one state loses to the other is signed anew in the second.
        for _ in 0..2 {
            sent.clear();
            for (payer, order) in orders.iter().enumerate() {
                let wallet = if payer >= 4 { &wallets[2] } else { &wallets[payer % 2] };
                let one = wallet
                    .send(order)
                    .await
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                assert!(
                    wallet.wait_confirmed(one.hash, Duration::from_secs(1)).await.unwrap(),
                    "seed {seed}"
                );
                sent.push(one.hash);
            }
        }
        for number in 0..6 {
            assert_eq!(
                world.waiting_for(&stranger(number)),
                [10],
                "seed {seed}, purpose {number}"
            );
        }
        let seen = world.waiting_for(&stranger(9)).len();
        assert!(
            u128::try_from(seen).unwrap() <= elsewhere,
            "dropped ones do not come back"
        );
        let left = world.balance_of(&wallets[0].account(AccountIndex::MAIN));
        assert_eq!(left, 10_000 - 60 - u128::try_from(seen).unwrap(), "seed {seed}");
    }
}

/// Whoever made it may never publish it again.
#[tokio::test(start_paused = true)]
async fn what_was_made_elsewhere_is_built_on_when_it_is_final() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    world.ledger.hold(Hold::Everything);
    let theirs = world.elsewhere(0).send(stranger(2), raw(5)).unwrap().block.hash();
    let order = order("p", stranger(1), 30);
    for refused in [
        wallet.send(&order).await.unwrap_err(),
        wallet.draft(&order).await.unwrap_err(),
    ] {
        assert!(
            matches!(refused, WalletError::NotFinal { head, .. } if head == theirs),
            "{refused}"
        );
    }
    assert_eq!(wallet.sent(&order.purpose).unwrap(), None);
    let (sent, _) = futures::join!(wallet.send(&order), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.ledger.confirm_now(&theirs)
    });
    assert_eq!(world.ledger.block(&sent.unwrap().hash).unwrap().block.previous, theirs);
}

/// The worst that nodes can do: all of them call the other block final, ours is given up, and then ours is the one that
/// stays. What would be signed anew may then come after the other one only, and so can never be a second payment.
#[tokio::test(start_paused = true)]
async fn nodes_that_lie_about_what_is_final_cannot_make_us_pay_twice() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    let survey = wallet.survey(AccountIndex::MAIN).await.unwrap();
    let order = order("p", stranger(1), 30);
    let ours = world.elsewhere(0).build_send(order.to, order.amount).unwrap();
    let intent = crate::sign::Intent::Send {
        purpose: order.purpose.clone(),
        to: order.to,
        amount: order.amount,
    };
    wallet.sign(AccountIndex::MAIN, &survey, &intent).unwrap();
    assert_eq!(wallet.sent(&order.purpose).unwrap().unwrap().hash, ours.block.hash());
    let theirs = world.elsewhere(0).send(stranger(2), raw(5)).unwrap().block.hash();
    wallet
        .decide(AccountIndex::MAIN, ours.block.hash(), theirs)
        .await
        .unwrap();
    world.ledger.roll_back(&theirs);
    world.ledger.process(&ours).unwrap();
    for wallet in [&wallet, &world.wallet()] {
        let refused = wallet.send(&order).await.unwrap_err();
        assert!(refused.is_temporary(), "{refused}");
        assert_eq!(world.waiting_for(&stranger(1)), [30]);
        let head = world.ledger.head(&wallet.account(AccountIndex::MAIN)).unwrap();
        assert_eq!(head.frontier, ours.block.hash());
    }
}
