//! `events/`: two stories of sample events, played through the functions in order: one of a job, one of a session. Every
//! sample is a valid event of the instant it was made for: signed, accepted and answered as it says here.
//!
//! `UPDATE_EVENTS=1 cargo test -p nanoark-tests samples` writes the files anew.

mod event;
mod session;
mod socket;

use std::collections::BTreeSet;
use std::time::Duration;

use http::Method;
use nanoark_client::wire::jobs::{DeliveredOutcome, LockJob};
use nanoark_client::{Bot, IdempotencyKey};
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::payload::Output;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_local::Stack;
use serde_json::{Value, json};

use crate::world::{Deal, PRICE, World};
use event::{Caller, Http, check, scheduled};

/// What a function answers to its sample.
async fn invoke(stack: &Stack, function: &str, event: &Value) -> Value {
    check(function, event);
    let event = serde_json::value::to_raw_value(event).unwrap();
    let answer = stack.invoke(function, event).await.unwrap();
    serde_json::from_str(answer.get()).unwrap()
}

/// The sample whose function this is, signed by its caller, and the status it is answered with.
async fn called(stack: &Stack, now: Timestamp, function: &str, http: Http<'_>, status: u16) -> Value {
    let answer = invoke(stack, function, &http.event(function, now)).await;
    assert_eq!(answer["statusCode"], status, "{function}: {}", answer["body"]);
    serde_json::from_str(answer["body"].as_str().unwrap_or("null")).unwrap()
}

async fn call(world: &World, function: &str, http: Http<'_>, status: u16) -> Value {
    called(&world.stack, world.now(), function, http, status).await
}

