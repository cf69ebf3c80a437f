//! A gateway that lies: nothing is signed, and the wallet says why.

use std::time::Duration;

use nanoark_ark_verifier::challenge::Step;
use nanoark_ark_verifier::check::Refusal;

use super::scripted::Lie;
use super::world::{World, ordered};
use crate::{Misconduct, Standing};

/// Drives the order against the lie, and returns what the wallet holds against the gateway.
async fn refused(lie: Lie) -> (World, Misconduct) {
    let world = World::new(lie);
    let wallet = world.wallet();
    let id = ordered(&wallet).await.action_id;
    let standing = wallet.drive(&id, Duration::from_secs(5)).await.unwrap();
    let Standing::Refused(refused) = standing else {
        panic!("{lie:?}: {standing:?}");
    };
    let misconduct = refused.misconduct.unwrap();
    assert_eq!(refused.reason, misconduct.to_string());
    // It is refused for good, by a wallet that starts anew as well.
    for wallet in [wallet, world.wallet()] {
        let again = wallet.drive(&id, Duration::from_secs(5)).await.unwrap();
        assert!(matches!(again, Standing::Refused(kept) if kept.reason == misconduct.to_string()));
    }
    (world, misconduct)
}

#[tokio::test]
async fn nothing_is_signed_for_another_transaction_and_the_session_is_ended() {
    for (lie, expected) in [
        (Lie::Amount, "output 0"),
        (Lie::Address, "output 0"),
        (Lie::Input, "not this wallet's"),
        (Lie::CheckpointScript, "checkpoint 0"),
        (Lie::SecondFirst, "step 1 was not approved"),
        (Lie::Terms, "not the operator's"),
        (Lie::Key, "no key of the gateway"),
        (Lie::OtherSession, "this order's is"),
        (Lie::Finalized, "not approved"),
    ] {
        let (world, misconduct) = refused(lie).await;
        assert!(misconduct.to_string().contains(expected), "{lie:?}: {misconduct}");
        world.gateway.with(|state| {
            assert!(state.answers.is_empty(), "{lie:?}");
            assert!(state.terminated, "{lie:?}");
        });
        let wallet = world.wallet();
        assert!(wallet.rescues(&[]).unwrap().is_empty(), "{lie:?}");
    }
}

#[tokio::test]
async fn the_refusals_are_those_of_the_verifier() {
    let found = |misconduct| match misconduct {
        Misconduct::Challenge(refusal) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(found(refused(Lie::SecondFirst).await.1), Refusal::FirstNotApproved);
    assert!(matches!(
        found(refused(Lie::Input).await.1),
        Refusal::NotMine { input: 0, .. }
    ));
    assert!(matches!(found(refused(Lie::Terms).await.1), Refusal::OtherTerms(_)));
    assert!(matches!(
        found(refused(Lie::Amount).await.1),
        Refusal::Output { output: 0, .. }
    ));
}

#[tokio::test]
async fn checkpoints_are_not_signed_for_another_transaction_or_without_the_operator() {
    for (lie, expected) in [
        (Lie::NotSubmitted, "operator's signature"),
        (Lie::Swapped, "was approved"),
    ] {
        let (world, misconduct) = refused(lie).await;
        assert!(misconduct.to_string().contains(expected), "{lie:?}: {misconduct}");
        world.gateway.with(|state| {
            assert!(
                state.answered(Step::ArkTransaction) && !state.answered(Step::Checkpoints),
                "{lie:?}"
            );
        });
        // The operator may hold the coin: the wallet has what finishes the transaction that it approved.
        let wallet = world.wallet();
        let rescues = wallet.rescues(&[]).unwrap();
        let order = &wallet.orders().unwrap()[0];
        assert_eq!(rescues.len(), 1, "{lie:?}");
        assert_eq!(rescues[0].ark_txid, order.approved().unwrap().txid);
    }
}
