//! What must hold in the end, whatever went wrong on the way.

use std::collections::{BTreeMap, BTreeSet};

use nanoark_bots::buyer;
use nanoark_client::{JobsQuery, verify_receipt};
use nanoark_domain::job::{Party, Status};
use nanoark_domain::payload::Output;
use nanoark_nano::{Account, RawAmount};
use nanoark_testkit::nano_ledger::genesis_account;

use super::accounts::{Send, assert_conserved, sends};
use super::market::{Outcome, input};
use super::tool::answer;
use super::town::{PRICE, Town, Who};

/// How many accounts of the seller are looked at.
const ACCOUNTS: u32 = 400;

/// How the jobs ended.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) delivered: usize,
    pub(super) failed: usize,
    pub(super) unpaid: usize,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.delivered += other.delivered;
        self.failed += other.failed;
        self.unpaid += other.unpaid;
    }
}

fn seller_accounts() -> Vec<Account> {
    (0..ACCOUNTS).map(|index| Who::Seller.account(index)).collect()
}

/// Every send of the two bots.
pub(super) fn all_sends(town: &Town) -> Vec<Send> {
    let mut accounts = seller_accounts();
    accounts.push(Who::Buyer.account(0));
    sends(&town.ledger, &accounts)
}

/// Holds everything against everything else.
pub(super) async fn judge(case: &str, town: &Town, outcome: &Outcome) -> Tally {
    let mut tally = Tally::default();
    let (sellers, buyer) = (seller_accounts(), Who::Buyer.account(0));
    let everybody: Vec<Account> = sellers.iter().copied().chain([buyer]).collect();
    town.ledger.confirm_everything_now();
    assert_conserved(case, &town.ledger, &everybody);

    let paid = sends(&town.ledger, &[buyer]);
    let returned = sends(&town.ledger, &sellers);
    let runs = town.tool.runs();
    let (price, mut invoices) = (RawAmount::from_xno(PRICE).unwrap(), BTreeSet::new());
    let jobs = town.calm_jobs().await;
    assert_eq!(jobs.len(), outcome.purchases.len(), "{case}: one job per purchase");
    let mut spent = BTreeMap::new();
    for send in &paid {
        *spent.entry(send.to).or_insert(0) += 1;
    }
    for (number, bought) in &outcome.purchases {
        let case = format!("{case}: purchase {number}");
        let job = &jobs[&bought.purchase.job_id];
        let invoice = job.quote.as_ref().map(|quote| quote.invoice_account);
        if let Some(invoice) = invoice {
            assert!(invoices.insert(invoice), "{case}: the invoice account was used before");
            assert!(
                sellers[1..].contains(&invoice),
                "{case}: the invoice account is not the seller's"
            );
        }
        let payments = invoice.and_then(|invoice| spent.remove(&invoice)).unwrap_or(0);
        assert!(payments <= 1, "{case}: paid {payments} times");
        let ran = runs.get(&bought.purchase.job_id);
        assert!(
            ran.is_none_or(|runs| runs.most <= 1),
            "{case}: two tools at once: {ran:?}"
        );
        assert!(
            ran.is_none_or(|runs| runs.finished <= 1),
            "{case}: run after its result: {ran:?}"
        );
        let back: u128 = returned
            .iter()
            .filter(|send| Some(send.from) == invoice && send.to == buyer)
            .map(|send| send.amount.raw())
            .sum();
        match job.status {
            Status::Delivered => {
                tally.delivered += 1;
                assert_eq!((payments, back), (1, 0), "{case}");
                verify_receipt(job).unwrap();
                assert_eq!(job.result, Some(Output::Json(answer(&input(*number)))), "{case}");
                assert!(
                    matches!(bought.purchase.progress, buyer::Progress::Ended { .. }),
                    "{case}: {:?}",
                    bought.purchase.progress
                );
            }
            Status::Failed => {
                tally.failed += 1;
                assert!(
                    job.error.as_ref().is_some_and(|error| !error.is_empty()),
                    "{case}: no reason"
                );
                assert_eq!((payments, back), (1, price.raw()), "{case}: paid once, refunded once");
            }
            Status::Cancelled | Status::Declined | Status::Expired => {
                tally.unpaid += 1;
                assert!(job.reason.is_some() || job.expiry_reason.is_some(), "{case}: no reason");
                let kept = if payments == 0 { 0 } else { price.raw() };
                assert_eq!(kept, back, "{case}: {:?}", job.status);
            }
            Status::Requested | Status::Quoted | Status::Accepted | Status::Running => {
                panic!("{case}: still {}", job.status)
            }
        }
    }
    assert!(spent.is_empty(), "{case}: paid to accounts of no job: {spent:?}");
    assert!(!sellers.contains(&genesis_account()), "{case}");
    tally
}

impl Town {
    /// All jobs of the buyer, read over a way on which nothing goes wrong.
    async fn calm_jobs(&self) -> BTreeMap<nanoark_domain::id::JobId, nanoark_client::wire::jobs::JobView> {
        let client = self.calm_client(Who::Buyer);
        let mut query = JobsQuery {
            limit: Some(100),
            ..JobsQuery::of(Party::Buyer)
        };
        let mut jobs = BTreeMap::new();
        loop {
            let page = client.list_jobs(&query).await.unwrap().changed().unwrap().value;
            for listed in page.jobs {
                jobs.insert(listed.job_id, client.job(listed.job_id).await.unwrap().value);
            }
            if !page.more {
                return jobs;
            }
            query.since = nanoark_client::Since::Cursor(page.cursor);
        }
    }
}
