//! How much arrived, in how many sends.

use nanoark_domain::payment::{OwedReason, PaymentStatus};

use super::{CONFIRMED, later, minutes, price_plus, raw, two_of_three, verdict};
use crate::world::{Deal, PRICE, World, xno};

/// 4: short by 1 raw.
#[tokio::test]
async fn one_raw_too_little_is_short() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let hash = deal.pay(&job, raw(PRICE.raw() - 1));
    let job = deal.name(job.job_id, hash).await;
    assert_eq!(verdict(&job), (PaymentStatus::Short, None));
    let refused = deal.seller.lock_job(&deal.key(), job.job_id, &Default::default()).await;
    assert_eq!(
        refused.unwrap_err().code(),
        Some(nanoark_http::problem::Code::PaymentNotConfirmed)
    );
}

/// 5: over by 1 raw, or by very much.
#[tokio::test]
async fn what_is_too_much_pays_and_is_owed_back() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    for (number, more) in [(1, 1), (2, xno("50").raw())] {
        let job = deal.accepted(number).await;
        let hash = deal.pay(&job, price_plus(more));
        let job = deal.name(job.job_id, hash).await;
        assert_eq!(verdict(&job), (PaymentStatus::Over, None));
        let owed = job.refunds.owed.as_ref().unwrap();
        assert_eq!((owed.amount_raw, owed.reason), (raw(more), OwedReason::Over));
        assert_eq!(owed.to, deal.purse.account());
        // Work may begin all the same.
        deal.lock(job.job_id).await;
    }
}

/// 6: two sends to one invoice: a second payment is owed back, a top-up completes.
#[tokio::test]
async fn a_second_full_payment_is_owed_back_and_a_top_up_completes() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;

    let job = deal.paid(1).await;
    let again = deal.pay(&job, PRICE);
    // Nobody names it: the buyer cannot, and the watch finds it.
    later(&world, minutes(65)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!(verdict(&job), (PaymentStatus::Duplicate, None));
    assert_ne!(job.payment.block_hash, Some(again));
    let owed = job.refunds.owed.as_ref().unwrap();
    assert_eq!((owed.amount_raw, owed.reason), (PRICE, OwedReason::Duplicate));

    let job = deal.accepted(2).await;
    let first = deal.pay(&job, raw(PRICE.raw() - 7));
    assert_eq!(deal.name(job.job_id, first).await.payment.status, PaymentStatus::Short);
    let second = deal.pay(&job, raw(7));
    let job = deal.name(job.job_id, second).await;
    assert_eq!(verdict(&job), CONFIRMED);
    assert_eq!(job.payment.receipts.len(), 2);
}

/// 7: two short sends that make exactly the price.
#[tokio::test]
async fn the_exact_sum_of_two_short_sends_is_the_price() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let first = deal.pay(&job, raw(1));
    let second = deal.pay(&job, raw(PRICE.raw() - 1));
    // One of them is named; before the buyer is told that it is short, the other is found.
    let job = deal.name(job.job_id, first).await;
    assert_eq!(verdict(&job), CONFIRMED);
    let hashes: Vec<_> = job.payment.receipts.iter().map(|receipt| receipt.hash).collect();
    assert!(hashes.contains(&first) && hashes.contains(&second) && hashes.len() == 2);
    assert_eq!(job.refunds.owed, None);
}

/// 33: a wallet that rounds and drops the last digits.
#[tokio::test]
async fn a_rounded_payment_is_short_by_the_digits_it_dropped_and_can_be_completed() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let price = xno("0.001000000000000000000000123457");
    let job = deal.accepted_at(1, price).await;
    let rounded = deal.pay(&job, xno("0.001"));
    let job = deal.name(job.job_id, rounded).await;
    assert_eq!(verdict(&job), (PaymentStatus::Short, None));
    let rest = price.checked_sub(job.payment.receipts[0].amount).unwrap();
    assert_eq!(rest, raw(123_457));
    let rest = deal.pay(&job, rest);
    assert_eq!(verdict(&deal.name(job.job_id, rest).await), CONFIRMED);
}
