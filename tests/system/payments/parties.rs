//! Where money goes back to, and that a refund is one.

use nanoark_client::wire::money::RefundStatus;
use nanoark_domain::payment::OwedReason;

use super::{FINAL, two_of_three};
use crate::world::{Deal, PRICE};

/// 32: the payer is an exchange, whose account is not the buyer's.
#[tokio::test]
async fn a_refund_goes_where_the_buyer_wants_it() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    // The buyer pays out of an exchange: the payer on the ledger is the exchange's hot wallet.
    let (exchange, own) = (&deal.purse, world.wallet(61).account());
    let mut request = deal.request_body();
    request.refund_account = Some(own);
    let job_id = deal
        .buyer
        .request_job(&deal.key(), &request)
        .await
        .unwrap()
        .value
        .job_id;
    deal.quote(job_id, 1).await;
    deal.buyer.accept_job(&deal.key(), job_id).await.unwrap();
    let hash = deal.pay(&deal.job(job_id).await, PRICE);
    deal.name(job_id, hash).await;
    deal.buyer.cancel_job(&deal.key(), job_id, None).await.unwrap();
    let owed = deal.job(job_id).await.refunds.owed.unwrap();
    assert_eq!((owed.to, owed.reason), (own, OwedReason::Cancelled));

    let invoice = deal.invoice_wallet(1);
    invoice.receive_all().unwrap();
    let half = nanoark_nano::RawAmount::from_raw(PRICE.raw() / 2);
    let to_exchange = invoice.send(exchange.account(), half).unwrap().block.hash();
    let to_buyer = invoice.send(own, half).unwrap().block.hash();
    world.pass(FINAL);
    for refund in [to_exchange, to_buyer] {
        deal.seller.record_refund(&deal.key(), job_id, refund).await.unwrap();
    }
    world.settle().await;
    let refunds = deal.job(job_id).await.refunds;
    let status = |hash| refunds.sent.iter().find(|sent| sent.block_hash == hash).unwrap().status;
    assert_eq!(status(to_exchange), RefundStatus::WrongAccount);
    assert_eq!(status(to_buyer), RefundStatus::Confirmed);
    assert_eq!(refunds.owed.unwrap().amount_raw, half);
}
