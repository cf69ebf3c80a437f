//! The functions that nobody calls: the queue, the stream, the schedules. And those that say how the relay is.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;

use super::measure::{Meter, Row};
use crate::world::{Deal, PRICE, RELAY};

pub(super) async fn operations(meter: &Meter<'_>) -> Vec<Row> {
    let world = meter.world;
    let mut rows = Vec::new();
    for (function, path) in [
        ("health", "/v1/health"),
        ("ready", "/v1/ready"),
        ("not-found", "/v1/nothing"),
    ] {
        let request = Request::get(format!("{RELAY}{path}")).body(Bytes::new()).unwrap();
        rows.push(meter.of_case(function, "called", world.send(request)).await.1);
    }
    let deal = Deal::new(world).await;
    let job = deal.requested().await;
    rows.push(meter.of_run("expire", "nothing is due").await);
    world.pass(Duration::from_secs(8 * 86_400));
    rows.push(meter.of_run("expire", "1 offer and 1 job end").await);
    assert_eq!(deal.job(job).await.status, Status::Expired);
    rows
}

pub(super) async fn payments(meter: &Meter<'_>) -> Vec<Row> {
    let world = meter.world;
    let deal = Deal::new(world).await;
    let job = deal.accepted(1).await;
    let hash = deal.send(&job, PRICE);
    world.pass(Duration::from_millis(200));
    deal.submit(job.job_id, hash).await;
    let verified = meter.of_case("verify-payment", "payment confirmed", world.settle());
    let ((_, verify), relay) = meter
        .of_case("relay-job-changes", "a payment was named", verified)
        .await;
    assert_eq!(deal.job(job.job_id).await.payment.status, PaymentStatus::Confirmed);
    let mut rows = vec![relay, verify];

    let token = deal.lock(job.job_id).await;
    deal.fail(job.job_id, &token).await;
    let invoice = deal.invoice_wallet(1);
    invoice.receive_all().unwrap();
    let back = invoice.send(deal.purse.account(), PRICE).unwrap().block.hash();
    let key = deal.key();
    deal.seller.record_refund(&key, job.job_id, back).await.unwrap();
    world.pass(Duration::from_millis(200));
    let (_, refund) = meter
        .of_case("verify-payment", "refund confirmed", world.settle())
        .await;
    assert_eq!(deal.job(job.job_id).await.refunds.owed, None);
    rows.push(refund);

    // Money that arrives and that nobody names: the watch finds it, and claims its block.
    let unnamed = deal.accepted(2).await;
    deal.send(&unnamed, PRICE);
    rows.push(meter.of_run("reconcile-payments", "nothing is due").await);
    world.pass(Duration::from_secs(901));
    rows.push(meter.of_run("reconcile-payments", "1 unnamed payment found").await);
    assert_eq!(deal.job(unnamed.job_id).await.payment.status, PaymentStatus::Confirmed);
    rows.push(meter.of_run("reconcile-payments", "1 account without news").await);
    rows
}
