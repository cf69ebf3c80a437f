//! Bodies that cannot be read, for every route that takes one.

use bytes::Bytes;
use http::HeaderName;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use nanoark_http::problem::Code;
use nanoark_http::routes::{ROUTES, Route, Service};
use serde_json::{Value, json};

use crate::calls::{mutations, ready, usual_caller};
use crate::world::{Deal, Draft, World, set};

/// Members that may be left out; every other member of a body must be there, except in an edit.
const OPTIONAL: [&str; 11] = [
    "description",
    "tags",
    "input_schema",
    "output_schema",
    "example",
    "expires_at",
    "refund_account",
    "reason",
    "lease_seconds",
    "payment_verified_by_seller",
    "payment_hash",
];

async fn every_mutation(deal: &Deal<'_>) -> Vec<(&'static str, Draft)> {
    let mut drafts = Vec::new();
    for (number, route) in mutations().enumerate() {
        let draft = ready(deal, route.function, usual_caller(route.function), number as u32).await;
        drafts.push((route.function, draft));
    }
    drafts
}

#[tokio::test]
async fn what_is_no_json_is_malformed_whatever_the_route() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    let bodies: [(&str, &[u8]); 9] = [
        ("white space", b" "),
        ("half", b"{"),
        ("two values", b"{}{}"),
        ("a trailing comma", b"{\"reason\":\"x\",}"),
        ("single quotes", b"{'reason':'x'}"),
        ("a member twice", b"{\"reason\":\"x\",\"reason\":\"x\"}"),
        ("no UTF-8", b"{\"reason\":\"\xff\"}"),
        ("NaN", b"NaN"),
        ("too deep", deep.as_bytes()),
    ];
    for (function, draft) in every_mutation(&deal).await {
        for (case, body) in bodies {
            let request = draft.clone().with_body(Bytes::copy_from_slice(body)).signed(&world);
            world
                .refused(&format!("{function}: {case}"), request, Code::MalformedJson)
                .await;
        }
    }
}

#[tokio::test]
async fn an_unknown_field_is_named_whatever_the_route() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (function, draft) in every_mutation(&deal).await {
        let request = draft.with_member("surplus", json!(1)).signed(&world);
        let problem = world.refused(function, request, Code::UnknownField).await;
        assert_eq!(problem["fields"][0]["pointer"], "/surplus", "{function}");
    }
    // Inside of what is nested too.
    for (function, pointer, member, value) in [
        (
            "publish-offer",
            "/pricing",
            "pricing",
            json!({ "type": "quote", "surplus": 1 }),
        ),
        (
            "publish-offer",
            "/example/surplus",
            "example",
            json!({ "input": 1, "output": 1, "surplus": 1 }),
        ),
        (
            "deliver-job",
            "/outcome/result/link/surplus",
            "outcome",
            json!({ "result": { "link": {
            "url": "https://example.org/", "sha256": "00".repeat(32), "surplus": 1 } } }),
        ),
    ] {
        let draft = ready(&deal, function, usual_caller(function), 100).await;
        let request = draft.with_member(member, value).signed(&world);
        let problem = world.refused(function, request, Code::UnknownField).await;
        let found = problem["fields"][0]["pointer"].as_str().unwrap();
        assert!(found.starts_with(pointer), "{function}: {found}");
    }
}

#[tokio::test]
async fn every_field_of_another_type_is_named_whatever_the_route() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (function, draft) in every_mutation(&deal).await {
        let Value::Object(members) = draft.json() else {
            panic!("{function}")
        };
        for name in members.keys() {
            // No field of any body is a number with a fraction.
            let request = draft.clone().with_member(name, json!(7.5)).signed(&world);
            let case = format!("{function}: {name}");
            let problem = world.refused(&case, request, Code::InvalidField).await;
            let pointer = problem["fields"][0]["pointer"].as_str().unwrap();
            assert!(pointer.starts_with(&format!("/{name}")), "{case}: {problem}");
            assert!(!problem["fields"][0]["reason"].as_str().unwrap().is_empty(), "{case}");
        }
        for body in [json!([]), json!("text"), json!(7), json!(null)] {
            let case = format!("{function}: {body}");
            world
                .refused(&case, draft.clone().with_json(&body).signed(&world), Code::InvalidField)
                .await;
        }
    }
}

