//! Query strings and cursors that cannot be used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nanoark_http::problem::Code;
use serde_json::Value;

use crate::calls::{BUYER, SELLER, offer};
use crate::world::{Deal, Draft, World};

#[tokio::test]
async fn a_query_that_says_something_unknown_wrong_or_twice_is_told_what() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    deal.requested().await;
    let words: Vec<String> = (0..17).map(|number| format!("w{number}")).collect();
    let seventeen = format!("/v1/offers?q={}", words.join("+"));
    let sixteen = format!("/v1/offers?q={}", words[..16].join("+"));
    for (target, code, pointer) in [
        ("/v1/offers?colour=red", Code::UnknownField, "?colour"),
        ("/v1/offers?Q=a", Code::UnknownField, "?Q"),
        ("/v1/offers?q=a&q=b", Code::InvalidField, "?q"),
        (&seventeen, Code::InvalidField, "?q"),
        ("/v1/offers?seller=me", Code::InvalidField, "?seller"),
        ("/v1/offers?pricing=free", Code::InvalidField, "?pricing"),
        ("/v1/offers?price_min_raw=-1", Code::InvalidField, "?price_min_raw"),
        ("/v1/offers?price_max_raw=1.5", Code::InvalidField, "?price_max_raw"),
        ("/v1/offers?sort=best", Code::InvalidField, "?sort"),
        ("/v1/offers?limit=0", Code::InvalidField, "?limit"),
        ("/v1/offers?limit=101", Code::InvalidField, "?limit"),
        ("/v1/offers?limit=ten", Code::InvalidField, "?limit"),
        ("/v1/jobs", Code::InvalidField, "?role"),
        ("/v1/jobs?role=owner", Code::InvalidField, "?role"),
        ("/v1/jobs?role=buyer&role=seller", Code::InvalidField, "?role"),
        ("/v1/jobs?role=buyer&bot=x", Code::UnknownField, "?bot"),
        ("/v1/jobs?role=buyer&status=done", Code::InvalidField, "?status"),
        ("/v1/jobs?role=buyer&status=requested,", Code::InvalidField, "?status"),
        (
            "/v1/jobs?role=buyer&updated_after=yesterday",
            Code::InvalidField,
            "?updated_after",
        ),
        ("/v1/jobs?role=buyer&limit=101", Code::InvalidField, "?limit"),
        (
            "/v1/jobs?role=buyer&cursor=e30&updated_after=2026-11-21T00%3A00%3A00Z",
            Code::InvalidField,
            "?updated_after",
        ),
    ] {
        let problem = world
            .refused(target, Draft::get(BUYER, target).signed(&world), code)
            .await;
        assert_eq!(problem["fields"][0]["pointer"], pointer, "{target}");
    }
    for target in [&sixteen, "/v1/offers?limit=100", "/v1/jobs?role=buyer&limit=1"] {
        world.done(target, Draft::get(BUYER, target).signed(&world)).await;
    }
}

/// The cursor of the first page of one.
async fn cursor(world: &World, bot: u8, target: &str) -> String {
    let page = world.done(target, Draft::get(bot, target).signed(world)).await;
    page["cursor"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_cursor_is_good_for_the_call_the_query_and_the_bot_that_it_was_given_to() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for _ in 0..3 {
        deal.requested().await;
        offer(&deal).await;
    }
    let offers = cursor(&world, BUYER, "/v1/offers?q=count&limit=1").await;
    let bought = cursor(&world, BUYER, "/v1/jobs?role=buyer&limit=1").await;
    let sold = cursor(&world, SELLER, "/v1/jobs?role=seller&limit=1").await;
    let open = cursor(&world, BUYER, "/v1/jobs?role=buyer&status=requested,quoted&limit=1").await;

    for (bot, target) in [
        (BUYER, format!("/v1/offers?q=count&limit=2&cursor={offers}")),
        (SELLER, format!("/v1/offers?q=count&cursor={offers}")),
        (BUYER, format!("/v1/jobs?role=buyer&limit=2&cursor={bought}")),
        (
            BUYER,
            format!("/v1/jobs?role=buyer&status=quoted,requested&cursor={open}"),
        ),
    ] {
        world.done(&target, Draft::get(bot, &target).signed(&world)).await;
    }
    for (case, bot, target) in [
        ("other words", BUYER, format!("/v1/offers?q=letters&cursor={offers}")),
        (
            "another order",
            BUYER,
            format!("/v1/offers?q=count&sort=newest&cursor={offers}"),
        ),
        ("no words", BUYER, format!("/v1/offers?cursor={offers}")),
        ("of jobs", BUYER, format!("/v1/offers?q=count&cursor={bought}")),
        ("of offers", BUYER, format!("/v1/jobs?role=buyer&cursor={offers}")),
        (
            "of the other side",
            BUYER,
            format!("/v1/jobs?role=seller&cursor={bought}"),
        ),
        (
            "of another filter",
            BUYER,
            format!("/v1/jobs?role=buyer&status=quoted&cursor={bought}"),
        ),
        ("of no filter", BUYER, format!("/v1/jobs?role=buyer&cursor={open}")),
        ("of another bot", BUYER, format!("/v1/jobs?role=seller&cursor={sold}")),
    ] {
        world
            .refused(case, Draft::get(bot, &target).signed(&world), Code::BadCursor)
            .await;
    }
}

#[tokio::test]
async fn garbage_is_no_cursor() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    deal.requested().await;
    offer(&deal).await;
    let real = cursor(&world, BUYER, "/v1/jobs?role=buyer").await;
    let mut turned: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&real).unwrap()).unwrap();
    turned["position"] = Value::from("everywhere");
    for text in [
        String::new(),
        "x".to_owned(),
        "e30".to_owned(),
        "bnVsbA".to_owned(),
        "W10".to_owned(),
        format!("{real}x"),
        real[..real.len() / 2].to_owned(),
        real.to_lowercase(),
        "%F0%9F%90%99".to_owned(),
        URL_SAFE_NO_PAD.encode(turned.to_string()),
        URL_SAFE_NO_PAD.encode(" ".repeat(2_000)),
    ] {
        for target in ["/v1/jobs?role=buyer", "/v1/offers?limit=1"] {
            let target = format!("{target}&cursor={text}");
            world
                .refused(&target, Draft::get(BUYER, &target).signed(&world), Code::BadCursor)
                .await;
        }
    }
}
