//! When it was paid, when it was confirmed, and what had become of the job meanwhile.

use nanoark_domain::job::{ExpiryReason, Status};
use nanoark_domain::payment::{OwedReason, PaymentStatus, RejectReason};
use nanoark_testkit::nano_ledger::Hold;

use super::{CONFIRMED, FINAL, OPEN, later, minutes, rejected, two_of_three, verdict};
use crate::world::{Deal, PRICE};

/// 26: paid before the quote existed, to an account that was used before.
#[tokio::test]
async fn a_send_from_before_the_quote_pays_no_part_of_it() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let invoice = deal.invoice_key(1).public();
    let old = deal.purse.send(invoice, PRICE).unwrap().block.hash();
    later(&world, minutes(10)).await;
    let job = deal.accepted(1).await;
    let judged = deal.name(job.job_id, old).await;
    assert_eq!(verdict(&judged), rejected(RejectReason::PredatesQuote));
    assert!(judged.payment.receipts.is_empty());
    // Nor does it count beside a payment.
    let hash = deal.pay(&job, PRICE);
    let job = deal.name(job.job_id, hash).await;
    assert_eq!((verdict(&job), job.refunds.owed), (CONFIRMED, None));
}

/// 27: paid in time, confirmed late.
#[tokio::test]
async fn what_was_paid_in_time_counts_whenever_it_is_confirmed() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    world.ledger.hold(Hold::Everything);
    let job = deal.accepted(1).await;
    later(&world, minutes(10)).await;
    let hash = deal.pay(&job, PRICE);
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), OPEN);
    // The nodes forget when they saw it, as after a bootstrap; the relay has it on record.
    world.ledger.set_local_timestamp(&hash, 0);
    later(&world, minutes(120)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!((job.status, verdict(&job)), (Status::Accepted, OPEN));

    world.ledger.release(Hold::Everything);
    later(&world, minutes(65)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!((job.status, verdict(&job)), (Status::Accepted, CONFIRMED));
    assert!(job.payment.receipts[0].in_time);
    deal.lock(job.job_id).await;
}

/// 28: paid after the quote expired.
#[tokio::test]
async fn what_comes_too_late_is_late_and_owed_back() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let (named, unnamed) = (deal.accepted(1).await, deal.accepted(2).await);
    later(&world, minutes(40)).await;
    let hash = deal.pay(&named, PRICE);
    deal.pay(&unnamed, PRICE);
    deal.name(named.job_id, hash).await;
    // One is named; the other is found by the watch, which is slow by now.
    later(&world, minutes(65)).await;
    for job in [named, unnamed] {
        let job = deal.job(job.job_id).await;
        assert_eq!(
            (job.status, job.expiry_reason),
            (Status::Expired, Some(ExpiryReason::NotPaid))
        );
        assert_eq!(verdict(&job), (PaymentStatus::Late, None));
        let owed = job.refunds.owed.unwrap();
        assert_eq!(
            (owed.amount_raw, owed.to, owed.reason),
            (PRICE, deal.purse.account(), OwedReason::Late)
        );
    }
}

/// 29: paid to a cancelled job.
#[tokio::test]
async fn what_is_paid_to_a_cancelled_job_is_owed_back() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let (named, unnamed) = (deal.accepted(1).await, deal.accepted(2).await);
    for job in [&named, &unnamed] {
        deal.buyer.cancel_job(&deal.key(), job.job_id, None).await.unwrap();
        deal.pay(job, PRICE);
    }
    let hash = world.ledger.head(&deal.purse.account()).unwrap().frontier;
    deal.name(unnamed.job_id, hash).await;
    later(&world, minutes(20)).await;
    for job in [named, unnamed] {
        let job = deal.job(job.job_id).await;
        assert_eq!((job.status, verdict(&job)), (Status::Cancelled, CONFIRMED));
        let owed = job.refunds.owed.unwrap();
        assert_eq!((owed.amount_raw, owed.reason), (PRICE, OwedReason::Cancelled));
    }
}

/// 34: nodes that drop an unconfirmed block from their backlog.
#[tokio::test]
async fn a_dropped_block_counts_from_when_it_was_seen_if_it_comes_back() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    world.ledger.hold(Hold::Everything);
    let hash = deal.pay(&job, PRICE);
    let block = world.ledger.block(&hash).unwrap();
    let seen = deal.name(job.job_id, hash).await.payment.first_seen_at;
    assert!(seen.is_some());
    world.ledger.roll_back(&hash);
    later(&world, minutes(60)).await;
    assert_eq!(verdict(&deal.job(job.job_id).await), OPEN);

    world.ledger.release(Hold::Everything);
    world.ledger.process(&block).unwrap();
    world.pass(FINAL);
    later(&world, minutes(65)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!(verdict(&job), CONFIRMED);
    assert!(job.payment.receipts[0].in_time && Some(job.payment.receipts[0].seen_at) <= seen);
}

/// A block that never comes is given up in the end, and the job with it.
#[tokio::test]
async fn a_block_that_never_comes_is_rejected_after_a_day_and_the_job_expires() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    world.ledger.hold(Hold::Everything);
    let hash = deal.pay(&job, PRICE);
    deal.name(job.job_id, hash).await;
    world.ledger.roll_back(&hash);
    later(&world, minutes(26 * 60)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!(job.status, Status::Expired);
    assert_eq!(verdict(&job), rejected(RejectReason::NotFound));
    assert!(job.refunds.owed.is_none());
}
