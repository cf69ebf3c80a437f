//! Every code of the table is either brought about through the whole stack, or named here with the reason why not.

use nanoark_client::Bot;
use nanoark_client::wire::jobs::RequestJob;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;
use nanoark_testkit::dynamodb::Fault;
use serde_json::{Value, json};

use crate::calls::{BUYER, SELLER, STRANGER, Stage, bring, job_call, ready};
use crate::world::{Deal, Draft, PRICE, Setup, World};

/// Where the others are brought about.
const ELSEWHERE: &str = "the Ark gateway's, brought about in `ceremonies::refused`";

/// Codes that no request to the job relay can bring about.
const NOT_FROM_HERE: [(Code, &str); 8] = [
    (
        Code::RateLimited,
        "the relay has no limiter of its own yet; API Gateway's throttling answers 429 in its own words",
    ),
    (Code::WalletSignatureRequired, ELSEWHERE),
    (Code::WalletSignatureInvalid, ELSEWHERE),
    (Code::EventRefused, ELSEWHERE),
    (Code::SessionRefused, ELSEWHERE),
    (Code::UnknownSession, ELSEWHERE),
    (Code::UnknownReceipt, ELSEWHERE),
    (Code::OperatorUnavailable, ELSEWHERE),
];

#[tokio::test]
async fn every_code_is_produced_or_is_named_with_the_reason_why_it_cannot_be() {
    // A history that is soon full, and a relay that knows its own name.
    let settings = [("NANOARK_HISTORY_MAX", "20"), ("NANOARK_AUTHORITIES", "relay.test")];
    let world = World::with_settings(Setup::default(), &settings).await;
    let deal = Deal::new(&world).await;
    for (number, code) in (1..).zip(Code::ALL) {
        match NOT_FROM_HERE.iter().find(|(named, _)| named == code) {
            Some((_, reason)) => assert!(!reason.is_empty()),
            None => produce(&deal, *code, 10 * number).await,
        }
    }
}

