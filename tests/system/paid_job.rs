//! The main road: a job from offer to receipt, and the ends beside it.

use std::time::Duration;

use nanoark_client::{verify_quote, verify_receipt};
use nanoark_domain::job::{ExpiryReason, Status};
use nanoark_domain::payment::{OwedReason, PaymentStatus};

use crate::world::{Deal, PRICE, World};

#[tokio::test]
async fn a_paid_job_is_done_once_and_its_receipt_can_be_checked_by_anybody() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.paid(1).await;
    assert_eq!(
        (job.status, job.payment.status),
        (Status::Accepted, PaymentStatus::Confirmed)
    );
    assert_eq!(job.payment.receipts[0].payer, deal.purse.account());
    verify_quote(&job).unwrap();

    let token = deal.lock(job.job_id).await;
    let job = deal.deliver(job.job_id, &token).await;
    assert_eq!(job.status, Status::Delivered);
    verify_receipt(&job).unwrap();
    assert_eq!(job.refunds.owed, None);
    let events: Vec<&str> = job.history.iter().map(|entry| entry.event.as_str()).collect();
    assert_eq!(
        events,
        [
            "requested",
            "quoted",
            "accepted",
            "payment_submitted",
            "payment_judged",
            "locked",
            "delivered"
        ]
    );
}

#[tokio::test]
async fn a_failed_job_owes_the_money_back_until_the_refund_is_confirmed() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.paid(1).await;
    let token = deal.lock(job.job_id).await;
    let job = deal.fail(job.job_id, &token).await;
    let owed = job.refunds.owed.unwrap();
    assert_eq!(
        (owed.amount_raw, owed.to, owed.reason),
        (PRICE, deal.purse.account(), OwedReason::Failed)
    );

    let invoice = deal.invoice_wallet(1);
    invoice.receive_all().unwrap();
    let back = invoice.send(deal.purse.account(), PRICE).unwrap().block.hash();
    deal.seller.record_refund(&deal.key(), job.job_id, back).await.unwrap();
    world.advance(Duration::from_secs(5)).await;
    assert_eq!(deal.job(job.job_id).await.refunds.owed, None);
}

#[tokio::test]
async fn every_stage_that_nobody_goes_on_with_expires_with_its_reason() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let requested = deal.requested().await;
    let quoted = deal.quoted(1).await.job_id;
    let accepted = deal.accepted(2).await.job_id;
    let paid = deal.paid(3).await.job_id;
    let running = deal.paid(4).await.job_id;
    deal.lock(running).await;

    world.advance(Duration::from_secs(3 * 86_400)).await;
    for (job_id, reason) in [
        (requested, ExpiryReason::NotQuoted),
        (quoted, ExpiryReason::NotAccepted),
        (accepted, ExpiryReason::NotPaid),
        (paid, ExpiryReason::NotStarted),
        (running, ExpiryReason::NotDelivered),
    ] {
        let job = deal.job(job_id).await;
        assert_eq!((job.status, job.expiry_reason), (Status::Expired, Some(reason)));
    }
    assert_eq!(deal.job(paid).await.refunds.owed.unwrap().reason, OwedReason::Expired);
}
