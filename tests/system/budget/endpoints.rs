//! The endpoints, each done once and refused once.

use nanoark_client::wire::jobs::{DeliveredOutcome, LockJob, QuoteJob};
use nanoark_client::wire::offers::EditOffer;
use nanoark_client::{JobsQuery, OffersQuery, Since};
use nanoark_domain::id::JobId;
use nanoark_domain::job::Party;
use nanoark_domain::payload::Output;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;
use nanoark_nano::BlockHash;
use serde_json::json;
use std::time::Duration;

use super::measure::{Meter, Row};
use crate::world::{Deal, PRICE, plain_offer};

pub(super) async fn offers(meter: &Meter<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let deal = Deal::new(meter.world).await;
    let (seller, buyer) = (&deal.seller, &deal.buyer);
    let (body, key) = (plain_offer(), deal.key());
    let offer = meter
        .done(&mut rows, "publish-offer", "done", seller.publish_offer(&key, &body))
        .await
        .value
        .offer_id;
    let mut other = plain_offer();
    other.title.push('s');
    let again = seller.publish_offer(&key, &other);
    meter
        .refused(&mut rows, "publish-offer", Code::IdempotencyConflict, again)
        .await;

    let query = OffersQuery::default();
    meter
        .done(
            &mut rows,
            "search-offers",
            "2 offers found",
            buyer.search_offers(&query),
        )
        .await;
    let query = OffersQuery {
        cursor: Some("?".to_owned()),
        ..OffersQuery::default()
    };
    meter
        .refused(&mut rows, "search-offers", Code::BadCursor, buyer.search_offers(&query))
        .await;
    meter.done(&mut rows, "get-offer", "found", buyer.offer(offer)).await;
    let nothing = nanoark_domain::id::OfferId::from_bytes([0; 16]);
    meter
        .refused(&mut rows, "get-offer", Code::NotFound, buyer.offer(nothing))
        .await;

    let edit = EditOffer {
        title: Some("Count letters".to_owned()),
        ..EditOffer::default()
    };
    let key = deal.key();
    meter
        .refused(
            &mut rows,
            "edit-offer",
            Code::WrongState,
            seller.edit_offer(&key, offer, &edit),
        )
        .await;
    let key = deal.key();
    meter
        .done(&mut rows, "pause-offer", "done", seller.pause_offer(&key, offer))
        .await;
    let key = deal.key();
    meter
        .done(&mut rows, "edit-offer", "title", seller.edit_offer(&key, offer, &edit))
        .await;
    let key = deal.key();
    meter
        .done(&mut rows, "resume-offer", "done", seller.resume_offer(&key, offer))
        .await;
    let key = deal.key();
    meter
        .refused(
            &mut rows,
            "pause-offer",
            Code::Forbidden,
            buyer.pause_offer(&key, offer),
        )
        .await;
    let key = deal.key();
    meter
        .done(&mut rows, "cancel-offer", "done", seller.cancel_offer(&key, offer))
        .await;
    let key = deal.key();
    meter
        .refused(
            &mut rows,
            "resume-offer",
            Code::WrongState,
            seller.resume_offer(&key, offer),
        )
        .await;
    let key = deal.key();
    meter
        .refused(
            &mut rows,
            "cancel-offer",
            Code::WrongState,
            seller.cancel_offer(&key, offer),
        )
        .await;
    rows
}

