//! A poller that follows the cursor misses no change, although clocks differ and indexes lag.

use std::collections::BTreeMap;
use std::time::Duration;

use nanoark_client::wire::jobs::JobPage;
use nanoark_client::{JobsQuery, Polled, Since};
use nanoark_domain::id::JobId;
use nanoark_domain::job::{Party, Status};
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_http::problem::Code;

use crate::calls::block;
use crate::dice::Dice;
use crate::world::{Deal, Setup, World};

/// How far a function's clock may be off, either way: two of them differ by less than the settle window of ten seconds.
const SKEW_MS: usize = 4_900;

/// A bot that follows its jobs.
struct Poller<'a, 'w> {
    deal: &'a Deal<'w>,
    query: JobsQuery,
    /// The greatest version that was seen of each job, and its status then.
    seen: BTreeMap<JobId, (u64, Status)>,
    pages: usize,
}

impl<'a, 'w> Poller<'a, 'w> {
    fn new(deal: &'a Deal<'w>, role: Party, statuses: &[Status], limit: u32) -> Self {
        let query = JobsQuery {
            statuses: statuses.to_vec(),
            limit: Some(limit),
            ..JobsQuery::of(role)
        };
        Self {
            deal,
            query,
            seen: BTreeMap::new(),
            pages: 0,
        }
    }

    async fn ask(&self) -> JobPage {
        let client = match self.query.role {
            Party::Buyer => &self.deal.buyer,
            Party::Seller => &self.deal.seller,
        };
        let answer = client.list_jobs(&self.query).await.unwrap().changed().unwrap();
        let wait = Duration::from_millis(answer.value.next_poll_ms);
        assert_eq!(answer.next_poll, Some(wait), "the header says what the body says");
        answer.value
    }

    /// Reads one page and goes on from there next time.
    async fn page(&mut self) -> bool {
        let page = self.ask().await;
        assert!(page.jobs.len() <= self.query.limit.unwrap() as usize);
        for job in &page.jobs {
            assert!(self.query.statuses.is_empty() || self.query.statuses.contains(&job.status));
            let seen = self.seen.entry(job.job_id).or_insert((0, job.status));
            if job.version > seen.0 {
                *seen = (job.version, job.status);
            }
        }
        self.query.since = Since::Cursor(page.cursor);
        self.pages += 1;
        page.more
    }

    /// Reads until there is nothing more right now.
    async fn drain(&mut self) {
        while self.page().await {
            assert!(self.pages < 10_000, "the list has no end");
        }
    }
}

/// Something that two bots do to a job, whatever becomes of it.
async fn change(deal: &Deal<'_>, dice: &mut Dice, jobs: &mut Vec<JobId>, number: u32) {
    if jobs.is_empty() || dice.roll(4) == 0 {
        jobs.push(deal.requested().await);
        return;
    }
    let job_id = *dice.pick(jobs);
    let status = deal.job(job_id).await.status;
    match (status, dice.roll(4)) {
        (Status::Requested, 0) => drop(deal.seller.decline_job(&deal.key(), job_id, None).await.unwrap()),
        (Status::Requested, _) => drop(deal.quote(job_id, number).await),
        (Status::Quoted | Status::Accepted, 0) => drop(deal.buyer.cancel_job(&deal.key(), job_id, None).await.unwrap()),
        // A quote may have run out by a clock that is ahead.
        (Status::Quoted, _) => drop(deal.buyer.accept_job(&deal.key(), job_id).await),
        (Status::Accepted, 1) => {
            // The second time there is a payment already.
            drop(deal.buyer.submit_payment(&deal.key(), job_id, block(number)).await);
        }
        (Status::Accepted, _) => drop(deal.seller.record_refund(&deal.key(), job_id, block(number)).await.ok()),
        _ => jobs.push(deal.requested().await),
    }
}

