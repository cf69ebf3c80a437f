//! Signatures that are not by the key, over the transaction, for the inputs that were asked for.

use bitcoin::hashes::{Hash as _, sha256};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::secp256k1::{Keypair, Message, Secp256k1};
use bitcoin::{Amount, Psbt};
use nanoark_ark::base64_psbt::{self, MAX_PSBT_BYTES};
use nanoark_ark::signing;
use nanoark_ark_verifier::challenge::{Answer, Challenge, InputSignature, Step};
use nanoark_ark_verifier::intent::{Action, Leg, Swap};
use nanoark_domain::ceremony::FailureCode::{
    AnsweredBefore, InvalidSignature, Malformed, UnknownSession, WrongPayload,
};
use nanoark_domain::ceremony::Stage;
use nanoark_testkit::arkd::Endpoint;

use super::answers::{challenged, event};
use super::book::{Group, Why};
use super::watch::Watch;
use crate::ceremonies::house::House;
use crate::ceremonies::wallet::Wallet;

pub(super) const FIRST: Group = Group {
    name: "first signatures",
    rows: 22,
    reasons: &[Why::Session(InvalidSignature), Why::Session(AnsweredBefore)],
};

pub(super) const SECOND: Group = Group {
    name: "second signatures",
    rows: 16,
    reasons: &[
        Why::Session(InvalidSignature),
        Why::Session(AnsweredBefore),
        Why::Session(Malformed),
        Why::Session(UnknownSession),
        Why::Session(WrongPayload),
    ],
};

pub(super) const SWAPPED: Group = Group {
    name: "signatures of a swap",
    rows: 8,
    reasons: &[
        Why::Session(InvalidSignature),
        Why::Session(AnsweredBefore),
        Why::Session(WrongPayload),
    ],
};

fn sign(pair: &Keypair, sighash: [u8; 32]) -> Signature {
    Secp256k1::new().sign_schnorr_no_aux_rand(&Message::from_digest(sighash), pair)
}

/// A signature over the same, which holds too, with another nonce.
fn sign_otherwise(pair: &Keypair, sighash: [u8; 32]) -> Signature {
    Secp256k1::new().sign_schnorr_with_aux_rand(&Message::from_digest(sighash), pair, &[0xab; 32])
}

fn psbt(text: &str) -> Psbt {
    base64_psbt::decode(text, MAX_PSBT_BYTES).unwrap()
}

/// What a challenge asks to sign, by input.
fn sighashes(challenge: &Challenge) -> Vec<[u8; 32]> {
    match challenge.step {
        Step::ArkTransaction => signing::sighashes(&psbt(&challenge.ark_tx)).unwrap(),
        Step::Checkpoints => {
            let checkpoints: Vec<Psbt> = challenge.checkpoint_txs.iter().map(|text| psbt(text)).collect();
            signing::checkpoint_sighashes(&checkpoints).unwrap()
        }
    }
}

fn at(input: u32, signature: Signature) -> InputSignature {
    InputSignature { input, signature }
}

fn with(answer: &Answer, signatures: &[InputSignature]) -> Answer {
    Answer {
        signatures: signatures.to_vec(),
        ..answer.clone()
    }
}

/// Signatures for two inputs that are wrong at either step.
fn wrong(wallet: &Wallet<'_>, challenge: &Challenge, answer: &Answer) -> Vec<(String, Answer)> {
    let [one, two] = [answer.signatures[0], answer.signatures[1]];
    let sighashes = sighashes(challenge);
    let own = wallet.keypair();
    let stranger = wallet.house.wallet(9).keypair();
    let mut flipped = one.signature.serialize();
    flipped[63] ^= 1;
    let flipped = Signature::from_slice(&flipped).unwrap();
    let nothing = Signature::from_slice(&[0; 64]).unwrap();
    let other = sha256::Hash::hash(b"something else").to_byte_array();
    let id = psbt(&challenge.ark_tx).unsigned_tx.compute_txid().to_byte_array();
    let rows = [
        ("none at all", vec![]),
        ("one of two", vec![one]),
        ("one and its double", vec![one, one]),
        ("two and a double", vec![one, two, two]),
        (
            "two and one for an input that there is not",
            vec![one, two, at(2, one.signature)],
        ),
        (
            "one, and one for an input far away",
            vec![one, at(u32::MAX, two.signature)],
        ),
        (
            "each for the other's input",
            vec![at(0, two.signature), at(1, one.signature)],
        ),
        ("one with a bit flipped", vec![at(0, flipped), two]),
        ("one of zeros", vec![at(0, nothing), two]),
        (
            "both by another key",
            vec![
                at(0, sign(&stranger, sighashes[0])),
                at(1, sign(&stranger, sighashes[1])),
            ],
        ),
        ("one over something else", vec![one, at(1, sign(&own, other))]),
        ("one over the transaction's id", vec![one, at(1, sign(&own, id))]),
    ];
    let step = challenge.step.number();
    let rows = rows.map(|(name, signatures)| (format!("step {step}: {name}"), with(answer, &signatures)));
    rows.into()
}

