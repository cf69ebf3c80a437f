//! One block, one job; one invoice account, one job; one quote, one job, one run.

use nanoark_bots::seller::Count;
use nanoark_client::Client;
use nanoark_client::wire::jobs::RequestJob;
use nanoark_client::wire::offers::PublishOffer;
use nanoark_domain::job::Status;
use nanoark_domain::payload::Input;
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::problem::Code;
use nanoark_local::queue::Outgoing;
use serde_json::json;

use super::shop::{Shop, Terms};
use super::trade::{End, invoice};
use super::{FINAL, PRICE, minutes, raw};
use crate::simulation::chaos::{Chaos, Weather};
use crate::simulation::ways::ToRelay;
use crate::world::{RELAY, plain_offer};

/// 8: the block that pays another job of the same seller.
#[tokio::test(start_paused = true)]
async fn one_block_is_worked_for_once() {
    let shop = Shop::open().await;
    let (first, second) = (shop.accepted().await, shop.accepted().await);
    let hash = shop.pay_and_name(&first, PRICE).await;
    shop.until_delivered(&first).await;
    assert_eq!(shop.name_refused(&second, hash).await, Code::BlockUsed);
    // Nor if the relay forgets whose it is.
    shop.tale.tell(move |job| {
        job["payment"]["status"] = json!("confirmed");
        job["payment"]["block_hash"] = json!(hash);
    });
    shop.is_not_worked_on(&second).await;
    assert!(shop.counted(&Count::PaymentDisputed) > 1);
    shop.tale.end();
    shop.until_ended(&second).await;
    let ends = shop.ends([&first, &second]).await;
    assert_eq!(ends, [End::delivered(), End::without_work(Status::Expired)]);
}

/// 10: somebody else names the block first, for a job of his own with the same seller.
#[tokio::test(start_paused = true)]
async fn a_stranger_who_names_the_block_first_gets_no_work_for_it() {
    let shop = Shop::open().await;
    let (job, bait) = (shop.accepted().await, shop.accepted().await);
    let hash = shop.pay(&job, PRICE).await;
    shop.name(&bait, hash).await;
    assert_eq!(shop.name_refused(&job, hash).await, Code::BlockUsed);
    // The worker knows better than to wait for the naming.
    shop.until_delivered(&job).await;
    let judged = shop.until_ended(&bait).await;
    assert_eq!(judged.payment.status, PaymentStatus::WrongAccount);
    let ends = shop.ends([&job, &bait]).await;
    assert_eq!(ends, [End::delivered(), End::without_work(Status::Expired)]);
}

/// 37: a check that comes twelve times.
#[tokio::test(start_paused = true)]
async fn messages_that_come_again_run_nothing_again() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    let hash = shop.pay_and_name(&job, PRICE).await;
    let check = json!({ "job_id": job.job_id, "purpose": "payment", "block_hash": hash, "attempt": 0 }).to_string();
    let send = || {
        let stack = shop.relay.stack().unwrap();
        let queues = stack.services().queues();
        for _ in 0..12 {
            queues
                .send("nanoark-payment-checks", Outgoing::from(check.as_str()))
                .unwrap();
        }
    };
    send();
    shop.until_delivered(&job).await;
    send();
    shop.pass(minutes(5)).await;
    assert_eq!(shop.counted(&Count::Delivery), 1);
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 38: two workers of the seller, and a refund that both see is owed.
#[tokio::test(start_paused = true)]
async fn two_workers_work_once_and_pay_back_once() {
    for fails in [false, true] {
        let mut shop = Shop::with(Terms {
            fails,
            ..Terms::default()
        })
        .await;
        shop.start_worker();
        let job = shop.accepted().await;
        shop.pay_and_name(&job, raw(PRICE.raw() + 5)).await;
        shop.until_ended(&job).await;
        let payer = shop.purse.account();
        let end = if fails {
            End::failed().and_back(payer, raw(PRICE.raw() + 5))
        } else {
            End::delivered().and_back(payer, raw(5))
        };
        assert_eq!(shop.ends([&job]).await, [end]);
    }
}

