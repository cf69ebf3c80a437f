//! Every call in every stage of a job: done, or refused with the code that says why. The complete matrix.

use std::time::Duration;

use nanoark_http::problem::Code;
use nanoark_http::problem::Code::{LockLost, Locked, PaymentExists, PaymentNotConfirmed, TooLate, WrongState};
use serde_json::json;

use crate::calls::{BUYER, SELLER, Stage, bring, job_call, job_mutations, offer, ready, usual_caller};
use crate::world::{Deal, Draft, World};

/// Done.
const DONE: Option<Code> = None;
/// The stage is not one for this call.
const NOT: Option<Code> = Some(WrongState);
const LATE: Option<Code> = Some(TooLate);
const PAID: Option<Code> = Some(PaymentExists);
const UNPAID: Option<Code> = Some(PaymentNotConfirmed);
const TAKEN: Option<Code> = Some(Locked);

/// The calls, in the order of the columns. `lock` begins on the relay's word, `lock*` on the seller's own.
const CALLS: [&str; 11] = [
    "quote-job",
    "accept-job",
    "decline-job",
    "cancel-job",
    "submit-payment",
    "lock-job",
    "lock-job*",
    "renew-lock",
    "release-lock",
    "deliver-job",
    "record-refund",
];

#[rustfmt::skip]
const MATRIX: [(Stage, [Option<Code>; 11]); 16] = [
    //                       quote accept decl. cancel paym. lock    lock*  renew release deliver refund
    (Stage::Requested,      [DONE, NOT,   DONE, DONE,  NOT,  NOT,    NOT,   NOT,  NOT,    NOT,    NOT]),
    (Stage::RequestedLate,  [LATE, NOT,   DONE, DONE,  NOT,  NOT,    NOT,   NOT,  NOT,    NOT,    NOT]),
    (Stage::Quoted,         [NOT,  DONE,  NOT,  DONE,  NOT,  NOT,    NOT,   NOT,  NOT,    NOT,    DONE]),
    (Stage::QuotedLate,     [NOT,  LATE,  NOT,  DONE,  NOT,  NOT,    NOT,   NOT,  NOT,    NOT,    DONE]),
    (Stage::Accepted,       [NOT,  NOT,   NOT,  DONE,  DONE, UNPAID, DONE,  NOT,  NOT,    NOT,    DONE]),
    (Stage::Submitted,      [NOT,  NOT,   NOT,  DONE,  PAID, UNPAID, DONE,  NOT,  NOT,    NOT,    DONE]),
    (Stage::Paid,           [NOT,  NOT,   NOT,  DONE,  PAID, DONE,   DONE,  NOT,  NOT,    NOT,    DONE]),
    (Stage::Running,        [NOT,  NOT,   NOT,  NOT,   PAID, TAKEN,  TAKEN, DONE, DONE,   DONE,   DONE]),
    (Stage::RunningLapsed,  [NOT,  NOT,   NOT,  NOT,   PAID, DONE,   DONE,  DONE, DONE,   DONE,   DONE]),
    (Stage::Delivered,      [NOT,  NOT,   NOT,  NOT,   PAID, NOT,    NOT,   NOT,  NOT,    NOT,    DONE]),
    (Stage::Failed,         [NOT,  NOT,   NOT,  NOT,   PAID, NOT,    NOT,   NOT,  NOT,    NOT,    DONE]),
    (Stage::CancelledEarly, [NOT,  NOT,   NOT,  NOT,   NOT,  NOT,    NOT,   NOT,  NOT,    NOT,    NOT]),
    (Stage::CancelledLate,  [NOT,  NOT,   NOT,  NOT,   DONE, NOT,    NOT,   NOT,  NOT,    NOT,    DONE]),
    (Stage::Declined,       [NOT,  NOT,   NOT,  NOT,   NOT,  NOT,    NOT,   NOT,  NOT,    NOT,    NOT]),
    (Stage::ExpiredEarly,   [NOT,  NOT,   NOT,  NOT,   NOT,  NOT,    NOT,   NOT,  NOT,    NOT,    NOT]),
    (Stage::ExpiredLate,    [NOT,  NOT,   NOT,  NOT,   DONE, NOT,    NOT,   NOT,  NOT,    NOT,    DONE]),
];

/// What the job says of itself in this stage.
const fn status(stage: Stage) -> &'static str {
    match stage {
        Stage::Requested | Stage::RequestedLate => "requested",
        Stage::Quoted | Stage::QuotedLate => "quoted",
        Stage::Accepted | Stage::Submitted | Stage::Paid => "accepted",
        Stage::Running | Stage::RunningLapsed => "running",
        Stage::Delivered => "delivered",
        Stage::Failed => "failed",
        Stage::CancelledEarly | Stage::CancelledLate => "cancelled",
        Stage::Declined => "declined",
        Stage::ExpiredEarly | Stage::ExpiredLate => "expired",
    }
}

