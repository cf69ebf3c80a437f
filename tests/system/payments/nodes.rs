//! Nodes that lie, lag, break off or belong to another network. Two of three must agree, and no single one decides.

use std::time::Duration;

use nanoark_domain::job::{Event, Status};
use nanoark_domain::payment::{PaymentStatus, RejectReason};
use nanoark_nano::{BlockHash, Network};
use nanoark_testkit::nano_ledger::{BlockLie, DevWallet, Hold, NodeFaults, On, TransportFault};
use serde_json::json;

use super::{CONFIRMED, FINAL, OPEN, WRONG_ACCOUNT, count, later, minutes, raw, rejected, two_of_three, verdict};
use crate::world::{Deal, Draft, PRICE, World};

/// Until the next check, and the one after.
const NEXT_CHECKS: Duration = Duration::from_secs(20);

fn faults(world: &World) -> impl Iterator<Item = &NodeFaults> {
    world.nodes.iter().map(|node| node.node().faults())
}

fn saying(confirmed: bool) -> BlockLie {
    BlockLie {
        confirmed: Some(confirmed),
        ..BlockLie::default()
    }
}

/// 1: an unconfirmed block is never called confirmed.
#[tokio::test]
async fn one_node_alone_confirms_nothing() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    world.ledger.hold(Hold::Everything);
    let hash = deal.pay(&job, PRICE);
    world.nodes[0].node().faults().lie(hash, saying(true));
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), OPEN);
    later(&world, minutes(30)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!((verdict(&job), job.payment.receipts.len()), (OPEN, 0));
    assert!(job.payment.first_seen_at.is_some());
}

/// 2: a double spend: the loser never confirms.
#[tokio::test]
async fn a_block_that_lost_a_double_spend_never_pays() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    world.ledger.hold(Hold::Everything);
    let hash = deal.pay(&job, PRICE);
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), OPEN);
    let loser = world.ledger.block(&hash).unwrap();
    let back_home = deal.purse.build_rival(&loser, deal.purse.account(), PRICE).unwrap();
    world.ledger.fork(&back_home).unwrap();
    world.ledger.release(Hold::Everything);
    world.pass(FINAL);
    world.advance(NEXT_CHECKS).await;
    assert_eq!(verdict(&deal.job(job.job_id).await), OPEN);
    later(&world, minutes(26 * 60)).await;
    let job = deal.job(job.job_id).await;
    assert_eq!(
        (job.status, verdict(&job)),
        (Status::Expired, rejected(RejectReason::NotFound))
    );
}

fn broken_answers() -> Vec<TransportFault> {
    let instead = |body: &str| TransportFault::Instead {
        status: 200,
        body: body.to_owned(),
    };
    let mut faults: Vec<TransportFault> = [
        "\"\"",
        "[]",
        "{}",
        "null",
        "{\"error\":{}}",
        "not json",
        "{\"blocks\":7}",
    ]
    .map(instead)
    .into();
    faults.extend(["confirmed", "contents", "block_account", "height"].map(|field| {
        let fields = vec![field.to_owned()];
        TransportFault::Without(fields)
    }));
    faults.extend([
        TransportFault::EmptyBody,
        TransportFault::EmptyLists,
        TransportFault::CutHalfWay,
        TransportFault::TooManyRequests,
        TransportFault::BadGateway,
        TransportFault::Huge(2 << 20),
    ]);
    faults
}

/// 21: `""`, `[]`, `{}`, missing fields, a 502 page, a 429.
#[tokio::test]
async fn a_broken_answer_is_no_verdict() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    for (number, fault) in (1..).zip(broken_answers()) {
        let job = deal.accepted(number).await;
        let hash = deal.pay(&job, PRICE);
        for node in faults(&world) {
            node.always(On::action("block_info"), fault.clone());
        }
        let judged = deal.name(job.job_id, hash).await;
        assert_eq!(verdict(&judged), OPEN, "on every node: {fault:?}");
        // One node stays broken; the other two are enough.
        faults(&world).skip(1).for_each(NodeFaults::clear);
        world.advance(NEXT_CHECKS).await;
        assert_eq!(
            verdict(&deal.job(job.job_id).await),
            CONFIRMED,
            "on one node: {fault:?}"
        );
        faults(&world).for_each(NodeFaults::clear);
    }
}

