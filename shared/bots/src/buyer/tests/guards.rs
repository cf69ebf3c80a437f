//! What the buyer does about sellers, quotes and relays as they come.

use std::time::Duration;

use nanoark_domain::job::Status;
use nanoark_domain::offer::{OfferStatus, Pricing};
use nanoark_nano::{Account, RawAmount};

use super::crashes::killed_before_signing;
use super::relay::Quirks;
use super::world::{PRICE, Told, World, xno};
use crate::buyer::{
    AllowedSellers, Bought, BuyError, Cancelled, MoneyCode, Outcome, Patience, Policy, Progress, Proof, Silent,
    Standing, Until, Wish, Withdrawal,
};

pub(super) fn over() -> Patience {
    Patience::until(Until::Over)
}

pub(super) fn within(seconds: u64) -> Patience {
    Patience {
        limit: Some(Duration::from_secs(seconds)),
        ..over()
    }
}

pub(super) async fn buys(world: &World, wish: Wish) -> Bought {
    world.buyer().buy(wish, over(), &Silent).await.unwrap()
}

fn withdrawn(bought: &Bought) -> String {
    match bought.purchase.progress.outcome() {
        Some(Outcome::Withdrawn { why }) => match why {
            Withdrawal::Quote { code, .. } | Withdrawal::Policy { code, .. } => code.clone(),
            Withdrawal::NoTimeToPay => "no_time".to_owned(),
            Withdrawal::StrayMoney => "stray".to_owned(),
            Withdrawal::Asked { .. } => "asked".to_owned(),
        },
        other => panic!("not withdrawn: {other:?}"),
    }
}

