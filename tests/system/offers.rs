//! What a seller may do with its offers, and what a buyer can rely on.

use nanoark_client::wire::jobs::RequestJob;
use nanoark_client::wire::offers::{EditOffer, OfferView, PublishOffer};
use nanoark_client::{offer_as_read, verify_standing_quote};
use nanoark_domain::offer::{OfferStatus, Pricing, StandingQuote};
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;
use nanoark_nano::RawAmount;
use serde_json::{Value, json};

use crate::calls::{BUYER, SELLER, key};
use crate::world::{Deal, Draft, PRICE, World, plain_offer};

const TEN_MINUTES: Seconds = Seconds(600);

fn standing(amount_raw: RawAmount, standing_quote: StandingQuote) -> Pricing {
    Pricing::Fixed {
        amount_raw,
        standing_quote: Some(standing_quote),
    }
}

/// An offer whose seller promised to quote [`PRICE`] for ten minutes.
async fn offer_with_standing_quote(deal: &Deal<'_>, name: &str) -> OfferView {
    let key = key(name);
    let promise = deal.seller.bot().standing_quote(&key, PRICE, TEN_MINUTES).unwrap();
    let offer = PublishOffer {
        pricing: standing(PRICE, promise),
        ..plain_offer()
    };
    deal.seller.publish_offer(&key, &offer).await.unwrap().value
}

#[tokio::test]
async fn a_standing_quote_is_taken_only_as_its_seller_signed_it_for_this_very_offer() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let (this, other) = (key("this"), key("other"));
    let bot = deal.seller.bot();
    let sign = |key, amount, lifetime| bot.standing_quote(key, amount, lifetime).unwrap();
    let good = sign(&this, PRICE, TEN_MINUTES);
    let longer = StandingQuote {
        quote_lifetime_seconds: Seconds(601),
        ..good
    };
    let foreign = deal.buyer.bot().standing_quote(&this, PRICE, TEN_MINUTES).unwrap();
    let publish = |pricing| {
        let offer = PublishOffer {
            pricing,
            ..plain_offer()
        };
        Draft::post(SELLER, "/v1/offers", this.as_str(), &offer)
    };
    let wrong = [
        ("another price", standing(RawAmount::from_raw(1), good)),
        ("another lifetime", standing(PRICE, longer)),
        ("another offer", standing(PRICE, sign(&other, PRICE, TEN_MINUTES))),
        ("another seller", standing(PRICE, foreign)),
    ];
    for (case, pricing) in wrong {
        let problem = world
            .refused(case, publish(pricing).signed(&world), Code::StatementSignatureInvalid)
            .await;
        assert!(
            problem["statement"]
                .as_str()
                .unwrap()
                .starts_with("nanoark-standing-quote-v1\n"),
            "{case}"
        );
    }
    for (case, lifetime) in [("no time", Seconds(0)), ("too long", Seconds(3_601))] {
        let pricing = standing(PRICE, sign(&this, PRICE, lifetime));
        let problem = world
            .refused(case, publish(pricing).signed(&world), Code::InvalidField)
            .await;
        assert_eq!(
            problem["fields"][0]["pointer"],
            "/pricing/standing_quote/quote_lifetime_seconds"
        );
    }
    world
        .done("as it was signed", publish(standing(PRICE, good)).signed(&world))
        .await;
    let offer = deal.buyer.offer(bot.offer_id(&this)).await.unwrap().value;
    verify_standing_quote(&offer).unwrap();

    // An edit is held to the same.
    let path = format!("/v1/offers/{}", offer.offer_id);
    deal.seller.pause_offer(&deal.key(), offer.offer_id).await.unwrap();
    for (case, pricing) in wrong {
        let edit = Draft::post(SELLER, &path, "edit", &json!({ "pricing": pricing })).with_method(http::Method::PATCH);
        world
            .refused(case, edit.signed(&world), Code::StatementSignatureInvalid)
            .await;
    }
    let double = RawAmount::from_raw(2);
    let edit = json!({ "pricing": standing(double, sign(&this, double, TEN_MINUTES)) });
    let edit = Draft::post(SELLER, &path, "edit", &edit).with_method(http::Method::PATCH);
    world.done("a new promise", edit.signed(&world)).await;
    verify_standing_quote(&deal.buyer.offer(offer.offer_id).await.unwrap().value).unwrap();
}

