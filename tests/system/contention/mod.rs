//! Two hundred at once: whatever the order, one wins, every other answer has its reason, and nothing is lost.

mod faults;
mod races;
mod tries;

use std::collections::BTreeMap;

use nanoark_client::wire::jobs::{JobView, LockJob, Nothing};
use nanoark_client::wire::money::NameBlock;
use nanoark_client::{Client, JobsQuery, OffersQuery};
use nanoark_domain::job::{Actor, Event, Party, Status};
use nanoark_domain::payment::PaymentStatus;
use nanoark_nano::BlockHash;
use serde_json::json;

use crate::world::{Deal, Draft, StackTransport, World, plain_offer};
use tries::{BUYER, SELLER, Tries, job_path};

/// How many try at once.
const CROWD: usize = 200;

/// A job's record is whole: its history is a path of the transition table, and every change is counted once.
fn assert_whole(job: &JobView) {
    let mut status = None;
    for entry in &job.history {
        let next = match (status, entry.event, entry.by) {
            (None, Event::Requested, Actor::Buyer) => Status::Requested,
            (Some(Status::Requested), Event::Quoted, Actor::Seller) => Status::Quoted,
            (Some(Status::Requested), Event::Declined, Actor::Seller) => Status::Declined,
            (Some(Status::Quoted), Event::Accepted, Actor::Buyer) => Status::Accepted,
            (Some(Status::Requested | Status::Quoted | Status::Accepted), Event::Cancelled, Actor::Buyer) => {
                Status::Cancelled
            }
            (Some(Status::Accepted | Status::Running), Event::Locked, Actor::Seller) => Status::Running,
            (Some(Status::Running), Event::LockReleased, Actor::Seller) => Status::Accepted,
            (Some(Status::Running), Event::Delivered, Actor::Seller) => Status::Delivered,
            (Some(Status::Running), Event::Failed, Actor::Seller) => Status::Failed,
            // Money has an order of its own, and stays on record whatever becomes of the work.
            (Some(status), Event::PaymentSubmitted, Actor::Buyer)
            | (Some(status), Event::PaymentJudged | Event::RefundJudged, Actor::Relay)
            | (Some(status), Event::RefundSubmitted, Actor::Seller) => status,
            step => panic!("no transition: {step:?} in {:?}", job.history),
        };
        status = Some(next);
    }
    assert_eq!(status, Some(job.status));
    // No lock was renewed and no block seen unconfirmed here: each change left an entry.
    assert_eq!(usize::try_from(job.version).unwrap(), job.history.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_hundred_accepts_counts_and_its_duplicates_hear_the_same() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.quoted(1).await.job_id;
    // A hundred intentions, each of them sent twice.
    let tries = (0..CROWD).map(|number| {
        let key = format!("accept-{}", number / 2);
        Draft::post(BUYER, job_path(job, "accept"), key, &Nothing {})
    });
    let answers = Tries::send(&world, tries).await;
    let winner = answers.assert_one_winner(&["wrong_state"]);
    assert_eq!(answers.replays_of(&winner), 1, "the winner's twin");
    let job = deal.job(job).await;
    assert_eq!((job.status, job.version), (Status::Accepted, 3));
    assert_whole(&job);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_hundred_workers_gets_the_lock_and_only_its_token_delivers() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.paid(1).await.job_id;
    let tries = (0..CROWD).map(|number| {
        let key = format!("worker-{}", number % 150);
        Draft::post(SELLER, job_path(job, "lock"), key, &LockJob::default())
    });
    let answers = Tries::send(&world, tries).await;
    let winner = answers.assert_one_winner(&["locked"]);
    let token = winner.json()["lock_token"].as_str().unwrap().to_owned();
    let read = deal.job(job).await;
    assert_eq!(read.status, Status::Running);
    assert_whole(&read);

    // Half of the crowd comes with a token that never was the job's.
    let tries = (0..CROWD).map(|number| {
        let stale = number % 2 == 1;
        let token = if stale { "5a".repeat(16) } else { token.clone() };
        let outcome = nanoark_client::wire::jobs::DeliveredOutcome::Error(format!("attempt {number}"));
        let body = deal.seller.bot().delivery(&read, &token, outcome).unwrap();
        let key = format!("{}-{number}", if stale { "stale" } else { "right" });
        Draft::post(SELLER, job_path(job, "deliver"), key, &body)
    });
    let answers = Tries::send(&world, tries).await;
    let winner = answers.assert_one_winner(&["wrong_state", "lock_lost"]);
    assert!(winner.key.starts_with("right"));
    for answer in answers.with_code("lock_lost") {
        assert!(answer.key.starts_with("stale"), "{}", answer.key);
    }
    let job = deal.job(job).await;
    assert_eq!(job.status, Status::Failed);
    assert_eq!(
        job.receipt.as_ref().unwrap().result_hash.to_string(),
        winner.json()["result_hash"].as_str().unwrap(),
        "the payload, the receipt and the answer are the winner's"
    );
    nanoark_client::verify_receipt(&job).unwrap();
    assert_whole(&job);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_ten_blocks_that_two_hundred_name_pays_and_the_others_stay_free() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await.job_id;
    let block = |number: usize| BlockHash::from_bytes([u8::try_from(number).unwrap(); 32]);
    let tries = (0..CROWD).map(|number| {
        let body = NameBlock {
            block_hash: block(1 + number % 10),
        };
        // Ten keys name the same block more than once: a replay where it won, a refusal where it did not.
        let key = format!("block-{}", number % 40);
        Draft::post(BUYER, job_path(job, "payment"), key, &body)
    });
    let answers = Tries::send(&world, tries).await;
    let winner = answers.assert_one_winner(&["payment_exists"]);
    assert_eq!(answers.replays_of(&winner), 4);
    let named: BlockHash = winner.json()["payment_hash"].as_str().unwrap().parse().unwrap();
    let read = deal.job(job).await;
    assert_eq!(
        (read.payment.status, read.payment.block_hash),
        (PaymentStatus::Submitted, Some(named))
    );
    assert_whole(&read);

    // The losers' blocks were not claimed; the winner's is, for ever.
    let other = deal.accepted(2).await.job_id;
    let free = (1..=10).map(block).find(|block| *block != named).unwrap();
    let refused = deal.buyer.submit_payment(&deal.key(), other, named).await;
    assert!(refused.unwrap_err().to_string().contains("block_used"));
    deal.buyer.submit_payment(&deal.key(), other, free).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_hundred_jobs_gets_the_invoice_account() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let body = deal.request_body();
    let tries = (0..CROWD).map(|number| Draft::post(BUYER, "/v1/jobs", format!("job-{number}"), &body));
    let requested = Tries::send(&world, tries).await;
    assert_eq!(requested.codes(), BTreeMap::from([("201".to_owned(), CROWD)]));

    let jobs: Vec<_> = requested
        .iter()
        .map(|answer| answer.json()["job_id"].as_str().unwrap().parse().unwrap())
        .collect();
    let mut quotes = Vec::new();
    for job in &jobs {
        let view = deal.seller.job(*job).await.unwrap().value;
        let expires_at = world.now().plus(nanoark_domain::time::Seconds(900));
        let account = deal.invoice_key(1).public();
        let quote = deal
            .seller
            .bot()
            .quote(&view, crate::world::PRICE, account, expires_at)
            .unwrap();
        quotes.push(Draft::post(
            SELLER,
            job_path(*job, "quote"),
            format!("quote-{job}"),
            &quote,
        ));
    }
    let answers = Tries::send(&world, quotes.into_iter()).await;
    let winner = answers.assert_one_winner(&["invoice_account_used"]);
    let quoted = statuses(&deal.buyer).await;
    assert_eq!(
        quoted,
        BTreeMap::from([(Status::Quoted, 1), (Status::Requested, CROWD - 1)])
    );
    assert_whole(
        &deal
            .job(winner.json()["job_id"].as_str().unwrap().parse().unwrap())
            .await,
    );
}

/// How many of a buyer's jobs stand where.
async fn statuses(buyer: &Client<StackTransport>) -> BTreeMap<Status, usize> {
    let mut counts = BTreeMap::new();
    let mut query = JobsQuery {
        limit: Some(100),
        ..JobsQuery::of(Party::Buyer)
    };
    loop {
        let page = buyer.list_jobs(&query).await.unwrap().changed().unwrap().value;
        for job in &page.jobs {
            *counts.entry(job.status).or_default() += 1;
        }
        if !page.more {
            return counts;
        }
        query.since = nanoark_client::Since::Cursor(page.cursor);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_is_published_two_hundred_times_with_one_key_is_one_offer() {
    let world = World::new().await;
    let offer = plain_offer();
    let mut other = plain_offer();
    other.title = "Count letters".to_owned();
    // One in four means something else by the same key.
    let tries = (0..CROWD).map(|number| {
        let body = if number % 4 == 3 { &other } else { &offer };
        Draft::post(SELLER, "/v1/offers", "publish", body)
    });
    let answers = Tries::send(&world, tries).await;
    let winner = answers.assert_one_winner(&["idempotency_conflict"]);
    let same = answers.replays_of(&winner) + 1;
    let conflicts = answers.with_code("idempotency_conflict").count();
    assert_eq!(same + conflicts, CROWD);
    assert!(
        same == CROWD * 3 / 4 || same == CROWD / 4,
        "{same} answers are the winner's"
    );
    let (buyer, everything) = (world.bot(BUYER), OffersQuery::default());
    let found = buyer.search_offers(&everything).await.unwrap().value.offers;
    assert_eq!(found.len(), 1);
    assert_eq!(json!(found[0].terms.title), winner.json()["title"]);
}