/// 22: not found by nodes that are behind, then found.
#[tokio::test]
async fn not_found_is_not_unpaid() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let hash = deal.pay(&job, PRICE);
    faults(&world).for_each(|node| node.omit(hash));
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), OPEN);
    faults(&world).take(1).for_each(|node| node.restore(&hash));
    world.advance(NEXT_CHECKS).await;
    assert_eq!(verdict(&deal.job(job.job_id).await), OPEN, "one node is not enough");
    faults(&world).take(2).for_each(|node| node.restore(&hash));
    later(&world, minutes(1)).await;
    assert_eq!(verdict(&deal.job(job.job_id).await), CONFIRMED);
}

/// 23: nodes that disagree.
#[tokio::test]
async fn as_many_nodes_as_agreed_on_decide() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    for (number, deniers, expected) in [(1, 1, CONFIRMED), (2, 2, OPEN)] {
        let job = deal.accepted(number).await;
        let hash = deal.pay(&job, PRICE);
        faults(&world)
            .take(deniers)
            .for_each(|node| node.lie(hash, saying(false)));
        assert_eq!(
            verdict(&deal.name(job.job_id, hash).await),
            expected,
            "{deniers} deny it"
        );
        faults(&world).for_each(NodeFaults::clear);
        world.advance(NEXT_CHECKS).await;
        assert_eq!(verdict(&deal.job(job.job_id).await), CONFIRMED);
    }
}

/// 24: nodes that lie about amount or destination.
#[tokio::test]
async fn a_lie_about_amount_or_destination_gives_itself_away() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let invoice = job.quote.as_ref().unwrap().invoice_account;
    let stranger = DevWallet::numbered(50, 0, &world.ledger).account();
    let lies = |amount, destination, link_as_account| BlockLie {
        amount,
        destination,
        link_as_account,
        confirmed: Some(true),
        ..BlockLie::default()
    };

    // A tenth of the price is called the price, and all nodes say so.
    let little = deal.pay(&job, raw(PRICE.raw() / 10));
    faults(&world).for_each(|node| node.lie(little, lies(Some(PRICE), None, None)));
    assert_eq!(verdict(&deal.name(job.job_id, little).await), OPEN);
    // As soon as one honest node can be heard, there is the true amount.
    faults(&world).take(2).for_each(NodeFaults::clear);
    world.advance(NEXT_CHECKS).await;
    assert_eq!(deal.job(job.job_id).await.payment.status, PaymentStatus::Short);

    // A send to somebody else is said to go to the invoice account.
    let elsewhere = deal.purse.send(stranger, PRICE).unwrap().block.hash();
    world.pass(FINAL);
    faults(&world).for_each(|node| node.lie(elsewhere, lies(None, Some(invoice), None)));
    let judged = deal.name(job.job_id, elsewhere).await;
    assert!(!PaymentStatus::PAID.contains(&judged.payment.status));
    faults(&world).for_each(NodeFaults::clear);
    world.advance(NEXT_CHECKS).await;
    assert_eq!(deal.job(job.job_id).await.payment.status, PaymentStatus::Short);

    // `link_as_account` is no part of the hash, and nobody looks at it.
    let job = deal.accepted(2).await;
    let invoice = job.quote.as_ref().unwrap().invoice_account;
    let elsewhere = deal.purse.send(stranger, PRICE).unwrap().block.hash();
    world.pass(FINAL);
    faults(&world).for_each(|node| node.lie(elsewhere, lies(None, None, Some(invoice))));
    assert_eq!(verdict(&deal.name(job.job_id, elsewhere).await), WRONG_ACCOUNT);
}

