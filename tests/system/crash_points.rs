//! A function that loses its database or its queue at any call: the verdict still comes, once, and each block is claimed
//! by the job it pays and by no other.
//!
//! The SDK tries a call again by itself; three faults in a row are more than its patience.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nanoark_client::wire::jobs::JobView;
use nanoark_domain::job::Event;
use nanoark_http::problem::Code;
use nanoark_testkit::dynamodb::Fault;
use nanoark_testkit::nano_ledger::Hold;
use nanoark_testkit::outage::Lost;

use crate::payments::{CONFIRMED, OPEN, WRONG_ACCOUNT, count, later, minutes, verdict};
use crate::undecided::{CHECKS, drain};
use crate::world::{Deal, PRICE, World};

/// Every fault, each with how often it strikes in a row: once, which the SDK may smooth over, and beyond its patience.
const FAULTS: [(Fault, usize); 10] = [
    (Fault::Throttle, 3),
    (Fault::TransactionConflict, 1),
    (Fault::TransactionConflict, 3),
    (Fault::TransactionThrottled, 3),
    (Fault::TransactionInProgress, 1),
    (Fault::TimeoutBeforeCommit, 3),
    (Fault::TimeoutAfterCommit, 1),
    (Fault::TimeoutAfterCommit, 3),
    (Fault::InternalError, 1),
    (Fault::InternalError, 3),
];

/// Lets the function's calls fail from the one with this number on, counted from 0 and from now.
fn strike(world: &World, function: &str, call: usize, (fault, times): (Fault, usize)) {
    let calls = Arc::new(AtomicUsize::new(0));
    let faults = world.faults(function);
    faults.clear();
    faults.when(times, fault, move |_| calls.fetch_add(1, Ordering::SeqCst) >= call);
}

/// That every fault has struck: otherwise the test tests nothing.
fn all_struck(world: &World, function: &str, case: &str) {
    assert_eq!(world.faults(function).outstanding(), 0, "{case}: there is no such call");
}

/// That the job is paid by one verdict, and that its block pays nobody else.
async fn is_paid_once(deal: &Deal<'_>, job: &JobView, other: &JobView, case: &str) {
    let job = deal.job(job.job_id).await;
    assert_eq!(verdict(&job), CONFIRMED, "{case}");
    assert_eq!(count(&job, Event::PaymentJudged), 1, "{case}");
    let hash = job.payment.block_hash.unwrap();
    assert_eq!(deal.name_refused(other.job_id, hash).await, Code::BlockUsed, "{case}");
}

/// Plays every case in a world of its own, all at the same time: what takes time is the SDK's waiting.
async fn in_parallel<Cases: Future<Output = ()>>(cases: impl Iterator<Item = Cases>) {
    futures::future::join_all(cases).await;
}

#[tokio::test]
async fn the_verifier_may_lose_its_database_at_any_call() {
    in_parallel(FAULTS.into_iter().map(async |fault| {
        let world = World::new().await;
        let deal = Deal::new(&world).await;
        let other = deal.accepted(100).await;
        // Seen unconfirmed: read, note; confirmed: read, judge.
        for call in 0..4 {
            let case = format!("{fault:?} at call {call}");
            let job = deal.accepted(1 + call as u32).await;
            world.ledger.hold(Hold::Everything);
            let hash = deal.pay(&job, PRICE);
            strike(&world, "verify-payment", call, fault);
            deal.name(job.job_id, hash).await;
            world.ledger.release(Hold::Everything);
            drain(&world).await;
            all_struck(&world, "verify-payment", &case);
            is_paid_once(&deal, &job, &other, &case).await;
        }
    }))
    .await;
}

#[tokio::test]
async fn a_block_that_is_not_the_jobs_is_given_back_whatever_is_lost() {
    in_parallel(FAULTS.into_iter().map(async |fault| {
        let world = World::new().await;
        let (victim, stranger) = (Deal::new(&world).await, Deal::between(&world, 3, 4).await);
        // Read, watch, judge with the claim that is given back.
        for call in 0..3 {
            let case = format!("{fault:?} at call {call}");
            let number = 1 + call as u32;
            let (job, bait) = (victim.accepted(number).await, stranger.accepted(number).await);
            let hash = victim.pay(&job, PRICE);
            strike(&world, "verify-payment", call, fault);
            stranger.name(bait.job_id, hash).await;
            drain(&world).await;
            all_struck(&world, "verify-payment", &case);
            assert_eq!(verdict(&stranger.job(bait.job_id).await), WRONG_ACCOUNT, "{case}");
            victim.name(job.job_id, hash).await;
            is_paid_once(&victim, &job, &victim.accepted(100 + number).await, &case).await;
        }
    }))
    .await;
}