/// Brings this code about; `number` and the nine after it are its own.
async fn produce(deal: &Deal<'_>, code: Code, number: u32) {
    let world = deal.world;
    let refused = async |draft: Draft| drop(world.refused(code.as_str(), draft.signed(world), code).await);
    let spoiled = async |draft: Draft, header: &str, value: Option<&str>| {
        let mut request = draft.signed(world);
        match value {
            Some(value) => drop(
                request
                    .headers_mut()
                    .insert(http::HeaderName::try_from(header).unwrap(), value.parse().unwrap()),
            ),
            None => drop(request.headers_mut().remove(header)),
        }
        drop(world.refused(code.as_str(), request, code).await);
    };
    let at = async |draft: Draft, created, lifetime| {
        let request = draft.signed_at(created, Seconds(lifetime));
        drop(world.refused(code.as_str(), request, code).await);
    };
    let publish = ready(deal, "publish-offer", SELLER, number).await;
    let read = Draft::get(BUYER, "/v1/jobs?role=buyer");
    let now = world.now();
    match code {
        Code::MalformedJson => refused(publish.with_body("{")).await,
        Code::UnknownField => refused(publish.with_member("surplus", Value::Null)).await,
        Code::InvalidField => refused(publish.with_member("title", json!(""))).await,
        Code::BodyTooLarge => refused(publish.with_body(vec![b' '; 40 * 1_024 + 1])).await,
        Code::UnsupportedMediaType => spoiled(publish, "content-type", Some("text/plain")).await,
        Code::UnknownRoute => refused(Draft::get(BUYER, "/v1/nothing")).await,
        Code::MethodNotAllowed => refused(publish.with_target("/v1/health")).await,
        Code::BadCursor => refused(Draft::get(BUYER, "/v1/offers?cursor=x")).await,
        Code::Misdirected => {
            // Signed for another host by sending it there.
            let mut request = read.unsigned();
            *request.uri_mut() = "https://elsewhere.test/v1/jobs?role=buyer".parse().unwrap();
            let stamp = nanoark_http::signature::Stamp {
                created: now,
                expires: now.plus(Seconds(60)),
                nonce: None,
            };
            nanoark_http::signature::sign_request(&mut request, &crate::world::signer(BUYER), &stamp).unwrap();
            drop(world.refused(code.as_str(), request, code).await);
        }
        Code::SignatureMissing => spoiled(read, "signature", None).await,
        Code::SignatureMalformed => spoiled(read, "signature", Some("x")).await,
        Code::SignatureInvalid => spoiled(publish, "idempotency-key", Some("other")).await,
        Code::SignatureComponentsMissing => {
            let input = format!(
                "nanoark=();created={0};expires={0}9;keyid=\"{1}\"",
                now.as_seconds(),
                deal.buyer.bot().id()
            );
            let input = input.replace(
                &format!("expires={}9", now.as_seconds()),
                &format!("expires={}", now.as_seconds() + 9),
            );
            spoiled(read, "signature-input", Some(&input)).await;
        }
        Code::SignatureClockOff => at(read, now.minus(Seconds(61)), 300).await,
        Code::SignatureExpired => at(read, now.minus(Seconds(20)), 10).await,
        Code::SignatureLifetime => at(read, now, 301).await,
        Code::SignatureKeyInvalid => {
            let input = format!(
                "nanoark=();created={};expires={};keyid=\"me\"",
                now.as_seconds(),
                now.as_seconds() + 9
            );
            spoiled(read, "signature-input", Some(&input)).await;
        }
        Code::DigestMissing => spoiled(publish, "content-digest", None).await,
        Code::DigestMismatch => {
            let mut request = publish.signed(world);
            *request.body_mut() = bytes::Bytes::from_static(b"{}");
            drop(world.refused(code.as_str(), request, code).await);
        }
        Code::IdempotencyKeyMissing => spoiled(publish, "idempotency-key", None).await,
        Code::IdempotencyKeyInvalid => spoiled(publish, "idempotency-key", Some("a b")).await,
        Code::IdempotencyConflict => {
            world.done("first", publish.signed(world)).await;
            refused(publish.with_member("title", json!("Another"))).await;
        }
        Code::ConcurrentRequest => {
            world
                .faults("publish-offer")
                .next("TransactWriteItems", Fault::TransactionConflict);
            refused(publish).await;
        }
        Code::NotFound => refused(Draft::get(BUYER, format!("/v1/jobs/job_{}", "00".repeat(16)))).await,
        Code::Forbidden => refused(ready(deal, "pause-offer", STRANGER, number).await).await,
        Code::WrongState => {
            let job = bring(deal, Stage::Declined, number).await;
            refused(job_call(deal, &job, "cancel-job", BUYER, number).await).await;
        }
        Code::TooLate => {
            let job = bring(deal, Stage::QuotedLate, number).await;
            refused(job_call(deal, &job, "accept-job", BUYER, number).await).await;
        }
        Code::OwnOffer => refused(ready(deal, "request-job", SELLER, number).await).await,
        Code::OfferChanged => {
            let request = ready(deal, "request-job", BUYER, number).await;
            let mut read = request.json()["offer"].clone();
            read["revision"] = json!(2);
            refused(request.with_member("offer", read)).await;
        }
        Code::JobMismatch => {
            let job = deal.seller.job(deal.requested().await).await.unwrap().value;
            let other = nanoark_client::wire::jobs::JobView {
                turnaround_seconds: Seconds(1),
                ..job
            };
            refused(quote(deal, &other, PRICE, 900, number)).await;
        }
        Code::PriceFixed | Code::QuoteTooShort => {
            let job = under_a_standing_quote(deal).await;
            let (amount, lifetime) = if code == Code::PriceFixed {
                (crate::world::xno("1"), 900)
            } else {
                (PRICE, 599)
            };
            refused(quote(deal, &job, amount, lifetime, number)).await;
        }
        Code::StatementSignatureInvalid => {
            let quote = ready(deal, "quote-job", SELLER, number).await;
            refused(quote.with_member("amount_raw", json!("1"))).await;
        }
        Code::InvoiceAccountUsed => {
            deal.quoted(number).await;
            let job = deal.seller.job(deal.requested().await).await.unwrap().value;
            refused(quote(deal, &job, PRICE, 900, number)).await;
        }
        Code::InvoiceAccountUnusable => {
            let body = RequestJob {
                refund_account: Some(deal.invoice_key(number).public()),
                ..deal.request_body()
            };
            let job_id = deal.buyer.request_job(&deal.key(), &body).await.unwrap().value.job_id;
            let job = deal.seller.job(job_id).await.unwrap().value;
            refused(quote(deal, &job, PRICE, 900, number)).await;
        }
        Code::BlockUsed => {
            let job = bring(deal, Stage::Submitted, number).await;
            let other = bring(deal, Stage::Accepted, number + 1).await;
            assert_ne!(job.job_id, other.job_id);
            refused(job_call(deal, &other, "submit-payment", BUYER, number).await).await;
        }
        Code::PaymentExists => {
            let job = bring(deal, Stage::Submitted, number).await;
            refused(job_call(deal, &job, "submit-payment", BUYER, number + 1).await).await;
        }
        Code::PaymentNotConfirmed => {
            let job = bring(deal, Stage::Accepted, number).await;
            refused(job_call(deal, &job, "lock-job", SELLER, number).await.with_body("")).await;
        }
        Code::Locked => {
            let job = bring(deal, Stage::Running, number).await;
            refused(job_call(deal, &job, "lock-job", SELLER, number).await).await;
        }
        Code::LockLost => {
            let mut job = bring(deal, Stage::Running, number).await;
            job.token = "ab".repeat(16);
            refused(job_call(deal, &job, "renew-lock", SELLER, number).await).await;
        }
        Code::RefundExists => {
            let refund = ready(deal, "record-refund", SELLER, number).await;
            world.done("first", refund.signed(world)).await;
            refused(refund.with_key("again")).await;
        }
        Code::JobFull => fill(deal, code, number).await,
        Code::Internal => {
            let job_id = deal.requested().await;
            corrupt(world, &job_id.to_string());
            refused(Draft::get(BUYER, format!("/v1/jobs/{job_id}"))).await;
        }
        Code::Unavailable => {
            world
                .faults("publish-offer")
                .next("TransactWriteItems", Fault::TransactionThrottled);
            refused(publish).await;
        }
        Code::RateLimited
        | Code::WalletSignatureRequired
        | Code::WalletSignatureInvalid
        | Code::EventRefused
        | Code::SessionRefused
        | Code::UnknownSession
        | Code::UnknownReceipt
        | Code::OperatorUnavailable => panic!("{code} is produced after all"),
    }
}

