//! One worker at a time: leases, takeovers, late deliveries, and the numbers that fence off who came too late.

use std::time::Duration;

use nanoark_client::wire::jobs::{JobLocked, LockJob};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;

use crate::calls::{BUYER, SELLER, Stage, Standing, bring, job_call};
use crate::world::{Deal, World};

async fn lock(deal: &Deal<'_>, job_id: JobId, lease: u32) -> JobLocked {
    let lock = LockJob {
        lease_seconds: Some(Seconds(lease)),
        payment_verified_by_seller: false,
    };
    deal.seller.lock_job(&deal.key(), job_id, &lock).await.unwrap().value
}

/// What this token can do now: nothing, or everything.
async fn is_lost(deal: &Deal<'_>, job_id: JobId, token: &str) {
    let standing = Standing {
        job_id,
        token: token.to_owned(),
    };
    for function in ["renew-lock", "release-lock", "deliver-job"] {
        let draft = job_call(deal, &standing, function, SELLER, 900).await;
        deal.world
            .refused(function, draft.signed(deal.world), Code::LockLost)
            .await;
    }
}

#[tokio::test]
async fn a_lease_is_never_shared_and_can_be_taken_over_when_it_has_lapsed() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.paid(1).await.job_id;
    let one = lock(&deal, job_id, 60).await;
    let standing = Standing {
        job_id,
        token: one.lock_token.clone(),
    };
    for wait in [0, 30_000, 29_999] {
        world.pass(Duration::from_millis(wait));
        let draft = job_call(&deal, &standing, "lock-job", SELLER, 1).await;
        let problem = world.refused("held", draft.signed(&world), Code::Locked).await;
        assert_eq!(problem["lease_expires_at"], serde_json::json!(one.lease_expires_at));
    }
    world.pass(Duration::from_millis(1));
    let two = lock(&deal, job_id, 60).await;
    assert!(two.fence > one.fence && two.lock_token != one.lock_token);
    is_lost(&deal, job_id, &one.lock_token).await;
    let job = deal.deliver(job_id, &two.lock_token).await;
    assert_eq!(job.status, Status::Delivered);
}

#[tokio::test]
async fn a_late_worker_still_delivers_unless_somebody_locked_since() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.paid(1).await.job_id;
    let token = deal.lock(job_id).await;
    world.pass(Duration::from_secs(3_600));
    assert_eq!(deal.deliver(job_id, &token).await.status, Status::Delivered);

    let job_id = deal.paid(2).await.job_id;
    let late = deal.lock(job_id).await;
    world.pass(Duration::from_secs(3_600));
    let other = deal.lock(job_id).await;
    is_lost(&deal, job_id, &late).await;
    // Not even after the other's lease has lapsed too.
    world.pass(Duration::from_secs(3_600));
    is_lost(&deal, job_id, &late).await;
    assert_eq!(deal.fail(job_id, &other).await.status, Status::Failed);
}

#[tokio::test]
async fn a_renewed_lease_counts_from_the_renewal_even_when_it_had_lapsed() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.paid(1).await.job_id;
    let locked = lock(&deal, job_id, 30).await;
    let mut fence = locked.fence;
    for wait in [29, 31, 300] {
        world.pass(Duration::from_secs(wait));
        let renewed = deal
            .seller
            .renew_lock(&deal.key(), job_id, &locked.lock_token, Some(Seconds(30)))
            .await
            .unwrap()
            .value;
        assert_eq!(renewed.lease_expires_at, world.now().plus(Seconds(30)));
        let seen = deal.seller.job(job_id).await.unwrap().value.lock.unwrap();
        assert_eq!((seen.fence, seen.lease_expires_at), (fence, renewed.lease_expires_at));
        fence = seen.fence;
    }
    // The buyer sees that somebody works, and nothing of the lock.
    let seen = deal.job(job_id).await;
    assert_eq!((seen.status, seen.lock), (Status::Running, None));
}

#[tokio::test]
async fn a_lock_that_was_given_back_is_free_at_once_and_every_lock_has_a_greater_fence() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.paid(1).await.job_id;
    let mut fences = Vec::new();
    for _ in 0..5 {
        let locked = lock(&deal, job_id, 60).await;
        fences.push(locked.fence);
        deal.seller
            .release_lock(&deal.key(), job_id, &locked.lock_token)
            .await
            .unwrap();
        assert_eq!(deal.job(job_id).await.status, Status::Accepted);
        // In the same millisecond there is no greater fence yet.
        let standing = Standing {
            job_id,
            token: locked.lock_token.clone(),
        };
        let again = job_call(&deal, &standing, "lock-job", SELLER, fences.len() as u32).await;
        world
            .refused("at once", again.signed(&world), Code::ConcurrentRequest)
            .await;
        world.pass(Duration::from_millis(1));
        // What was given back opens nothing any more.
        let release = job_call(&deal, &standing, "release-lock", SELLER, 900).await;
        world.refused("twice", release.signed(&world), Code::WrongState).await;
    }
    assert!(fences.is_sorted_by(|one, next| one < next), "{fences:?}");
    // A clock that is behind gives no smaller fence.
    world.set_clock(world.now().minus(Seconds(2)));
    let standing = bring_back(job_id);
    let behind = job_call(&deal, &standing, "lock-job", SELLER, 50).await;
    world
        .refused("a clock behind", behind.signed(&world), Code::ConcurrentRequest)
        .await;
}

fn bring_back(job_id: JobId) -> Standing {
    Standing {
        job_id,
        token: "00".repeat(16),
    }
}

#[tokio::test]
async fn a_seller_may_begin_on_its_own_word_and_the_record_says_so() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let standing = bring(&deal, Stage::Accepted, 1).await;
    let plain = job_call(&deal, &standing, "lock-job", SELLER, 1).await.with_body("");
    world
        .refused("unpaid", plain.signed(&world), Code::PaymentNotConfirmed)
        .await;
    let token = crate::calls::lock_unpaid(&deal, standing.job_id).await;
    let job = deal.deliver(standing.job_id, &token).await;
    assert_eq!(
        (job.status, job.payment.status),
        (Status::Delivered, PaymentStatus::None)
    );
    assert_eq!(job.receipt.as_ref().unwrap().payment_hash, None);
    nanoark_client::verify_receipt(&job).unwrap();
    let locked = job
        .history
        .iter()
        .find(|entry| entry.event.as_str() == "locked")
        .unwrap();
    assert!(
        locked
            .detail
            .as_ref()
            .unwrap()
            .contains("payment verified by the seller")
    );
}

#[tokio::test]
async fn a_buyer_can_cancel_what_waits_and_not_what_is_being_done() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.paid(1).await.job_id;
    let token = deal.lock(job_id).await;
    let standing = Standing { job_id, token };
    let cancel = job_call(&deal, &standing, "cancel-job", BUYER, 1).await;
    world.refused("running", cancel.signed(&world), Code::WrongState).await;
    deal.seller
        .release_lock(&deal.key(), job_id, &standing.token)
        .await
        .unwrap();
    world.done("given back", cancel.signed(&world)).await;
    assert!(deal.job(job_id).await.refunds.owed.is_some());
}