fn policy() -> Policy {
    Policy {
        allowed_sellers: AllowedSellers::Any,
        allowed_tags: None,
        max_per_job: xno(5),
        max_per_seller: None,
        lifetime_budget: xno(9),
        expires_at: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_is_bought_step_by_step_and_paid_once() {
    let world = World::new();
    let told = Told::default();
    let buyer = world.buyer();
    let bought = buyer.buy(world.wish(), over(), &told).await.unwrap();
    assert_eq!(bought.standing, Standing::Over);
    let good = Outcome::Delivered { receipt: Proof::Good };
    assert_eq!(bought.purchase.progress.outcome(), Some(&good));
    let steps = [
        "requesting",
        "requested",
        "agreed",
        "accepted",
        "paying",
        "paid",
        "named",
        "ended",
    ];
    assert_eq!(told.steps(), steps);
    assert_eq!(world.key().balance(), xno(100 - PRICE));
    let shown = buyer.show(bought.purchase.job_id).await.unwrap();
    assert_eq!(shown.money.code, MoneyCode::Spent);
    let kept = buyer.proof(bought.purchase.job_id).unwrap().unwrap();
    assert!(nanoark_client::verify_receipt(&kept).is_ok());
    assert_eq!(buyer.book().committed(&kept.seller).unwrap().total, xno(PRICE));
}

#[tokio::test(start_paused = true)]
async fn without_waiting_it_returns_once_the_payment_is_named_and_goes_on_later() {
    let world = World::new();
    let named = world
        .buyer()
        .buy(world.wish(), Patience::until(Until::Named), &Silent)
        .await
        .unwrap();
    assert_eq!(named.standing, Standing::Named);
    assert_eq!(world.relay.jobs()[0].status, Status::Accepted);
    let mut bought = world.buyer().resume_all(&Silent).await.unwrap();
    assert_eq!(bought.pop().unwrap().1.unwrap().standing, Standing::StillGoing);
    // The same wish is the same purchase while it is unfinished, and a new one afterwards.
    let over = buys(&world, world.wish()).await;
    assert_eq!(over.purchase.key, named.purchase.key);
    let again = buys(&world, world.wish()).await;
    assert_ne!(again.purchase.key, named.purchase.key);
    assert_eq!((world.signed(), world.relay.jobs().len()), (2, 2));
    assert!(world.buyer().resume_all(&Silent).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_key_is_one_purchase_for_ever() {
    let world = World::new();
    let keyed = || Wish {
        key: Some("invoice-7".parse().unwrap()),
        ..world.wish()
    };
    let first = buys(&world, keyed()).await;
    let second = buys(&world, keyed()).await;
    assert_eq!(second.purchase, first.purchase);
    assert_eq!(second.job.unwrap().result, first.job.unwrap().result);
    assert_eq!(world.signed(), 1);
    let other = Wish {
        input: nanoark_domain::payload::Input::Json(1.into()),
        ..keyed()
    };
    let refused = world.buyer().buy(other, over(), &Silent).await.unwrap_err();
    assert!(refused.to_string().contains("something else"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_quote_that_is_not_what_was_asked_for_is_cancelled_and_not_paid() {
    let own = World::new().key().account();
    let rows = [
        (
            Quirks {
                quotes: Some(RawAmount::from_raw(xno(5).raw() + 1)),
                ..Quirks::default()
            },
            "quote_too_expensive",
        ),
        (
            Quirks {
                invoice: Some(Account::BURN),
                ..Quirks::default()
            },
            "quote_burn_account",
        ),
        (
            Quirks {
                invoice: Some(own),
                ..Quirks::default()
            },
            "quote_own_account",
        ),
        (
            Quirks {
                invoice: Some(nanoark_testkit::nano_ledger::genesis_account()),
                ..Quirks::default()
            },
            "quote_account_used",
        ),
        (
            Quirks {
                quote_seconds: Some(60),
                ..Quirks::default()
            },
            "quote_too_little_time",
        ),
    ];
    for (quirks, code) in rows {
        let world = World::new();
        world.relay.quirks(quirks);
        let bought = buys(&world, world.wish()).await;
        assert_eq!(withdrawn(&bought), code);
        assert_eq!(world.relay.jobs()[0].status, Status::Cancelled, "{code}");
        assert_eq!((world.signed(), world.key().balance()), (0, xno(100)), "{code}");
        let seller = bought.purchase.order.offer.seller;
        assert_eq!(
            world.buyer().book().committed(&seller).unwrap().total,
            RawAmount::ZERO,
            "{code}"
        );
    }
}

/// The buyer sells as well: somebody names an account that its own wallet gave out, or has burnt since.
#[tokio::test(start_paused = true)]
async fn an_invoice_account_of_the_own_wallet_is_not_paid() {
    for burnt in [false, true] {
        let world = World::new();
        let purpose = nanoark_wallet::Purpose::new("invoice:job").unwrap();
        let invoice = world.wallet().invoice(&purpose).await.unwrap().account;
        if burnt {
            world.wallet().burn_invoice(&purpose).unwrap();
        }
        world.relay.quirks(Quirks {
            invoice: Some(invoice),
            ..Quirks::default()
        });
        let bought = buys(&world, world.wish()).await;
        assert_eq!((withdrawn(&bought).as_str(), world.signed()), ("quote_own_account", 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_invoice_account_is_paid_for_one_job_only() {
    let world = World::new();
    buys(&world, world.wish()).await;
    let account = world.relay.jobs()[0].quote.as_ref().unwrap().invoice_account;
    world.relay.quirks(Quirks {
        invoice: Some(account),
        ..Quirks::default()
    });
    assert_eq!(withdrawn(&buys(&world, world.wish()).await), "quote_account_reused");
    assert_eq!(world.signed(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_bought_is_not_even_requested() {
    let forbidden = |policy: Policy| {
        let mut world = World::new();
        world.settings.policy = Some(policy);
        world
    };
    let sellers = AllowedSellers::Only([nanoark_domain::bot::BotId::from_bytes([8; 32])].into());
    let rows = [
        forbidden(Policy {
            allowed_sellers: sellers,
            ..policy()
        }),
        forbidden(Policy {
            allowed_tags: Some(["pictures".to_owned()].into()),
            ..policy()
        }),
        forbidden(Policy {
            lifetime_budget: xno(4),
            ..policy()
        }),
        forbidden(Policy {
            max_per_seller: Some(xno(4)),
            ..policy()
        }),
        forbidden(Policy {
            expires_at: Some(nanoark_domain::time::Timestamp::EPOCH),
            ..policy()
        }),
    ];
    for world in rows {
        let refused = world.buyer().buy(world.wish(), over(), &Silent).await.unwrap_err();
        assert!(matches!(refused, BuyError::Policy(_)), "{refused}");
        assert_eq!(
            (
                world.relay.jobs().len(),
                world.buyer().book().purchases().unwrap().len()
            ),
            (0, 0)
        );
    }
    let world = World::new();
    world.relay.change_offer(|offer| offer.status = OfferStatus::Paused);
    let refused = world.buyer().buy(world.wish(), over(), &Silent).await.unwrap_err();
    assert!(matches!(refused, BuyError::NotOnSale { .. }), "{refused}");
    world.relay.change_offer(|offer| {
        offer.status = OfferStatus::Active;
        offer.terms.pricing = Pricing::Fixed {
            amount_raw: xno(6),
            standing_quote: None,
        };
    });
    let refused = world.buyer().buy(world.wish(), over(), &Silent).await.unwrap_err();
    assert!(matches!(refused, BuyError::TooExpensive { .. }), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_fixed_price_is_set_aside_to_the_raw_and_no_other_is_paid() {
    let mut world = World::new();
    world.settings.policy = Some(policy());
    let fixed = Pricing::Fixed {
        amount_raw: xno(PRICE),
        standing_quote: None,
    };
    world.relay.change_offer(|offer| offer.terms.pricing = fixed);
    // 9 XNO are three jobs of 3, though each may cost 5.
    for _ in 0..3 {
        let bought = buys(&world, world.wish()).await;
        assert!(matches!(
            bought.purchase.progress.outcome(),
            Some(Outcome::Delivered { .. })
        ));
    }
    let refused = world.buyer().buy(world.wish(), over(), &Silent).await.unwrap_err();
    assert!(matches!(refused, BuyError::Policy(_)), "{refused}");
    world.settings.policy = None;
    world.relay.quirks(Quirks {
        quotes: Some(xno(2)),
        ..Quirks::default()
    });
    assert_eq!(withdrawn(&buys(&world, world.wish()).await), "quote_not_the_price");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_the_relay_refuses_frees_its_budget() {
    let world = World::new();
    let buyer = world.buyer();
    let pending = buyer.buy(world.wish(), over(), &Silent);
    world.fuse.arm(2);
    tokio::select! {
        _ = pending => panic!("it goes on"),
        () = world.fuse.blown() => {}
    }
    // The offer was read, and changes before the request arrives.
    world.fuse.arm(u64::MAX);
    world.relay.change_offer(|offer| offer.revision = 2);
    let mut all = world.buyer().resume_all(&Silent).await.unwrap();
    let bought = all.pop().unwrap().1.unwrap();
    let Some(Outcome::Refused { code, .. }) = bought.purchase.progress.outcome() else {
        panic!("{:?}", bought.purchase.progress)
    };
    assert_eq!(code, "offer_changed");
    assert_eq!(bought.purchase.committed(), RawAmount::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_silent_seller_costs_patience_and_nothing_else() {
    let world = World::new();
    world.relay.quirks(Quirks {
        silent: true,
        ..Quirks::default()
    });
    let buyer = world.buyer();
    let bought = buyer.buy(world.wish(), within(60), &Silent).await.unwrap();
    assert_eq!(
        (bought.standing, bought.purchase.progress),
        (Standing::StillGoing, Progress::Requested)
    );
    let cancelled = buyer.cancel(bought.purchase.job_id, None, &Silent).await.unwrap();
    assert_eq!(cancelled, Cancelled::Unpaid);
    assert_eq!((world.relay.jobs()[0].status, world.signed()), (Status::Cancelled, 0));
}

#[tokio::test(start_paused = true)]
async fn a_purchase_without_time_left_is_withdrawn_instead_of_paid_late() {
    // Killed while the wallet looks where its account stands, and taken up when the quote is about to expire.
    let world = killed_before_signing().await;
    tokio::time::sleep(Duration::from_secs(880)).await;
    let bought = buys(&world, world.wish()).await;
    assert_eq!(withdrawn(&bought), "no_time");
    assert_eq!((world.signed(), bought.purchase.committed()), (0, RawAmount::ZERO));
}

#[tokio::test(start_paused = true)]
async fn an_empty_wallet_agrees_to_nothing() {
    let world = World::new();
    world.key().send(Account::BURN, xno(99)).unwrap();
    world.ledger.confirm_everything_now();
    let refused = world.buyer().buy(world.wish(), over(), &Silent).await.unwrap_err();
    assert!(matches!(refused, BuyError::Wallet(_)), "{refused}");
    assert_eq!(world.relay.jobs()[0].status, Status::Quoted);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_does_not_answer_is_asked_again() {
    let world = World::new();
    let buyer = world.buyer();
    world.relay.fail(0);
    let bought = async {
        let bought = buyer.buy(world.wish(), over(), &Silent).await.unwrap();
        bought.purchase.progress.outcome().cloned()
    };
    let outage = async {
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(700)).await;
            world.relay.fail(5);
        }
    };
    let (outcome, ()) = tokio::join!(bought, outage);
    assert_eq!(outcome, Some(Outcome::Delivered { receipt: Proof::Good }));
    assert_eq!((world.signed(), world.relay.jobs().len()), (1, 1));
}