/// A signed quote with the invoice account of this number.
fn quote(
    deal: &Deal<'_>,
    job: &nanoark_client::wire::jobs::JobView,
    amount: nanoark_nano::RawAmount,
    lifetime: u32,
    number: u32,
) -> Draft {
    let expires_at = deal.world.now().plus(Seconds(lifetime));
    let quote = deal
        .seller
        .bot()
        .quote(job, amount, deal.invoice_key(number).public(), expires_at);
    Draft::post(
        SELLER,
        format!("/v1/jobs/{}/quote", job.job_id),
        format!("quote-{number}"),
        &quote.unwrap(),
    )
}

/// A job under an offer whose seller promised to quote [`PRICE`] for ten minutes.
async fn under_a_standing_quote(deal: &Deal<'_>) -> nanoark_client::wire::jobs::JobView {
    use nanoark_domain::offer::Pricing;

    let key = deal.seller.fresh_key().unwrap();
    let bot: &Bot = deal.seller.bot();
    let offer = nanoark_client::wire::offers::PublishOffer {
        pricing: Pricing::Fixed {
            amount_raw: PRICE,
            standing_quote: Some(bot.standing_quote(&key, PRICE, Seconds(600)).unwrap()),
        },
        ..crate::world::plain_offer()
    };
    let offer = deal.seller.publish_offer(&key, &offer).await.unwrap().value;
    let body = RequestJob {
        offer: nanoark_client::offer_as_read(&offer),
        ..deal.request_body()
    };
    let requested = deal.buyer.request_job(&deal.key(), &body).await.unwrap().value;
    deal.seller.job(requested.job_id).await.unwrap().value
}

/// Locks and releases a job until its history is full.
async fn fill(deal: &Deal<'_>, code: Code, number: u32) {
    let mut job = bring(deal, Stage::Accepted, number).await;
    for number in number.. {
        deal.world.pass(std::time::Duration::from_secs(1));
        let lock = job_call(deal, &job, "lock-job", SELLER, number).await;
        if deal.job(job.job_id).await.history.len() >= 20 {
            deal.world.refused(code.as_str(), lock.signed(deal.world), code).await;
            return;
        }
        let locked = deal.world.done("lock", lock.signed(deal.world)).await;
        job.token = locked["lock_token"].as_str().unwrap().to_owned();
        let release = job_call(deal, &job, "release-lock", SELLER, number).await;
        deal.world.done("release", release.signed(deal.world)).await;
    }
}

/// Takes a job's status out of the table, as no function of ours would.
fn corrupt(world: &World, job_id: &str) {
    let jobs = world
        .stack
        .template()
        .tables
        .iter()
        .find(|table| table.id == "Jobs")
        .unwrap();
    let update = json!({
        "TableName": jobs.name,
        "Key": { "job_id": { "S": job_id } },
        "UpdateExpression": "REMOVE #status",
        "ExpressionAttributeNames": { "#status": "status" },
    });
    world
        .stack
        .database()
        .update_item(serde_json::from_value(update).unwrap())
        .unwrap();
}
