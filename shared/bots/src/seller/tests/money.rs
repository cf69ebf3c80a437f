//! What becomes of the money.

use std::time::Duration;

use nanoark_domain::job::{Command, Status};
use nanoark_domain::payload::{Input, SealedBox};
use nanoark_domain::payment::{Finding, PaymentStatus};
use nanoark_nano::{BlockHash, RawAmount};
use nanoark_wallet::AccountIndex;

use super::world::{Fuse, PRICE, TestWorker, World};
use crate::seller::metrics::Count;
use crate::seller::{OwnWord, Policy, Refunds};

async fn held_by_invoice(worker: &TestWorker) -> RawAmount {
    let balance = worker.wallet().balance().await.unwrap();
    let first = balance.accounts.iter().find(|account| account.index == AccountIndex(1));
    first.map_or(RawAmount::ZERO, |account| account.balance)
}

#[tokio::test(start_paused = true)]
async fn a_paid_job_is_worked_on_once_delivered_and_pocketed() {
    let world = World::new();
    let worker = world.worker(1, &Fuse::new());
    let pocketed = || worker.metrics().get(&Count::Received) == 1;
    let (summary, job) = tokio::join!(
        world.work_until(&worker, pocketed),
        world.buy(1, PRICE, Some(Finding::Confirmed))
    );
    assert_eq!((summary.delivered, summary.cut_short), (1, 0));
    let view = world.relay.view(job);
    assert_eq!(nanoark_client::verify_receipt(&view), Ok(()));
    assert_eq!(world.told.runs(job), (1, 1));
    assert_eq!(held_by_invoice(&worker).await, RawAmount::from_raw(PRICE));
    let offers = world.relay.offers();
    assert_eq!(offers.len(), 1);
    assert_eq!(nanoark_client::verify_standing_quote(&offers[0]), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_nobody_named_is_found_and_worked_for_on_the_own_word() {
    let world = World::new();
    let worker = world.worker(1, &Fuse::new());
    let pocketed = || worker.metrics().get(&Count::Received) == 1;
    let (_, job) = tokio::join!(world.work_until(&worker, pocketed), world.buy(1, PRICE, None));
    assert_eq!(world.payment(job), PaymentStatus::None);
    assert_eq!(world.relay.job(job).status(), Status::Delivered);
    assert_eq!(nanoark_client::verify_receipt(&world.relay.view(job)), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn what_the_relay_alone_calls_paid_is_not_worked_for() {
    let world = World::new();
    let worker = world.worker(1, &Fuse::new());
    let disputed = || worker.metrics().get(&Count::PaymentDisputed) >= 3;
    let pay_too_little = world.buy(1, PRICE - 1, Some(Finding::Confirmed));
    let (_, job) = tokio::join!(world.work_until(&worker, disputed), pay_too_little);
    assert_eq!(world.relay.job(job).status(), Status::Accepted);
    assert_eq!(world.told.runs(job), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn without_an_own_word_nothing_begins_before_the_relay_says_so() {
    let mut world = World::new();
    world.policy = Policy {
        own_word: OwnWord::Never,
        ..Policy::default()
    };
    let worker = world.worker(1, &Fuse::new());
    let begun = world.clock.clone();
    let an_hour_later = || nanoark_client::Surroundings::now(&begun).as_millis() > 1_795_253_400_000 + 3_600_000;
    let (_, job) = tokio::join!(world.work_until(&worker, an_hour_later), world.buy(1, PRICE, None));
    assert_eq!(
        (world.relay.job(job).status(), world.told.runs(job)),
        (Status::Accepted, (0, 0))
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_is_paid_back_and_a_delivered_one_only_what_is_too_much() {
    for (fails, paid, finding, owed) in [
        (true, PRICE, Finding::Confirmed, PRICE),
        (true, PRICE + 7, Finding::Over, PRICE + 7),
        (false, PRICE + 7, Finding::Over, 7),
    ] {
        let mut world = World::new();
        world.fails = fails;
        let worker = world.worker(1, &Fuse::new());
        let before = world.payer.balance();
        let buying = async {
            let job = world.buy(1, paid, Some(finding)).await;
            while world.find_refunds(job) == 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            // A while in which nothing more may happen.
            tokio::time::sleep(Duration::from_secs(3_000)).await;
            job
        };
        let settled = std::cell::Cell::new(false);
        let (_, job) = tokio::join!(world.work_until(&worker, || settled.get()), async {
            let job = buying.await;
            settled.set(true);
            job
        });
        let expected = if fails { Status::Failed } else { Status::Delivered };
        assert_eq!(world.relay.job(job).status(), expected);
        assert_eq!(world.relay.view(job).refunds.owed, None);
        assert_eq!(world.relay.view(job).refunds.sent.len(), 1);
        world.payer.receive_all().unwrap();
        let kept = before.checked_sub(world.payer.balance()).unwrap();
        assert_eq!(kept, RawAmount::from_raw(paid - owed), "{finding:?} {fails}");
    }
}

#[tokio::test(start_paused = true)]
async fn money_that_comes_days_after_a_job_expired_is_paid_back_when_told_to() {
    let mut world = World::new();
    world.policy.refunds = Refunds::Manual;
    let worker = world.worker(1, &Fuse::new());
    let done = std::cell::Cell::new(None);
    let buying = async {
        let job = world.request(1).await;
        world.until(job, Status::Quoted).await;
        world.buyer_does(job, Command::Accept);
        tokio::time::sleep(Duration::from_secs(86_400)).await;
        let expire = Command::Expire {
            reason: nanoark_domain::job::ExpiryReason::NotPaid,
        };
        world
            .relay
            .order(job, nanoark_domain::job::Caller::Relay, expire)
            .unwrap();
        tokio::time::sleep(Duration::from_secs(86_400)).await;
        let invoice = world.relay.view(job).quote.unwrap().invoice_account;
        let amount = RawAmount::from_raw(PRICE);
        let block = world.payer.send(invoice, amount).unwrap();
        let receipt = nanoark_domain::payment::Receipt {
            hash: block.block.hash(),
            payer: world.payer.account(),
            amount,
            seen_at: nanoark_client::Surroundings::now(&world.clock),
            in_time: false,
        };
        world.relay.judge(job, Finding::Late, vec![receipt]);
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(world.find_refunds(job), 0);
        let refunded = worker.refund(job).await.unwrap();
        assert_eq!(refunded.refunds.len(), 1);
        world.find_refunds(job);
        assert_eq!(worker.refund(job).await.unwrap(), worker.refund(job).await.unwrap());
        done.set(Some(job));
    };
    let patience = async {
        let (handle, stop) = crate::seller::StopHandle::new();
        let running = worker.run(nanoark_client::Hints::none(), stop);
        let (summary, ()) = tokio::join!(running, async {
            buying.await;
            handle.stop();
        });
        summary.unwrap()
    };
    patience.await;
    let job = done.get().unwrap();
    assert_eq!(world.relay.view(job).refunds.owed, None);
    let before = world.payer.balance();
    world.payer.receive_all().unwrap();
    assert_eq!(
        world.payer.balance().checked_sub(before),
        Some(RawAmount::from_raw(PRICE))
    );
}

#[tokio::test(start_paused = true)]
async fn a_sealed_request_is_declined_with_a_reason() {
    let world = World::new();
    let worker = world.worker(1, &Fuse::new());
    let declined = || worker.metrics().get(&Count::Job("declined".to_owned())) == 1;
    let (summary, job) = tokio::join!(world.work_until(&worker, declined), async {
        world.request(9).await;
        let sealed = Input::Sealed(SealedBox::parse(&"A".repeat(64)).unwrap());
        world.relay.request(&world.buyer, 1, sealed).unwrap()
    });
    assert_eq!(summary.declined, 1);
    assert_eq!(world.relay.job(job).status(), Status::Declined);
    assert!(!world.ledger.contains(&BlockHash::from_bytes([1; 32])));
}
