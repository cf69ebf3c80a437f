//! One block, one job; one invoice account, one job; one quote, for good.

use nanoark_client::verify_quote;
use nanoark_client::wire::jobs::LockJob;
use nanoark_domain::job::Event;
use nanoark_domain::payment::PaymentStatus;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Code;
use nanoark_local::queue::Outgoing;
use serde_json::json;

use super::{CONFIRMED, count, later, minutes, two_of_three, verdict};
use crate::world::{Deal, Draft, PRICE, World, xno};

/// 8: the block that pays another job of the same seller.
#[tokio::test]
async fn one_block_does_not_pay_two_jobs_of_a_seller() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let first = deal.paid(1).await;
    let second = deal.accepted(2).await;
    let hash = first.payment.block_hash.unwrap();
    assert_eq!(deal.name_refused(second.job_id, hash).await, Code::BlockUsed);
    // Nor when the first job ends: the block is its own for ever.
    let token = deal.lock(first.job_id).await;
    deal.deliver(first.job_id, &token).await;
    assert_eq!(deal.name_refused(second.job_id, hash).await, Code::BlockUsed);
    later(&world, minutes(17)).await;
    assert_eq!(deal.job(second.job_id).await.payment.status, PaymentStatus::None);
}

/// 9: the same hash in lower case, with spaces, with 0x.
#[tokio::test]
async fn a_hash_is_the_same_however_it_is_written() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let (first, second) = (deal.accepted(1).await, deal.accepted(2).await);
    let hash = deal.pay(&first, PRICE);
    let naming = |job: &str, text: String| {
        let key = format!(
            "{}-{}",
            &job[job.len() - 8..],
            hex::encode(text.as_bytes()).get(..12).unwrap()
        );
        Draft::post(
            2,
            format!("/v1/jobs/{job}/payment"),
            key,
            &json!({ "block_hash": text }),
        )
        .signed(&world)
    };
    let (first, second) = (first.job_id.to_string(), second.job_id.to_string());
    for wrong in [
        format!("0x{hash}"),
        format!("{hash}0"),
        format!("{} ", &hash.to_string()[1..]),
    ] {
        world
            .refused(&wrong.clone(), naming(&first, wrong), Code::InvalidField)
            .await;
    }
    let lower = format!(" {}\t", hash.to_string().to_lowercase());
    let named = world.done("in lower case", naming(&first, lower.clone())).await;
    assert_eq!(named["payment_hash"], hash.to_string());
    for again in [lower, hash.to_string(), format!("{hash}\n")] {
        world
            .refused(&again.clone(), naming(&second, again), Code::BlockUsed)
            .await;
    }
    world.settle().await;
    assert_eq!(verdict(&deal.job(first.parse().unwrap()).await), CONFIRMED);
}

/// 37: notifications and queue messages that come twice.
#[tokio::test]
async fn a_check_that_comes_again_changes_nothing() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let hash = deal.pay(&job, PRICE);
    deal.submit(job.job_id, hash).await;
    let check = json!({ "job_id": job.job_id, "purpose": "payment", "block_hash": hash, "attempt": 0 }).to_string();
    let send = |times: usize| {
        for _ in 0..times {
            let queues = world.stack.queues();
            queues
                .send("nanoark-payment-checks", Outgoing::from(check.as_str()))
                .unwrap();
        }
    };
    send(12);
    world.settle().await;
    let judged = deal.job(job.job_id).await;
    assert_eq!((verdict(&judged), count(&judged, Event::PaymentJudged)), (CONFIRMED, 1));
    send(3);
    later(&world, minutes(1)).await;
    assert_eq!(deal.job(job.job_id).await, judged);
    assert_eq!(world.stack.queues().depth("nanoark-payment-checks").unwrap().total(), 0);
}

