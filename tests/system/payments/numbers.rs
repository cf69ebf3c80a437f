//! Accounts and amounts as they are written: one text for each, and nothing is guessed.

use nanoark_domain::id::JobId;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;
use serde_json::{Value, json};

use super::{CONFIRMED, verdict};
use crate::world::{Deal, Draft, PRICE, World};

/// The seller's quote, ready to be spoilt, with its job.
async fn quote(world: &World, deal: &Deal<'_>, number: u32) -> (JobId, Draft) {
    let job_id = deal.requested().await;
    let job = deal.seller.job(job_id).await.unwrap().value;
    let expires_at = world.now().plus(Seconds(900));
    let invoice = deal.invoice_key(number).public();
    let quote = deal.seller.bot().quote(&job, PRICE, invoice, expires_at).unwrap();
    let key = format!("quote-number-{number:04}");
    (job_id, Draft::post(1, format!("/v1/jobs/{job_id}/quote"), key, &quote))
}

/// 17: `nano_`, `xrb_` and the hyphens that nodes take.
#[tokio::test]
async fn an_account_is_read_in_every_spelling_and_shown_in_one() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for (number, prefix) in (1..).zip(["nano_", "xrb_", "nano-", "xrb-"]) {
        let (job_id, draft) = quote(&world, &deal, number).await;
        let account = deal.invoice_key(number).public();
        let written = account.to_string().replacen("nano_", prefix, 1);
        let draft = draft.with_member("invoice_account", json!(written));
        world.done(prefix, draft.signed(&world)).await;
        let shown = serde_json::to_value(deal.job(job_id).await).unwrap();
        assert_eq!(shown["quote"]["invoice_account"], account.to_string());
        deal.buyer.accept_job(&deal.key(), job_id).await.unwrap();
        let hash = deal.pay(&deal.job(job_id).await, PRICE);
        assert_eq!(verdict(&deal.name(job_id, hash).await), CONFIRMED);
    }
}

async fn refuse_all(member: &str, values: Vec<Value>) {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let (_, draft) = quote(&world, &deal, 1).await;
    for value in values {
        let request = draft.clone().with_member(member, value.clone()).signed(&world);
        let problem = world.refused(&value.to_string(), request, Code::InvalidField).await;
        assert_eq!(problem["fields"][0]["pointer"], format!("/{member}"), "{value}");
    }
    world.done("unspoilt", draft.signed(&world)).await;
}

/// 18: an account with a wrong checksum, or a wrong anything.
#[tokio::test]
async fn a_mistyped_account_is_refused() {
    let good = nanoark_nano::Seed::from_bytes([101; 32])
        .private_key(1)
        .public()
        .to_string();
    let last = if good.ends_with('1') { "3" } else { "1" };
    let wrong = [
        format!("{}{last}", &good[..good.len() - 1]),
        good.replacen("nano_1", "nano_2", 1).replacen("nano_3", "nano_4", 1),
        good.replacen("nano_", "ban_", 1),
        good.replacen("nano_", "NANO_", 1),
        good.replacen("nano_", "", 1),
        format!("{good} "),
        format!("{good}1"),
        good[..64].to_owned(),
        good.to_uppercase(),
        String::new(),
    ];
    let mut wrong: Vec<Value> = wrong.iter().map(|text| json!(text)).collect();
    wrong.extend([json!(null), json!(7), json!([good])]);
    refuse_all("invoice_account", wrong).await;
}

/// 19: amounts with signs, zeros in front, exponents, points, or too many digits.
#[tokio::test]
async fn an_amount_is_written_in_one_way() {
    let wrong = [
        "01",
        "+1",
        "-1",
        "1e30",
        "1.0",
        "1,000",
        "1_000",
        " 1",
        "1 ",
        "0x10",
        "",
        "١",
        "1000000000000000000000000000000000000000",
        "340282366920938463463374607431768211456",
        // Nothing is worth nothing.
        "0",
    ];
    refuse_all("amount_raw", wrong.map(|text| json!(text)).into()).await;
}

/// 20: an amount as a JSON number, which cannot hold one.
#[tokio::test]
async fn an_amount_is_no_json_number() {
    let text = ["1", "1e27", "1.0", "0", "-1", "1000000000000000000000000000"];
    let mut wrong: Vec<Value> = text.map(|number| serde_json::from_str(number).unwrap()).into();
    wrong.extend([json!(null), json!(true), json!(["1"]), json!({ "raw": "1" })]);
    refuse_all("amount_raw", wrong).await;
}