#[tokio::test]
async fn the_samples_tell_one_job_from_offer_to_refund() {
    let world = World::new().await;
    let (seller, buyer) = (Bot::from_seed(&[1; 32]), Bot::from_seed(&[2; 32]));
    let signed = |bot, method, path: &str, body: Option<Value>| Http {
        caller: Caller::Bot(bot),
        method,
        path: path.to_owned(),
        query: "",
        body: body.map(|body| body.to_string()),
    };
    let post = |bot, path: &str, body: Value| signed(bot, Method::POST, path, Some(body));
    let read = |path: &str, query| Http {
        caller: Caller::Anyone,
        method: Method::GET,
        path: path.to_owned(),
        query,
        body: None,
    };

    // The offer.
    let offer = json!({
        "title": "Count words", "description": "Counts the words of a text.", "tags": ["text"],
        "pricing": { "type": "quote" }, "turnaround_seconds": 3600,
        "example": { "input": { "text": "to be or not to be" }, "output": { "words": 6 } }
    });
    call(&world, "publish-offer", post(&seller, "/v1/offers", offer), 201).await;
    let offer_id = OfferId::derive(&seller.id(), "sample-publish-offer");
    let at = |suffix: &str| format!("/v1/offers/{offer_id}{suffix}");
    call(
        &world,
        "search-offers",
        read("/v1/offers", "q=count%20words&tags=text"),
        200,
    )
    .await;
    call(&world, "get-offer", read(&at(""), ""), 200).await;
    call(&world, "pause-offer", post(&seller, &at("/pause"), json!({})), 200).await;
    let edit = Some(json!({ "title": "Count the words of a text" }));
    call(&world, "edit-offer", signed(&seller, Method::PATCH, &at(""), edit), 200).await;
    call(&world, "resume-offer", post(&seller, &at("/resume"), json!({})), 200).await;

    // The job, up to the quote.
    let request = json!({
        "offer": {
            "offer_id": offer_id, "seller": seller.id(), "revision": 2, "pricing": { "type": "quote" },
            "turnaround_seconds": 3600
        },
        "input": { "json": { "text": "to be or not to be" } }
    });
    call(&world, "request-job", post(&buyer, "/v1/jobs", request.clone()), 201).await;
    let job_id = JobId::derive(&buyer.id(), "sample-request-job");
    let on = |suffix: &str| format!("/v1/jobs/{job_id}{suffix}");
    let list = Http {
        caller: Caller::Bot(&seller),
        query: "role=seller&status=requested",
        ..read("/v1/jobs", "")
    };
    call(&world, "list-jobs", list, 200).await;
    let get = Http {
        caller: Caller::Bot(&seller),
        ..read(&on(""), "")
    };
    call(&world, "get-job", get, 200).await;

    let deal = Deal::new(&world).await;
    let job = deal.seller.job(job_id).await.unwrap().value;
    let invoice = deal.invoice_key(1).public();
    let quote = seller
        .quote(&job, PRICE, invoice, world.now().plus(Seconds(900)))
        .unwrap();
    call(
        &world,
        "quote-job",
        post(&seller, &on("/quote"), serde_json::to_value(quote).unwrap()),
        200,
    )
    .await;
    call(&world, "accept-job", post(&buyer, &on("/accept"), json!({})), 200).await;

    // The money.
    let block_hash = deal.purse.send(invoice, PRICE).unwrap().block.hash();
    world.pass(Duration::from_millis(200));
    let named = json!({ "block_hash": block_hash });
    call(&world, "submit-payment", post(&buyer, &on("/payment"), named), 200).await;
    for (function, event) in [
        (
            "relay-job-changes",
            event::change(&job_id.to_string(), &block_hash.to_string()),
        ),
        (
            "verify-payment",
            event::payment_check(&job_id.to_string(), &block_hash.to_string()),
        ),
        ("reconcile-payments", scheduled("reconcile-payments")),
        ("expire", scheduled("expire")),
    ] {
        let answer = invoke(&world.stack, function, &event).await;
        assert!(
            !answer.to_string().contains("itemIdentifier\":\""),
            "{function}: {answer}"
        );
    }
    assert_eq!(deal.job(job_id).await.payment.status.as_str(), "confirmed");

    // The work.
    let locked = call(
        &world,
        "lock-job",
        post(&seller, &on("/lock"), json!({ "lease_seconds": 300 })),
        200,
    )
    .await;
    let token = json!({ "lock_token": locked["lock_token"] });
    call(
        &world,
        "renew-lock",
        post(&seller, &on("/lock/renew"), token.clone()),
        200,
    )
    .await;
    call(&world, "release-lock", post(&seller, &on("/lock/release"), token), 200).await;
    world.pass(Duration::from_millis(1));
    let again: IdempotencyKey = "sample-lock-job-again".parse().unwrap();
    let token = deal
        .seller
        .lock_job(&again, job_id, &LockJob::default())
        .await
        .unwrap()
        .value
        .lock_token;
    let job = deal.seller.job(job_id).await.unwrap().value;
    let outcome = DeliveredOutcome::Result(Output::Json(json!({ "words": 6 })));
    let delivery = serde_json::to_value(seller.delivery(&job, &token, outcome).unwrap()).unwrap();
    call(&world, "deliver-job", post(&seller, &on("/deliver"), delivery), 200).await;
    let back = json!({ "block_hash": "AB".repeat(32) });
    call(&world, "record-refund", post(&seller, &on("/refund"), back), 200).await;

    // What did not come to work.
    for (function, bot) in [("decline-job", &seller), ("cancel-job", &buyer)] {
        let key: IdempotencyKey = format!("sample-to-{function}").parse().unwrap();
        let body = serde_json::from_value(request.clone()).unwrap();
        let other = deal.buyer.request_job(&key, &body).await.unwrap().value.job_id;
        let verb = function.trim_end_matches("-job");
        let path = format!("/v1/jobs/{other}/{verb}");
        call(
            &world,
            function,
            post(bot, &path, json!({ "reason": "no capacity today" })),
            200,
        )
        .await;
    }
    call(&world, "cancel-offer", post(&seller, &at("/cancel"), json!({})), 200).await;

    // The hints.
    for (function, event, answered) in [
        ("connect-socket", socket::connect(&seller, world.now()), json!(null)),
        (
            "socket-message",
            socket::message(world.now()),
            json!(r#"{"type":"subscribed"}"#),
        ),
        ("disconnect-socket", socket::disconnect(world.now()), json!(null)),
    ] {
        let answer = invoke(&world.stack, function, &event).await;
        assert_eq!(answer["statusCode"], 200, "{function}: {answer}");
        assert_eq!(answer["body"], answered, "{function}");
    }
    let change = socket::change(&job_id.to_string(), &buyer, &seller);
    let answer = invoke(&world.stack, "push-hints", &change).await;
    assert_eq!(answer, json!({ "batchItemFailures": [] }));

    call(&world, "health", read("/v1/health", ""), 200).await;
    // No arkd is behind this relay, which says so and serves its bots.
    let ready = call(&world, "ready", read("/v1/ready", ""), 200).await;
    assert_eq!(
        ready,
        json!({
            "table": "ok", "queue": "ok", "nano_rpc": "ok",
            "ark_gateway": { "table": "ok", "arkd": "failing" }
        })
    );
    call(&world, "not-found", read("/v1/nothing", ""), 404).await;
}

#[test]
fn every_sample_belongs_to_a_function_of_the_template_and_every_function_has_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let samples: BTreeSet<String> = std::fs::read_dir(root.join("events"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let template = std::fs::read_to_string(root.join("infra/template.yaml")).unwrap();
    let functions: BTreeSet<String> = template
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Binary: ").map(str::to_owned))
        .collect();
    assert_eq!(samples, functions);
}
