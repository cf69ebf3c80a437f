//! Nodes that lie, lag, break off or belong to another network: the worker's own, and the relay's.

use nanoark_bots::seller::Count;
use nanoark_client::wire::jobs::JobView;
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use nanoark_nano::Network;
use nanoark_testkit::nano_ledger::{BlockLie, Hold, NanoNode, NodeFaults};

use super::door::Way;
use super::shop::Shop;
use super::trade::{End, invoice};
use super::{FINAL, PRICE, minutes, raw};

fn saying(confirmed: bool) -> BlockLie {
    BlockLie {
        confirmed: Some(confirmed),
        ..BlockLie::default()
    }
}

impl Shop {
    fn own(&self) -> impl Iterator<Item = &NodeFaults> {
        self.doors.iter().map(|door| door.node.faults())
    }

    fn relays(&self) -> impl Iterator<Item = &NodeFaults> {
        self.relay_nodes.iter().map(NanoNode::faults)
    }

    /// The relay calls the job paid, and for a while the worker does not begin and says so.
    async fn is_disputed(&self, job: &JobView) {
        self.until(job.job_id, |job| PaymentStatus::PAID.contains(&job.payment.status))
            .await;
        let before = self.counted(&Count::PaymentDisputed);
        self.pass(minutes(3)).await;
        assert_eq!(self.runs(job), 0);
        assert!(self.counted(&Count::PaymentDisputed) > before);
    }
}

/// 1: an unconfirmed block that the relay calls confirmed.
#[tokio::test(start_paused = true)]
async fn what_the_own_nodes_do_not_confirm_is_not_worked_for() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    shop.ledger.hold(Hold::Everything);
    let hash = shop.pay(&job, PRICE).await;
    shop.relays().for_each(|node| node.lie(hash, saying(true)));
    // One of the worker's own nodes is in league with the relay's.
    shop.own().take(1).for_each(|node| node.lie(hash, saying(true)));
    shop.name(&job, hash).await;
    shop.is_disputed(&job).await;
    shop.ledger.release(Hold::Everything);
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 2: a double spend that the relay was taken in by.
#[tokio::test(start_paused = true)]
async fn a_block_that_lost_a_double_spend_is_neither_worked_for_nor_paid_back() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    shop.ledger.hold(Hold::Everything);
    let hash = shop.pay(&job, PRICE).await;
    shop.relays().for_each(|node| node.lie(hash, saying(true)));
    shop.name(&job, hash).await;
    shop.is_disputed(&job).await;
    let loser = shop.ledger.block(&hash).unwrap();
    let home = shop.purse.account();
    shop.ledger
        .fork(&shop.purse.build_rival(&loser, home, PRICE).unwrap())
        .unwrap();
    shop.ledger.release(Hold::Everything);
    // The buyer withdraws, and the relay calls for the money that never came.
    shop.cancel(&job).await;
    let ended = shop.job(job.job_id).await;
    assert_eq!(
        ended.refunds.owed.map(|owed| (owed.to, owed.amount_raw)),
        Some((home, PRICE))
    );
    shop.pass(minutes(10)).await;
    assert!(shop.counted(&Count::RefundRefused) > 1);
    assert_eq!(shop.end_in_dispute(&job).await, End::without_work(Status::Cancelled));
}

/// 21: `""`, `[]`, `{}`, HTML, 429, half an answer, none at all.
#[tokio::test(start_paused = true)]
async fn broken_answers_are_no_payment_and_one_broken_node_keeps_nobody_from_work() {
    let says = |status, body: &str| Way::Says {
        status,
        body: body.to_owned(),
    };
    let shop = Shop::open().await;
    let mut jobs = Vec::new();
    for way in [
        says(200, "\"\""),
        says(200, "[]"),
        says(200, "{}"),
        says(200, ""),
        says(200, "{\"blocks\":7}"),
        says(200, "{\"error\":{}}"),
        says(429, "{\"error\":\"Rate limit exceeded\"}"),
        says(502, "<html><h1>502 Bad Gateway</h1></html>"),
        Way::Breaks,
        Way::Stalls,
    ] {
        let job = shop.accepted().await;
        shop.doors.iter().for_each(|door| door.set(way.clone()));
        shop.pay_and_name(&job, PRICE).await;
        shop.pass(minutes(2)).await;
        assert_eq!(shop.runs(&job), 0, "on every node: {way:?}");
        shop.doors.iter().skip(1).for_each(|door| door.set(Way::Open));
        shop.until_delivered(&job).await;
        shop.doors[0].set(Way::Open);
        jobs.push(job);
    }
    let jobs: [JobView; 10] = jobs.try_into().unwrap();
    let ends = shop.ends(jobs.each_ref()).await;
    assert_eq!(ends, [(); 10].map(|()| End::delivered()));
}

