//! Dust: what anybody can send to an invoice account, and what a buyer sends who pays in odd sums.

use nanoark_bots::seller::{Count, OwnWord, Policy};
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;

use super::shop::{Shop, Terms};
use super::trade::{End, invoice};
use super::{FINAL, PRICE, minutes, price_minus, price_plus, raw};

/// More sends than are looked at of an account that nobody bothers.
const MANY: u128 = 20;

/// Somebody sends dust to the invoice account, which arrives before anything else.
async fn dust(shop: &Shop, job: &nanoark_client::wire::jobs::JobView) {
    let somebody = shop.stranger(60);
    for _ in 0..MANY {
        somebody.send(invoice(job), raw(1)).unwrap();
    }
    shop.pass(FINAL).await;
}

/// 31: dust in masses, with the payment unnamed behind it.
#[tokio::test(start_paused = true)]
async fn dust_does_not_hide_a_payment_from_the_worker() {
    for own_word in [OwnWord::After(nanoark_domain::time::Seconds(60)), OwnWord::Never] {
        let policy = Policy {
            own_word,
            ..Policy::default()
        };
        let shop = Shop::with(Terms {
            policy,
            ..Terms::default()
        })
        .await;
        let job = shop.accepted().await;
        dust(&shop, &job).await;
        shop.pass(minutes(1)).await;
        shop.pay(&job, PRICE).await;
        shop.until_delivered(&job).await;
        // By now the relay has found it all.
        shop.until(job.job_id, |job| job.payment.receipts.len() as u128 == MANY + 1)
            .await;
        let payer = shop.purse.account();
        assert_eq!(shop.ends([&job]).await, [End::delivered().and_back(payer, raw(MANY))]);
    }
}

/// 31: and when the work fails, the price goes back with all that lies beside it.
#[tokio::test(start_paused = true)]
async fn dust_does_not_keep_a_payment_from_going_back() {
    let shop = Shop::with(Terms {
        policy: Policy {
            own_word: OwnWord::Never,
            ..Policy::default()
        },
        ..Terms::failing()
    })
    .await;
    let job = shop.accepted().await;
    dust(&shop, &job).await;
    shop.pay(&job, PRICE).await;
    shop.until_ended(&job).await;
    let payer = shop.purse.account();
    assert_eq!(
        shop.ends([&job]).await,
        [End::failed().and_back(payer, price_plus(MANY))]
    );
}

/// 31: nor one that comes too late to be worked for.
#[tokio::test(start_paused = true)]
async fn dust_does_not_hide_a_late_payment_that_must_go_back() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    dust(&shop, &job).await;
    assert_eq!(shop.until_ended(&job).await.status, Status::Expired);
    shop.pass(minutes(10)).await;
    shop.pay(&job, PRICE).await;
    shop.until(job.job_id, |job| job.payment.status == PaymentStatus::Late)
        .await;
    let [end] = shop.ends([&job]).await;
    assert_eq!(end.total_back(), PRICE.raw() + MANY);
}

/// 33: a rounding buyer's last digits are too small to be received as income, and needed for the refund.
#[tokio::test(start_paused = true)]
async fn a_payment_that_was_completed_by_a_raw_is_paid_back_to_the_raw() {
    let shop = Shop::with(Terms::failing()).await;
    let job = shop.accepted().await;
    shop.pay_and_name(&job, price_minus(1)).await;
    shop.until(job.job_id, |job| job.payment.status == PaymentStatus::Short)
        .await;
    shop.pay_and_name(&job, raw(1)).await;
    shop.until_ended(&job).await;
    let payer = shop.purse.account();
    assert_eq!(shop.counted(&Count::RefundRefused), 0);
    assert_eq!(shop.ends([&job]).await, [End::failed().and_back(payer, PRICE)]);
}