async fn row(stage: Stage, cells: [Option<Code>; 11]) {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    // One job bears all refusals, since none of them changes it; whatever is done is done to a job of its own.
    let refusing = bring(&deal, stage, 0).await;
    for (call, cell) in CALLS.into_iter().zip(cells) {
        let Some(code) = cell else { continue };
        let (function, draft) = draft(&deal, &refusing, call, 100).await;
        let case = format!("{function} of a {stage:?} job");
        let problem = world.refused(&case, draft.signed(&world), code).await;
        if [WrongState, TooLate].contains(&code) && problem["detail"] != "Nothing was quoted." {
            assert_eq!(problem["current_state"], status(stage), "{case}");
        }
    }
    for (number, (call, cell)) in (1..).zip(CALLS.into_iter().zip(cells)) {
        if cell.is_none() {
            let standing = bring(&deal, stage, number).await;
            let (function, draft) = draft(&deal, &standing, call, 100 + number).await;
            world
                .done(&format!("{function} of a {stage:?} job"), draft.signed(&world))
                .await;
        }
    }
}

async fn draft<'a>(deal: &Deal<'_>, standing: &crate::calls::Standing, call: &'a str, number: u32) -> (&'a str, Draft) {
    let function = call.trim_end_matches('*');
    let draft = job_call(deal, standing, function, usual_caller(function), number).await;
    let relays_word = call == "lock-job";
    let draft = if relays_word {
        draft.with_json(&json!({}))
    } else {
        draft
    };
    // Two locks of one job in one millisecond are one too many.
    deal.world.pass(Duration::from_millis(1));
    (call, draft)
}

#[tokio::test]
async fn every_call_in_every_stage_of_work_that_waits() {
    for (stage, cells) in MATRIX.into_iter().take(6) {
        row(stage, cells).await;
    }
}

#[tokio::test]
async fn every_call_in_every_stage_of_work_that_was_paid() {
    for (stage, cells) in MATRIX.into_iter().skip(6).take(3) {
        row(stage, cells).await;
    }
}

#[tokio::test]
async fn every_call_in_every_stage_of_work_that_is_over() {
    for (stage, cells) in MATRIX.into_iter().skip(9) {
        row(stage, cells).await;
    }
}

#[test]
fn the_matrix_has_a_column_for_every_call_about_a_job() {
    for route in job_mutations() {
        assert!(CALLS.contains(&route.function), "{}", route.function);
    }
}

#[tokio::test]
async fn a_lock_is_renewed_released_and_used_by_its_holder_alone() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let mut standing = bring(&deal, Stage::Running, 1).await;
    standing.token = "ab".repeat(16);
    for function in ["renew-lock", "release-lock", "deliver-job"] {
        let draft = job_call(&deal, &standing, function, SELLER, 1).await;
        world.refused(function, draft.signed(&world), LockLost).await;
    }
}

#[tokio::test]
async fn every_command_of_an_offer_in_every_status() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    #[rustfmt::skip]
    let matrix = [
        //            edit  pause resume cancel request
        ("active",    [NOT,  DONE, DONE,  DONE,  DONE]),
        ("paused",    [DONE, DONE, DONE,  DONE,  NOT]),
        ("over",      [NOT,  DONE, LATE,  DONE,  LATE]),
        ("cancelled", [NOT,  NOT,  NOT,   NOT,   NOT]),
        ("expired",   [NOT,  NOT,  NOT,   NOT,   NOT]),
    ];
    let functions = [
        "edit-offer",
        "pause-offer",
        "resume-offer",
        "cancel-offer",
        "request-job",
    ];
    let mut number = 0;
    for (status, cells) in matrix {
        for (function, cell) in functions.into_iter().zip(cells) {
            number += 1;
            let offer = offer(&deal).await;
            let path = format!("/v1/offers/{}", offer.offer_id);
            let mut draft = ready(&deal, function, usual_caller(function), number).await;
            if function == "request-job" {
                let read = json!(nanoark_client::offer_as_read(&offer));
                draft = draft.by(BUYER).with_member("offer", read);
            } else {
                let own = draft.target.split('/').nth(3).unwrap().to_owned();
                draft = draft
                    .clone()
                    .with_target(draft.target.replace(&own, &offer.offer_id.to_string()));
            }
            match status {
                "paused" => drop(deal.seller.pause_offer(&deal.key(), offer.offer_id).await.unwrap()),
                "cancelled" => drop(deal.seller.cancel_offer(&deal.key(), offer.offer_id).await.unwrap()),
                // An offer's week is over, and the sweep has not come yet.
                "over" => world.set_clock(offer.expires_at),
                "expired" => {
                    world.set_clock(offer.expires_at);
                    world.trigger("expire").await;
                }
                _ => {}
            }
            if function == "edit-offer" {
                draft = draft.with_json(&json!({ "title": "Another" }));
            }
            let case = format!("{function} of an offer that is {status}");
            match cell {
                None => drop(world.done(&case, draft.signed(&world)).await),
                Some(code) => drop(world.refused(&case, draft.signed(&world), code).await),
            }
            if status == "cancelled" {
                let seen = world.done(&path, Draft::get(BUYER, &path).signed(&world)).await;
                assert_eq!(seen["status"], status);
            }
        }
    }
}
