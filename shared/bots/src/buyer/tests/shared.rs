//! Several processes on one state file.

use std::time::Duration;

use futures::future::join_all;

use super::world::{PRICE, World, xno};
use crate::buyer::{AllowedSellers, Outcome, Patience, Policy, Proof, Silent, Standing, Until, Wish};

#[tokio::test(start_paused = true)]
async fn many_processes_with_one_wish_buy_one_job_and_pay_once() {
    let world = World::new();
    let world = &world;
    let all = join_all((0..6).map(|place| async move {
        tokio::time::sleep(Duration::from_millis(300 * place)).await;
        let buyer = world.buyer();
        buyer
            .buy(world.wish(), Patience::until(Until::Over), &Silent)
            .await
            .unwrap()
    }))
    .await;
    for bought in all {
        assert_eq!(bought.standing, Standing::Over);
        let good = Outcome::Delivered { receipt: Proof::Good };
        assert_eq!(bought.purchase.progress.outcome(), Some(&good));
    }
    assert_eq!((world.signed(), world.relay.jobs().len()), (1, 1));
    assert_eq!(world.key().balance(), xno(100 - PRICE));
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_never_exceeded_by_processes_that_buy_side_by_side() {
    let mut world = World::new();
    world.settings.policy = Some(Policy {
        allowed_sellers: AllowedSellers::Any,
        allowed_tags: None,
        max_per_job: xno(5),
        max_per_seller: None,
        lifetime_budget: xno(17),
        expires_at: None,
    });
    let wishes = (0..10).map(|number| Wish {
        key: Some(format!("purchase-{number}").parse().unwrap()),
        ..world.wish()
    });
    let world = &world;
    let bought = join_all(wishes.map(|wish| async move {
        let buyer = world.buyer();
        buyer.buy(wish, Patience::until(Until::Over), &Silent).await
    }))
    .await;
    let good = bought.iter().filter(|bought| bought.is_ok()).count();
    // Each sets 5 aside until its quote of 3 is known.
    assert!((3..=5).contains(&good), "{good} were bought");
    let spent = xno(100).checked_sub(world.key().balance()).unwrap();
    assert_eq!(spent, xno(PRICE * u128::try_from(good).unwrap()));
    assert!(spent <= xno(17));
}