/// From the request to the payment.
pub(super) async fn jobs(meter: &Meter<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let deal = Deal::new(meter.world).await;
    let (seller, buyer) = (&deal.seller, &deal.buyer);
    let (mut body, key) = (deal.request_body(), deal.key());
    let job = meter
        .done(&mut rows, "request-job", "done", buyer.request_job(&key, &body))
        .await
        .value
        .job_id;
    body.offer.revision = 2;
    let key = deal.key();
    meter
        .refused(
            &mut rows,
            "request-job",
            Code::OfferChanged,
            buyer.request_job(&key, &body),
        )
        .await;

    let query = JobsQuery::of(Party::Buyer);
    meter
        .done(&mut rows, "list-jobs", "1 job found", buyer.list_jobs(&query))
        .await;
    let query = JobsQuery {
        since: Since::Cursor("?".to_owned()),
        ..JobsQuery::of(Party::Buyer)
    };
    meter
        .refused(&mut rows, "list-jobs", Code::BadCursor, buyer.list_jobs(&query))
        .await;
    meter.done(&mut rows, "get-job", "found", buyer.job(job)).await;
    let stranger = meter.world.bot(9);
    meter
        .refused(&mut rows, "get-job", Code::NotFound, stranger.job(job))
        .await;

    let quote = quote_for(&deal, job, 1).await;
    let key = deal.key();
    meter
        .done(&mut rows, "quote-job", "done", seller.quote_job(&key, job, &quote))
        .await;
    let other = deal.requested().await;
    let quote = quote_for(&deal, other, 1).await;
    let key = deal.key();
    let used = seller.quote_job(&key, other, &quote);
    meter
        .refused(&mut rows, "quote-job", Code::InvoiceAccountUsed, used)
        .await;
    let key = deal.key();
    meter
        .done(&mut rows, "decline-job", "done", seller.decline_job(&key, other, None))
        .await;
    let key = deal.key();
    let again = seller.decline_job(&key, other, None);
    meter.refused(&mut rows, "decline-job", Code::WrongState, again).await;

    let key = deal.key();
    meter
        .done(&mut rows, "accept-job", "done", buyer.accept_job(&key, job))
        .await;
    meter
        .done(&mut rows, "accept-job", "the same again", buyer.accept_job(&key, job))
        .await;
    let key = deal.key();
    meter
        .refused(&mut rows, "accept-job", Code::WrongState, buyer.accept_job(&key, job))
        .await;

    let (key, hash) = (deal.key(), BlockHash::from_bytes([7; 32]));
    let submit = buyer.submit_payment(&key, job, hash);
    meter.done(&mut rows, "submit-payment", "done", submit).await;
    let rival = deal.accepted(2).await.job_id;
    let key = deal.key();
    let submit = buyer.submit_payment(&key, rival, hash);
    meter
        .refused(&mut rows, "submit-payment", Code::BlockUsed, submit)
        .await;

    let key = deal.key();
    let cancel = buyer.cancel_job(&key, rival, None);
    meter.done(&mut rows, "cancel-job", "accepted before", cancel).await;
    let key = deal.key();
    let again = buyer.cancel_job(&key, rival, None);
    meter.refused(&mut rows, "cancel-job", Code::WrongState, again).await;
    rows
}

/// From the lock to the refund.
pub(super) async fn work(meter: &Meter<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let deal = Deal::new(meter.world).await;
    let seller = &deal.seller;
    let job = deal.paid(1).await.job_id;
    let (key, body) = (deal.key(), LockJob::default());
    let lock = seller.lock_job(&key, job, &body);
    let token = meter.done(&mut rows, "lock-job", "done", lock).await.value.lock_token;
    let key = deal.key();
    let lock = seller.lock_job(&key, job, &body);
    meter.refused(&mut rows, "lock-job", Code::Locked, lock).await;

    let stale = "00".repeat(16);
    let key = deal.key();
    let renew = seller.renew_lock(&key, job, &token, None);
    meter.done(&mut rows, "renew-lock", "done", renew).await;
    let key = deal.key();
    let renew = seller.renew_lock(&key, job, &stale, None);
    meter.refused(&mut rows, "renew-lock", Code::LockLost, renew).await;
    let key = deal.key();
    let release = seller.release_lock(&key, job, &stale);
    meter.refused(&mut rows, "release-lock", Code::LockLost, release).await;
    let key = deal.key();
    let release = seller.release_lock(&key, job, &token);
    meter.done(&mut rows, "release-lock", "done", release).await;

    meter.world.pass(Duration::from_secs(1));
    let token = deal.lock(job).await;
    let read = seller.job(job).await.unwrap().value;
    let outcome = || DeliveredOutcome::Result(Output::Json(json!({ "words": 1 })));
    let delivery = seller.bot().delivery(&read, &stale, outcome()).unwrap();
    let key = deal.key();
    let deliver = seller.deliver_job(&key, job, &delivery);
    meter.refused(&mut rows, "deliver-job", Code::LockLost, deliver).await;
    let delivery = seller.bot().delivery(&read, &token, outcome()).unwrap();
    let key = deal.key();
    let deliver = seller.deliver_job(&key, job, &delivery);
    meter.done(&mut rows, "deliver-job", "done", deliver).await;

    let (key, hash) = (deal.key(), BlockHash::from_bytes([8; 32]));
    let refund = seller.record_refund(&key, job, hash);
    meter.done(&mut rows, "record-refund", "done", refund).await;
    let key = deal.key();
    let refund = seller.record_refund(&key, job, hash);
    meter
        .refused(&mut rows, "record-refund", Code::RefundExists, refund)
        .await;
    rows
}

async fn quote_for(deal: &Deal<'_>, job: JobId, number: u32) -> QuoteJob {
    let job = deal.seller.job(job).await.unwrap().value;
    let expires_at = deal.world.now().plus(Seconds(900));
    let account = deal.invoice_key(number).public();
    deal.seller.bot().quote(&job, PRICE, account, expires_at).unwrap()
}