#[tokio::test]
async fn the_watch_may_lose_its_database_at_any_call() {
    let lasting = FAULTS.into_iter().filter(|(_, times)| *times > 1);
    in_parallel(lasting.map(async |fault| {
        let world = World::new().await;
        let deal = Deal::new(&world).await;
        let other = deal.accepted(100).await;
        // How many shards of the index are asked, and then: read, judge with the claim that is taken.
        world.calls("reconcile-payments").clear();
        world.trigger("reconcile-payments").await;
        let shards = world.calls("reconcile-payments").count();
        for (number, call) in (1..).zip([0, shards, shards + 1]) {
            let case = format!("{fault:?} at call {call} of {}", shards + 2);
            let job = deal.accepted(number).await;
            deal.pay(&job, PRICE);
            world.pass(minutes(16));
            strike(&world, "reconcile-payments", call, fault);
            // A run fails; the next one, five minutes later, finds what that one left.
            for _ in 0..5 {
                world.settle().await;
                world.pass(minutes(5));
            }
            all_struck(&world, "reconcile-payments", &case);
            is_paid_once(&deal, &job, &other, &case).await;
        }
    }))
    .await;
}

#[tokio::test]
async fn a_change_reaches_the_queue_although_the_queue_was_away() {
    in_parallel([Lost::Request, Lost::Answer].into_iter().map(async |lost| {
        let world = World::new().await;
        let deal = Deal::new(&world).await;
        let other = deal.accepted(100).await;
        for (number, times) in (1..).zip([1, 3, 7]) {
            let case = format!("{lost:?}, {times} times");
            let job = deal.accepted(number).await;
            let hash = deal.pay(&job, PRICE);
            world.queue_outage("relay-job-changes").next(times, lost);
            deal.name(job.job_id, hash).await;
            // The stream tries again, a second later and then more slowly.
            for _ in 0..20 {
                world.pass(std::time::Duration::from_secs(1));
                world.settle().await;
            }
            drain(&world).await;
            assert_eq!(world.queue_outage("relay-job-changes").outstanding(), 0, "{case}");
            is_paid_once(&deal, &job, &other, &case).await;
        }
    }))
    .await;
}

/// The verifier itself queues the next check; if it cannot, the message that it works on comes back.
#[tokio::test]
async fn a_check_that_cannot_be_queued_again_comes_back_by_itself() {
    in_parallel([Lost::Request, Lost::Answer].into_iter().map(async |lost| {
        let world = World::new().await;
        let deal = Deal::new(&world).await;
        let (job, other) = (deal.accepted(1).await, deal.accepted(100).await);
        world.ledger.hold(Hold::Everything);
        let hash = deal.pay(&job, PRICE);
        world.queue_outage("verify-payment").next(3, lost);
        assert_eq!(verdict(&deal.name(job.job_id, hash).await), OPEN);
        assert_eq!(world.queue_outage("verify-payment").outstanding(), 0);
        world.ledger.release(Hold::Everything);
        drain(&world).await;
        is_paid_once(&deal, &job, &other, &format!("{lost:?}")).await;
    }))
    .await;
}

/// A change that the stream had to give up leaves no check behind, and its job is found by the watch.
#[tokio::test]
async fn a_check_that_is_lost_is_made_up_for_by_the_watch() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let (job, other) = (deal.accepted(1).await, deal.accepted(100).await);
    world.ledger.hold(Hold::Everything);
    let hash = deal.pay(&job, PRICE);
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), OPEN);
    world.stack.queues().purge(CHECKS).unwrap();
    world.ledger.release(Hold::Everything);
    later(&world, minutes(66)).await;
    is_paid_once(&deal, &job, &other, "by the watch").await;
}
