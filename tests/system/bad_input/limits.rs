//! The limits inside of bodies: the last value that is taken, and the first that is not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nanoark_client::Bot;
use nanoark_client::wire::jobs::{DeliveredOutcome, JobView};
use nanoark_domain::payload::Output;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;
use nanoark_nano::{Account, RawAmount};
use serde_json::{Value, json};

use crate::calls::{SELLER, Stage, bring, job_call, lock_unpaid, ready, usual_caller};
use crate::world::{Deal, Draft, PRICE, World};

/// A JSON text whose canonical form has this many bytes.
fn json_of(size: usize) -> Value {
    json!("x".repeat(size - 2))
}

/// A sealed box of this many bytes.
fn sealed(size: usize) -> String {
    URL_SAFE_NO_PAD.encode(vec![7; size])
}

fn tags(count: usize, length: usize) -> Value {
    (0..count).map(|number| format!("{number:0length$}")).collect()
}

/// Sends a mutation with one member set: done with `good`, refused with `bad`, which `pointer` names.
async fn edge(deal: &Deal<'_>, function: &str, number: u32, pointer: &str, good: Value, bad: Value) {
    let member = pointer.split('/').nth(1).unwrap();
    let draft = ready(deal, function, usual_caller(function), number).await;
    let case = format!("{function}: {pointer} ({number})");
    refused_at(deal, &case, &draft.clone().with_member(member, bad), pointer).await;
    deal.world
        .done(&case, draft.with_member(member, good).signed(deal.world))
        .await;
}

/// Sends a draft that must be refused for the field at `pointer`.
async fn refused_at(deal: &Deal<'_>, case: &str, draft: &Draft, pointer: &str) {
    let problem = deal
        .world
        .refused(case, draft.signed(deal.world), Code::InvalidField)
        .await;
    assert_eq!(problem["fields"][0]["pointer"], pointer, "{case}: {problem}");
    assert!(!problem["fields"][0]["reason"].as_str().unwrap().is_empty(), "{case}");
}

#[tokio::test]
async fn what_an_offer_says_has_limits_when_it_is_published_and_when_it_is_edited() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let text = |size: usize| json!("x".repeat(size));
    let now = world.now();
    let fixed = |amount: &str| json!({ "type": "fixed", "amount_raw": amount });
    let edges = [
        ("/title", text(120), text(121)),
        ("/title", json!("é".repeat(60)), json!("é".repeat(61))),
        ("/title", json!("x"), json!(" \t ")),
        ("/title", json!("one\ttwo"), json!("one\u{0}two")),
        ("/description", text(2_000), text(2_001)),
        ("/description", json!("one\ntwo"), json!("one\u{1b}[31m")),
        ("/tags", tags(16, 2), tags(17, 2)),
        ("/tags", tags(1, 32), tags(1, 33)),
        ("/tags", json!(["a-b_c.d"]), json!(["a b"])),
        ("/tags", json!([]), json!([""])),
        ("/turnaround_seconds", json!(1), json!(0)),
        ("/turnaround_seconds", json!(2_592_000), json!(2_592_001)),
        ("/pricing/amount_raw", fixed("1"), fixed("0")),
        // The rest of the object takes 9 bytes: {"a":"…"} and its quotes.
        (
            "/input_schema",
            json!({ "a": "x".repeat(8_192 - 8) }),
            json!({ "a": "x".repeat(8_193 - 8) }),
        ),
        (
            "/output_schema",
            json!({ "a": "x".repeat(8_192 - 8) }),
            json!({ "a": "x".repeat(8_193 - 8) }),
        ),
        ("/input_schema", json!(false), json!([])),
        ("/output_schema", json!({}), json!("object")),
        (
            "/example/input",
            json!({ "input": json_of(8_192), "output": 1 }),
            json!({ "input": json_of(8_193), "output": 1 }),
        ),
        (
            "/example/output",
            json!({ "input": 1, "output": json_of(8_192) }),
            json!({ "input": 1, "output": json_of(8_193) }),
        ),
        ("/expires_at", json!(now.plus(Seconds(1))), json!(now)),
        (
            "/expires_at",
            json!(now.plus(Seconds(2_592_000))),
            json!(now.plus(Seconds(2_592_001))),
        ),
        ("/expires_at", json!("2026-11-22T00:00:00Z"), json!("tomorrow")),
    ];
    for (number, (pointer, good, bad)) in edges.into_iter().enumerate() {
        for (step, function) in ["publish-offer", "edit-offer"].into_iter().enumerate() {
            let number = (number * 2 + step) as u32;
            edge(&deal, function, number, pointer, good.clone(), bad.clone()).await;
        }
    }
}

#[tokio::test]
async fn every_fault_of_an_offer_is_named_at_once() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let draft = ready(&deal, "publish-offer", SELLER, 1).await;
    let draft = draft
        .with_member("title", json!(""))
        .with_member("tags", tags(17, 33))
        .with_member("turnaround_seconds", json!(0));
    let problem = world.refused("three", draft.signed(&world), Code::InvalidField).await;
    let pointers: Vec<&Value> = problem["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| &field["pointer"])
        .collect();
    assert_eq!(pointers, ["/title", "/tags", "/tags", "/turnaround_seconds"]);
}

