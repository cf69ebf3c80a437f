//! Inputs and results that the relay does not understand, from end to end.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nanoark_client::wire::jobs::{DeliveredOutcome, JobView, RequestJob};
use nanoark_client::{Unproved, verify_quote, verify_receipt};
use nanoark_domain::digest::Sha256Digest;
use nanoark_domain::job::Status;
use nanoark_domain::payload::{HttpsUrl, Input, Link, Output, SealedBox};
use nanoark_http::problem::Code;
use serde_json::json;

use crate::calls::{BUYER, SELLER, Standing, job_call, lock_unpaid, ready};
use crate::world::{Deal, Draft, World};

/// To the relay a sealed box is so many bytes: an ephemeral key, a tag, and what it hides.
fn sealed(filling: u8, size: usize) -> SealedBox {
    SealedBox::parse(&URL_SAFE_NO_PAD.encode(vec![filling; size])).unwrap()
}

/// A job with this input, brought to its end with this outcome.
async fn finished(deal: &Deal<'_>, number: u32, input: Input, outcome: DeliveredOutcome) -> JobView {
    let request = RequestJob {
        input: input.clone(),
        ..deal.request_body()
    };
    let requested = deal.buyer.request_job(&deal.key(), &request).await.unwrap().value;
    assert_eq!(requested.input_hash, input.digest());
    let job = deal.quote(requested.job_id, number).await;
    verify_quote(&job).unwrap();
    deal.buyer.accept_job(&deal.key(), job.job_id).await.unwrap();
    let token = lock_unpaid(deal, job.job_id).await;
    let seen = deal.seller.job(job.job_id).await.unwrap().value;
    assert_eq!(seen.input, Some(input));
    let delivery = deal.seller.bot().delivery(&seen, &token, outcome).unwrap();
    deal.seller
        .deliver_job(&deal.key(), job.job_id, &delivery)
        .await
        .unwrap();
    deal.job(job.job_id).await
}

#[tokio::test]
async fn every_form_of_input_and_result_arrives_as_it_was_sent_and_its_receipt_holds() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let link = Link {
        url: HttpsUrl::parse("https://results.example/a?b=c#d").unwrap(),
        sha256: Sha256Digest::of(b"what is found there"),
    };
    let inputs = [
        Input::Sealed(sealed(1, 48)),
        Input::Sealed(sealed(2, 65_536)),
        Input::Json(json!({ "ö": [1.5, null, "\u{0}\n\"", { "z": 1, "a": -0.25 }] })),
        Input::Json(json!("")),
    ];
    let outputs = [
        Output::Sealed(sealed(3, 262_144)),
        Output::Link(link),
        Output::Json(json!({ "n": 9_007_199_254_740_993_u64, "deep": [[[[[[[["x"]]]]]]]] })),
        Output::Json(json!(null)),
    ];
    for (number, (input, output)) in inputs.into_iter().zip(outputs).enumerate() {
        let job = finished(&deal, number as u32, input, DeliveredOutcome::Result(output.clone())).await;
        assert_eq!((job.status, job.result.as_ref()), (Status::Delivered, Some(&output)));
        assert_eq!(job.receipt.as_ref().unwrap().result_hash, output.digest());
        verify_receipt(&job).unwrap();
        let other = JobView {
            result: Some(Output::Json(json!("something else"))),
            ..job
        };
        assert!(matches!(verify_receipt(&other), Err(Unproved::OtherResult(_))));
    }
    let error = DeliveredOutcome::Error("Die Datei ist beschädigt.\n".to_owned());
    let job = finished(&deal, 100, Input::Json(json!(1)), error).await;
    assert_eq!((job.status, job.result.as_ref()), (Status::Failed, None));
    assert_eq!(job.error.as_deref(), Some("Die Datei ist beschädigt.\n"));
    verify_receipt(&job).unwrap();
}

#[tokio::test]
async fn a_quote_or_a_receipt_for_something_else_than_the_job_is_refused() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let digest = Sha256Digest::of(b"another input");
    let buyer = crate::world::signer(9);
    let buyer = nanoark_http::signature::Signer::bot(&buyer);

    let job_id = deal.requested().await;
    let job = deal.seller.job(job_id).await.unwrap().value;
    let quote = |job: &JobView| {
        let expires_at = world.now().plus(nanoark_domain::time::Seconds(60));
        let quote = deal
            .seller
            .bot()
            .quote(job, crate::world::PRICE, deal.invoice_key(1).public(), expires_at);
        Draft::post(SELLER, format!("/v1/jobs/{job_id}/quote"), "quote", &quote.unwrap())
    };
    let other_offer = crate::calls::offer(&deal).await.offer_id;
    for (what, job) in [
        (
            "offer_id",
            JobView {
                offer_id: other_offer,
                ..job.clone()
            },
        ),
        ("buyer", JobView { buyer, ..job.clone() }),
        (
            "input_hash",
            JobView {
                input_hash: digest,
                ..job.clone()
            },
        ),
    ] {
        let problem = world.refused(what, quote(&job).signed(&world), Code::JobMismatch).await;
        assert_eq!(problem["fields"][0]["pointer"], format!("/{what}"));
    }

    let accepted = deal.accepted(2).await;
    let token = lock_unpaid(&deal, accepted.job_id).await;
    let outcome = || DeliveredOutcome::Result(Output::Json(json!(1)));
    let deliver = |job: &JobView| {
        let body = deal.seller.bot().delivery(job, &token, outcome()).unwrap();
        Draft::post(
            SELLER,
            format!("/v1/jobs/{}/deliver", accepted.job_id),
            "deliver",
            &body,
        )
    };
    let mut paid = accepted.clone();
    paid.payment.block_hash = Some(crate::calls::block(5));
    for (what, job) in [
        (
            "buyer",
            JobView {
                buyer,
                ..accepted.clone()
            },
        ),
        (
            "input_hash",
            JobView {
                input_hash: digest,
                ..accepted.clone()
            },
        ),
        ("payment_hash", paid),
    ] {
        let problem = world
            .refused(what, deliver(&job).signed(&world), Code::JobMismatch)
            .await;
        assert_eq!(problem["fields"][0]["pointer"], format!("/{what}"));
    }
    // What was signed for one outcome is no receipt for another.
    let standing = Standing {
        job_id: accepted.job_id,
        token: token.clone(),
    };
    let draft = job_call(&deal, &standing, "deliver-job", SELLER, 1).await;
    for outcome in [
        json!({ "result": { "json": { "words": 2 } } }),
        json!({ "error": "no" }),
    ] {
        let changed = draft.clone().with_member("outcome", outcome);
        let problem = world
            .refused("outcome", changed.signed(&world), Code::StatementSignatureInvalid)
            .await;
        assert!(
            problem["statement"]
                .as_str()
                .unwrap()
                .starts_with("nanoark-receipt-v1\n")
        );
    }
    world.done("as it was signed", draft.signed(&world)).await;
}

#[tokio::test]
async fn a_request_by_another_key_than_the_first_is_another_job() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let draft = ready(&deal, "request-job", BUYER, 1).await;
    let one = world.done("one", draft.signed(&world)).await;
    let two = world.done("two", draft.with_key("another").signed(&world)).await;
    assert_ne!(one["job_id"], two["job_id"]);
    assert_eq!(one["input_hash"], two["input_hash"]);
}
