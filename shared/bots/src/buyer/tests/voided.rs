//! Giving up a payment that another process may be about to sign.

use std::sync::atomic::Ordering;
use std::time::Duration;

use nanoark_nano::RawAmount;
use nanoark_wallet::{AccountIndex, Purpose, SendOrder, Voiding, WalletError};

use super::crashes::killed_before_signing;
use super::world::{PRICE, World, xno};
use crate::buyer::{Outcome, Patience, Payment, Progress, Silent, Standing, Until, Withdrawal};

fn over() -> Patience {
    Patience::until(Until::Over)
}

/// The send that the purchase under way is about to make.
fn order(world: &World) -> SendOrder {
    let purchase = world.buyer().book().purchases().unwrap().pop().unwrap();
    let Progress::Paying { terms, payment, .. } = purchase.progress else {
        panic!("it is paying")
    };
    SendOrder {
        purpose: payment.purpose(purchase.job_id).unwrap(),
        from: AccountIndex::MAIN,
        to: terms.invoice,
        amount: payment.amount,
    }
}

fn is_withdrawn(outcome: Option<&Outcome>) -> bool {
    matches!(
        outcome,
        Some(Outcome::Withdrawn {
            why: Withdrawal::NoTimeToPay
        })
    )
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_released_only_once_the_wallet_can_never_sign() {
    let world = killed_before_signing().await;
    let order = order(&world);
    tokio::time::sleep(Duration::from_secs(880)).await;
    let bought = world.buyer().buy(world.wish(), over(), &Silent).await.unwrap();
    assert!(is_withdrawn(bought.purchase.progress.outcome()));
    assert_eq!(bought.purchase.committed(), RawAmount::ZERO);
    let late = world.wallet().send(&order).await.unwrap_err();
    assert!(matches!(late, WalletError::Voided { .. }), "{late}");
    assert_eq!(world.signed(), 0);
}

/// Killed after the wallet gave the payment up and before that was written down.
#[tokio::test(start_paused = true)]
async fn a_void_payment_is_withdrawn_by_whoever_comes_next() {
    let world = killed_before_signing().await;
    assert_eq!(world.wallet().void(&order(&world).purpose).unwrap(), Voiding::Void);
    let bought = world.buyer().buy(world.wish(), over(), &Silent).await.unwrap();
    assert!(is_withdrawn(bought.purchase.progress.outcome()));
    assert_eq!((world.signed(), bought.purchase.committed()), (0, RawAmount::ZERO));
}

/// The wallet signs between the look at it and the decision to give up.
#[tokio::test(start_paused = true)]
async fn a_block_that_was_faster_makes_it_paid() {
    let world = killed_before_signing().await;
    let order = order(&world);
    tokio::time::sleep(Duration::from_secs(880)).await;
    let buyer = world.buyer();
    let purchase = buyer.book().purchases().unwrap().pop().unwrap();
    let sent = world.wallet().send(&order).await.unwrap();
    let mut session = crate::buyer::steps::Session::new(purchase, &Silent);
    let withdrawing = Progress::Withdrawing {
        why: Withdrawal::NoTimeToPay,
        terms: session.purchase.progress.terms().copied(),
    };
    buyer.go(&mut session, withdrawing).unwrap();
    assert_eq!(session.purchase.progress.name(), "paid");
    assert_eq!(session.purchase.progress.sent()[0].block, sent.hash);
    assert_eq!(session.purchase.committed(), xno(PRICE));
}

/// A process that is put to sleep anywhere and wakes up after another one has finished, or given up, what it had begun.
#[tokio::test(start_paused = true)]
async fn a_process_that_wakes_up_late_neither_pays_nor_spends_what_was_given_up() {
    let mut late_signers = 0;
    for asleep_for in [40, 880, 1_200] {
        for point in 0.. {
            let world = World::new();
            world.fuse.freeze(point);
            let clock = world.clock.of_its_own();
            let sleeper = world.buyer_with(&clock);
            let mut sleeping = Box::pin(sleeper.buy(world.wish(), over(), &Silent));
            let finished = tokio::select! {
                biased;
                bought = &mut sleeping => Some(bought),
                () = world.fuse.blown() => None,
            };
            if finished.is_some() {
                break;
            }
            clock.asleep.store(true, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_secs(asleep_for)).await;
            let was_paying = world
                .buyer()
                .book()
                .purchases()
                .unwrap()
                .iter()
                .any(|purchase| matches!(purchase.progress, Progress::Paying { .. }));
            let unsigned = world.signed() == 0;
            let patience = Patience {
                limit: Some(Duration::from_secs(300)),
                ..over()
            };
            let other = world.buyer().buy(world.wish(), patience, &Silent).await.unwrap();
            late_signers += u32::from(was_paying && unsigned && world.signed() == 0);
            clock.asleep.store(false, Ordering::SeqCst);
            world.fuse.thaw();
            // What it makes of it is its own affair, as long as nothing is paid that does not count.
            let _woken = tokio::time::timeout(Duration::from_secs(60), sleeping).await;
            let label = format!("asleep at {point} for {asleep_for} s: {:?}", other.purchase.progress);
            let purchases = world.buyer().book().purchases().unwrap();
            let spent = xno(100).checked_sub(world.key().balance()).unwrap();
            let counted = purchases.iter().map(|purchase| purchase.committed().raw()).sum();
            assert_eq!(spent, RawAmount::from_raw(counted), "{label}");
            if other.standing == Standing::Over && is_withdrawn(other.purchase.progress.outcome()) {
                let price = Payment {
                    number: 1,
                    amount: RawAmount::ZERO,
                };
                let purpose: Purpose = price.purpose(other.purchase.job_id).unwrap();
                assert_eq!(world.wallet().sent(&purpose).unwrap(), None, "{label}");
            }
        }
    }
    assert!(late_signers >= 2, "{late_signers} were put to sleep while they paid");
}