#[tokio::test]
async fn the_relay_holds_quotes_to_the_promised_price_and_lifetime() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let offer = offer_with_standing_quote(&deal, "promise").await;
    let request = RequestJob {
        offer: offer_as_read(&offer),
        ..deal.request_body()
    };
    let requested = deal.buyer.request_job(&deal.key(), &request).await.unwrap().value;
    let job = deal.seller.job(requested.job_id).await.unwrap().value;
    assert_eq!(
        (job.fixed_amount_raw, job.quote_lifetime_seconds),
        (Some(PRICE), Some(TEN_MINUTES))
    );
    let draft = |amount, lifetime| {
        let account = deal.invoice_key(1).public();
        let expires_at = world.now().plus(Seconds(lifetime));
        let quote = deal.seller.bot().quote(&job, amount, account, expires_at).unwrap();
        Draft::post(SELLER, format!("/v1/jobs/{}/quote", job.job_id), "quote", &quote)
    };
    let dearer = PRICE.checked_add(RawAmount::from_raw(1)).unwrap();
    let cheaper = PRICE.checked_sub(RawAmount::from_raw(1)).unwrap();
    for amount in [dearer, cheaper] {
        let problem = world
            .refused("price", draft(amount, 600).signed(&world), Code::PriceFixed)
            .await;
        assert_eq!(problem["fixed_amount_raw"], json!(PRICE));
    }
    let problem = world
        .refused("lifetime", draft(PRICE, 599).signed(&world), Code::QuoteTooShort)
        .await;
    assert_eq!(problem["quote_lifetime_seconds"], 600);
    world.done("as promised", draft(PRICE, 600).signed(&world)).await;
}

#[tokio::test]
async fn an_offer_that_is_not_as_the_buyer_read_it_is_not_bought() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let request = |read: Value| {
        let body = json!({ "offer": read, "input": { "json": 1 } });
        Draft::post(BUYER, "/v1/jobs", "request", &body)
    };
    let read = json!(offer_as_read(&deal.offer));
    for (member, value) in [
        ("revision", json!(2)),
        ("seller", json!("ab".repeat(32))),
        ("turnaround_seconds", json!(3_599)),
        ("pricing", json!({ "type": "fixed", "amount_raw": "1" })),
    ] {
        let mut read = read.clone();
        read[member] = value;
        let problem = world
            .refused(member, request(read).signed(&world), Code::OfferChanged)
            .await;
        assert_eq!(problem["revision"], 1, "{member}");
    }
    let mut own = read.clone();
    own["seller"] = json!(deal.buyer.bot().id());
    world
        .refused(
            "names itself as the seller",
            request(own).signed(&world),
            Code::OwnOffer,
        )
        .await;

    // The seller changes its mind between the two calls.
    let id = deal.offer.offer_id;
    deal.seller.pause_offer(&deal.key(), id).await.unwrap();
    let edit = EditOffer {
        turnaround_seconds: Some(Seconds(60)),
        ..EditOffer::default()
    };
    deal.seller.edit_offer(&deal.key(), id, &edit).await.unwrap();
    world
        .refused("paused", request(read.clone()).signed(&world), Code::WrongState)
        .await;
    deal.seller.resume_offer(&deal.key(), id).await.unwrap();
    let problem = world
        .refused("edited", request(read).signed(&world), Code::OfferChanged)
        .await;
    assert_eq!(problem["revision"], 2);
    let anew = deal.buyer.offer(id).await.unwrap().value;
    world
        .done("read again", request(json!(offer_as_read(&anew))).signed(&world))
        .await;
}

#[tokio::test]
async fn a_patch_keeps_what_is_left_out() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let full = json!({
        "title": "Count words", "description": "All of them.", "tags": ["text"],
        "pricing": { "type": "fixed", "amount_raw": "5" }, "turnaround_seconds": 60,
        "input_schema": { "type": "object" }, "output_schema": { "type": "integer" },
        "example": { "input": { "a": 1 }, "output": 1 }, "expires_at": world.now().plus(Seconds(7_200)),
    });
    let mut expected = world
        .done(
            "publish",
            Draft::post(SELLER, "/v1/offers", "full", &full).signed(&world),
        )
        .await;
    let id = deal.seller.bot().offer_id(&key("full"));
    deal.seller.pause_offer(&deal.key(), id).await.unwrap();
    expected["status"] = json!(OfferStatus::Paused);
    for (number, (member, value)) in (2..).zip([
        ("title", json!("Count letters")),
        ("description", json!("")),
        ("tags", json!([])),
        ("pricing", json!({ "type": "quote" })),
        ("turnaround_seconds", json!(61)),
        ("input_schema", json!(true)),
        ("output_schema", json!({})),
        ("example", json!({ "input": null, "output": [] })),
        ("expires_at", json!(world.now().plus(Seconds(3_600)))),
        ("title", json!(null)),
    ]) {
        let path = format!("/v1/offers/{id}");
        let edit = Draft::post(SELLER, &path, format!("edit-{number}"), &json!({ member: value }));
        world
            .done(member, edit.with_method(http::Method::PATCH).signed(&world))
            .await;
        if !value.is_null() {
            expected[member] = value;
        }
        expected["revision"] = json!(number);
        let found = world.done(&path, Draft::get(BUYER, &path).signed(&world)).await;
        assert_eq!(found, expected, "after {member}");
    }
}

#[tokio::test]
async fn texts_and_tags_are_kept_in_their_normal_form() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let offer = PublishOffer {
        title: "  Count words\n".to_owned(),
        tags: vec!["Text".to_owned(), " text ".to_owned(), "ÄPFEL".to_owned()],
        ..plain_offer()
    };
    let published = deal.seller.publish_offer(&deal.key(), &offer).await.unwrap().value;
    assert_eq!(published.terms.title, "Count words");
    assert_eq!(published.terms.tags, ["text", "äpfel"]);
    assert_eq!(deal.buyer.offer(published.offer_id).await.unwrap().value, published);
}
