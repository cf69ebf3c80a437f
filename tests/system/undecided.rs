//! Checks that cannot be decided yet: how often they are tried, who takes over, and what a person finds when nobody can.

use nanoark_client::wire::money::RefundStatus;
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Event, Status};
use nanoark_domain::time::Timestamp;
use nanoark_local::queue::Outgoing;
use nanoark_nano::BlockHash;
use nanoark_testkit::nano_ledger::{BlockLie, NodeFaults, On, TransportFault, malleated};
use serde_json::{Value, json};

use crate::payments::{CONFIRMED, FINAL, OPEN, count, later, minutes, two_of_three, verdict};
use crate::world::{Deal, PRICE, World};

pub(crate) const CHECKS: &str = "nanoark-payment-checks";
const DEAD: &str = "nanoark-payment-checks-dead";

/// Goes from check to check until the queue is empty; returns when each became due, in seconds from now.
pub(crate) async fn drain(world: &World) -> Vec<u64> {
    let (start, mut due) = (world.now().as_millis(), Vec::new());
    loop {
        world.settle().await;
        let Some(next) = world.stack.queues().first_visible(CHECKS).unwrap() else {
            return due;
        };
        due.push((next - start) / 1_000);
        world.set_clock(Timestamp::from_millis(next.max(world.now().as_millis())));
    }
}

fn faults(world: &World) -> impl Iterator<Item = &NodeFaults> {
    world.nodes.iter().map(|node| node.node().faults())
}

/// The checks that are dead letters.
fn dead(world: &World) -> Vec<Value> {
    let letters = world.stack.queues().peek(DEAD).unwrap();
    letters
        .iter()
        .map(|letter| serde_json::from_str(&letter.body).unwrap())
        .collect()
}

/// When the delays between the checks are used up.
const SCHEDULE: [u64; 9] = [2, 7, 17, 47, 107, 227, 527, 1_127, 2_027];

#[tokio::test]
async fn a_check_comes_again_after_2_5_10_30_60_seconds_and_more_and_then_the_watch_takes_over() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let hash = deal.pay(&job, PRICE);
    faults(&world).for_each(|node| node.omit(hash));
    deal.submit(job.job_id, hash).await;
    assert_eq!(drain(&world).await, SCHEDULE);
    assert_eq!(verdict(&deal.job(job.job_id).await), OPEN);
    assert!(
        dead(&world).is_empty(),
        "the nodes answer: there is nothing for a person to do"
    );

    faults(&world).for_each(NodeFaults::clear);
    later(&world, minutes(30)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!((job.status, verdict(&job)), (Status::Accepted, CONFIRMED));
}

#[tokio::test]
async fn a_confirmed_block_whose_signature_does_not_verify_becomes_a_dead_letter_and_never_unpaid() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let invoice = job.quote.as_ref().unwrap().invoice_account;
    let mut block = deal.purse.build_send(invoice, PRICE).unwrap();
    let signature = block.signature;
    block.signature = malleated(&signature);
    let hash = world.ledger.process(&block).unwrap();
    world.pass(FINAL);
    deal.submit(job.job_id, hash).await;
    let due = drain(&world).await;
    // After the schedule, it fails as often as the queue lets it.
    assert_eq!(due[..SCHEDULE.len()], SCHEDULE);
    assert_eq!(due.len(), SCHEDULE.len() + 5);
    assert_eq!(verdict(&deal.job(job.job_id).await), OPEN);
    let letter = json!({ "job_id": job.job_id, "purpose": "payment", "block_hash": hash, "attempt": 9 });
    assert_eq!(dead(&world), [letter]);

    // The person finds a node that has the signature as it was made, and redrives.
    let honest = BlockLie {
        signature: Some(signature),
        ..BlockLie::default()
    };
    faults(&world).for_each(|node| node.lie(hash, honest.clone()));
    assert_eq!(world.stack.queues().redrive(DEAD).unwrap(), 1);
    world.settle().await;
    assert_eq!(verdict(&deal.job(job.job_id).await), CONFIRMED);
    assert_eq!(drain(&world).await, [0; 0]);
    assert!(dead(&world).is_empty());
}

#[tokio::test]
async fn what_no_node_can_tell_to_the_end_becomes_a_dead_letter_and_a_redrive_decides_it() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let hash = deal.pay(&job, PRICE);
    faults(&world).for_each(|node| node.always(On::Everything, TransportFault::BadGateway));
    deal.submit(job.job_id, hash).await;
    drain(&world).await;
    assert_eq!(dead(&world).len(), 1);
    // The quote has expired long since, and still nobody says that it was not paid.
    later(&world, minutes(60)).await;
    let open = deal.job(job.job_id).await;
    assert_eq!((open.status, verdict(&open)), (Status::Accepted, OPEN));

    faults(&world).for_each(NodeFaults::clear);
    assert_eq!(world.stack.queues().redrive(DEAD).unwrap(), 1);
    world.settle().await;
    let job = deal.job(job.job_id).await;
    assert_eq!(verdict(&job), CONFIRMED);
    assert!(job.payment.receipts[0].in_time);
}

