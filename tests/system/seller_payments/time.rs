//! When it was paid, when it was confirmed, and what had become of the job meanwhile.

use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use nanoark_testkit::nano_ledger::Hold;

use super::shop::{Shop, Terms};
use super::trade::{End, invoice};
use super::{FINAL, PRICE, minutes};

/// 26: paid before the quote existed.
#[tokio::test(start_paused = true)]
async fn an_account_that_holds_money_already_is_not_quoted() {
    let mut shop = Shop::closed(Terms::default()).await;
    let guessed = shop.sellers(1).account();
    shop.purse.send(guessed, PRICE).unwrap();
    shop.pass(minutes(10)).await;
    shop.start_worker();
    shop.find_offer().await;
    let job = shop.accepted().await;
    assert_eq!(invoice(&job), shop.sellers(2).account());
    shop.is_not_worked_on(&job).await;
    shop.pay_and_name(&job, PRICE).await;
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 27: paid in time, confirmed late.
#[tokio::test(start_paused = true)]
async fn what_was_paid_in_time_is_worked_for_whenever_it_is_confirmed() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    shop.ledger.hold(Hold::Everything);
    shop.pass(minutes(4)).await;
    let hash = shop.pay_and_name(&job, PRICE).await;
    shop.pass(minutes(1)).await;
    // The nodes forget when they saw it, as after a bootstrap; the relay has it on record.
    shop.ledger.set_local_timestamp(&hash, 0);
    shop.pass(minutes(60)).await;
    assert_eq!(
        (shop.job(job.job_id).await.status, shop.runs(&job)),
        (Status::Accepted, 0)
    );
    shop.ledger.release(Hold::Everything);
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 28: paid after the time to pay was over, named or not.
#[tokio::test(start_paused = true)]
async fn what_comes_too_late_is_sent_back_and_not_worked_for() {
    let shop = Shop::open().await;
    let (named, unnamed) = (shop.accepted().await, shop.accepted().await);
    shop.pass(minutes(40)).await;
    shop.pay_and_name(&named, PRICE).await;
    shop.pay(&unnamed, PRICE).await;
    let is_late = |job: &nanoark_client::wire::jobs::JobView| job.payment.status == PaymentStatus::Late;
    shop.until(named.job_id, is_late).await;
    shop.until(unnamed.job_id, is_late).await;
    let payer = shop.purse.account();
    let back = End::without_work(Status::Expired).and_back(payer, PRICE);
    assert_eq!(shop.ends([&named, &unnamed]).await, [back.clone(), back]);
}

/// 29: paid to a cancelled job, named or not.
#[tokio::test(start_paused = true)]
async fn what_is_paid_to_a_cancelled_job_is_sent_back() {
    let shop = Shop::open().await;
    let (named, unnamed) = (shop.accepted().await, shop.accepted().await);
    shop.cancel(&named).await;
    shop.cancel(&unnamed).await;
    shop.pay_and_name(&named, PRICE).await;
    shop.pay(&unnamed, PRICE).await;
    for job in [&named, &unnamed] {
        shop.until(job.job_id, |job| !job.payment.receipts.is_empty()).await;
    }
    let payer = shop.purse.account();
    let back = End::without_work(Status::Cancelled).and_back(payer, PRICE);
    assert_eq!(shop.ends([&named, &unnamed]).await, [back.clone(), back]);
}

/// 34: nodes that drop an unconfirmed block from their backlog.
#[tokio::test(start_paused = true)]
async fn a_dropped_block_is_worked_for_when_it_comes_back() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    shop.ledger.hold(Hold::Everything);
    let hash = shop.pay_and_name(&job, PRICE).await;
    shop.pass(minutes(1)).await;
    let block = shop.ledger.block(&hash).unwrap();
    shop.ledger.roll_back(&hash);
    shop.is_not_worked_on(&job).await;
    shop.ledger.release(Hold::Everything);
    shop.ledger.process(&block).unwrap();
    shop.pass(FINAL).await;
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}