/// Lets two bots work and several pollers follow them, all by clocks that differ; returns how many changes a poller
/// missed for good.
async fn missed(seed: u64, settings: &[(&str, &str)]) -> usize {
    let world = World::with_settings(Setup::default(), settings).await;
    let deal = Deal::new(&world).await;
    let mut dice = Dice::seeded(seed);
    let mut pollers = [
        Poller::new(&deal, Party::Seller, &[], 1 + dice.roll(3) as u32),
        Poller::new(&deal, Party::Buyer, &[], 1 + dice.roll(3) as u32),
        Poller::new(&deal, Party::Seller, &[Status::Quoted, Status::Accepted], 2),
        Poller::new(&deal, Party::Buyer, &[Status::Cancelled], 1),
    ];
    let mut now = world.now().plus(Seconds(60));
    let mut jobs = Vec::new();
    for step in 0..40 {
        now = Timestamp::from_millis(now.as_millis() + dice.roll(3_000) as u64);
        let skewed = |dice: &mut Dice| {
            let skew = dice.roll(2 * SKEW_MS + 1) as u64;
            Timestamp::from_millis(now.as_millis() + skew - SKEW_MS as u64)
        };
        world.set_clock(skewed(&mut dice));
        change(&deal, &mut dice, &mut jobs, step).await;
        for poller in &mut pollers {
            if dice.roll(3) == 0 {
                world.set_clock(skewed(&mut dice));
                poller.page().await;
            }
        }
    }
    // Everything settles, and everybody asks once more.
    world.set_clock(now.plus(Seconds(60)));
    let mut missed = 0;
    for poller in &mut pollers {
        poller.drain().await;
        poller.drain().await;
        for job_id in &jobs {
            let job = deal.job(*job_id).await;
            let wanted = poller.query.statuses.is_empty() || poller.query.statuses.contains(&job.status);
            if wanted && poller.seen.get(job_id) != Some(&(job.version, job.status)) {
                missed += 1;
            }
        }
    }
    missed
}

#[tokio::test]
async fn a_poller_that_follows_the_cursor_misses_no_change_although_clocks_differ() {
    for seed in 0..6 {
        assert_eq!(missed(seed, &[]).await, 0, "seed {seed}");
    }
}

/// The test above can fail: with a window that is smaller than the clocks' differences it does.
#[tokio::test]
async fn a_window_smaller_than_the_differences_of_the_clocks_would_miss_changes() {
    for seed in 0..6 {
        if missed(seed, &[("NANOARK_SETTLE_WINDOW", "1")]).await > 0 {
            return;
        }
    }
    panic!("nothing was missed");
}

#[tokio::test]
async fn a_change_is_listed_again_until_it_has_settled_and_then_no_more() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let mut poller = Poller::new(&deal, Party::Seller, &[], 20);
    deal.requested().await;
    for (wait, listed) in [(0, 1), (9, 1), (1, 1), (1, 0), (100, 0)] {
        world.pass(Duration::from_secs(wait));
        let page = poller.ask().await;
        assert_eq!(page.jobs.len(), listed, "after {wait} s more");
        poller.query.since = Since::Cursor(page.cursor);
    }
}

#[tokio::test]
async fn pages_are_in_the_order_of_the_last_change_and_say_whether_there_is_more() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let mut jobs = Vec::new();
    for _ in 0..5 {
        world.pass(Duration::from_secs(20));
        jobs.push(deal.requested().await);
    }
    world.pass(Duration::from_secs(20));
    deal.seller.decline_job(&deal.key(), jobs[1], None).await.unwrap();
    let order = [jobs[0], jobs[2], jobs[3], jobs[4], jobs[1]];
    for limit in 1..=6 {
        let mut poller = Poller::new(&deal, Party::Buyer, &[], limit);
        let mut listed = Vec::new();
        loop {
            let page = poller.ask().await;
            listed.extend(page.jobs.iter().map(|job| job.job_id));
            assert_eq!(page.next_poll_ms == 0, page.more, "who is told of more need not wait");
            poller.query.since = Since::Cursor(page.cursor);
            if !page.more {
                break;
            }
        }
        assert_eq!(listed, order, "limit {limit}");
    }
    // Only those that changed after an instant; the very millisecond is not after itself.
    let at = deal.job(jobs[3]).await.updated_at;
    let mut poller = Poller::new(&deal, Party::Buyer, &[], 20);
    poller.query.since = Since::Instant(at);
    assert_eq!(ids(&poller.ask().await), [jobs[4], jobs[1]]);
    poller.query.since = Since::Instant(Timestamp::from_millis(at.as_millis() - 1));
    assert_eq!(ids(&poller.ask().await), [jobs[3], jobs[4], jobs[1]]);
}

