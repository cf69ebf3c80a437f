//! How much arrived, in how many sends.

use nanoark_bots::seller::{Count, Policy};
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;

use super::shop::{Shop, Terms};
use super::trade::End;
use super::{PRICE, minutes, price_minus, price_plus, raw};

/// 4: short by 1 raw.
#[tokio::test(start_paused = true)]
async fn one_raw_too_little_is_not_worked_for_and_paid_back_in_the_end() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    shop.pay_and_name(&job, price_minus(1)).await;
    shop.is_not_worked_on(&job).await;
    assert_eq!(shop.until_ended(&job).await.payment.status, PaymentStatus::Short);
    let payer = shop.purse.account();
    let back = End::without_work(Status::Expired).and_back(payer, price_minus(1));
    assert_eq!(shop.ends([&job]).await, [back]);
}

/// 5: over by 1 raw, or by very much.
#[tokio::test(start_paused = true)]
async fn what_is_too_much_is_worked_for_and_sent_back() {
    let shop = Shop::open().await;
    let (little, much) = (shop.accepted().await, shop.accepted().await);
    let fortune = 50 * 1_000 * PRICE.raw();
    shop.pay_and_name(&little, price_plus(1)).await;
    shop.pay_and_name(&much, price_plus(fortune)).await;
    shop.until_delivered(&little).await;
    shop.until_delivered(&much).await;
    let payer = shop.purse.account();
    let back = |amount| End::delivered().and_back(payer, raw(amount));
    assert_eq!(shop.ends([&little, &much]).await, [back(1), back(fortune)]);
}

/// 5: and when the work fails, all of it goes back at once.
#[tokio::test(start_paused = true)]
async fn what_is_too_much_for_work_that_fails_is_sent_back_with_the_price() {
    let shop = Shop::with(Terms::failing()).await;
    let job = shop.accepted().await;
    shop.pay_and_name(&job, price_plus(7)).await;
    shop.until_ended(&job).await;
    let payer = shop.purse.account();
    assert_eq!(shop.ends([&job]).await, [End::failed().and_back(payer, price_plus(7))]);
}

/// 6: two sends to one invoice.
#[tokio::test(start_paused = true)]
async fn a_second_payment_that_is_found_after_the_delivery_is_sent_back() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    shop.pay_and_name(&job, PRICE).await;
    shop.until_delivered(&job).await;
    shop.pass(minutes(1)).await;
    assert_eq!(shop.counted(&Count::Received), 1);
    // Nobody can name it; the relay's watch comes upon it.
    shop.pay(&job, PRICE).await;
    let found = |job: &nanoark_client::wire::jobs::JobView| job.payment.status == PaymentStatus::Duplicate;
    shop.until(job.job_id, found).await;
    let payer = shop.purse.account();
    assert_eq!(shop.ends([&job]).await, [End::delivered().and_back(payer, PRICE)]);
}

/// 7: two short sends that make exactly the price.
#[tokio::test(start_paused = true)]
async fn two_sends_that_make_the_price_are_worked_for() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    shop.pay(&job, raw(1)).await;
    shop.pay_and_name(&job, price_minus(1)).await;
    assert_eq!(shop.until_delivered(&job).await.payment.receipts.len(), 2);
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 7: the same, of which nobody is told: the worker finds them itself.
#[tokio::test(start_paused = true)]
async fn sends_that_nobody_names_are_worked_for_before_the_relay_has_seen_them() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    shop.pay(&job, price_minus(PRICE.raw() / 2)).await;
    shop.is_not_worked_on(&job).await;
    shop.pay(&job, raw(PRICE.raw() / 2)).await;
    let delivered = shop.until_delivered(&job).await;
    assert_eq!(delivered.payment.status, PaymentStatus::None);
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 33: a wallet that rounds and drops the last digits.
#[tokio::test(start_paused = true)]
async fn a_rounded_payment_is_worked_for_once_its_last_digits_follow() {
    let shop = Shop::with(Terms {
        price: price_plus(123_457),
        policy: Policy {
            // Without a word of its own the worker waits for the relay's.
            own_word: nanoark_bots::seller::OwnWord::Never,
            ..Policy::default()
        },
        ..Terms::default()
    })
    .await;
    let job = shop.accepted().await;
    shop.pay_and_name(&job, PRICE).await;
    shop.is_not_worked_on(&job).await;
    shop.pay_and_name(&job, raw(123_457)).await;
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}
