//! Money is conserved: whatever is sent to a job's invoice account, in any order, named or not, in time or late, is on its
//! record once; and what the seller does not keep for a result it handed in, or hold for one it still owes, it owes back.

use std::collections::BTreeMap;

use nanoark_client::wire::jobs::JobView;
use nanoark_domain::job::Status;
use nanoark_domain::payment::PaymentStatus;
use nanoark_http::problem::Code;
use nanoark_nano::{BlockHash, RawAmount};
use nanoark_testkit::nano_ledger::DevWallet;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{FINAL, later, minutes, raw};
use crate::world::{Deal, World};

/// The price: small, so that sums meet it exactly now and then.
const PRICE: u128 = 4;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// To the invoice account, and perhaps named.
    Send {
        amount: u128,
        named: bool,
    },
    /// To somebody else, and named.
    SendElsewhere {
        amount: u128,
    },
    /// Names a block that does not exist.
    NameNothing {
        byte: u8,
    },
    /// The seller takes what waits for it.
    Pocket,
    Cancel,
    /// The seller works, and hands in a result or a failure.
    Work {
        fails: bool,
    },
    /// From a moment to beyond every deadline of paying.
    Wait {
        minutes: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (1..=2 * PRICE, any::<bool>()).prop_map(|(amount, named)| Step::Send { amount, named }),
        1 => (1..=PRICE).prop_map(|amount| Step::SendElsewhere { amount }),
        1 => any::<u8>().prop_map(|byte| Step::NameNothing { byte }),
        1 => Just(Step::Pocket),
        1 => Just(Step::Cancel),
        2 => any::<bool>().prop_map(|fails| Step::Work { fails }),
        2 => prop_oneof![Just(1_u64), Just(16), Just(40), Just(120)].prop_map(|minutes| Step::Wait { minutes }),
    ]
}

/// Names a block if the job takes one now: after a payment that is decided or under way, it does not.
async fn name(deal: &Deal<'_>, job: &JobView, hash: BlockHash) {
    let named = deal.buyer.submit_payment(&deal.key(), job.job_id, hash).await;
    if let Err(refused) = named {
        assert_eq!(refused.code(), Some(Code::PaymentExists), "{refused}");
    }
    deal.world.settle().await;
}

/// Plays the steps; returns what was sent to the invoice account.
async fn play(deal: &Deal<'_>, job: &JobView, steps: &[Step]) -> BTreeMap<BlockHash, RawAmount> {
    let (world, mut sent) = (deal.world, BTreeMap::new());
    let elsewhere = DevWallet::numbered(50, 0, &world.ledger).account();
    for step in steps {
        match *step {
            Step::Send { amount, named } => {
                let hash = deal.pay(job, raw(amount));
                sent.insert(hash, raw(amount));
                if named {
                    name(deal, job, hash).await;
                }
            }
            Step::SendElsewhere { amount } => {
                let hash = deal.purse.send(elsewhere, raw(amount)).unwrap().block.hash();
                world.pass(FINAL);
                name(deal, job, hash).await;
            }
            Step::NameNothing { byte } => name(deal, job, BlockHash::from_bytes([byte; 32])).await,
            Step::Pocket => drop(deal.invoice_wallet(1).receive_all().unwrap()),
            Step::Cancel => drop(deal.buyer.cancel_job(&deal.key(), job.job_id, None).await),
            Step::Work { fails } => {
                // A seller that was not paid, or is done, is told so.
                if let Ok(locked) = deal.seller.lock_job(&deal.key(), job.job_id, &Default::default()).await {
                    if fails {
                        deal.fail(job.job_id, &locked.value.lock_token).await;
                    } else {
                        deal.deliver(job.job_id, &locked.value.lock_token).await;
                    }
                }
            }
            Step::Wait { minutes: time } => later(world, minutes(time)).await,
        }
    }
    sent
}

/// What the seller may keep: the price for a result, what came for work that can still be done, and nothing else.
fn kept(job: &JobView, received: RawAmount) -> RawAmount {
    match job.status {
        Status::Delivered | Status::Accepted | Status::Running => received.min(raw(PRICE)),
        Status::Failed | Status::Cancelled | Status::Expired => RawAmount::ZERO,
        Status::Requested | Status::Quoted | Status::Declined => panic!("{}", job.status),
    }
}

async fn money_is_conserved(steps: &[Step]) {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted_at(1, raw(PRICE)).await;
    let sent = play(&deal, &job, steps).await;
    // Beyond a day nothing is waited for any more, and everything that was sent has been found.
    for wait in [26 * 60, 61, 61, 61] {
        world.pass(minutes(wait));
        world.settle().await;
    }

    let job = deal.job(job.job_id).await;
    let receipts: BTreeMap<BlockHash, RawAmount> = job
        .payment
        .receipts
        .iter()
        .map(|receipt| (receipt.hash, receipt.amount))
        .collect();
    assert_eq!(receipts.len(), job.payment.receipts.len(), "a receipt counts twice");
    assert_eq!(receipts, sent);
    let received = receipts.values().fold(0, |sum, amount| sum + amount.raw());
    let owed = job.refunds.owed.as_ref().map_or(0, |owed| owed.amount_raw.raw());
    assert_eq!(owed + kept(&job, raw(received)).raw(), received, "{job:?}");
    assert_ne!(job.payment.status, PaymentStatus::Submitted);
}

#[test]
fn every_raw_that_arrives_is_received_once_and_kept_or_owed() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 12,
        failure_persistence: None,
        max_shrink_iters: 40,
        ..Config::default()
    });
    runner
        .run(&prop::collection::vec(step(), 1..8), |steps| {
            runtime.block_on(money_is_conserved(&steps));
            Ok(())
        })
        .unwrap();
}