#[tokio::test]
async fn an_input_has_a_limit_in_the_clear_and_sealed() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let edges = [
        (
            "/input",
            json!({ "json": json_of(65_536) }),
            json!({ "json": json_of(65_537) }),
        ),
        (
            "/input",
            json!({ "sealed": sealed(65_536) }),
            json!({ "sealed": sealed(65_537) }),
        ),
        (
            "/input/sealed",
            json!({ "sealed": sealed(48) }),
            json!({ "sealed": sealed(47) }),
        ),
        (
            "/input/sealed",
            json!({ "sealed": sealed(50) }),
            json!({ "sealed": format!("{}=", sealed(50)) }),
        ),
        (
            "/input/sealed",
            json!({ "sealed": sealed(48) }),
            json!({ "sealed": "+/".repeat(32) }),
        ),
        (
            "/input/sealed",
            json!({ "sealed": sealed(48) }),
            json!({ "sealed": "" }),
        ),
        ("/input", json!({ "json": null }), json!({})),
        (
            "/input",
            json!({ "json": [] }),
            json!({ "json": 1, "sealed": sealed(48) }),
        ),
        ("/input", json!({ "json": 1 }), json!({ "text": "a" })),
    ];
    for (number, (pointer, good, bad)) in edges.into_iter().enumerate() {
        edge(&deal, "request-job", number as u32, pointer, good, bad).await;
    }
}

#[tokio::test]
async fn an_outcome_has_a_limit_in_every_form() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let result = |output: Value| DeliveredOutcome::Result(serde_json::from_value::<Output>(output).unwrap());
    let link = |path: usize| json!({ "link": { "url": format!("https://e.org/{}", "a".repeat(path)), "sha256": "ab".repeat(32) } });
    let edges = [
        (
            "/outcome/result",
            result(json!({ "json": json_of(262_144) })),
            result(json!({ "json": json_of(262_145) })),
        ),
        (
            "/outcome/result",
            result(json!({ "sealed": sealed(262_144) })),
            result(json!({ "sealed": sealed(262_145) })),
        ),
        (
            "/outcome/error",
            DeliveredOutcome::Error("x".repeat(8_192)),
            DeliveredOutcome::Error("x".repeat(8_193)),
        ),
    ];
    let bot = Bot::from_seed(&[SELLER; 32]);
    for (number, (pointer, good, bad)) in edges.into_iter().enumerate() {
        let job = deal.accepted(number as u32).await;
        let token = lock_unpaid(&deal, job.job_id).await;
        let draft = |outcome: DeliveredOutcome| {
            let body = bot.delivery(&job, &token, outcome).unwrap();
            Draft::post(
                SELLER,
                format!("/v1/jobs/{}/deliver", job.job_id),
                format!("deliver-{number}"),
                &body,
            )
        };
        refused_at(&deal, pointer, &draft(bad), pointer).await;
        world.done(pointer, draft(good).signed(&world)).await;
    }

    // What is no outcome at all.
    let standing = bring(&deal, Stage::Running, 10).await;
    let draft = job_call(&deal, &standing, "deliver-job", SELLER, 10).await;
    for (case, outcome) in [
        ("neither", json!({})),
        ("both", json!({ "result": { "json": 1 }, "error": "no" })),
        ("no url", json!({ "result": { "link": { "sha256": "ab".repeat(32) } } })),
        (
            "no digest",
            json!({ "result": { "link": { "url": "https://e.org/" } } }),
        ),
        (
            "half a digest",
            json!({ "result": { "link": { "url": "https://e.org/", "sha256": "ab".repeat(16) } } }),
        ),
        ("http", url("http://e.org/")),
        ("credentials", url("https://user:pw@e.org/")),
        ("a user name", url("https://user@e.org/")),
        ("no host", url("https://")),
        ("another scheme", url("ftp://e.org/")),
        ("a script", url("javascript:alert(1)")),
        ("no url at all", url("e.org")),
        ("too long", json!({ "result": link(2_035) })),
        ("a box too short", json!({ "result": { "sealed": sealed(47) } })),
        (
            "a box in another alphabet",
            json!({ "result": { "sealed": "+/".repeat(32) } }),
        ),
    ] {
        let problem = world
            .refused(
                case,
                draft.clone().with_member("outcome", outcome).signed(&world),
                Code::InvalidField,
            )
            .await;
        let pointer = problem["fields"][0]["pointer"].as_str().unwrap();
        assert!(pointer.starts_with("/outcome"), "{case}: {problem}");
    }
    let longest = DeliveredOutcome::Result(serde_json::from_value(link(2_034)).unwrap());
    let job = deal.seller.job(standing.job_id).await.unwrap().value;
    let body = bot.delivery(&job, &standing.token, longest).unwrap();
    world
        .done("the longest link", draft.with_json(&json!(body)).signed(&world))
        .await;
}

