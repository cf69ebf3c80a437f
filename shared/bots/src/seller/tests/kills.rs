//! A worker that is killed at every point at which it speaks with anybody, and started again.

use std::time::Duration;

use nanoark_client::Hints;
use nanoark_domain::job::Status;
use nanoark_domain::payment::Finding;
use nanoark_nano::RawAmount;

use super::world::{Fuse, PRICE, World};
use crate::seller::Stop;

/// Beyond it a worker only asks for news.
const LAST_POINT: u64 = 140;

/// One job with a worker that is killed at this point, and one that goes on from there. Whether there is such a point.
async fn killed_at(point: u64, fails: bool) -> bool {
    let mut world = World::new();
    world.fails = fails;
    let fuse = Fuse::that_blows_at(point);
    let before = world.payer.balance();
    let (finding, owed) = if fails {
        (Finding::Confirmed, PRICE)
    } else {
        (Finding::Over, 7)
    };
    let paid = if fails { PRICE } else { PRICE + 7 };
    let buying = async {
        let job = world.buy(1, paid, Some(finding)).await;
        while world.find_refunds(job) == 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tokio::time::sleep(Duration::from_secs(400)).await;
        job
    };
    let working = async {
        let first = world.worker(1, &fuse);
        tokio::select! {
            () = fuse.blown() => {}
            ended = first.run(Hints::none(), Stop::never()) => panic!("it ended: {ended:?}"),
        }
        drop(first);
        let second = world.worker(1, &Fuse::new());
        second.run(Hints::none(), Stop::never()).await
    };
    let job = tokio::select! {
        job = tokio::time::timeout(Duration::from_secs(20_000), buying) => job.expect("the job hangs"),
        ended = working => panic!("it ended: {ended:?}"),
    };
    let expected = if fails { Status::Failed } else { Status::Delivered };
    assert_eq!(world.relay.job(job).status(), expected, "point {point}");
    let (begun, ended) = world.told.runs(job);
    assert!(
        begun <= 2 && ended == 1,
        "point {point}: {begun} runs began and {ended} ended"
    );
    assert_eq!(world.relay.view(job).refunds.owed, None, "point {point}");
    world.payer.receive_all().unwrap();
    let kept = before.checked_sub(world.payer.balance()).unwrap();
    assert_eq!(kept, RawAmount::from_raw(paid - owed), "point {point}");
    fuse.has_blown()
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_point_a_job_is_delivered_once_and_paid_back_once() {
    for fails in [false, true] {
        // Each point once: with one ending or with the other.
        for point in (u64::from(fails)..LAST_POINT).step_by(2) {
            assert!(killed_at(point, fails).await, "point {point} is never reached");
        }
    }
}
