use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bitcoin::secp256k1::{Message, Secp256k1};

use super::gateway::{GATEWAY, ark_sighash, checkpoint_sighash, public, sign};
use super::scene::*;
use crate::challenge::{Answer, Step};
use crate::check::{Approval, Approved, Summary};
use crate::reference::payload_ref;

fn summary(sends: u64, receives: u64, change: u64) -> Summary {
    Summary {
        sends: sat(sends),
        receives: sat(receives),
        fee: sat(500),
        change: sat(change),
        sends_assets: Vec::new(),
        receives_assets: Vec::new(),
    }
}

fn honest() -> [(&'static str, Scene, Summary); 5] {
    [
        ("transfer", transfer(), summary(75_000, 0, 34_500)),
        ("split", split(), summary(0, 50_000, 49_500)),
        ("consolidate", consolidate(), summary(0, 0, 5_500)),
        (
            "swap",
            swap(),
            Summary {
                receives_assets: vec![gold(300)],
                ..summary(40_000, 25_000, 19_500)
            },
        ),
        (
            "asset transfer",
            asset_transfer(),
            Summary {
                sends_assets: vec![gold(300)],
                ..summary(400, 0, 2_100)
            },
        ),
    ]
}

/// Every signature is the owner's over what ark-core would have signed.
fn assert_signed(answer: &Answer, expected: &[(u32, [u8; 32])]) {
    let inputs: Vec<u32> = answer.signatures.iter().map(|signature| signature.input).collect();
    assert_eq!(inputs, expected.iter().map(|(input, _)| *input).collect::<Vec<_>>());
    for (signature, (_, sighash)) in answer.signatures.iter().zip(expected) {
        let verified =
            Secp256k1::new().verify_schnorr(&signature.signature, &Message::from_digest(*sighash), &public(ALICE));
        assert_eq!(verified, Ok(()));
    }
}

#[test]
fn an_honest_ceremony_is_signed() {
    for (name, scene, expected) in honest() {
        let mut built = scene.plan.build();
        let asked = scene.plan.asked();
        let challenge = scene.plan.first();
        let Ok(Approval::First(first)) = scene.check(None, &challenge) else {
            panic!("{name}: {:?}", scene.check(None, &challenge));
        };
        assert_eq!(first.summary, expected, "{name}");
        let answer = first.answer(|sighash| sign(ALICE, sighash));
        let sighashes: Vec<_> = asked
            .iter()
            .map(|input| (*input, ark_sighash(&mut built.ark_tx, *input)))
            .collect();
        assert_signed(&answer, &sighashes);
        assert_eq!(
            (answer.step, answer.payload_ref),
            (Step::ArkTransaction, challenge.payload_ref)
        );
        assert_eq!(answer.recovery.len(), asked.len() + 1, "{name}");

        // The wallet is closed and opened in between.
        let stored: String = serde_json::to_string(&first.approved).unwrap();
        let approved: Approved = serde_json::from_str(&stored).unwrap();
        assert_eq!(approved, first.approved);

        let challenge = scene.plan.second();
        let Ok(Approval::Second(second)) = scene.check(Some(&approved), &challenge) else {
            panic!("{name}: {:?}", scene.check(Some(&approved), &challenge));
        };
        let answer = second.answer(|sighash| sign(ALICE, sighash));
        let sighashes: Vec<_> = asked
            .iter()
            .map(|input| {
                (
                    *input,
                    checkpoint_sighash(&mut built.checkpoint_txs[usize::try_from(*input).unwrap()]),
                )
            })
            .collect();
        assert_signed(&answer, &sighashes);
        assert_eq!(
            (answer.step, answer.payload_ref),
            (Step::Checkpoints, challenge.payload_ref)
        );
        assert!(answer.recovery.is_empty(), "{name}");
    }
}

#[test]
fn a_challenge_that_is_repeated_is_signed_again() {
    let scene = transfer();
    let approved = scene.approved();
    assert!(scene.check(Some(&approved), &scene.plan.first()).is_ok());
    assert!(scene.check(Some(&approved), &scene.plan.second()).is_ok());
}

#[test]
fn orders_at_the_edges_are_signed() {
    let mut no_change = transfer();
    no_change.plan.inputs[1].coin.amount = sat(15_500);
    no_change.coins[1].amount = sat(15_500);
    no_change.plan.outputs.truncate(3);

    let mut named = transfer();
    name_inputs(
        &mut named,
        vec![super::gateway::outpoint(10), super::gateway::outpoint(11)],
    );

    let mut default_address = swap();
    default_address.plan.bindings.clear();
    default_address.plan.outputs[0].to = super::gateway::address(BOB);

    let mut others_without_change = swap();
    others_without_change.plan.inputs[1].coin = coin(20, 25_500, &[gold(300)]);
    others_without_change.plan.outputs.truncate(4);

    let mut changes_swapped = swap();
    changes_swapped.plan.outputs.swap(3, 4);

    let mut late = transfer();
    late.now = super::gateway::EXPIRES_AT;

    for (name, scene) in [
        ("no change", no_change),
        ("named inputs", named),
        ("a swap without a binding", default_address),
        ("a swap in which the other has no change", others_without_change),
        ("a swap with the other's change first", changes_swapped),
        ("in the last second", late),
    ] {
        let result = scene.check(None, &scene.plan.first());
        assert!(result.is_ok(), "{name}: {result:?}");
    }
}

#[test]
fn step_two_never_expires() {
    let mut scene = transfer();
    let approved = scene.approved();
    let mut challenge = scene.plan.second();
    scene.now = u64::MAX;
    assert!(scene.check(Some(&approved), &challenge).is_ok());

    let Ok(Approval::Second(second)) = scene.check(Some(&approved), &challenge) else {
        panic!("refused");
    };
    challenge.expires_at = Some(1);
    challenge.payload_ref = payload_ref(
        challenge.session_id,
        challenge.step,
        approved.txid,
        &second.sighashes,
        &[],
        public(GATEWAY),
        Some(1),
    );
    assert!(scene.check(Some(&approved), &challenge).is_ok());
}
