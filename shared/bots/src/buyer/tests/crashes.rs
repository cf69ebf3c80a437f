//! Killed at every point at which anything goes out or comes in, and taken up again.

use std::time::Duration;

use nanoark_nano::RawAmount;

use super::relay::Quirks;
use super::world::{PRICE, Told, World, xno};
use crate::buyer::{Bought, Outcome, Patience, Progress, Proof, Until};

/// Runs a buyer until it is done or dies at the point after `points` others.
async fn run(world: &World, points: u64) -> Option<Bought> {
    world.fuse.arm(points);
    let buyer = world.buyer();
    let told = Told::default();
    // In two hours everything is over.
    let bought = tokio::time::timeout(
        Duration::from_secs(7_200),
        buyer.buy(world.wish(), Patience::until(Until::Over), &told),
    );
    tokio::select! {
        bought = bought => match bought {
            Ok(bought) => Some(bought.unwrap()),
            Err(_) => panic!("stuck, killed at {points}: {:?}", told.0.lock().unwrap()),
        },
        () = world.fuse.blown() => None,
    }
}

/// A world in which a buyer died after it had asked the wallet to send, and before that signed.
pub(super) async fn killed_before_signing() -> World {
    for points in 0.. {
        let world = World::new();
        assert!(run(&world, points).await.is_none(), "there is such a point");
        world.fuse.arm(u64::MAX);
        let purchases = world.buyer().book().purchases().unwrap();
        let is_paying = purchases
            .iter()
            .any(|purchase| matches!(purchase.progress, Progress::Paying { .. }));
        if is_paying && world.signed() == 0 {
            return world;
        }
    }
    panic!("there is such a point")
}

fn assert_bought_once(world: &World, bought: &Bought, killed: &[u64]) {
    let good = Outcome::Delivered { receipt: Proof::Good };
    assert_eq!(bought.purchase.progress.outcome(), Some(&good), "killed at {killed:?}");
    assert_eq!(world.signed(), 1, "killed at {killed:?}");
    assert_eq!(world.relay.jobs().len(), 1, "killed at {killed:?}");
    assert_eq!(world.key().balance(), xno(100 - PRICE), "killed at {killed:?}");
    let purchases = world.buyer().book().purchases().unwrap();
    assert_eq!(purchases.len(), 1, "killed at {killed:?}");
    assert_eq!(purchases[0].committed(), xno(PRICE), "killed at {killed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_purchase_killed_at_any_point_is_finished_with_one_job_and_one_payment() {
    let mut points = 0;
    loop {
        let world = World::new();
        if let Some(bought) = run(&world, points).await {
            assert_bought_once(&world, &bought, &[]);
            break;
        }
        let bought = run(&world, u64::MAX).await.unwrap();
        assert_bought_once(&world, &bought, &[points]);
        points += 1;
    }
    assert!(points >= 36, "only {points} points were found");
}

#[tokio::test(start_paused = true)]
async fn a_purchase_killed_again_and_again_is_finished_all_the_same() {
    for first in 0..40 {
        let world = World::new();
        let mut killed = vec![first];
        let mut bought = run(&world, first).await;
        // Every further process lives a little longer or shorter than the one before, and in the end long enough.
        for next in [3, 1, 7, 2, 5, 11, 0, 13] {
            if bought.is_none() {
                killed.push(next);
                bought = run(&world, next).await;
            }
        }
        let bought = match bought {
            Some(bought) => bought,
            None => run(&world, u64::MAX).await.unwrap(),
        };
        assert_bought_once(&world, &bought, &killed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_withdrawal_killed_at_any_point_pays_nothing_and_frees_its_budget() {
    let mut points = 0;
    loop {
        let world = World::new();
        world.relay.quirks(Quirks {
            quotes: Some(xno(6)),
            ..Quirks::default()
        });
        let whole = run(&world, points).await;
        let is_done = whole.is_some();
        let bought = match whole {
            Some(bought) => bought,
            None => run(&world, u64::MAX).await.unwrap(),
        };
        assert!(
            matches!(bought.purchase.progress, Progress::Ended { .. }),
            "killed at {points}"
        );
        assert_eq!((world.signed(), world.relay.jobs().len()), (0, 1), "killed at {points}");
        assert_eq!(bought.purchase.committed(), RawAmount::ZERO, "killed at {points}");
        if is_done {
            break;
        }
        points += 1;
    }
    assert!(points >= 8, "only {points} points were found");
}