/// 25: already pocketed before the check.
#[tokio::test]
async fn money_that_the_seller_pocketed_at_once_counts_named_or_not() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let (named, unnamed) = (deal.accepted(1).await, deal.accepted(2).await);
    let hash = deal.pay(&named, PRICE);
    deal.pay(&unnamed, PRICE);
    for number in [1, 2] {
        deal.invoice_wallet(number).receive_all().unwrap();
    }
    world.pass(FINAL);
    assert_eq!(verdict(&deal.name(named.job_id, hash).await), CONFIRMED);
    later(&world, minutes(17)).await;
    assert_eq!(verdict(&deal.job(unnamed.job_id).await), CONFIRMED);
}

/// 31: dust that fills the list of receivable sends.
#[tokio::test]
async fn dust_does_not_hide_a_payment() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let invoice = job.quote.as_ref().unwrap().invoice_account;
    let hash = deal.send(&job, PRICE);
    let dust = world.wallet(60);
    // Nodes list sends by their hashes: until the payment is not among the first fifty.
    let place = || {
        let listed = world.ledger.receivable(&invoice);
        listed.iter().position(|(listed, _)| *listed == hash).unwrap()
    };
    while place() < 55 {
        dust.send(invoice, raw(1)).unwrap();
    }
    later(&world, minutes(17)).await;
    let job = deal.job(job.job_id).await;
    // What the dust adds to it is owed back like anything that is too much.
    assert!(PaymentStatus::PAID.contains(&job.payment.status), "{:?}", verdict(&job));
    assert!(job.payment.receipts.iter().any(|receipt| receipt.hash == hash));
    deal.lock(job.job_id).await;
}

/// 35: the previous block is pruned.
#[tokio::test]
async fn an_amount_that_cannot_be_proved_is_not_believed_and_one_node_can_prove_it() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let previous = world.ledger.head(&deal.purse.account()).unwrap().frontier;
    let hash = deal.pay(&job, PRICE);
    faults(&world).for_each(|node| node.omit(previous));
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), OPEN);
    world.nodes[2].node().faults().restore(&previous);
    world.advance(NEXT_CHECKS).await;
    assert_eq!(verdict(&deal.job(job.job_id).await), CONFIRMED);
}

/// 36: nodes of another network.
#[tokio::test]
async fn nodes_of_another_network_confirm_no_money_of_this_one() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    faults(&world)
        .take(2)
        .for_each(|node| node.claim_network(Network::Beta.genesis()));
    let hash = deal.pay(&job, PRICE);
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), OPEN);
    // The operator puts one of them right.
    world.nodes[0].node().faults().clear();
    world.advance(NEXT_CHECKS).await;
    let job = deal.job(job.job_id).await;
    assert_eq!((verdict(&job), count(&job, Event::PaymentJudged)), (CONFIRMED, 1));
}

/// 39: nobody but the operator chooses which nodes are asked.
#[tokio::test]
async fn no_request_can_name_a_node() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let body = json!({ "block_hash": BlockHash::from_bytes([7; 32]) });
    for (bot, call) in [(2, "payment"), (1, "refund")] {
        let draft = Draft::post(
            bot,
            format!("/v1/jobs/{}/{call}", job.job_id),
            "key-of-39-000000",
            &body,
        );
        for member in ["rpc_url", "node", "url", "nano_rpc_urls"] {
            let request = draft.clone().with_member(member, json!("http://169.254.169.254/"));
            let code = nanoark_http::problem::Code::UnknownField;
            world.refused(member, request.signed(&world), code).await;
        }
    }
    // Nor does a header or a query lead anywhere else: the one node of this world is asked.
    let hash = deal.pay(&job, PRICE);
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), CONFIRMED);
}