/// Serde would read an array of a struct's fields, in their order, as the struct.
#[tokio::test]
async fn an_array_in_the_place_of_an_object_is_an_invalid_field() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (function, draft) in every_mutation(&deal).await {
        let Value::Object(members) = draft.json() else {
            panic!("{function}")
        };
        let in_order: Vec<Value> = members.values().cloned().collect();
        world
            .refused(
                function,
                draft.with_json(&json!(in_order)).signed(&world),
                Code::InvalidField,
            )
            .await;
    }
    let offer = nanoark_client::offer_as_read(&deal.offer);
    let read = json!([
        offer.offer_id,
        offer.seller,
        offer.revision,
        offer.pricing,
        offer.turnaround_seconds
    ]);
    let standing = json!({ "type": "fixed", "amount_raw": "1", "standing_quote": [600, "ab".repeat(64)] });
    let link = json!({ "result": { "link": ["https://example.org/", "ab".repeat(32)] } });
    for (function, member, value) in [
        ("request-job", "offer", read),
        ("publish-offer", "pricing", json!(["quote"])),
        ("edit-offer", "pricing", json!(["quote"])),
        ("publish-offer", "pricing", standing),
        ("publish-offer", "example", json!([1, 2])),
        ("edit-offer", "example", json!([1, 2])),
        ("deliver-job", "outcome", link),
    ] {
        let draft = ready(&deal, function, usual_caller(function), 100).await;
        let request = draft.with_member(member, value).signed(&world);
        let problem = world.refused(function, request, Code::InvalidField).await;
        let pointer = problem["fields"][0]["pointer"].as_str().unwrap();
        assert!(pointer.starts_with(&format!("/{member}")), "{function}: {problem}");
    }
}

#[tokio::test]
async fn every_field_that_is_needed_is_missed_whatever_the_route() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (function, draft) in every_mutation(&deal).await {
        let Value::Object(members) = draft.json() else {
            panic!("{function}")
        };
        for name in members.keys() {
            if function == "edit-offer" || OPTIONAL.contains(&name.as_str()) {
                continue;
            }
            let mut without = members.clone();
            without.remove(name);
            let request = draft.clone().with_json(&Value::Object(without)).signed(&world);
            let case = format!("{function}: without {name}");
            let problem = world.refused(&case, request, Code::InvalidField).await;
            let reason = problem["fields"][0]["reason"].as_str().unwrap();
            assert_eq!(reason, format!("missing field `{name}`"), "{case}");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_not_plain_json_is_an_unsupported_media_type_whatever_the_route() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let headers: [(&str, &HeaderName, Option<&str>); 6] = [
        ("none", &CONTENT_TYPE, None),
        ("text", &CONTENT_TYPE, Some("text/plain")),
        ("a form", &CONTENT_TYPE, Some("application/x-www-form-urlencoded")),
        (
            "another charset",
            &CONTENT_TYPE,
            Some("application/json; charset=latin-1"),
        ),
        ("two", &CONTENT_TYPE, Some("application/json,application/json")),
        ("packed", &CONTENT_ENCODING, Some("gzip")),
    ];
    for (function, draft) in every_mutation(&deal).await {
        for (case, name, value) in headers {
            let mut request = draft.signed(&world);
            match value {
                Some(value) => set(&mut request, name, value),
                None => drop(request.headers_mut().remove(name)),
            }
            let case = format!("{function}: {case}");
            world.refused(&case, request, Code::UnsupportedMediaType).await;
        }
    }
}

#[tokio::test]
async fn a_body_of_the_routes_limit_is_read_and_one_byte_more_is_not() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (number, route) in mutations().enumerate() {
        let function = route.function;
        let draft = ready(&deal, function, usual_caller(function), number as u32).await;
        // White space at the end is JSON, so that the body stays right however long it is.
        let padded = |size: usize| {
            let mut body = draft.body.to_vec();
            body.resize(size, b' ');
            draft.clone().with_body(body).signed(&world)
        };
        let problem = world
            .refused(function, padded(route.max_body + 1), Code::BodyTooLarge)
            .await;
        assert_eq!(problem["largest_body"], route.max_body, "{function}");
        world.done(function, padded(route.max_body)).await;
    }
}

#[tokio::test]
async fn a_read_has_no_body() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.requested().await;
    let reads = |route: &&Route| route.service == Service::JobRelay && route.max_body == 0;
    for route in ROUTES.iter().filter(reads) {
        let path = route
            .path
            .replace("{job_id}", &job_id.to_string())
            .replace("{offer_id}", &deal.offer.offer_id.to_string());
        let request = Draft::get(crate::calls::BUYER, path).with_body("x").signed(&world);
        world.refused(route.function, request, Code::BodyTooLarge).await;
    }
}
