//! Blocks that are no payment: not when the buyer names them, and not when the relay believes it.

use nanoark_bots::seller::Count;
use nanoark_client::wire::jobs::JobView;
use nanoark_domain::job::Status;
use nanoark_nano::{Account, BlockHash};
use nanoark_testkit::nano_ledger::DevWallet;
use serde_json::json;

use super::shop::Shop;
use super::trade::{End, invoice};
use super::{FINAL, PRICE, minutes, raw};

/// The buyer names a block that pays nothing, and even a relay that calls it a payment makes nobody work. Then the buyer
/// pays in earnest.
async fn pays_nothing(make: impl AsyncFnOnce(&Shop, &JobView) -> BlockHash) {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    let hash = make(&shop, &job).await;
    shop.pass(FINAL).await;
    shop.name(&job, hash).await;
    shop.pass(minutes(2)).await;
    assert_eq!((shop.runs(&job), shop.counted(&Count::PaymentDisputed)), (0, 0));

    shop.tale.tell(move |job| {
        job["payment"]["status"] = json!("confirmed");
        job["payment"]["block_hash"] = json!(hash);
    });
    shop.pass(minutes(2)).await;
    assert_eq!((shop.runs(&job), shop.counted(&Count::PaymentVerified)), (0, 0));
    assert!(shop.counted(&Count::PaymentDisputed) > 1);
    shop.tale.end();

    // From another purse, as a legacy block may have spoilt the first one.
    let paid = shop.stranger(77).send(invoice(&job), PRICE).unwrap().block.hash();
    shop.pass(FINAL).await;
    shop.name(&job, paid).await;
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 3: wrong destination.
#[tokio::test(start_paused = true)]
async fn a_send_to_somebody_else_is_not_worked_for() {
    pays_nothing(async |shop, _| {
        let somebody = shop.stranger(50).account();
        shop.purse.send(somebody, PRICE).unwrap().block.hash()
    })
    .await;
}

/// 3: not even a send to another account of the seller.
#[tokio::test(start_paused = true)]
async fn a_send_to_another_account_of_the_seller_is_not_worked_for() {
    pays_nothing(async |shop, _| {
        let main = shop.sellers(0).account();
        shop.purse.send(main, PRICE).unwrap().block.hash()
    })
    .await;
}

/// 11: a receive instead of the send.
#[tokio::test(start_paused = true)]
async fn a_receive_is_not_worked_for() {
    pays_nothing(async |shop, _| shop.purse.fund_from_genesis(PRICE).unwrap().block.hash()).await;
}

/// 12: a change of representative.
#[tokio::test(start_paused = true)]
async fn a_change_of_representative_is_not_worked_for() {
    pays_nothing(async |shop, _| shop.purse.change(shop.purse.account()).unwrap().block.hash()).await;
}

/// 13: an epoch block.
#[tokio::test(start_paused = true)]
async fn an_epoch_block_is_not_worked_for() {
    pays_nothing(async |shop, _| shop.ledger.inject_epoch(&shop.purse.account())).await;
}

/// 14: a send from before state blocks, to the invoice account.
#[tokio::test(start_paused = true)]
async fn a_legacy_send_is_not_worked_for() {
    pays_nothing(async |shop, job| shop.purse.inject_legacy_send(invoice(job), PRICE).unwrap()).await;
}

/// 15: an account's first block.
#[tokio::test(start_paused = true)]
async fn an_open_block_is_not_worked_for() {
    pays_nothing(async |shop, _| {
        let fresh = DevWallet::numbered(51, 0, &shop.ledger);
        shop.others.lock().unwrap().push(fresh.account());
        fresh.fund_from_genesis(PRICE).unwrap().block.hash()
    })
    .await;
}

/// 16: a send to the burn account.
#[tokio::test(start_paused = true)]
async fn money_that_is_burnt_is_not_worked_for() {
    pays_nothing(async |shop, _| shop.purse.send(Account::BURN, PRICE).unwrap().block.hash()).await;
}

/// 30: the invoice account pays itself.
#[tokio::test(start_paused = true)]
async fn money_in_a_circle_is_not_worked_for_and_what_was_real_goes_back() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    let half = raw(PRICE.raw() / 2);
    shop.pay(&job, half).await;
    let own = shop.sellers(1);
    assert_eq!(own.account(), invoice(&job));
    own.receive_all().unwrap();
    // Four times round makes twice the price.
    let mut circle = Vec::new();
    for _ in 0..4 {
        circle.push(own.send(own.account(), half).unwrap().block.hash());
        shop.pass(FINAL).await;
        own.receive_all().unwrap();
        shop.pass(FINAL).await;
    }
    shop.name(&job, circle[0]).await;
    shop.is_not_worked_on(&job).await;
    shop.until_ended(&job).await;
    let payer = shop.purse.account();
    let back = End::without_work(Status::Expired).and_back(payer, half);
    assert_eq!(shop.ends([&job]).await, [back]);
}