/// 22: not found by nodes that are behind, then found.
#[tokio::test(start_paused = true)]
async fn not_found_is_waited_for() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    let hash = shop.pay(&job, PRICE).await;
    shop.own().for_each(|node| node.omit(hash));
    shop.name(&job, hash).await;
    shop.is_disputed(&job).await;
    shop.own().take(1).for_each(|node| node.restore(&hash));
    shop.is_disputed(&job).await;
    shop.own().take(2).for_each(|node| node.restore(&hash));
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 23: own nodes that disagree.
#[tokio::test(start_paused = true)]
async fn as_many_own_nodes_as_agreed_on_decide() {
    let shop = Shop::open().await;
    let (one_denies, two_deny) = (shop.accepted().await, shop.accepted().await);
    for (deniers, job) in [(1, &one_denies), (2, &two_deny)] {
        let hash = shop.pay(job, PRICE).await;
        shop.own().take(deniers).for_each(|node| node.lie(hash, saying(false)));
        shop.name(job, hash).await;
    }
    shop.until_delivered(&one_denies).await;
    shop.is_disputed(&two_deny).await;
    shop.own().for_each(NodeFaults::clear);
    shop.until_delivered(&two_deny).await;
    let ends = shop.ends([&one_denies, &two_deny]).await;
    assert_eq!(ends, [End::delivered(), End::delivered()]);
}

/// 24: nodes that lie about amount or destination.
#[tokio::test(start_paused = true)]
async fn a_lie_about_amount_or_destination_is_not_worked_for() {
    let shop = Shop::open().await;
    let (little, elsewhere) = (shop.accepted().await, shop.accepted().await);
    let lie = BlockLie {
        amount: Some(PRICE),
        destination: None,
        ..saying(true)
    };
    let tenth = shop.pay(&little, raw(PRICE.raw() / 10)).await;
    shop.own().for_each(|node| node.lie(tenth, lie.clone()));
    let somebody = shop.stranger(50).account();
    let wrong = shop.purse.send(somebody, PRICE).unwrap().block.hash();
    let lie = BlockLie {
        destination: Some(invoice(&elsewhere)),
        link_as_account: Some(invoice(&elsewhere)),
        ..saying(true)
    };
    shop.own().for_each(|node| node.lie(wrong, lie.clone()));
    shop.pass(FINAL).await;
    shop.name(&little, tenth).await;
    shop.name(&elsewhere, wrong).await;
    // Nor if the relay tells the same lies.
    shop.tale
        .tell(|job| job["payment"]["status"] = serde_json::json!("confirmed"));
    shop.pass(minutes(5)).await;
    assert_eq!((shop.runs(&little), shop.runs(&elsewhere)), (0, 0));
    assert!(shop.counted(&Count::PaymentDisputed) > 2);
    assert_eq!(shop.counted(&Count::PaymentVerified), 0);
    shop.tale.end();
    shop.own().for_each(NodeFaults::clear);
    shop.until_ended(&little).await;
    shop.until_ended(&elsewhere).await;
    let back = End::without_work(Status::Expired).and_back(shop.purse.account(), raw(PRICE.raw() / 10));
    let ends = shop.ends([&little, &elsewhere]).await;
    assert_eq!(ends, [back, End::without_work(Status::Expired)]);
}

/// 25: already pocketed before the check.
#[tokio::test(start_paused = true)]
async fn money_that_somebody_pocketed_before_the_check_is_worked_for() {
    let shop = Shop::open().await;
    let (named, unnamed) = (shop.accepted().await, shop.accepted().await);
    let hash = shop.pay(&named, PRICE).await;
    shop.pay(&unnamed, PRICE).await;
    for number in [1, 2] {
        shop.sellers(number).receive_all().unwrap();
    }
    shop.pass(FINAL).await;
    shop.name(&named, hash).await;
    shop.until_delivered(&named).await;
    shop.until_delivered(&unnamed).await;
    assert_eq!(
        shop.ends([&named, &unnamed]).await,
        [End::delivered(), End::delivered()]
    );
}

/// 35: the block before it is pruned.
#[tokio::test(start_paused = true)]
async fn an_amount_that_the_own_nodes_cannot_prove_is_not_worked_for_and_one_can_prove_it() {
    let shop = Shop::open().await;
    let job = shop.accepted().await;
    let previous = shop.ledger.head(&shop.purse.account()).unwrap().frontier;
    let hash = shop.pay(&job, PRICE).await;
    shop.own().for_each(|node| node.omit(previous));
    shop.name(&job, hash).await;
    shop.is_disputed(&job).await;
    shop.doors[2].node.faults().restore(&previous);
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}

/// 36: own nodes of another network.
#[tokio::test(start_paused = true)]
async fn own_nodes_of_another_network_show_no_payment_and_get_no_account_quoted() {
    let mut shop = Shop::closed(super::shop::Terms::default()).await;
    let beta = || Network::Beta.genesis();
    shop.own().take(2).for_each(|node| node.claim_network(beta()));
    shop.start_worker();
    shop.find_offer().await;
    // Without nodes of its network the worker proves no account unused, and quotes none.
    let job_id = shop.requested(None).await;
    shop.pass(minutes(2)).await;
    assert_eq!(shop.job(job_id).await.status, Status::Requested);
    shop.doors[0].node.faults().clear();
    let job = shop.until(job_id, |job| job.status == Status::Quoted).await;
    let key = shop.buyer.fresh_key().unwrap();
    shop.buyer.accept_job(&key, job_id).await.unwrap();
    shop.pay_and_name(&job, PRICE).await;
    shop.until_delivered(&job).await;
    assert_eq!(shop.ends([&job]).await, [End::delivered()]);
}
