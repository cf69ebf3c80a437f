//! What a wallet holds the gateway to.

use nanoark_ark_verifier::challenge::OperatorTerms;

use super::scripted::{Lie, State};
use super::world::{World, key, named, terms, wanted};
use crate::{Pin, WalletError};

fn pin() -> Pin {
    Pin {
        gateway: key(91).public(),
        operator: terms(),
    }
}

fn other_key(state: &mut State) {
    state.gateway = key(93);
}

fn other_terms(state: &mut State) {
    state.terms = OperatorTerms {
        exit_delay: 72,
        ..terms()
    };
}

#[tokio::test]
async fn a_gateway_is_believed_once_and_held_to_it() {
    for (change, what) in [
        (other_key as fn(&mut State), "gateway's key"),
        (other_terms, "operator's terms"),
    ] {
        let world = World::new(Lie::Nothing);
        let wallet = world.wallet();
        assert_eq!(wallet.pinned().unwrap(), None);
        wallet.trust().await.unwrap();
        assert_eq!(wallet.pinned().unwrap(), Some(pin()));
        world.gateway.with(change);
        let refused = wallet.order(wanted(), named()).await.unwrap_err();
        assert!(matches!(refused, WalletError::PinChanged(_)), "{refused:?}");
        assert!(refused.to_string().contains(what), "{refused}");
        assert_eq!(wallet.pinned().unwrap(), Some(pin()));
        // Told so by its owner, it takes the gateway's word.
        let anew = wallet.pin_anew().await.unwrap();
        assert_ne!(anew, pin());
        wallet.trust().await.unwrap();
    }
}

#[tokio::test]
async fn a_pin_from_elsewhere_comes_before_the_gateways_word() {
    let world = World::new(Lie::Nothing);
    world.gateway.with(other_key);
    let wallet = world.wallet();
    wallet.pin(&pin()).unwrap();
    wallet.pin(&pin()).unwrap();
    assert!(matches!(wallet.trust().await, Err(WalletError::PinChanged(_))));
    let other = Pin {
        gateway: key(93).public(),
        ..pin()
    };
    assert!(matches!(wallet.pin(&other), Err(WalletError::PinChanged(_))));
}
