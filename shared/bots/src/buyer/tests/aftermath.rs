//! After the payment: results, receipts, money that is short, owed or comes back.

use std::time::Duration;

use nanoark_client::Hints;
use nanoark_nano::RawAmount;

use super::guards::{buys, over, within};
use super::relay::Quirks;
use super::world::{PRICE, World, xno};
use crate::buyer::{
    BuyError, Cancelled, MoneyCode, Outcome, Patience, Payment, Progress, Proof, Silent, Standing, Until,
};

#[tokio::test(start_paused = true)]
async fn a_failed_job_is_over_when_our_own_nodes_saw_the_money_come_back() {
    let world = World::new();
    world.relay.quirks(Quirks {
        fails: true,
        ..Quirks::default()
    });
    let buyer = world.buyer();
    let bought = buyer.buy(world.wish(), over(), &Silent).await.unwrap();
    let Progress::Refunding { expected, .. } = bought.purchase.progress else {
        panic!("{:?}", bought.purchase.progress)
    };
    assert_eq!(expected, xno(PRICE));
    let job_id = bought.purchase.job_id;
    // The seller has paid back since the last look; the block is final 100 ms later.
    assert_eq!(buyer.show(job_id).await.unwrap().money.code, MoneyCode::RefundOnItsWay);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let shown = buyer.show(job_id).await.unwrap();
    assert_eq!(
        (shown.money.code, shown.money.returned_raw),
        (MoneyCode::Refunded, xno(PRICE))
    );
    let mut all = buyer.resume_all(&Silent).await.unwrap();
    let ended = all.pop().unwrap().1.unwrap().purchase;
    assert!(matches!(ended.progress, Progress::Ended { returned, .. } if returned == xno(PRICE)));
    // What came back makes no room in the budget.
    assert_eq!(ended.committed(), xno(PRICE));
}

#[tokio::test(start_paused = true)]
async fn a_receipt_that_proves_nothing_is_kept_and_called_so() {
    let world = World::new();
    world.relay.quirks(Quirks {
        forges_receipt: true,
        ..Quirks::default()
    });
    let bought = buys(&world, world.wish()).await;
    let Some(Outcome::Delivered {
        receipt: Proof::Bad { why },
    }) = bought.purchase.progress.outcome()
    else {
        panic!("{:?}", bought.purchase.progress)
    };
    assert!(why.contains("digest"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn cancelling_what_is_paid_leaves_the_money_owed() {
    let world = World::new();
    world.relay.quirks(Quirks {
        lazy: true,
        ..Quirks::default()
    });
    let buyer = world.buyer();
    let bought = buyer.buy(world.wish(), within(60), &Silent).await.unwrap();
    assert_eq!(bought.standing, Standing::StillGoing);
    let job_id = bought.purchase.job_id;
    assert_eq!(
        buyer
            .cancel(job_id, Some("too slow".to_owned()), &Silent)
            .await
            .unwrap(),
        Cancelled::OwedBack
    );
    let shown = buyer.show(job_id).await.unwrap();
    assert_eq!(shown.money.code, MoneyCode::RefundOwed);
    assert!(matches!(shown.purchase.unwrap().progress, Progress::Refunding { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_short_payment_waits_for_its_owner_who_may_add_the_rest() {
    let world = World::new();
    let buyer = world.buyer();
    let named = buyer
        .buy(world.wish(), Patience::until(Until::Named), &Silent)
        .await
        .unwrap();
    // The relay will find that one XNO is missing from what it thinks the price is.
    let bot = nanoark_client::Bot::from_seed(&[9; 32]);
    world.relay.change_jobs(|job| {
        job.payment.status = nanoark_domain::payment::PaymentStatus::Short;
        job.payment.receipts.push(nanoark_domain::payment::Receipt {
            hash: job.payment.block_hash.unwrap(),
            payer: world.key().account(),
            amount: xno(PRICE - 1),
            seen_at: job.updated_at,
            in_time: true,
        });
        assert_eq!(job.seller, bot.id());
    });
    let job_id = named.purchase.job_id;
    let stopped = buys(&world, world.wish()).await;
    assert_eq!(stopped.standing, Standing::NeedsOwner);
    let shown = buyer.show(job_id).await.unwrap();
    assert_eq!(
        (shown.money.code, shown.money.missing_raw),
        (MoneyCode::Short, Some(xno(1)))
    );
    let hints = Hints::none();
    let patience = Patience { hints, ..within(60) };
    let refused = buyer
        .top_up(job_id, RawAmount::from_raw(1), patience, &Silent)
        .await
        .unwrap_err();
    assert!(matches!(refused, BuyError::TooExpensive { .. }), "{refused}");
    // One that was begun and given up before leaves its number unused for ever.
    let second = Payment {
        number: 2,
        amount: xno(1),
    };
    let void = world.wallet().void(&second.purpose(job_id).unwrap()).unwrap();
    assert_eq!(void, nanoark_wallet::Voiding::Void);
    let added = buyer
        .top_up(job_id, xno(1), Patience::until(Until::Named), &Silent)
        .await
        .unwrap();
    let numbers: Vec<u32> = added
        .purchase
        .progress
        .sent()
        .iter()
        .map(|one| one.payment.number)
        .collect();
    assert_eq!(numbers, [1, 3]);
    assert_eq!((world.signed(), added.purchase.committed()), (2, xno(PRICE + 1)));
}

/// A seller that pays one of its two debts and shows the same block for both.
#[tokio::test(start_paused = true)]
async fn a_block_that_sends_money_back_counts_for_one_job() {
    let world = World::new();
    world.relay.quirks(Quirks {
        fails: true,
        ..Quirks::default()
    });
    let buyer = world.buyer();
    let mut jobs = Vec::new();
    for _ in 0..2 {
        jobs.push(buys(&world, world.wish()).await.purchase.job_id);
    }
    let first = world
        .relay
        .jobs()
        .into_iter()
        .find(|job| job.job_id == jobs[0])
        .unwrap();
    let block = first.refunds.sent[0].clone();
    world
        .relay
        .change_jobs(|job| job.refunds.sent = vec![block.clone(), block.clone()]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut reports = Vec::new();
    for job in jobs.iter().chain(&jobs) {
        reports.push(world.buyer().show(*job).await.unwrap().money);
    }
    for (number, report) in reports.iter().enumerate() {
        let (code, returned, counted_for) = if number % 2 == 0 {
            (MoneyCode::Refunded, xno(PRICE), None)
        } else {
            (MoneyCode::RefundOnItsWay, RawAmount::ZERO, Some(jobs[0]))
        };
        assert_eq!((report.code, report.returned_raw), (code, returned), "{number}");
        assert_eq!(report.refunds.len(), 1, "{number}");
        assert_eq!(report.refunds[0].counted_for, counted_for, "{number}");
    }
    let resumed = buyer.resume_all(&Silent).await.unwrap();
    let returned: Vec<_> = resumed
        .into_iter()
        .map(|(_, bought)| bought.unwrap().purchase.progress.name())
        .collect();
    assert_eq!(returned, ["ended", "refunding"]);
}