fn ids(page: &JobPage) -> Vec<JobId> {
    page.jobs.iter().map(|job| job.job_id).collect()
}

#[tokio::test]
async fn each_side_sees_its_own_jobs_and_each_filter_its_own_statuses() {
    let world = World::new().await;
    // Bot 5 sells to bot 6 and buys from bot 7.
    let sells = Deal::between(&world, 5, 6).await;
    let buys = Deal::between(&world, 7, 5).await;
    let (sold, bought) = (sells.requested().await, buys.requested().await);
    buys.seller.decline_job(&buys.key(), bought, None).await.unwrap();
    let bot = &sells.seller;
    for (role, statuses, expected) in [
        (Party::Seller, vec![], vec![sold]),
        (Party::Buyer, vec![], vec![bought]),
        (Party::Seller, vec![Status::Requested], vec![sold]),
        (Party::Seller, vec![Status::Declined], vec![]),
        (Party::Buyer, vec![Status::Requested, Status::Declined], vec![bought]),
    ] {
        let query = JobsQuery {
            statuses: statuses.clone(),
            ..JobsQuery::of(role)
        };
        let page = bot.list_jobs(&query).await.unwrap().changed().unwrap().value;
        assert_eq!(ids(&page), expected, "{role} {statuses:?}");
    }
}

#[tokio::test]
async fn a_filter_that_leaves_little_still_comes_to_an_end() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    for _ in 0..12 {
        deal.requested().await;
    }
    let last = deal.requested().await;
    deal.seller.decline_job(&deal.key(), last, None).await.unwrap();
    let mut poller = Poller::new(&deal, Party::Buyer, &[Status::Declined], 1);
    poller.drain().await;
    assert_eq!(poller.seen.keys().copied().collect::<Vec<_>>(), [last]);
    assert!(poller.pages > 2, "one page looks at a few jobs only");
}

#[tokio::test]
async fn nothing_new_is_a_304_that_says_when_to_ask_again() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job_id = deal.requested().await;
    let mut query = JobsQuery::of(Party::Seller);
    let first = deal.seller.list_jobs(&query).await.unwrap().changed().unwrap();
    assert_eq!(
        first.next_poll,
        Some(Duration::from_secs(2)),
        "an open job just changed"
    );
    query.since = Since::Cursor(first.value.cursor.clone());
    query.etag = deal.seller.list_jobs(&query).await.unwrap().changed().unwrap().etag;
    let Polled::Unchanged(again) = deal.seller.list_jobs(&query).await.unwrap() else {
        panic!("nothing changed")
    };
    assert_eq!(again.next_poll, Some(Duration::from_secs(2)));
    assert_eq!(again.etag, query.etag);

    // Another version of the same job is something new.
    deal.quote(job_id, 1).await;
    let Polled::Changed(changed) = deal.seller.list_jobs(&query).await.unwrap() else {
        panic!("a quote is a change")
    };
    assert_ne!(changed.etag, query.etag);
    assert_eq!(changed.value.jobs[0].version, 2);

    // What is long ago, or over, is no reason to hurry.
    world.pass(Duration::from_secs(300));
    let idle = deal.seller.list_jobs(&JobsQuery::of(Party::Seller)).await.unwrap();
    assert_eq!(idle.changed().unwrap().next_poll, Some(Duration::from_secs(10)));
    deal.buyer.cancel_job(&deal.key(), job_id, None).await.unwrap();
    let over = deal.seller.list_jobs(&JobsQuery::of(Party::Seller)).await.unwrap();
    assert_eq!(over.changed().unwrap().next_poll, Some(Duration::from_secs(10)));

    // Another bot's etag, and another query's, say nothing.
    let other = JobsQuery {
        etag: query.etag.clone(),
        ..JobsQuery::of(Party::Buyer)
    };
    assert!(deal.buyer.list_jobs(&other).await.unwrap().changed().is_some());
    let foreign = JobsQuery {
        etag: None,
        ..query.clone()
    };
    let refused = deal.buyer.list_jobs(&foreign).await.unwrap_err();
    assert_eq!(refused.code(), Some(Code::BadCursor));
}
