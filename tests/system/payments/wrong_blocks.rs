//! Blocks that are no payment, whatever the buyer calls them.

use nanoark_domain::payment::{PaymentStatus, RejectReason};
use nanoark_nano::{Account, BlockHash};
use nanoark_testkit::nano_ledger::DevWallet;

use super::{CONFIRMED, FINAL, Verdict, WRONG_ACCOUNT, later, minutes, rejected, two_of_three, verdict};
use crate::world::{Deal, PRICE, World, xno};

/// The verdict on a block that the buyer names for a fresh job, after which it pays in earnest.
async fn named(world: &World, make: impl FnOnce(&Deal<'_>, Account) -> BlockHash) -> Verdict {
    let deal = Deal::new(world).await;
    let job = deal.accepted(1).await;
    let hash = make(&deal, job.quote.as_ref().unwrap().invoice_account);
    world.pass(FINAL);
    let judged = deal.name(job.job_id, hash).await;
    assert!(judged.payment.receipts.is_empty() && judged.refunds.owed.is_none());
    assert!(!PaymentStatus::PAID.contains(&judged.payment.status));

    // Nothing is lost by it: the buyer names the right block next. From another purse, as a legacy block may have spoilt
    // the first one.
    let purse = world.wallet(77);
    let invoice = judged.quote.as_ref().unwrap().invoice_account;
    let paid = purse.send(invoice, PRICE).unwrap().block.hash();
    world.pass(FINAL);
    assert_eq!(verdict(&deal.name(job.job_id, paid).await), CONFIRMED);
    verdict(&judged)
}

/// 3: wrong destination.
#[tokio::test]
async fn a_send_to_another_account_pays_nothing() {
    let world = two_of_three().await;
    let stranger = DevWallet::numbered(50, 0, &world.ledger).account();
    let found = named(&world, |deal, _| deal.purse.send(stranger, PRICE).unwrap().block.hash()).await;
    assert_eq!(found, WRONG_ACCOUNT);
}

/// 11: a receive instead of the send.
#[tokio::test]
async fn a_receive_is_no_payment() {
    let world = two_of_three().await;
    let found = named(&world, |deal, _| {
        deal.purse.fund_from_genesis(xno("1")).unwrap().block.hash()
    });
    assert_eq!(found.await, rejected(RejectReason::NotSend));
}

/// 12: a change of representative, whose link is zero.
#[tokio::test]
async fn a_change_of_representative_is_no_payment() {
    let world = two_of_three().await;
    let found = named(&world, |deal, _| {
        deal.purse.change(deal.purse.account()).unwrap().block.hash()
    });
    assert_eq!(found.await, rejected(RejectReason::NotSend));
}

/// 13: an epoch block.
#[tokio::test]
async fn an_epoch_block_is_no_payment() {
    let world = two_of_three().await;
    let found = named(&world, |deal, _| world.ledger.inject_epoch(&deal.purse.account())).await;
    assert_eq!(found, rejected(RejectReason::NotSend));
}

/// 14: a send from before state blocks, whose balance is hex and which has no subtype.
#[tokio::test]
async fn a_legacy_send_is_refused_although_it_goes_to_the_invoice_account() {
    let world = two_of_three().await;
    let found = named(&world, |deal, invoice| {
        deal.purse.inject_legacy_send(invoice, PRICE).unwrap()
    });
    assert_eq!(found.await, rejected(RejectReason::LegacyBlock));
}

/// 15: an open block, of either age.
#[tokio::test]
async fn an_open_block_is_no_payment() {
    let world = two_of_three().await;
    let found = named(&world, |_, _| {
        let fresh = DevWallet::numbered(51, 0, &world.ledger);
        fresh.fund_from_genesis(xno("1")).unwrap().block.hash()
    });
    assert_eq!(found.await, rejected(RejectReason::NotSend));

    let world = two_of_three().await;
    let found = named(&world, |deal, _| {
        let fresh = DevWallet::numbered(51, 0, &world.ledger);
        let source = deal.purse.send(fresh.account(), PRICE).unwrap().block.hash();
        fresh.inject_legacy_open(source).unwrap()
    });
    assert_eq!(found.await, rejected(RejectReason::LegacyBlock));
}

/// 16: a send to the burn account.
#[tokio::test]
async fn money_that_is_burnt_is_paid_to_nobody() {
    let world = two_of_three().await;
    let found = named(&world, |deal, _| {
        deal.purse.send(Account::BURN, PRICE).unwrap().block.hash()
    });
    assert_eq!(found.await, WRONG_ACCOUNT);
}

/// 30: the seller's own funds in a circle, to fake volume.
#[tokio::test]
async fn an_invoice_account_cannot_pay_itself() {
    let world = two_of_three().await;
    let invoice = DevWallet::new(nanoark_nano::Seed::from_bytes([101; 32]).private_key(1), &world.ledger);
    invoice.fund_from_genesis(xno("1")).unwrap();
    // What it holds from before the quote is no payment either.
    later(&world, minutes(5)).await;
    let found = named(&world, |_, account| {
        assert_eq!(account, invoice.account());
        invoice.send(account, PRICE).unwrap().block.hash()
    });
    assert_eq!(found.await, rejected(RejectReason::SelfPaid));
}
