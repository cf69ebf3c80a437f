//! Several workers of one seller.

use std::sync::atomic::Ordering;
use std::time::Duration;

use nanoark_client::Hints;
use nanoark_domain::job::Status;
use nanoark_domain::payment::Finding;

use super::world::{Fuse, PRICE, World};
use crate::seller::{Stop, StopHandle};

/// Buys so many jobs while these workers run, one per machine named.
async fn share(machines: &[u8], jobs: u32) -> World {
    let world = World::new();
    let workers: Vec<_> = machines
        .iter()
        .map(|machine| world.worker(*machine, &Fuse::new()))
        .collect();
    let working = futures::future::join_all(workers.iter().map(|worker| worker.run(Hints::none(), Stop::never())));
    let buying = futures::future::join_all((0..jobs).map(|number| world.buy(number, PRICE, Some(Finding::Confirmed))));
    let all = async {
        let jobs = buying.await;
        for job in &jobs {
            world.until(*job, Status::Delivered).await;
        }
        jobs
    };
    let jobs = tokio::select! {
        jobs = tokio::time::timeout(Duration::from_secs(20_000), all) => jobs.expect("a job hangs"),
        ended = working => panic!("it ended: {ended:?}"),
    };
    for job in jobs {
        assert_eq!(world.told.runs(job), (1, 1));
    }
    world
}

#[tokio::test(start_paused = true)]
async fn a_worker_may_run_on_any_thread() {
    fn sendable<F: Send>(future: F) -> F {
        future
    }
    let world = World::new();
    let worker = world.worker(1, &Fuse::new());
    let (handle, stop) = StopHandle::new();
    handle.stop();
    let summary = sendable(worker.run(Hints::none(), stop)).await.unwrap();
    assert_eq!(summary, crate::seller::Summary::default());
}

#[tokio::test(start_paused = true)]
async fn many_jobs_run_at_once_up_to_the_limit() {
    let world = share(&[1], 12).await;
    assert_eq!(world.told.most_at_once.load(Ordering::SeqCst), 4);
}

#[tokio::test(start_paused = true)]
async fn processes_that_share_a_file_share_the_work() {
    let world = share(&[1, 1, 1], 12).await;
    assert!(world.told.most_at_once.load(Ordering::SeqCst) > 4);
}

#[tokio::test(start_paused = true)]
async fn machines_that_share_nothing_but_the_bot_share_the_work() {
    let world = share(&[1, 2], 8).await;
    assert!(world.told.most_at_once.load(Ordering::SeqCst) > 4);
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_tools_finish_or_gives_their_locks_back() {
    for (takes, expected) in [(50, Status::Delivered), (600, Status::Accepted)] {
        let mut world = World::new();
        world.takes = Duration::from_secs(takes);
        let worker = world.worker(1, &Fuse::new());
        let (handle, stop) = StopHandle::new();
        let (summary, job) = tokio::join!(worker.run(Hints::none(), stop), async {
            let job = world.buy(1, PRICE, Some(Finding::Confirmed)).await;
            world.until(job, Status::Running).await;
            handle.stop();
            job
        });
        assert_eq!(summary.unwrap().cut_short, 0);
        assert_eq!(world.relay.job(job).status(), expected, "{takes}");
        if expected == Status::Accepted {
            drop(worker);
            let next = world.worker(1, &Fuse::new());
            let delivered = || world.is_over(job);
            world.work_until(&next, delivered).await;
            assert_eq!(world.told.runs(job), (2, 1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_run_keeps_its_lock_and_a_dead_machines_job_goes_to_another_when_the_lease_lapses() {
    let mut world = World::new();
    world.takes = Duration::from_secs(1_500);
    let (one, two) = (world.worker(1, &Fuse::new()), world.worker(2, &Fuse::new()));
    let job = {
        let running = one.run(Hints::none(), Stop::never());
        let buying = async {
            let job = world.buy(1, PRICE, Some(Finding::Confirmed)).await;
            world.until(job, Status::Running).await;
            tokio::time::sleep(Duration::from_secs(900)).await;
            job
        };
        let fence = |job| world.relay.job(job).fence;
        tokio::select! {
            job = buying => {
                assert_eq!((world.told.runs(job), world.relay.job(job).status()), ((1, 0), Status::Running));
                assert!(fence(job).0 > 0);
                job
            }
            ended = running => panic!("it ended: {ended:?}"),
        }
    };
    let first_fence = world.relay.job(job).fence;
    world.work_until(&two, || world.is_over(job)).await;
    assert_eq!(world.relay.job(job).status(), Status::Delivered);
    assert!(world.relay.job(job).fence > first_fence);
    assert_eq!(world.told.runs(job), (2, 1));
}
