//! An honest gateway: from the order to the receipt.

use std::time::Duration;

use bitcoin::Amount;
use nanoark_ark_verifier::challenge::Step;
use nanoark_domain::ceremony::Stage;
use nanoark_nostr::received::receive;

use super::scripted::Lie;
use super::world::{World, key, named, ordered, wanted};
use crate::{Keys, Ordering, Standing, WalletError, Wanted};

#[tokio::test]
async fn a_transfer_is_ordered_signed_and_final() {
    for keys in [Keys::new(key(1)), Keys::with_owner(key(1), key(11))] {
        let world = World::with_keys(Lie::Nothing, keys);
        let wallet = world.wallet();
        let order = ordered(&wallet).await;
        let standing = wallet.drive(&order.action_id, Duration::from_secs(5)).await.unwrap();
        let approved = wallet.order_of(&order.action_id).unwrap().unwrap();
        let txid = approved.approved().unwrap().txid;
        assert!(
            matches!(&standing, Standing::Finalized { ark_txid, receipt: Some(_), proved: true } if *ark_txid == txid),
            "{standing:?}"
        );
        // Driven again, it is what it was, and nothing is sent.
        let sent = world.gateway.with(|state| (state.intents.len(), state.answers.clone()));
        assert_eq!(wallet.drive(&order.action_id, Duration::ZERO).await.unwrap(), standing);
        assert_eq!(
            world.gateway.with(|state| (state.intents.len(), state.answers.clone())),
            sent
        );
        assert!(wallet.rescues(&[]).unwrap().is_empty());
    }
}

#[tokio::test]
async fn every_step_is_one_exchange() {
    let world = World::new(Lie::Nothing);
    let wallet = world.wallet();
    let id = ordered(&wallet).await.action_id;
    let mut seen = Vec::new();
    loop {
        let standing = wallet.step(&id).await.unwrap();
        seen.push(match standing {
            Standing::Open { heard, signed, .. } => (heard.unwrap(), signed),
            Standing::Finalized { .. } => break,
            Standing::Failed { .. } | Standing::Refused(_) => panic!("{standing:?}"),
        });
    }
    // The answer to an intent or an answer carries the next challenge, so three exchanges do.
    assert_eq!(
        seen,
        [
            (Stage::Challenged, None),
            (Stage::Submitted, Some(Step::ArkTransaction)),
        ]
    );
}

#[tokio::test]
async fn an_order_is_ordered_once_under_its_name() {
    let world = World::new(Lie::Nothing);
    let wallet = world.wallet();
    let order = ordered(&wallet).await;
    assert_eq!(ordered(&world.wallet()).await, order);
    let other = wallet.order(Wanted::consolidate(), named()).await;
    assert!(matches!(other, Err(WalletError::ActionIdTaken(id)) if id == order.action_id));
    let unnamed = wallet.order(wanted(), Ordering::default()).await.unwrap();
    assert_ne!(unnamed.action_id, order.action_id);
}

#[tokio::test]
async fn a_fee_above_the_bound_is_not_ordered() {
    let wallet = World::new(Lie::Nothing);
    let wallet = wallet.wallet();
    for (most, ordered) in [(499, false), (500, true)] {
        let how = Ordering {
            max_fee: Some(Amount::from_sat(most)),
            ..Ordering::default()
        };
        let order = wallet.order(wanted(), how).await;
        assert_eq!(order.is_ok(), ordered, "{order:?}");
    }
}

#[tokio::test]
async fn a_swap_of_others_or_with_another_fee_is_not_ordered() {
    use nanoark_ark_verifier::intent::Leg;
    let world = World::new(Lie::Nothing);
    let wallet = world.wallet();
    let leg = |from: u8, to: u8| Leg {
        from: key(from).public(),
        to: key(to).public(),
        amount: Amount::from_sat(1_000),
        assets: Vec::new(),
    };
    let swap_id: nanoark_ark_verifier::intent::ActionId = "swap-0001".parse().unwrap();
    let terms = wallet
        .swap_terms(swap_id.clone(), vec![leg(1, 2), leg(2, 1)])
        .await
        .unwrap();
    let mut dear = terms.clone();
    dear.fee.amount = Amount::from_sat(501);
    let strangers = wallet.swap_terms(swap_id, vec![leg(2, 3), leg(3, 2)]).await.unwrap();
    let order = |swap| wallet.order(Wanted::Swap(swap), Ordering::default());
    assert!(matches!(order(dear).await, Err(WalletError::SwapFee { .. })));
    assert!(matches!(order(strangers).await, Err(WalletError::NoParty)));
    assert!(order(terms).await.is_ok());
}

#[tokio::test]
async fn a_binding_names_the_owner_and_the_address() {
    let world = World::with_keys(Lie::Nothing, Keys::with_owner(key(1), key(11)));
    let wallet = world.wallet();
    let address = wallet.bind().await.unwrap();
    let event = world.gateway.with(|state| state.bound[0].clone());
    let event = nanoark_nostr::SignedEvent::parse(event.as_bytes(), 65_536).unwrap();
    let binding = nanoark_nostr::binding::Binding::verify(&event).unwrap();
    assert_eq!((binding.owner, binding.address), (key(11).public(), address));
    // It is no event of the gateway's.
    assert!(receive(event.json().as_bytes(), &key(1), &[key(91).public()]).is_err());
}

#[tokio::test]
async fn a_wallet_that_the_gateway_knows_under_another_key_orders_nothing() {
    let world = World::new(Lie::Nothing);
    world.gateway.with(|state| state.owner = key(12).public());
    let refused = world.wallet().order(wanted(), named()).await;
    assert!(matches!(refused, Err(WalletError::NotBound { .. })), "{refused:?}");
}

#[tokio::test]
async fn futures_of_a_wallet_go_between_threads() {
    fn sends<F: Send>(future: F) -> F {
        future
    }
    let world = World::new(Lie::Nothing);
    let wallet = world.wallet();
    let order = sends(wallet.order(wanted(), named())).await.unwrap();
    sends(wallet.drive(&order.action_id, Duration::ZERO)).await.unwrap();
    assert!(sends(wallet.recover(Duration::ZERO)).await.unwrap().rescues.is_empty());
}
