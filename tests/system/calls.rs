//! Every mutation there is, ready to be sent, and jobs in every stage to send it to.
//!
//! The list of mutations is the route table's: a route that is added and not known here fails every test that asks for all.

use std::time::Duration;

use nanoark_client::wire::jobs::{DeliveredOutcome, JobView, LockJob, ReleaseLock, RenewLock};
use nanoark_client::wire::money::NameBlock;
use nanoark_client::wire::offers::OfferView;
use nanoark_client::{Bot, IdempotencyKey, offer_as_read};
use nanoark_domain::id::JobId;
use nanoark_domain::payload::Output;
use nanoark_domain::time::Seconds;
use nanoark_http::routes::{ROUTES, Route, Service};
use nanoark_nano::BlockHash;
use serde_json::json;

use crate::world::{Deal, Draft, PRICE};

pub(crate) const SELLER: u8 = 1;
pub(crate) const BUYER: u8 = 2;
pub(crate) const STRANGER: u8 = 3;

/// Every route that changes something.
pub(crate) fn mutations() -> impl Iterator<Item = &'static Route> {
    ROUTES
        .iter()
        .filter(|route| route.service == Service::JobRelay && route.max_body > 0)
}

/// Every mutation of a job that exists.
pub(crate) fn job_mutations() -> impl Iterator<Item = &'static Route> {
    mutations().filter(|route| route.path.contains("{job_id}"))
}

/// Who calls this function in an ordinary deal.
pub(crate) fn usual_caller(function: &str) -> u8 {
    match function {
        "request-job" | "accept-job" | "cancel-job" | "submit-payment" => BUYER,
        _ => SELLER,
    }
}

/// How far a job is, finer than its status: with what the relay knows of money and clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Requested,
    /// The time to quote is over; the sweep has not come yet.
    RequestedLate,
    Quoted,
    /// The quote has expired; the sweep has not come yet.
    QuotedLate,
    Accepted,
    /// A block was named, and is undecided.
    Submitted,
    Paid,
    Running,
    /// The lease has lapsed.
    RunningLapsed,
    Delivered,
    Failed,
    /// Cancelled before anything was quoted.
    CancelledEarly,
    /// Cancelled after the quote was accepted.
    CancelledLate,
    Declined,
    /// Expired before anything was quoted.
    ExpiredEarly,
    /// Expired after the quote was accepted.
    ExpiredLate,
}

/// A job in a stage.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) job_id: JobId,
    /// The lock's secret, or one that opens nothing.
    pub(crate) token: String,
}

/// A new job in this stage; `number` is that of its invoice account.
pub(crate) async fn bring(deal: &Deal<'_>, stage: Stage, number: u32) -> Standing {
    let world = deal.world;
    let mut token = "00".repeat(16);
    let job_id = match stage {
        Stage::Requested | Stage::RequestedLate | Stage::CancelledEarly | Stage::Declined | Stage::ExpiredEarly => {
            deal.requested().await
        }
        Stage::Quoted | Stage::QuotedLate => deal.quoted(number).await.job_id,
        Stage::Accepted | Stage::Submitted | Stage::CancelledLate | Stage::ExpiredLate => {
            deal.accepted(number).await.job_id
        }
        Stage::Paid | Stage::Running | Stage::RunningLapsed | Stage::Delivered | Stage::Failed => {
            deal.paid(number).await.job_id
        }
    };
    match stage {
        Stage::Requested | Stage::Quoted | Stage::Accepted | Stage::Paid => {}
        Stage::RequestedLate => world.pass(Duration::from_secs(86_400)),
        Stage::QuotedLate => world.pass(Duration::from_secs(900)),
        Stage::Submitted => deal.submit(job_id, block(number)).await,
        Stage::Running => token = deal.lock(job_id).await,
        Stage::RunningLapsed => {
            token = deal.lock(job_id).await;
            world.pass(Duration::from_secs(300));
        }
        Stage::Delivered | Stage::Failed => {
            token = deal.lock(job_id).await;
            if stage == Stage::Failed {
                deal.fail(job_id, &token).await;
            } else {
                deal.deliver(job_id, &token).await;
            }
        }
        Stage::CancelledEarly | Stage::CancelledLate => {
            deal.buyer.cancel_job(&deal.key(), job_id, None).await.unwrap();
        }
        Stage::Declined => {
            deal.seller.decline_job(&deal.key(), job_id, None).await.unwrap();
        }
        Stage::ExpiredEarly => {
            world.pass(Duration::from_secs(86_400));
            world.trigger("expire").await;
        }
        Stage::ExpiredLate => {
            world.pass(Duration::from_secs(1_800));
            world.trigger("expire").await;
        }
    }
    Standing { job_id, token }
}