/// A house in which Alice is asked to sign for two inputs.
fn asked(house: &House) -> Wallet<'_> {
    let alice = house.wallet(1);
    house.fund(&alice, 6_000);
    house.fund(&alice, 6_000);
    alice
}

#[tokio::test]
async fn the_first_signatures_are_the_owners_over_our_own_sighashes() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let alice = asked(&house);
    let session = challenged(&alice, "signed").await;
    let challenge = alice.challenge(&session);
    let answer = alice.approve(&challenge);
    assert_eq!((answer.signatures.len(), answer.recovery.len()), (2, 3));
    let invalid = Why::Session(InvalidSignature);
    for (name, wrong) in wrong(&alice, &challenge, &answer) {
        watch.event(&name, event(&alice, &wrong), invalid).await;
    }
    let proof = signing::sighashes(&psbt(&challenge.recovery.as_ref().unwrap().proof)).unwrap();
    let recovery = |recovery: Vec<Signature>| Answer {
        recovery,
        ..answer.clone()
    };
    let [first, second, third] = [answer.recovery[0], answer.recovery[1], answer.recovery[2]];
    let stranger = house.wallet(9).keypair();
    let by_stranger = proof.iter().map(|sighash| sign(&stranger, *sighash)).collect();
    let (own, ark) = (alice.keypair(), sighashes(&challenge));
    let checkpoints: Vec<Psbt> = challenge.checkpoint_txs.iter().map(|text| psbt(text)).collect();
    let early = signing::checkpoint_sighashes(&checkpoints).unwrap();
    let swapped = [at(0, first), at(1, second)];
    for (name, wrong) in [
        ("step 1: no recovery", recovery(vec![])),
        ("step 1: half a recovery", recovery(vec![first, second])),
        (
            "step 1: more than a recovery",
            recovery(vec![first, second, third, third]),
        ),
        (
            "step 1: a recovery in another order",
            recovery(vec![third, second, first]),
        ),
        ("step 1: a recovery by another key", recovery(by_stranger)),
        (
            "step 1: the transaction's signatures as a recovery",
            recovery(vec![first, sign(&own, ark[0]), third]),
        ),
        ("step 1: the recovery as signatures", with(&answer, &swapped)),
        (
            "step 1: over the checkpoints",
            with(&answer, &[at(0, sign(&own, early[0])), at(1, sign(&own, early[1]))]),
        ),
    ] {
        watch.event(name, event(&alice, &wrong), invalid).await;
    }
    assert_eq!(house.arkd.faults().count(Endpoint::SubmitTx), 0);
    // Once it is taken: the same is known, anything else comes too late.
    let first = event(&alice, &answer);
    let otherwise = with(&answer, &[answer.signatures[0], at(1, sign_otherwise(&own, ark[1]))]);
    alice.sign(&session).await;
    watch.known("the same answer", &first).await;
    house.pass(std::time::Duration::from_secs(5));
    watch
        .known("the same answer in another event", &event(&alice, &answer))
        .await;
    let before = Why::Session(AnsweredBefore);
    watch
        .event("step 1: other signatures that hold", event(&alice, &otherwise), before)
        .await;
    watch
        .event(
            "step 1: no signatures after good ones",
            event(&alice, &with(&answer, &[])),
            before,
        )
        .await;
    let session = alice.session(session.session_id).await;
    assert_eq!(alice.sign(&session).await.stage, Stage::Finalized);
    watch.known("step 1: after the end", &first).await;
    watch
        .known("step 1: other signatures after the end", &event(&alice, &otherwise))
        .await;
    watch.close().is(&FIRST);
}

#[tokio::test]
async fn the_second_signatures_are_the_owners_over_the_checkpoints() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let (alice, bob) = (asked(&house), house.wallet(2));
    let session = challenged(&alice, "signed").await;
    let first = alice.approve(&alice.challenge(&session));
    let session = alice.sign(&session).await;
    let challenge = alice.challenge(&session);
    let answer = alice.approve(&challenge);
    assert_eq!(
        (answer.step, answer.signatures.len(), answer.recovery.len()),
        (Step::Checkpoints, 2, 0)
    );
    for (name, wrong) in wrong(&alice, &challenge, &answer) {
        // A checkpoint is one per input: the signature that is asked for is over that one.
        watch
            .event(&name, event(&alice, &wrong), Why::Session(InvalidSignature))
            .await;
    }
    let recovery = Answer {
        recovery: first.recovery.clone(),
        ..answer.clone()
    };
    let earlier = Answer {
        payload_ref: first.payload_ref,
        ..answer.clone()
    };
    watch
        .events([
            (
                "step 2: with a recovery",
                event(&alice, &recovery),
                Why::Session(Malformed),
            ),
            (
                "step 2: to the first payload",
                event(&alice, &earlier),
                Why::Session(WrongPayload),
            ),
            (
                "step 2: by its receiver",
                event(&bob, &answer),
                Why::Session(UnknownSession),
            ),
        ])
        .await;
    // Time does not end what has been submitted.
    house.pass(std::time::Duration::from_secs(86_400));
    assert_eq!(house.arkd.faults().count(Endpoint::FinalizeTx), 0);
    let session = alice.session(session.session_id).await;
    assert_eq!(alice.sign(&session).await.stage, Stage::Finalized);
    watch.known("step 2: after the end", &event(&alice, &answer)).await;
    countersigned(&watch).await;
    watch.close().is(&SECOND);
}