/// 38: two workers of the seller, and two of the relay.
#[tokio::test]
async fn two_workers_come_to_one_verdict_and_one_of_them_works() {
    let world = two_of_three().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    // When the quote expires the watch looks at the account, and at the same moment the buyer names the block.
    later(&world, minutes(14)).await;
    let hash = deal.pay(&job, PRICE);
    world.pass(std::time::Duration::from_secs(60));
    deal.submit(job.job_id, hash).await;
    let (watch, queue) = tokio::join!(world.stack.trigger("reconcile-payments"), world.stack.settle());
    watch.unwrap();
    queue.unwrap();
    world.settle().await;
    let judged = deal.job(job.job_id).await;
    assert_eq!((verdict(&judged), count(&judged, Event::PaymentJudged)), (CONFIRMED, 1));

    let (keys, lock) = ([deal.key(), deal.key()], LockJob::default());
    let (one, other) = tokio::join!(
        deal.seller.lock_job(&keys[0], job.job_id, &lock),
        deal.seller.lock_job(&keys[1], job.job_id, &lock)
    );
    let refused: Vec<Code> = [one.err(), other.err()]
        .into_iter()
        .flatten()
        .map(|error| error.code().unwrap())
        .collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(
        [Code::Locked, Code::ConcurrentRequest].contains(&refused[0]),
        "{refused:?}"
    );
}

/// 40: the invoice account is the buyer's own.
#[tokio::test]
async fn nobody_is_quoted_his_own_account() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let mut request = deal.request_body();
    request.refund_account = Some(deal.purse.account());
    let job_id = deal
        .buyer
        .request_job(&deal.key(), &request)
        .await
        .unwrap()
        .value
        .job_id;
    let job = deal.seller.job(job_id).await.unwrap().value;
    let expires_at = world.now().plus(Seconds(900));
    let quote = deal
        .seller
        .bot()
        .quote(&job, PRICE, deal.purse.account(), expires_at)
        .unwrap();
    let refused = deal.seller.quote_job(&deal.key(), job_id, &quote).await.unwrap_err();
    assert_eq!(refused.code(), Some(Code::InvoiceAccountUnusable));
}

/// 41: one invoice account on two jobs.
#[tokio::test]
async fn an_invoice_account_belongs_to_one_job_for_ever() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let first = deal.quoted(1).await;
    deal.buyer.cancel_job(&deal.key(), first.job_id, None).await.unwrap();
    later(&world, minutes(30)).await;
    let account = first.quote.unwrap().invoice_account;
    // Not for the same seller, not for another one, however it is written.
    let other = Deal::between(&world, 3, 4).await;
    for (seller, deal) in [(1, &deal), (3, &other)] {
        let job_id = deal.requested().await;
        let job = deal.seller.job(job_id).await.unwrap().value;
        let expires_at = world.now().plus(Seconds(900));
        let quote = deal.seller.bot().quote(&job, PRICE, account, expires_at).unwrap();
        let draft = Draft::post(seller, format!("/v1/jobs/{job_id}/quote"), "case-41-00000000", &quote);
        for prefix in ["nano_", "xrb_"] {
            let written = account.to_string().replacen("nano_", prefix, 1);
            let draft = draft.clone().with_member("invoice_account", json!(written));
            world
                .refused(prefix, draft.signed(&world), Code::InvoiceAccountUsed)
                .await;
        }
    }
}

/// 42: the quote is replaced after it was accepted.
#[tokio::test]
async fn what_was_accepted_stays_and_is_signed() {
    let world = World::new().await;
    let deal = Deal::new(&world).await;
    let job = deal.accepted(1).await;
    let expires_at = world.now().plus(Seconds(900));
    let dearer = deal
        .seller
        .bot()
        .quote(&job, xno("1"), deal.invoice_key(2).public(), expires_at)
        .unwrap();
    let refused = deal
        .seller
        .quote_job(&deal.key(), job.job_id, &dearer)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some(Code::WrongState));

    // Were the relay to show another one, the seller's signature would not fit it.
    let shown = deal.job(job.job_id).await;
    verify_quote(&shown).unwrap();
    let mut changed = shown.clone();
    changed.quote.as_mut().unwrap().amount_raw = xno("1");
    verify_quote(&changed).unwrap_err();
    let mut changed = shown.clone();
    changed.quote.as_mut().unwrap().invoice_account = deal.invoice_key(2).public();
    verify_quote(&changed).unwrap_err();

    let hash = deal.pay(&shown, PRICE);
    assert_eq!(verdict(&deal.name(job.job_id, hash).await), CONFIRMED);
}