/// A block that nobody else names.
pub(crate) fn block(number: u32) -> BlockHash {
    let mut bytes = [0xb1; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    BlockHash::from_bytes(bytes)
}

/// A published offer of the seller.
pub(crate) async fn offer(deal: &Deal<'_>) -> OfferView {
    let key = deal.seller.fresh_key().unwrap();
    deal.seller
        .publish_offer(&key, &crate::world::plain_offer())
        .await
        .unwrap()
        .value
}

/// This mutation by this bot, on something of its own that is just in the stage for it. Every field is filled in.
pub(crate) async fn ready(deal: &Deal<'_>, function: &str, caller: u8, number: u32) -> Draft {
    let key = format!("{function}-{number}");
    let stage = match function {
        "publish-offer" => {
            let body = json!({
                "title": "Count words",
                "description": "Counts the words of a text.",
                "tags": ["text", "count"],
                "pricing": { "type": "quote" },
                "turnaround_seconds": 3_600,
                "input_schema": { "type": "object" },
                "output_schema": true,
                "example": { "input": { "text": "a b" }, "output": { "words": 2 } },
                "expires_at": deal.world.now().plus(Seconds(86_400)),
            });
            return Draft::post(caller, "/v1/offers", key, &body);
        }
        "edit-offer" | "pause-offer" | "resume-offer" | "cancel-offer" => {
            return change_offer(deal, function, caller, key).await;
        }
        "request-job" => {
            let body = json!({
                "offer": offer_as_read(&deal.offer),
                "input": { "json": { "text": "hello" } },
                "refund_account": deal.purse.account(),
            });
            return Draft::post(caller, "/v1/jobs", key, &body);
        }
        "quote-job" | "decline-job" | "cancel-job" => Stage::Requested,
        "accept-job" => Stage::Quoted,
        "submit-payment" | "lock-job" | "record-refund" => Stage::Accepted,
        "renew-lock" | "release-lock" | "deliver-job" => {
            let job_id = deal.accepted(number).await.job_id;
            let token = lock_unpaid(deal, job_id).await;
            return job_call(deal, &Standing { job_id, token }, function, caller, number).await;
        }
        unknown => panic!("{unknown} is a mutation that these tests do not know"),
    };
    let standing = bring(deal, stage, number).await;
    job_call(deal, &standing, function, caller, number).await
}

/// The seller begins on its own word, which needs no ledger; returns the lock's secret.
pub(crate) async fn lock_unpaid(deal: &Deal<'_>, job_id: JobId) -> String {
    let lock = LockJob {
        lease_seconds: None,
        payment_verified_by_seller: true,
    };
    let locked = deal.seller.lock_job(&deal.key(), job_id, &lock).await.unwrap();
    locked.value.lock_token
}

async fn change_offer(deal: &Deal<'_>, function: &str, caller: u8, key: String) -> Draft {
    let offer_id = offer(deal).await.offer_id;
    if ["edit-offer", "resume-offer"].contains(&function) {
        deal.seller.pause_offer(&deal.key(), offer_id).await.unwrap();
    }
    let verb = match function {
        "edit-offer" => {
            let edit = json!({
                "title": "Count letters",
                "description": "",
                "tags": ["letters"],
                "pricing": { "type": "fixed", "amount_raw": PRICE },
                "turnaround_seconds": 60,
                "input_schema": true,
                "output_schema": {},
                "example": { "input": 1, "output": 2 },
                "expires_at": deal.world.now().plus(Seconds(3_600)),
            });
            return Draft::post(caller, format!("/v1/offers/{offer_id}"), key, &edit).with_method(http::Method::PATCH);
        }
        other => other.strip_suffix("-offer").unwrap(),
    };
    Draft::post(caller, format!("/v1/offers/{offer_id}/{verb}"), key, &json!({}))
}

/// This call about this job by this bot, right in itself whatever stage the job is in.
pub(crate) async fn job_call(deal: &Deal<'_>, standing: &Standing, function: &str, caller: u8, number: u32) -> Draft {
    let Standing { job_id, token } = standing;
    let bot = Bot::from_seed(&[caller; 32]);
    // What a caller signs names itself as the seller: only who it is may be wrong with the call, not what it signs.
    let job = JobView {
        seller: bot.id(),
        ..deal.seller.job(*job_id).await.unwrap().value
    };
    let (verb, body) = match function {
        "quote-job" => {
            let expires_at = deal.world.now().plus(Seconds(900));
            let quote = bot.quote(&job, PRICE, deal.invoice_key(number).public(), expires_at);
            ("quote", json!(quote.unwrap()))
        }
        "accept-job" => ("accept", json!({})),
        "decline-job" => ("decline", json!({ "reason": "no time" })),
        "cancel-job" => ("cancel", json!({ "reason": "not needed" })),
        "submit-payment" => (
            "payment",
            json!(NameBlock {
                block_hash: block(number)
            }),
        ),
        "lock-job" => (
            "lock",
            json!({ "lease_seconds": 60, "payment_verified_by_seller": true }),
        ),
        "renew-lock" => {
            let renew = RenewLock {
                lock_token: token.clone(),
                lease_seconds: Some(Seconds(60)),
            };
            ("lock/renew", json!(renew))
        }
        "release-lock" => {
            let release = ReleaseLock {
                lock_token: token.clone(),
            };
            ("lock/release", json!(release))
        }
        "deliver-job" => {
            let outcome = DeliveredOutcome::Result(Output::Json(json!({ "words": 1 })));
            ("deliver", json!(bot.delivery(&job, token, outcome).unwrap()))
        }
        "record-refund" => (
            "refund",
            json!(NameBlock {
                block_hash: block(number.wrapping_add(1_000_000))
            }),
        ),
        unknown => panic!("{unknown} is a call that these tests do not know"),
    };
    Draft::post(
        caller,
        format!("/v1/jobs/{job_id}/{verb}"),
        format!("{function}-{number}"),
        &body,
    )
}

/// A key out of any text.
pub(crate) fn key(text: &str) -> IdempotencyKey {
    text.parse().unwrap()
}
