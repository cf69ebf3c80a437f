//! Money that nobody names, or that arrives beside a block that was named wrongly: the watch over the invoice account
//! finds it, and nothing that a third party can send keeps it from being found.

use nanoark_domain::job::{Event, Status};
use nanoark_domain::payment::{OwedReason, PaymentStatus};
use nanoark_nano::BlockHash;
use nanoark_testkit::nano_ledger::{BlockLie, malleated};

use super::{CONFIRMED, WRONG_ACCOUNT, count, later, minutes, raw, two_of_three, verdict};
use crate::world::{Deal, PRICE};

#[tokio::test]
async fn a_payment_that_nobody_names_is_found_when_the_quote_expires() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let hash = deal.pay(&job, PRICE);
    later(&world, minutes(16)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!((verdict(&job), job.payment.block_hash), (CONFIRMED, Some(hash)));
    assert!(job.payment.receipts[0].in_time);
    // It belongs to this job now, as if it had been named.
    let other = deal.accepted(2).await;
    assert_eq!(
        deal.name_refused(other.job_id, hash).await,
        nanoark_http::problem::Code::BlockUsed
    );
}

#[tokio::test]
async fn the_right_payment_counts_although_a_wrong_block_was_named_for_it() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let (job, second) = (deal.accepted(1).await, deal.accepted(2).await);
    let wrong = deal.purse.send(deal.purse.account(), PRICE).unwrap().block.hash();
    let right = deal.pay(&job, PRICE);
    let judged = deal.name(job.job_id, wrong).await;
    assert_eq!((verdict(&judged), judged.payment.block_hash), (CONFIRMED, Some(right)));

    // And if the right one comes only after the verdict, but in time, before the job expires for want of it.
    assert_eq!(verdict(&deal.name(second.job_id, wrong).await), WRONG_ACCOUNT);
    later(&world, minutes(10)).await;
    deal.pay(&second, PRICE);
    later(&world, minutes(25)).await;
    let second = deal.job(second.job_id).await;
    assert_eq!((second.status, verdict(&second)), (Status::Accepted, CONFIRMED));
}

/// A block that was named and never comes is waited for; the money that did come is not forgotten meanwhile.
#[tokio::test]
async fn money_beside_a_block_that_never_comes_is_owed_back() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    deal.name(job.job_id, BlockHash::from_bytes([9; 32])).await;
    let short = deal.pay(&job, raw(5));
    later(&world, minutes(26 * 60)).await;
    let late = deal.pay(&job, raw(6));
    // Found after a quarter of the time since the quote expired, at the latest.
    later(&world, minutes(7 * 60)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!(
        (job.status, job.payment.status),
        (Status::Expired, PaymentStatus::Short)
    );
    let receipts: Vec<BlockHash> = job.payment.receipts.iter().map(|receipt| receipt.hash).collect();
    assert_eq!(receipts, [short, late]);
    let owed = job.refunds.owed.unwrap();
    assert_eq!((owed.amount_raw, owed.reason), (raw(11), OwedReason::Expired));
}

/// Nodes confirm a block whose signature is not in canonical form, and the relay does not verify such a one. Sent as dust by
/// anybody, it must not keep the relay from seeing the rest.
#[tokio::test]
async fn dust_that_cannot_be_judged_does_not_hide_a_payment() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let invoice = job.quote.as_ref().unwrap().invoice_account;
    let mut dust = world.wallet(60).build_send(invoice, raw(1)).unwrap();
    dust.signature = malleated(&dust.signature);
    world.ledger.process(&dust).unwrap();
    let hash = deal.pay(&job, PRICE);
    later(&world, minutes(16)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!((verdict(&job), job.payment.block_hash), (CONFIRMED, Some(hash)));
    assert_eq!(job.payment.receipts.len(), 1);
}

/// When a block was seen first is the nodes' word like `confirmed`: one of three that sets it back makes no payment one
/// from before its quote, and none that was late one in time.
#[tokio::test]
async fn one_node_that_lies_about_time_decides_nothing() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let (job, late) = (deal.accepted(1).await, deal.accepted(2).await);
    let lie = |seconds| BlockLie {
        local_timestamp: Some(seconds),
        ..BlockLie::default()
    };
    let hash = deal.pay(&job, PRICE);
    world.nodes[1].node().faults().lie(hash, lie(1));
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), CONFIRMED);

    later(&world, minutes(40)).await;
    let hash = deal.pay(&late, PRICE);
    let in_time = late.quote.as_ref().unwrap().expires_at.as_seconds();
    world.nodes[1].node().faults().lie(hash, lie(in_time));
    let late = deal.name(late.job_id, hash).await;
    assert_eq!(verdict(&late), (PaymentStatus::Late, None));
}

/// Whatever the watch finds again, it writes nothing: the parties see no change, and the history does not grow.
#[tokio::test]
async fn a_watch_that_finds_nothing_new_leaves_no_trace() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.paid(1).await;
    later(&world, minutes(5 * 60)).await;
    let seen = deal.job(job.job_id).await;
    assert_eq!(count(&seen, Event::PaymentJudged), 1);
    assert_eq!(seen.payment, job.payment);
}