/// A transaction whose finalisation is lost for a while.
async fn countersigned(watch: &Watch<'_>) {
    let house = House::new().await;
    let own = Watch::over(&house);
    let alice = asked(&house);
    let session = alice.sign(&challenged(&alice, "signed").await).await;
    let challenge = alice.challenge(&session);
    let answer = alice.approve(&challenge);
    house
        .arkd
        .faults()
        .times(2, Endpoint::FinalizeTx, nanoark_testkit::arkd::Fault::LostRequest);
    let session = alice.sign(&session).await;
    assert_eq!(session.stage, Stage::Countersigned);
    let otherwise = sign_otherwise(&alice.keypair(), sighashes(&challenge)[0]);
    let otherwise = with(&answer, &[at(0, otherwise), answer.signatures[1]]);
    own.known("the same second answer", &event(&alice, &answer)).await;
    own.event(
        "step 2: other signatures that hold",
        event(&alice, &otherwise),
        Why::Session(AnsweredBefore),
    )
    .await;
    watch.take(own.close());
}

#[tokio::test]
async fn nobody_signs_for_another_party() {
    let house = House::new().await;
    let watch = Watch::over(&house);
    let (alice, bob) = (house.wallet(1), house.wallet(2));
    house.fund(&alice, 50_000);
    house.fund(&bob, 50_000);
    let leg = |from: &Wallet<'_>, to: &Wallet<'_>| Leg {
        from: from.nostr(),
        to: to.nostr(),
        amount: Amount::from_sat(10_000),
        assets: Vec::new(),
    };
    let swap = Action::Swap(Swap {
        swap_id: "swap-0001".parse().unwrap(),
        legs: vec![leg(&alice, &bob), leg(&bob, &alice)],
        fee: alice.fee().await,
    });
    alice.order(&alice.intent("swap", swap.clone())).await;
    let session = bob.order(&bob.intent("swap", swap)).await;
    let hers = alice.approve(&alice.challenge(&alice.session(session.session_id).await));
    let challenge = bob.challenge(&session);
    let his = bob.approve(&challenge);
    let by_him = sign(&bob.keypair(), sighashes(&challenge)[0]);
    let both = [his.signatures.clone(), hers.signatures.clone()].concat();
    let named = Answer {
        payload_ref: hers.payload_ref,
        ..his.clone()
    };
    let recovered = Answer {
        recovery: hers.recovery.clone(),
        ..his.clone()
    };
    let invalid = Why::Session(InvalidSignature);
    watch
        .events([
            (
                "swap: her answer in his name",
                event(&bob, &hers),
                Why::Session(WrongPayload),
            ),
            (
                "swap: his answer to her payload",
                event(&bob, &named),
                Why::Session(WrongPayload),
            ),
            (
                "swap: his answer in her name",
                event(&alice, &his),
                Why::Session(WrongPayload),
            ),
            (
                "swap: her signatures in his answer",
                event(&bob, &with(&his, &hers.signatures)),
                invalid,
            ),
            ("swap: both their signatures", event(&bob, &with(&his, &both)), invalid),
            (
                "swap: his signature for her input",
                event(&bob, &with(&his, &[at(0, by_him)])),
                invalid,
            ),
            ("swap: her proof in his answer", event(&bob, &recovered), invalid),
        ])
        .await;
    bob.post(&bob.answer_event(&his)).await;
    house.settle().await;
    watch
        .known("swap: his answer again, while she waits", &event(&bob, &his))
        .await;
    let otherwise = with(&his, &[at(1, sign_otherwise(&bob.keypair(), sighashes(&challenge)[1]))]);
    watch
        .event(
            "swap: another answer of his",
            event(&bob, &otherwise),
            Why::Session(AnsweredBefore),
        )
        .await;
    assert_eq!(house.arkd.faults().count(Endpoint::SubmitTx), 0);
    watch.close().is(&SWAPPED);
}
