use std::collections::BTreeSet;
use std::time::Duration;

use http::{Response, StatusCode};
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::job::Party;
use nanoark_domain::offer::Pricing;
use nanoark_domain::payload::Input;
use nanoark_domain::statement::StatementSignature;
use nanoark_domain::time::Seconds;
use nanoark_http::request;
use nanoark_http::routes::{self, Access, ROUTES, Route, Service};
use nanoark_http::signature::{SignatureRules, verify};
use nanoark_http::wire::jobs::{DeliverJob, DeliveredOutcome, LockJob, OfferAsRead, QuoteJob, RequestJob};
use nanoark_http::wire::offers::{EditOffer, PublishOffer};
use nanoark_nano::{Account, BlockHash, RawAmount};
use serde_json::json as value;

use super::{START, Script, json};
use crate::{Bot, Client, JobsQuery, OffersQuery, Polled, RetryPolicy, Simulated};

/// Calls every method once; the answers do not matter.
async fn call_all(client: &Client<Script>) {
    let key = "key-1".parse().unwrap();
    let (job, offer) = (JobId::from_bytes([1; 16]), OfferId::from_bytes([2; 16]));
    let bot = client.bot().id();
    let signature = StatementSignature::from_bytes([0; 64]);
    let input = Input::Json(value!({"n": 1}));
    let publish = PublishOffer {
        title: "t".to_owned(),
        description: String::new(),
        tags: Vec::new(),
        pricing: Pricing::Quote {},
        turnaround_seconds: Seconds(1),
        input_schema: None,
        output_schema: None,
        example: None,
        expires_at: None,
    };
    let request = RequestJob {
        offer: OfferAsRead {
            offer_id: offer,
            seller: bot,
            revision: 1,
            pricing: Pricing::Quote {},
            turnaround_seconds: Seconds(1),
        },
        input: input.clone(),
        refund_account: None,
    };
    let quote = QuoteJob {
        offer_id: offer,
        buyer: bot,
        input_hash: input.digest(),
        turnaround_seconds: Seconds(1),
        amount_raw: RawAmount::from_raw(1),
        invoice_account: Account::from_bytes([3; 32]),
        expires_at: None,
        signature,
    };
    let delivery = DeliverJob {
        lock_token: "00".repeat(16),
        buyer: bot,
        input_hash: input.digest(),
        payment_hash: None,
        outcome: DeliveredOutcome::Error("no".to_owned()),
        receipt_signature: signature,
    };
    let hash = BlockHash::from_bytes([4; 32]);
    let _ = client.publish_offer(&key, &publish).await;
    let _ = client.search_offers(&OffersQuery::for_words("a b")).await;
    let _ = client.offer(offer).await;
    let _ = client.edit_offer(&key, offer, &EditOffer::default()).await;
    let _ = client.pause_offer(&key, offer).await;
    let _ = client.resume_offer(&key, offer).await;
    let _ = client.cancel_offer(&key, offer).await;
    let _ = client.request_job(&key, &request).await;
    let _ = client.list_jobs(&JobsQuery::of(Party::Buyer)).await;
    let _ = client.job(job).await;
    let _ = client.quote_job(&key, job, &quote).await;
    let _ = client.accept_job(&key, job).await;
    let _ = client.decline_job(&key, job, Some("busy")).await;
    let _ = client.cancel_job(&key, job, None).await;
    let _ = client.submit_payment(&key, job, hash).await;
    let _ = client.lock_job(&key, job, &LockJob::default()).await;
    let _ = client.renew_lock(&key, job, "00", Some(Seconds(60))).await;
    let _ = client.release_lock(&key, job, "00").await;
    let _ = client.deliver_job(&key, job, &delivery).await;
    let _ = client.record_refund(&key, job, hash).await;
    let _ = client.health().await;
    let _ = client.ready().await;
}

