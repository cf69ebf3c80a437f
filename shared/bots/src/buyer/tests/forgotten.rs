//! A buyer whose memory is gone while relay and wallet remember, and offers that are gone while the buyer remembers.

use nanoark_domain::job::Status;
use nanoark_domain::offer::OfferStatus;
use nanoark_domain::payload::Input;
use nanoark_nano::{Account, RawAmount};

use super::relay::Quirks;
use super::world::{PRICE, World, xno};
use crate::buyer::{Outcome, Patience, Progress, Proof, Silent, Standing, Until, Wish};

fn over() -> Patience {
    Patience::until(Until::Over)
}

fn keyed(world: &World) -> Wish {
    Wish {
        key: Some("order-7".parse().unwrap()),
        ..world.wish()
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_bought_something_else_before_is_refused_and_nothing_is_touched() {
    type Change = fn(&mut Wish);
    let changes: [(Change, &str); 2] = [
        (|wish| wish.input = Input::Json(1.into()), "another input"),
        (
            |wish| wish.refund_account = Some(Account::from_bytes([8; 32])),
            "another refund account",
        ),
    ];
    for (change, what) in changes {
        // The job waits for its quote, for its payment, for its result, or has it.
        for (quirks, until, status) in [
            (
                Quirks {
                    silent: true,
                    ..Quirks::default()
                },
                None,
                Status::Requested,
            ),
            (Quirks::default(), Some(Until::Named), Status::Accepted),
            (Quirks::default(), Some(Until::Over), Status::Delivered),
        ] {
            let world = World::new();
            world.relay.quirks(quirks);
            let patience = Patience {
                limit: until.is_none().then_some(std::time::Duration::from_secs(30)),
                ..Patience::until(until.unwrap_or(Until::Over))
            };
            world.buyer().buy(keyed(&world), patience, &Silent).await.unwrap();
            let (before, signed) = (world.relay.jobs(), world.signed());
            assert_eq!(before[0].status, status);
            world.forget();
            world.relay.quirks(Quirks {
                silent: true,
                lazy: true,
                ..Quirks::default()
            });
            let mut wish = keyed(&world);
            change(&mut wish);
            let bought = world.buyer().buy(wish, over(), &Silent).await.unwrap();
            let Some(Outcome::Refused { code, detail }) = bought.purchase.progress.outcome() else {
                panic!("{:?}", bought.purchase.progress)
            };
            assert_eq!(code, "idempotency_conflict");
            assert!(detail.contains(what), "{detail}");
            assert_eq!(bought.purchase.committed(), RawAmount::ZERO);
            assert_eq!((world.relay.jobs().len(), world.signed()), (1, signed));
            let after = &world.relay.jobs()[0];
            assert_eq!(
                (after.status, &after.payment.block_hash),
                (status, &before[0].payment.block_hash)
            );
        }
    }
}

/// The same wish under the same key: the wallet says what was paid, the job's quote for what.
#[tokio::test(start_paused = true)]
async fn what_the_wallet_paid_before_is_taken_up_and_counts() {
    for until in [Until::Named, Until::Over] {
        let world = World::new();
        world
            .buyer()
            .buy(keyed(&world), Patience::until(until), &Silent)
            .await
            .unwrap();
        world.forget();
        let bought = world.buyer().buy(keyed(&world), over(), &Silent).await.unwrap();
        let good = Outcome::Delivered { receipt: Proof::Good };
        assert_eq!(bought.purchase.progress.outcome(), Some(&good), "{until:?}");
        assert_eq!(bought.purchase.committed(), xno(PRICE), "{until:?}");
        assert_eq!((world.signed(), world.relay.jobs().len()), (1, 1), "{until:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_purchase_goes_on_without_its_offer() {
    for named in [true, false] {
        let world = World::new();
        let wish = || if named { keyed(&world) } else { world.wish() };
        let patience = Patience::until(Until::Named);
        world.buyer().buy(wish(), patience, &Silent).await.unwrap();
        // Cancelled, or not shown any more at all.
        world.relay.change_offer(|offer| offer.status = OfferStatus::Cancelled);
        let patience = Patience::until(Until::Named);
        let named_again = world.buyer().buy(wish(), patience, &Silent).await.unwrap();
        assert_eq!(named_again.standing, Standing::Named);
        world.relay.hide_offer();
        let bought = world.buyer().buy(wish(), over(), &Silent).await.unwrap();
        assert!(matches!(bought.purchase.progress, Progress::Ended { .. }));
        assert_eq!((world.signed(), world.relay.jobs().len()), (1, 1));
        // A finished one is found by its key, and is a new wish without.
        let again = world.buyer().buy(wish(), over(), &Silent).await;
        assert_eq!(again.is_ok(), named);
    }
}
