//! Who paid, who is paid back, and how accounts are written.

use nanoark_bots::seller::Count;
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use serde_json::{Value, json};

use super::shop::{Shop, Terms};
use super::trade::{End, invoice};
use super::{FINAL, PRICE, minutes, raw};

/// 17: `xrb_`, `nano-` and `xrb-` addresses.
#[tokio::test(start_paused = true)]
async fn an_account_in_another_spelling_is_the_same_account() {
    for prefix in ["xrb_", "nano-", "xrb-"] {
        let shop = Shop::with(Terms::failing()).await;
        let wanted = shop.stranger(61).account();
        // Everything that the worker is shown is spelt so.
        shop.tale.tell(move |job| {
            job["refund_account"] = spelt(&job["refund_account"], prefix);
            if job["quote"].is_object() {
                job["quote"]["invoice_account"] = spelt(&job["quote"]["invoice_account"], prefix);
            }
            if job["refunds"]["owed"].is_object() {
                job["refunds"]["owed"]["to"] = spelt(&job["refunds"]["owed"]["to"], prefix);
            }
        });
        let job = shop.accepted_with(Some(wanted)).await;
        shop.pay_and_name(&job, PRICE).await;
        shop.until_ended(&job).await;
        assert_eq!(
            shop.ends([&job]).await,
            [End::failed().and_back(wanted, PRICE)],
            "{prefix}"
        );
    }
}

fn spelt(account: &Value, prefix: &str) -> Value {
    json!(account.as_str().unwrap().replacen("nano_", prefix, 1))
}

/// 32: the payer is an exchange, whose account is not the buyer's.
#[tokio::test(start_paused = true)]
async fn a_refund_goes_where_the_buyer_wants_it_and_never_to_the_exchange() {
    let shop = Shop::with(Terms::failing()).await;
    let own = shop.stranger(61).account();
    let job = shop.accepted_with(Some(own)).await;
    shop.pay_and_name(&job, PRICE).await;
    shop.until_ended(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::failed().and_back(own, PRICE)]);
}

/// 32: a relay that changes its mind about where the refund goes is not believed.
#[tokio::test(start_paused = true)]
async fn a_refund_does_not_go_where_only_the_relay_wants_it() {
    let shop = Shop::with(Terms::failing()).await;
    let thief = shop.stranger(66).account();
    let job = shop.accepted().await;
    shop.tale.tell(move |job| {
        if job["refunds"]["owed"].is_object() {
            job["refunds"]["owed"]["to"] = json!(thief);
            job["refund_account"] = json!(thief);
        }
    });
    shop.pay_and_name(&job, PRICE).await;
    shop.until_ended(&job).await;
    shop.pass(minutes(11)).await;
    assert!(shop.counted(&Count::RefundRefused) > 1);
    assert_eq!(shop.counted(&Count::Refund), 0);
    shop.tale.end();
    let payer = shop.purse.account();
    assert_eq!(shop.ends([&job]).await, [End::failed().and_back(payer, PRICE)]);
}

/// 6: two who pay the same for one job, of whom one is named. The relay pays back to one of them, and so does the worker.
#[tokio::test(start_paused = true)]
async fn of_two_who_paid_the_same_one_gets_it_all_back() {
    for first_is_named in [true, false] {
        let shop = Shop::with(Terms::failing()).await;
        let job = shop.accepted().await;
        let other = shop.stranger(62);
        let half = raw(PRICE.raw() / 2);
        let first = shop.pay(&job, half).await;
        shop.pass(minutes(1)).await;
        let second = other.send(invoice(&job), half).unwrap().block.hash();
        shop.pass(FINAL).await;
        shop.name(&job, if first_is_named { first } else { second }).await;
        let ended = shop.until_ended(&job).await;
        let greatest = ended.payment.receipts.iter().max_by_key(|receipt| receipt.amount);
        let end = End::failed().and_back(greatest.unwrap().payer, PRICE);
        assert_eq!(shop.ends([&job]).await, [end], "first named: {first_is_named}");
    }
}

/// 40: the invoice account is the buyer's own: he asks for refunds to what he guesses it will be.
#[tokio::test(start_paused = true)]
async fn an_account_that_the_buyer_calls_his_own_is_not_quoted_to_him() {
    let shop = Shop::open().await;
    let guessed = shop.sellers(1).account();
    let job = shop.accepted_with(Some(guessed)).await;
    assert_eq!(invoice(&job), shop.sellers(2).account());
    shop.pay_and_name(&job, PRICE).await;
    let delivered = shop.until_delivered(&job).await;
    assert_eq!(
        (delivered.status, delivered.payment.status),
        (Status::Delivered, PaymentStatus::Confirmed)
    );
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}
