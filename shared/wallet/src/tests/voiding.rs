//! A purpose that is given up is never paid, and one that is paid is never given up.

use futures::future::join_all;
use nanoark_testkit::nano_ledger::Hold;

use super::world::{Fate, World, order, purpose, stranger};
use crate::sign::{Attempt, Intent};
use crate::{AccountIndex, Voiding, WalletError};

fn is_void(error: &WalletError) -> bool {
    matches!(error, WalletError::Voided { purpose: of } if *of == purpose("p"))
}

#[tokio::test]
async fn a_void_purpose_is_never_paid() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    for _ in 0..2 {
        assert_eq!(wallet.void(&purpose("p")).unwrap(), Voiding::Void);
    }
    for wallet in [&wallet, &world.wallet()] {
        assert!(wallet.is_void(&purpose("p")).unwrap());
        let order = order("p", stranger(1), 30);
        for refused in [
            wallet.send(&order).await.unwrap_err(),
            wallet.draft(&order).await.unwrap_err(),
        ] {
            assert!(is_void(&refused) && !refused.is_temporary(), "{refused}");
        }
        assert_eq!(wallet.sent(&order.purpose).unwrap(), None);
    }
    wallet.send(&order("other", stranger(2), 1)).await.unwrap();
    assert!(!wallet.is_void(&purpose("other")).unwrap());
    assert_eq!(world.waiting_for(&stranger(1)), [0_u128; 0]);
}

#[tokio::test]
async fn what_is_signed_stands() {
    let world = World::new();
    world.fund(100);
    world.ledger.hold(Hold::Everything);
    let wallet = world.wallet();
    let survey = wallet.survey(AccountIndex::MAIN).await.unwrap();
    let order = order("p", stranger(1), 30);
    // Signed and not published, published, final.
    wallet.sign(AccountIndex::MAIN, &survey, &intent(&order)).unwrap();
    let found = |expected| {
        let Voiding::Sent(sent) = world.wallet().void(&order.purpose).unwrap() else {
            panic!("it is signed")
        };
        assert_eq!((sent.order.clone(), sent.state), (order.clone(), expected));
    };
    found(crate::SentState::Signed);
    let sent = wallet.send(&order).await.unwrap();
    found(crate::SentState::Published);
    world.ledger.release(Hold::Everything);
    world.clock.advance(1);
    wallet
        .wait_confirmed(sent.hash, std::time::Duration::from_secs(1))
        .await
        .unwrap();
    found(crate::SentState::Confirmed);
    assert!(!wallet.is_void(&order.purpose).unwrap());
    assert_eq!(world.waiting_for(&stranger(1)), [30]);
}

/// A process that is frozen anywhere inside of a send while another gives the purpose up, and then goes on.
#[tokio::test]
async fn a_sender_that_wakes_up_late_does_not_pay_what_was_given_up() {
    let (mut given_up, mut paid) = (Vec::new(), Vec::new());
    for request in 0.. {
        let world = World::new();
        world.fund(100);
        let wallet = world.wallet();
        let order = order("p", stranger(1), 30);
        world.set_fate(Fate::FrozenAt { request });
        let mut frozen = Box::pin(wallet.send(&order));
        let finished = tokio::select! {
            biased;
            sent = &mut frozen => Some(sent),
            () = world.frozen() => None,
        };
        let Some(sent) = finished else {
            let voided = world.wallet().void(&order.purpose).unwrap();
            world.thaw();
            let woken = frozen.await;
            match voided {
                Voiding::Void => {
                    given_up.push(request);
                    assert!(is_void(&woken.unwrap_err()), "{request}");
                    assert_eq!(world.waiting_for(&stranger(1)), [0_u128; 0], "{request}");
                }
                Voiding::Sent(sent) => {
                    paid.push(request);
                    assert_eq!(woken.unwrap().hash, sent.hash, "{request}");
                    assert_eq!(world.waiting_for(&stranger(1)), [30], "{request}");
                }
            }
            continue;
        };
        sent.unwrap();
        break;
    }
    assert!(
        given_up.len() >= 2 && !paid.is_empty(),
        "{given_up:?} given up, {paid:?} paid"
    );
}

