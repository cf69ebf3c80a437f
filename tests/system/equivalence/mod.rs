//! The pure rule and the compiled condition are one rule: over random jobs, commands, callers and clocks,
//! `Order::decide` accepts exactly what DynamoDB accepts, the item afterwards is the job that it foretold, and where both
//! refuse, the caller hears the same reason and no table has changed.
//!
//! `PROPTEST_CASES` sets how many jobs are tried, `PROPTEST_RNG_SEED` another beginning than the fixed one.

mod commit;
mod coverage;
mod jobs;
mod offers;
mod orders;
mod tables;

use std::cell::RefCell;

use nanoark_client::wire::money::RefundStatus;
use nanoark_domain::job::{Caller, Job, Order};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

use commit::{Claims, Ending};
use coverage::Coverage;
use jobs::limits;
use tables::{Snapshot, Tables};

use crate::world::{Deal, World};

/// How many jobs, and offers, are tried when nobody says.
const CASES: u32 = 300;

/// The same cases in every run, unless the environment says otherwise.
fn config() -> Config {
    let set = |name| nanoark_runtime::system_setting(name).and_then(|text| text.parse::<u64>().ok());
    Config {
        cases: set("PROPTEST_CASES").map_or(CASES, |cases| u32::try_from(cases).unwrap_or(u32::MAX)),
        rng_seed: RngSeed::Fixed(set("PROPTEST_RNG_SEED").unwrap_or(9_421)),
        failure_persistence: None,
        ..Config::default()
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn the_rule_accepts_what_the_condition_accepts_and_foretells_the_job() {
    let runtime = runtime();
    let tables = runtime.block_on(Tables::new());
    runtime.block_on(tables.import_offer(&tables::plain_offer()));
    let coverage = RefCell::new(Coverage::default());
    let cases = (jobs::any_job(), prop::collection::vec(orders::any_draft(), 1..12));
    TestRunner::new(config())
        .run(&cases, |(job, drafts)| {
            tables.clear_jobs();
            let mut claims = Claims::default();
            runtime.block_on(tables.import_job(&job));
            let (mut job, mut before) = (job, tables.snapshot());
            for draft in drafts {
                let order = draft.order(&job, &limits());
                if draft.rival && runtime.block_on(claims.let_a_rival_take(&tables, &order)) {
                    before = tables.snapshot();
                }
                let next = runtime.block_on(agree(&tables, &mut claims, &mut before, &job, &order))?;
                coverage.borrow_mut().count(&job, &order, next.is_some());
                job = next.unwrap_or(job);
            }
            Ok(())
        })
        .unwrap();
    // Fewer cases than usual are wanted when one of them is looked into.
    if config().cases >= CASES {
        coverage.into_inner().assert_complete();
    }
}

/// Gives the order to the rule and to the table; the job that both have afterwards, or `None` when both refuse.
async fn agree(
    tables: &Tables,
    claims: &mut Claims,
    before: &mut Snapshot,
    job: &Job,
    order: &Order,
) -> Result<Option<Job>, TestCaseError> {
    let foretold = claims.foretell(job, order);
    // When it is done this holds the job as it is read back.
    let ending = commit::commit(tables, claims, job, order).await;
    prop_assert_eq!(&ending, &foretold, "{:?}", order);
    let after = tables.snapshot();
    match ending {
        Ending::Done(read) => {
            let by_bot = matches!(order.caller, Caller::Bot(_));
            prop_assert!(
                after.is_sparse_index_right(&read),
                "{:?} leaves the indexes wrong",
                order
            );
            prop_assert_eq!(after.answers() - before.answers(), usize::from(by_bot));
            claims.remember(order);
            *before = after;
            Ok(Some(*read))
        }
        Ending::Refused(_) | Ending::Claimed(_) => {
            prop_assert_eq!(&after, &*before, "{:?} was refused and changed something", order);
            Ok(None)
        }
    }
}

#[test]
fn an_order_about_a_job_that_does_not_exist_is_refused_alike() {
    let runtime = runtime();
    let tables = runtime.block_on(Tables::new());
    let cases = (jobs::any_job(), orders::any_draft());
    let fewer = Config {
        cases: config().cases / 4,
        ..config()
    };
    TestRunner::new(fewer)
        .run(&cases, |(job, draft)| {
            tables.clear();
            let order = draft.order(&job, &limits());
            let rejection = order.decide(None, &limits()).unwrap_err();
            let before = tables.snapshot();
            let ending = runtime.block_on(commit::commit(&tables, &Claims::default(), &job, &order));
            prop_assert_eq!(ending, Ending::Refused(rejection));
            prop_assert_eq!(tables.snapshot(), before);
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn a_payment_that_is_named_as_a_refund_stays_claimed_as_a_payment() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.paid(1).await;
    let hash = job.payment.block_hash.unwrap();
    deal.seller.record_refund(&deal.key(), job.job_id, hash).await.unwrap();
    world.advance(std::time::Duration::from_secs(5)).await;
    // It goes to the invoice account, so it is no refund, and that claim is given back; the other one is not.
    let refund = &deal.job(job.job_id).await.refunds.sent[0];
    assert_eq!(refund.status, RefundStatus::WrongAccount);
    let other = deal.accepted(2).await.job_id;
    let refused = deal.buyer.submit_payment(&deal.key(), other, hash).await;
    assert!(refused.unwrap_err().to_string().starts_with("block_used"));
}