#[tokio::test]
async fn a_redrive_that_comes_after_the_verdict_changes_nothing() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let hash = deal.pay(&job, PRICE);
    faults(&world).for_each(|node| node.always(On::Everything, TransportFault::BadGateway));
    deal.submit(job.job_id, hash).await;
    drain(&world).await;
    faults(&world).for_each(NodeFaults::clear);
    later(&world, minutes(2)).await;
    let judged = deal.job(job.job_id).await;
    assert_eq!(verdict(&judged), CONFIRMED, "the watch was faster");
    world.stack.queues().redrive(DEAD).unwrap();
    drain(&world).await;
    assert_eq!(deal.job(job.job_id).await, judged);
}

/// A refund has no watch: what no node ever knew is rejected when the checks are used up, and the block is free again.
#[tokio::test]
async fn a_refund_that_never_comes_is_rejected_and_may_be_named_again() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.paid(1).await;
    deal.buyer.cancel_job(&deal.key(), job.job_id, None).await.unwrap();
    let nothing = BlockHash::from_bytes([9; 32]);
    deal.seller
        .record_refund(&deal.key(), job.job_id, nothing)
        .await
        .unwrap();
    assert_eq!(drain(&world).await, SCHEDULE);
    let refunds = deal.job(job.job_id).await.refunds;
    assert_eq!(refunds.sent[0].status, RefundStatus::Rejected);
    assert_eq!(refunds.owed.unwrap().amount_raw, PRICE);
    let other = deal.paid(2).await;
    deal.seller
        .record_refund(&deal.key(), other.job_id, nothing)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_undecided_refund_is_decided_after_a_redrive() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.paid(1).await;
    deal.buyer.cancel_job(&deal.key(), job.job_id, None).await.unwrap();
    let invoice = deal.invoice_wallet(1);
    invoice.receive_all().unwrap();
    let back = invoice.send(deal.purse.account(), PRICE).unwrap().block.hash();
    world.pass(FINAL);
    faults(&world).for_each(|node| node.always(On::Everything, TransportFault::TooManyRequests));
    deal.seller.record_refund(&deal.key(), job.job_id, back).await.unwrap();
    drain(&world).await;
    assert_eq!(dead(&world)[0]["purpose"], "refund");
    faults(&world).for_each(NodeFaults::clear);
    world.stack.queues().redrive(DEAD).unwrap();
    drain(&world).await;
    assert_eq!(deal.job(job.job_id).await.refunds.owed, None);
}

/// The change of a job that named a block, as the jobs table's stream tells it.
fn naming(job: JobId, hash: BlockHash) -> Value {
    let image = |status: &str| {
        json!({
            "job_id": { "S": job }, "payment_status": { "S": status }, "payment_hash": { "S": hash }, "refunds": { "M": {} },
        })
    };
    json!({
        "eventID": "1", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1",
        "dynamodb": {
            "Keys": { "job_id": { "S": job } }, "OldImage": image("none"), "NewImage": image("submitted"),
            "SequenceNumber": "111", "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES",
            "ApproximateCreationDateTime": 1_795_262_400,
        },
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/nanoark-jobs/stream/local",
    })
}

async fn replay(world: &World, record: &Value, times: usize) {
    let event = json!({ "Records": vec![record; times] });
    let event = serde_json::value::to_raw_value(&event).unwrap();
    let answer = world.stack.invoke("relay-job-changes", event).await.unwrap();
    let answer: Value = serde_json::from_str(answer.get()).unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]));
}

/// Streams and queues deliver at least once.
#[tokio::test]
async fn stream_records_and_checks_that_come_twice_come_to_one_verdict() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let hash = deal.pay(&job, PRICE);
    faults(&world).for_each(|node| node.omit(hash));
    deal.submit(job.job_id, hash).await;
    let record = naming(job.job_id, hash);
    replay(&world, &record, 3).await;
    world.settle().await;
    assert_eq!(world.stack.queues().depth(CHECKS).unwrap().total(), 4);
    faults(&world).for_each(NodeFaults::clear);
    drain(&world).await;
    let judged = deal.job(job.job_id).await;
    assert_eq!((verdict(&judged), count(&judged, Event::PaymentJudged)), (CONFIRMED, 1));

    // Replayed after the verdict, they leave not a byte.
    let before = world.dump();
    replay(&world, &record, 2).await;
    drain(&world).await;
    assert!(world.dump() == before);
}

/// What cannot be read, or concerns no job, fails until it is a dead letter; its neighbours do not.
#[tokio::test]
async fn a_message_that_means_nothing_holds_nobody_up() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let hash = deal.pay(&job, PRICE);
    let stray = json!({
        "job_id": format!("job_{}", "ab".repeat(16)), "purpose": "payment", "block_hash": hash, "attempt": 0,
    });
    for body in ["not json", "{}", &stray.to_string()] {
        world.stack.queues().send(CHECKS, Outgoing::from(body)).unwrap();
    }
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), CONFIRMED);
    drain(&world).await;
    assert_eq!(world.stack.queues().depth(DEAD).unwrap().total(), 3);
}