/// Killed anywhere inside of a send; whoever comes next gives up.
#[tokio::test]
async fn a_purpose_whose_sender_was_killed_is_paid_or_void() {
    for arrives in [false, true] {
        for request in 0.. {
            let world = World::new();
            world.fund(100);
            let order = order("p", stranger(1), 30);
            world.set_fate(Fate::KilledAt { request, arrives });
            let wallet = world.wallet();
            let finished = world.until_killed(wallet.send(&order)).await;
            drop(wallet);
            world.set_fate(Fate::Answered);
            let wallet = world.wallet();
            let expected = match wallet.void(&order.purpose).unwrap() {
                Voiding::Void => {
                    assert!(is_void(&wallet.send(&order).await.unwrap_err()));
                    vec![]
                }
                Voiding::Sent(sent) => {
                    assert_eq!(wallet.send(&order).await.unwrap().hash, sent.hash);
                    vec![30]
                }
            };
            wallet.republish().await.unwrap();
            assert_eq!(world.waiting_for(&stranger(1)), expected, "{request} {arrives}");
            if finished.is_some() {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_sender_and_one_who_gives_up_exactly_one_is_told_yes() {
    let world = World::new();
    world.fund(1_000);
    let wallets = [world.wallet(), world.wallet()];
    let (sender, other) = (&wallets[0], &wallets[1]);
    let races = (0..30_u32).map(|number| async move {
        let order = order(&format!("p{number}"), stranger(number), 10);
        let (sender, other, given_up) = (sender.clone(), other.clone(), order.purpose.clone());
        let sending = tokio::spawn(async move { sender.send(&order).await });
        let voiding = tokio::spawn(async move {
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
            other.void(&given_up)
        });
        (sending.await.unwrap(), voiding.await.unwrap().unwrap())
    });
    for (number, (sent, voided)) in (0..).zip(join_all(races).await) {
        let arrived = world.waiting_for(&stranger(number));
        match (sent, voided) {
            (Ok(sent), Voiding::Sent(found)) => {
                assert_eq!((sent.hash, &*arrived), (found.hash, &[10][..]));
            }
            (Err(WalletError::Voided { .. }), Voiding::Void) => assert_eq!(arrived, [0_u128; 0]),
            other => panic!("{number}: {other:?}"),
        }
    }
}

/// The state file itself refuses, whatever a mistake above may do.
#[tokio::test]
async fn the_state_file_holds_a_block_or_a_void_and_never_both() {
    let world = World::new();
    world.fund(100);
    let wallet = world.wallet();
    wallet.send(&order("paid", stranger(1), 1)).await.unwrap();
    let voided = wallet
        .state()
        .write(|transaction| crate::state::voided::give_up(transaction, &purpose("paid")));
    assert!(voided.unwrap_err().to_string().contains("the purpose has a block"));
    let survey = wallet.survey(AccountIndex::MAIN).await.unwrap();
    let other = order("p", stranger(1), 1);
    let Attempt::Stored(stored) = wallet.sign(AccountIndex::MAIN, &survey, &intent(&other)).unwrap() else {
        panic!("it is signed")
    };
    let inserted = wallet.state().write(|transaction| {
        transaction.execute("DELETE FROM blocks WHERE sequence = ?1", [stored.sequence])?;
        crate::state::voided::give_up(transaction, &other.purpose)?;
        let again = crate::state::blocks::NewBlock {
            index: stored.index,
            block: &stored.block,
            signature: stored.signature,
            work: None,
            role: &stored.role,
            amount: stored.amount,
        };
        crate::state::blocks::insert(transaction, &again)
    });
    assert!(inserted.unwrap_err().to_string().contains("the purpose is void"));
}

fn intent(order: &crate::SendOrder) -> Intent {
    Intent::Send {
        purpose: order.purpose.clone(),
        to: order.to,
        amount: order.amount,
    }
}
