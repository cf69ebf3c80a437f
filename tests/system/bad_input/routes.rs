//! Paths and methods that no route has, and ids that name nothing.

use http::Method;
use nanoark_http::problem::Code;
use nanoark_http::routes::{self, ROUTES};
use serde_json::json;

use crate::calls::{BUYER, SELLER, Standing, job_call, job_mutations, mutations};
use crate::world::{Deal, Draft, World};

const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_told_the_ones_it_has() {
    let world = World::new().await;
    for route in &ROUTES {
        for method in METHODS {
            if routes::find(&method, route.path).is_ok() {
                continue;
            }
            let case = format!("{method} {}", route.path);
            // With a body and without: what comes with the request is not what is wrong with it.
            for body in ["", "{}"] {
                let draft = Draft::post(BUYER, route.path, "k", &json!({})).with_body(body);
                let request = draft
                    .with_method(method.clone())
                    .with_target(route.path.replace(['{', '}'], ""))
                    .unsigned();
                let answer = world.send(request).await;
                crate::world::problem(&case, &answer, Code::MethodNotAllowed);
                let allowed: Vec<&str> = answer.headers()["allow"].to_str().unwrap().split(", ").collect();
                let expected: Vec<&str> = METHODS
                    .iter()
                    .filter(|method| routes::find(method, route.path).is_ok())
                    .map(Method::as_str)
                    .collect();
                assert_eq!(sorted(&allowed), sorted(&expected), "{case}");
            }
        }
    }
}

fn sorted<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_path_that_is_not_exactly_one_of_ours_is_unknown() {
    let world = World::new().await;
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/jobs/",
        "/v1//jobs",
        "/v2/jobs",
        "/V1/jobs",
        "/v1/Jobs",
        "/v1/jobs/a/b",
        "/v1/jobs//quote",
        "/v1/jobs/a/lock/renew/",
        "/v1/jobs/a/lock/steal",
        "/v1/offers/a/delete",
        "/v1/../v1/health",
        "/v1/%6Aobs",
        "/.env",
        "/v1/health.json",
        "/favicon.ico",
    ] {
        for method in METHODS {
            let case = format!("{method} {path}");
            for size in [0, 2, 20_000] {
                let draft = Draft::post(BUYER, path, "k", &json!({})).with_body("x".repeat(size));
                let request = draft.with_method(method.clone()).unsigned();
                world.refused(&case, request, Code::UnknownRoute).await;
            }
        }
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_one_names_nothing_like_one_that_nobody_has() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.requested().await;
    let (hex, real) = ("ab".repeat(16), job_id.to_string());
    let ids = [
        format!("job_{hex}"),
        format!("offer_{hex}"),
        hex.clone(),
        "x".to_owned(),
        "%00".to_owned(),
        "..".to_owned(),
        real.to_uppercase(),
        format!("{real}0"),
        format!("{real}%20"),
        format!("%20{real}"),
        real[..35].to_owned(),
        "a".repeat(2_000),
    ];
    for id in &ids {
        for path in [format!("/v1/jobs/{id}"), format!("/v1/offers/{id}")] {
            world
                .refused(&path, Draft::get(BUYER, &path).signed(&world), Code::NotFound)
                .await;
        }
    }
    let standing = Standing {
        job_id,
        token: "00".repeat(16),
    };
    for route in job_mutations() {
        let draft = job_call(&deal, &standing, route.function, SELLER, 1).await;
        for id in &ids[1..4] {
            let path = draft.target.replace(&real, id);
            let case = format!("{} {id}", route.function);
            world
                .refused(&case, draft.clone().with_target(path).signed(&world), Code::NotFound)
                .await;
        }
    }
    for route in mutations().filter(|route| route.path.contains("{offer_id}")) {
        let path = route.path.replace("{offer_id}", &ids[1]);
        let draft = Draft::post(SELLER, path, "k", &json!({})).with_method(route.method.clone());
        world
            .refused(route.function, draft.signed(&world), Code::NotFound)
            .await;
    }
}