/// 41: an invoice account that another seller has quoted already.
#[tokio::test(start_paused = true)]
async fn an_invoice_account_that_somebody_else_took_is_replaced() {
    let shop = Shop::open().await;
    let guessed = shop.sellers(1).account();
    let bot = |seed| {
        let way = ToRelay {
            relay: shop.relay.clone(),
            chaos: Chaos::new(Weather::FAIR, 3),
        };
        Client::new(
            RELAY,
            way,
            nanoark_client::Bot::from_seed(&[seed; 32]),
            shop.time.surroundings(3),
        )
        .unwrap()
    };
    let thief = bot(3);
    let offer: PublishOffer = plain_offer();
    let offer = thief
        .publish_offer(&thief.fresh_key().unwrap(), &offer)
        .await
        .unwrap()
        .value;
    let request = RequestJob {
        offer: nanoark_client::offer_as_read(&offer),
        input: Input::Json(json!({ "text": "hello" })),
        refund_account: None,
    };
    let friend = bot(4);
    let key = friend.fresh_key().unwrap();
    let job_id = friend.request_job(&key, &request).await.unwrap().value.job_id;
    let job = thief.job(job_id).await.unwrap().value;
    let expires_at = Timestamp::from_millis(shop.time.millis()).plus(Seconds(900));
    let quote = thief.bot().quote(&job, PRICE, guessed, expires_at).unwrap();
    thief
        .quote_job(&thief.fresh_key().unwrap(), job_id, &quote)
        .await
        .unwrap();

    let job = shop.accepted().await;
    assert_eq!(invoice(&job), shop.sellers(2).account());
    shop.pay_and_name(&job, PRICE).await;
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 42: the relay shows another quote than the one that was signed.
#[tokio::test(start_paused = true)]
async fn a_quote_that_the_seller_did_not_sign_is_not_worked_for() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    shop.tale.tell(|job| {
        if job["quote"].is_object() {
            job["quote"]["amount_raw"] = json!("1");
            job["payment"]["status"] = json!("confirmed");
        }
    });
    shop.pay_and_name(&job, raw(1)).await;
    shop.is_not_worked_on(&job).await;
    assert!(shop.counted(&Count::PaymentDisputed) > 1);
    shop.tale.end();
    shop.pay(&job, raw(PRICE.raw() - 1)).await;
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 42: nor is anything paid back by its terms.
#[tokio::test(start_paused = true)]
async fn a_quote_that_the_seller_did_not_sign_makes_nothing_owed() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    let payer = shop.purse.account();
    shop.tale.tell(move |job| {
        if job["status"] == "delivered" {
            job["quote"]["amount_raw"] = json!("1");
            job["refunds"]["owed"] = json!({ "amount_raw": raw(PRICE.raw() - 1), "to": payer, "reason": "over" });
        }
    });
    shop.pay_and_name(&job, PRICE).await;
    shop.until_delivered(&job).await;
    shop.pass(minutes(11)).await;
    assert!(shop.counted(&Count::RefundRefused) > 1);
    shop.pass(FINAL).await;
    shop.tale.end();
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 42: a failure is the seller's to say, and it signs that too.
#[tokio::test(start_paused = true)]
async fn a_failure_that_the_seller_did_not_sign_makes_nothing_owed() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    let payer = shop.purse.account();
    shop.tale.tell(move |job| {
        if job["status"] == "delivered" {
            job["status"] = json!("failed");
            job["result"].take();
            job["error"] = json!("no");
            job["refunds"]["owed"] = json!({ "amount_raw": raw(PRICE.raw()), "to": payer, "reason": "failed" });
        }
    });
    shop.pay_and_name(&job, PRICE).await;
    shop.pass(minutes(11)).await;
    assert!(shop.counted(&Count::RefundRefused) > 1);
    assert_eq!(shop.counted(&Count::Refund), 0);
    shop.pass(FINAL).await;
    shop.tale.end();
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}