fn url(text: &str) -> Value {
    json!({ "result": { "link": { "url": text, "sha256": "ab".repeat(32) } } })
}

#[tokio::test]
async fn reasons_and_leases_have_limits() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let text = |size: usize| json!("x".repeat(size));
    for (number, (function, pointer, good, bad)) in [
        ("cancel-job", "/reason", text(200), text(201)),
        ("decline-job", "/reason", text(200), text(201)),
        ("decline-job", "/reason", json!("é".repeat(100)), json!("é".repeat(101))),
        ("lock-job", "/lease_seconds", json!(30), json!(29)),
        ("lock-job", "/lease_seconds", json!(1_800), json!(1_801)),
        ("renew-lock", "/lease_seconds", json!(30), json!(29)),
        ("renew-lock", "/lease_seconds", json!(1_800), json!(1_801)),
        ("lock-job", "/lease_seconds", json!(60), json!(-1)),
        ("lock-job", "/lease_seconds", json!(60), json!(4_294_967_296_u64)),
    ]
    .into_iter()
    .enumerate()
    {
        edge(&deal, function, number as u32, pointer, good, bad).await;
    }
    for (number, function) in ["renew-lock", "release-lock", "deliver-job"].into_iter().enumerate() {
        let draft = ready(&deal, function, SELLER, 100 + number as u32).await;
        for token in ["", "zz", &"0".repeat(31), &"0".repeat(33), &"g".repeat(32)] {
            let draft = draft.clone().with_member("lock_token", json!(token));
            refused_at(&deal, function, &draft, "/lock_token").await;
        }
    }
    for (number, function) in ["submit-payment", "record-refund"].into_iter().enumerate() {
        let draft = ready(&deal, function, usual_caller(function), 200 + number as u32).await;
        for hash in ["", "00", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64)] {
            let draft = draft.clone().with_member("block_hash", json!(hash));
            refused_at(&deal, function, &draft, "/block_hash").await;
        }
    }
}

#[tokio::test]
async fn a_quote_has_a_price_an_account_and_a_lifetime_within_limits() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.requested().await;
    let job = deal.seller.job(job_id).await.unwrap().value;
    let invoice = deal.invoice_key(1).public();
    let draft = |job: &JobView, amount, account, lifetime: u64| {
        let expires_at = nanoark_domain::time::Timestamp::from_millis(world.now().as_millis() + lifetime);
        let quote = deal.seller.bot().quote(job, amount, account, expires_at).unwrap();
        Draft::post(SELLER, format!("/v1/jobs/{}/quote", job.job_id), "quote", &quote)
    };
    // The seller's clock may lead by a minute, so the relay allows that much more than an hour.
    let longest = (3_600 + 60) * 1_000;
    for (case, draft, pointer) in [
        (
            "nothing to pay",
            draft(&job, RawAmount::ZERO, invoice, 900_000),
            "/amount_raw",
        ),
        (
            "the burn account",
            draft(&job, PRICE, Account::BURN, 900_000),
            "/invoice_account",
        ),
        ("over already", draft(&job, PRICE, invoice, 0), "/expires_at"),
        ("too long", draft(&job, PRICE, invoice, longest + 1), "/expires_at"),
    ] {
        refused_at(&deal, case, &draft, pointer).await;
    }
    let plain = draft(&job, PRICE, invoice, 900_000);
    let raw_max = RawAmount::MAX.to_string();
    for (case, member, value) in [
        ("no number", "amount_raw", json!("1.5")),
        ("a sign", "amount_raw", json!("+1")),
        ("a number, not a text", "amount_raw", json!(1)),
        ("beyond 128 bits", "amount_raw", json!(format!("{raw_max}0"))),
        (
            "a wrong checksum",
            "invoice_account",
            json!(spoiled(&invoice.to_string())),
        ),
        ("no account", "invoice_account", json!("nano_1")),
        ("half a signature", "signature", json!("ab".repeat(32))),
        ("no hex", "signature", json!("zz".repeat(64))),
        ("no buyer", "buyer", json!("me")),
        ("an upper-case buyer", "buyer", json!("AB".repeat(32))),
        ("another kind of id", "offer_id", json!(job_id)),
    ] {
        refused_at(
            &deal,
            case,
            &plain.clone().with_member(member, value),
            &format!("/{member}"),
        )
        .await;
    }
    world
        .done("the longest", draft(&job, PRICE, invoice, longest).signed(&world))
        .await;
    for (number, lifetime) in [(2, 1), (3, 3_600_000)] {
        let job = deal.seller.job(deal.requested().await).await.unwrap().value;
        let account = deal.invoice_key(number).public();
        let draft = draft(&job, RawAmount::from_raw(1), account, lifetime).with_key(format!("quote-{number}"));
        world.done("within", draft.signed(&world)).await;
    }
}

/// The account with its last character, a part of the checksum, replaced.
fn spoiled(account: &str) -> String {
    let (rest, last) = account.split_at(account.len() - 1);
    format!("{rest}{}", if last == "1" { "3" } else { "1" })
}