#[tokio::test]
async fn there_is_a_method_for_every_route_of_the_job_relay_and_each_sends_what_the_relay_takes() {
    let script = Script::new(ROUTES.iter().map(|_| json(404, "{}")));
    let (client, _) = script.client();
    call_all(&client.with_retry(RetryPolicy::NEVER)).await;

    let mut functions = BTreeSet::new();
    for (outgoing, step) in script.asked().iter().zip(0_u64..) {
        let request = request::Request::from_outgoing(outgoing).unwrap();
        let route = routes::find(&request.method, &request.path).unwrap().route;
        functions.insert(route.function);
        let now = nanoark_domain::time::Timestamp::from_millis(START + 3_000 * step);
        match route.access {
            Access::Public => assert!(!request.headers.contains_key("signature"), "{}", route.key()),
            Access::Signed => {
                verify(&request, now, &SignatureRules::default()).unwrap();
            }
            Access::Wallet | Access::Event => panic!("{} is not for bots", route.key()),
        }
        if request.is_mutation() {
            assert!(request.body.len() <= route.max_body, "{}", route.key());
            assert_eq!(request.headers["content-type"], "application/json");
        } else {
            assert!(request.body.is_empty(), "{}", route.key());
        }
    }
    let for_bots = |route: &&Route| route.service == Service::JobRelay;
    let expected = ROUTES.iter().filter(for_bots).map(|route| route.function);
    assert_eq!(functions, expected.collect());
}

#[tokio::test]
async fn a_poller_learns_what_changed_or_that_nothing_did() {
    let page = r#"{"jobs":[],"cursor":"e30","more":false,"next_poll_ms":2000}"#;
    let mut changed = json(200, page).unwrap();
    changed.headers_mut().insert("etag", "\"a\"".parse().unwrap());
    let unchanged = Response::builder()
        .status(StatusCode::NOT_MODIFIED)
        .header("nanoark-next-poll-ms", "10000")
        .body(bytes::Bytes::new())
        .unwrap();
    let script = Script::new([Ok(changed), Ok(unchanged)]);
    let (client, _) = script.client();

    let mut query = JobsQuery::of(Party::Seller);
    let page = client.list_jobs(&query).await.unwrap().changed().unwrap();
    assert_eq!((page.value.next_poll_ms, page.etag.as_deref()), (2_000, Some("\"a\"")));
    query.etag = page.etag;
    let polled = client.list_jobs(&query).await.unwrap();
    let Polled::Unchanged(answer) = polled else {
        panic!("{polled:?}")
    };
    assert_eq!(
        (answer.status, answer.next_poll),
        (StatusCode::NOT_MODIFIED, Some(Duration::from_secs(10)))
    );
    assert_eq!(script.asked()[1].headers()["if-none-match"], "\"a\"");
    assert!(!script.asked()[0].headers().contains_key("if-none-match"));
    assert_eq!(script.signed().len(), 2);
}

#[tokio::test]
async fn an_unasked_for_304_is_no_answer() {
    let unchanged = Response::builder()
        .status(StatusCode::NOT_MODIFIED)
        .body(bytes::Bytes::new())
        .unwrap();
    let (client, _) = Script::new([Ok(unchanged)]).client();
    assert!(client.list_jobs(&JobsQuery::of(Party::Buyer)).await.is_err());
}

#[test]
fn only_the_plain_address_of_a_relay_is_taken() {
    let client = |address: &str| {
        let surroundings = Simulated::new(std::sync::Arc::new(|| START), 1);
        Client::new(address, Script::new([]), Bot::from_seed(&[1; 32]), surroundings).map(|client| {
            assert!(!format!("{client:?}").contains("0101"), "the key is not shown");
            client.base_url().to_owned()
        })
    };
    assert_eq!(client("https://relay.example").unwrap(), "https://relay.example");
    assert_eq!(client("http://127.0.0.1:8080/").unwrap(), "http://127.0.0.1:8080");
    for address in [
        "",
        "relay.example",
        "ftp://relay.example",
        "https://relay.example/v1",
        "https://relay.example/?a",
        "https://me@relay.example",
        "/v1",
    ] {
        assert!(client(address).is_err(), "{address:?}");
    }
}

#[test]
fn keys_are_fresh_and_reproducible_in_a_simulation() {
    let keys = || {
        let (client, _) = Script::new([]).client();
        [client.fresh_key().unwrap(), client.fresh_key().unwrap()]
    };
    let [one, two] = keys();
    assert_ne!(one, two);
    assert_eq!(one.as_str().len(), 32);
    assert_eq!(keys(), [one, two]);
}
