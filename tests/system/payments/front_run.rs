//! A block is on the ledger for all to see before its payer has named it. Whoever names it first must gain nothing by it,
//! and keep it for no longer than a check takes.

use nanoark_client::wire::jobs::JobView;
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use nanoark_http::problem::Code;
use nanoark_nano::BlockHash;

use super::{CONFIRMED, WRONG_ACCOUNT, later, minutes, raw, two_of_three, verdict};
use crate::world::{Deal, PRICE, World};

/// A victim whose block is on the ledger, and a stranger with a job of his own who has named it.
struct Race<'a> {
    victim: Deal<'a>,
    job: JobView,
    hash: BlockHash,
    stranger: Deal<'a>,
    bait: JobView,
}

impl<'a> Race<'a> {
    async fn new(world: &'a World) -> Self {
        let (victim, stranger) = (Deal::between(world, 1, 2).await, Deal::between(world, 3, 4).await);
        let (job, bait) = (victim.accepted(1).await, stranger.accepted(1).await);
        let hash = victim.pay(&job, PRICE);
        Self {
            victim,
            job,
            hash,
            stranger,
            bait,
        }
    }

    async fn stranger_names_it(&self) {
        self.stranger.submit(self.bait.job_id, self.hash).await;
    }

    async fn victim_is_refused(&self) {
        let refused = self.victim.name_refused(self.job.job_id, self.hash).await;
        assert_eq!(refused, Code::BlockUsed);
    }

    async fn victim_is_paid(&self) {
        let job = self.victim.job(self.job.job_id).await;
        assert_eq!(
            (job.status, verdict(&job), job.payment.block_hash),
            (Status::Accepted, CONFIRMED, Some(self.hash))
        );
    }
}

/// 10: the hash is named first by a different buyer.
#[tokio::test]
async fn a_stranger_who_names_the_block_first_gains_nothing_and_delays_little() {
    let world = two_of_three().await;
    let race = Race::new(&world).await;
    race.stranger_names_it().await;
    race.victim_is_refused().await;
    // The check of the stranger's job gives the block back at once, and the victim names it again.
    world.settle().await;
    assert_eq!(verdict(&race.stranger.job(race.bait.job_id).await), WRONG_ACCOUNT);
    race.victim.name(race.job.job_id, race.hash).await;
    race.victim_is_paid().await;
    // From then on it is the victim's for ever.
    let refused = race.stranger.name_refused(race.bait.job_id, race.hash).await;
    assert_eq!(refused, Code::BlockUsed);
}

#[tokio::test]
async fn a_victim_that_gives_up_naming_it_is_found_by_the_watch() {
    let world = two_of_three().await;
    let race = Race::new(&world).await;
    race.stranger_names_it().await;
    race.victim_is_refused().await;
    later(&world, minutes(16)).await;
    race.victim_is_paid().await;
}

/// Before the nodes know the block, nobody can say whose it is: the stranger keeps it until they do.
#[tokio::test]
async fn a_stranger_who_is_faster_than_the_nodes_loses_the_block_when_they_see_it() {
    let world = two_of_three().await;
    let race = Race::new(&world).await;
    let nodes = || world.nodes.iter().map(|node| node.node().faults());
    nodes().for_each(|node| node.omit(race.hash));
    race.stranger_names_it().await;
    later(&world, minutes(1)).await;
    race.victim_is_refused().await;
    nodes().for_each(|node| node.restore(&race.hash));
    later(&world, minutes(16)).await;
    assert_eq!(verdict(&race.stranger.job(race.bait.job_id).await), WRONG_ACCOUNT);
    race.victim_is_paid().await;
}

/// A job that got a raw is short whatever its buyer names; the block that he named is given back all the same.
#[tokio::test]
async fn a_stranger_cannot_hide_behind_a_payment_of_one_raw() {
    let world = two_of_three().await;
    let race = Race::new(&world).await;
    let one_raw = race.stranger.pay(&race.bait, raw(1));
    race.stranger.name(race.bait.job_id, one_raw).await;
    race.stranger_names_it().await;
    race.victim_is_refused().await;
    world.settle().await;
    let bait = race.stranger.job(race.bait.job_id).await;
    assert_eq!(verdict(&bait), (PaymentStatus::Short, None));
    race.victim.name(race.job.job_id, race.hash).await;
    race.victim_is_paid().await;
    // What the stranger holds is his raw, and more money for his job still finds its way.
    let rest = race.stranger.pay(&race.bait, raw(PRICE.raw() - 1));
    assert_eq!(verdict(&race.stranger.name(race.bait.job_id, rest).await), CONFIRMED);
}

/// A seller and a buyer in league: the buyer wants its refunds on the victim's invoice account, and the seller calls the
/// victim's payment such a refund. The relay would confirm it, and the victim's money must count none the less.
#[tokio::test]
async fn a_payment_that_somebody_calls_his_refund_pays_its_job() {
    let world = two_of_three().await;
    let race = Race::new(&world).await;
    let mut request = race.stranger.request_body();
    request.refund_account = Some(race.job.quote.as_ref().unwrap().invoice_account);
    let key = race.stranger.key();
    let league = race
        .stranger
        .buyer
        .request_job(&key, &request)
        .await
        .unwrap()
        .value
        .job_id;
    race.stranger.quote(league, 2).await;
    race.stranger
        .buyer
        .accept_job(&race.stranger.key(), league)
        .await
        .unwrap();
    let key = race.stranger.key();
    race.stranger
        .seller
        .record_refund(&key, league, race.hash)
        .await
        .unwrap();
    later(&world, minutes(1)).await;
    race.victim.name(race.job.job_id, race.hash).await;
    race.victim_is_paid().await;
}
