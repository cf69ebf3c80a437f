//! A swap from its opening to its receipt: one write per step, and every state reads back as it was written.

use std::collections::BTreeMap;

use bitcoin::Amount;
use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{Message, Secp256k1};
use nanoark_ark_verifier::address::Network;
use nanoark_ark_verifier::challenge::{Answer, InputSignature, OperatorTerms, Recovery, Step};
use nanoark_ark_verifier::hash::PayloadRef;
use nanoark_domain::ceremony::{
    Asked, Coin, Failure, FailureCode, HoldState, Input, OperatorSigned, Outgoing, Output, OutputRole, Plan, Progress,
    Received, Session, Stage, Transition, Unsigned,
};
use nanoark_domain::time::{Seconds, Timestamp};

use super::world::{
    LIFE, T0, World, address, event, joining, key, order, outpoint, pair, party_intent, swap, swap_session, txid,
};
use crate::{ChangeRefusal, CommitError, Opened};

const PARTIES: [u8; 2] = [1, 2];

fn plan() -> Plan {
    let input = |(party, number): (usize, u8)| Input {
        party,
        coin: Coin {
            outpoint: outpoint(number),
            amount: Amount::from_sat(2_330),
            owner: key(number),
            signer: key(200),
            exit_delay: 144,
            expires_at: T0.plus(Seconds(86_400)),
            assets: Vec::new(),
        },
    };
    let output = |role, number, amount| Output {
        role,
        address: address(number),
        amount: Amount::from_sat(amount),
        assets: Vec::new(),
    };
    Plan {
        inputs: (0..).zip(PARTIES).map(input).collect(),
        outputs: vec![
            output(OutputRole::Ordered, 52, 2_000),
            output(OutputRole::Ordered, 51, 2_000),
            output(OutputRole::Fee, 100, 660),
        ],
    }
}

fn unsigned() -> Unsigned {
    Unsigned {
        ark_txid: txid(77),
        ark_tx: "cHNidP8B".to_owned(),
        checkpoints: vec!["cHNidP8C".to_owned(); 2],
        operator: OperatorTerms {
            network: Network::Regtest,
            signer: key(200),
            checkpoint_tapscript: bitcoin::ScriptBuf::from_bytes(vec![0x51]),
            exit_delay: 144,
            dust: Amount::from_sat(330),
        },
        digest: "digest".to_owned(),
    }
}

fn asked(step: u8) -> Vec<Asked> {
    PARTIES
        .iter()
        .map(|party| Asked {
            payload_ref: PayloadRef::from_byte_array([step.saturating_mul(10).saturating_add(*party); 32]),
            recovery: (step == 1).then(|| Recovery {
                proof: "cHNidP8D".to_owned(),
                message: "message".to_owned(),
            }),
        })
        .collect()
}

fn events(number: u8) -> Vec<Outgoing> {
    vec![Outgoing {
        id: event(number),
        kind: 31_511,
        to: Some(key(1)),
        json: r#"{"content":"text with \"quotes\" and ü"}"#.to_owned(),
    }]
}

fn answered(session: &Session, party: u8, step: Step, now: Timestamp) -> Transition {
    let index = session.party_of(&key(party)).unwrap();
    let message = Message::from_digest([party; 32]);
    let answer = Answer {
        session_id: session.id,
        step,
        payload_ref: session.asked(index, step).unwrap().payload_ref,
        signatures: vec![InputSignature {
            input: 0,
            signature: Secp256k1::new().sign_schnorr_no_aux_rand(&message, &pair(party)),
        }],
        recovery: Vec::new(),
    };
    match session.answer(&key(party), answer, now).unwrap() {
        Received::Now(transition) => *transition,
        Received::Before => panic!("party {party} has answered before"),
    }
}

/// The swap, with all intents here.
async fn accepted(world: &World) -> Session {
    let session = swap_session(&PARTIES, 1, "of-party-1");
    world.open(&session, 1, "of-party-1").await;
    let joined = joining(&session, 2, party_intent(2, "of-party-2", swap(&PARTIES)));
    let taken = world
        .store
        .join_session(1, &joined, &key(2), &order("of-party-2", 2), 5)
        .await;
    assert_eq!(taken.unwrap(), Opened::Now);
    joined.session
}

/// Commits a transition by one call of this operation, and reads back what was written.
async fn commit(world: &World, before: &Session, transition: Transition, operation: &str) -> Session {
    world.operations();
    world.store.change_session(before.version, &transition).await.unwrap();
    assert_eq!(
        world.operations(),
        [operation],
        "to {:?}",
        transition.session.progress.stage()
    );
    let found = world.store.session(before.id).await.unwrap().unwrap();
    assert_eq!(found, transition.session);
    found
}

async fn states(world: &World) -> BTreeMap<bitcoin::OutPoint, HoldState> {
    let holds = world.store.holds_on(&PARTIES.map(outpoint)).await.unwrap();
    holds
        .into_iter()
        .map(|(outpoint, hold)| (outpoint, hold.state))
        .collect()
}

fn both(state: HoldState) -> BTreeMap<bitcoin::OutPoint, HoldState> {
    PARTIES.into_iter().map(|number| (outpoint(number), state)).collect()
}

#[tokio::test]
async fn a_swap_from_opening_to_receipt_takes_one_write_per_step() {
    let world = World::new();
    let now = T0.plus(Seconds(1));
    let accepted = accepted(&world).await;

    let next = accepted
        .challenge(plan(), unsigned(), asked(1), events(10), now)
        .unwrap();
    let challenged = commit(&world, &accepted, next, "TransactWriteItems").await;
    assert_eq!(states(&world).await, both(HoldState::Reserved));

    // An answer changes nothing but the session: a plain update, which costs half.
    let next = answered(&challenged, 2, Step::ArkTransaction, now);
    let half = commit(&world, &challenged, next, "UpdateItem").await;
    let next = answered(&half, 1, Step::ArkTransaction, now);
    let signed = commit(&world, &half, next, "TransactWriteItems").await;
    assert_eq!(signed.progress.stage(), Stage::Signed);
    assert_eq!(states(&world).await, both(HoldState::Submitted));

    let operator = OperatorSigned {
        ark_tx: "cHNidP8E".to_owned(),
        checkpoints: vec!["cHNidP8F".to_owned(); 2],
    };
    let next = signed.submitted(operator, asked(2), events(11), now).unwrap();
    let submitted = commit(&world, &signed, next, "UpdateItem").await;
    let next = submitted.remind(events(12)).unwrap();
    let reminded = commit(&world, &submitted, next, "UpdateItem").await;
    let next = answered(&reminded, 1, Step::Checkpoints, now);
    let half = commit(&world, &reminded, next, "UpdateItem").await;
    let next = answered(&half, 2, Step::Checkpoints, now);
    let countersigned = commit(&world, &half, next, "UpdateItem").await;
    assert_eq!(countersigned.progress.stage(), Stage::Countersigned);
    assert_eq!(world.store.receipt(txid(77)).await.unwrap(), None);

    let receipt = countersigned.receipt(now).unwrap();
    let next = countersigned.finalized(receipt.clone(), events(13), now).unwrap();
    let finalized = commit(&world, &countersigned, next, "TransactWriteItems").await;
    assert_eq!(finalized.progress, Progress::Finalized(Box::new(receipt.clone())));
    assert_eq!(states(&world).await, both(HoldState::Spent));
    assert_eq!(world.store.receipt(txid(77)).await.unwrap(), Some(receipt.clone()));
    let row = &world.everything()["receipts"][0];
    assert_eq!(row["hash"]["S"], receipt.hash().to_string());
    assert_eq!(row["mode"]["S"], "full");
    for party in PARTIES {
        assert_eq!(world.store.open_sessions_of(&key(party)).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_session_that_fails_gives_back_what_it_held() {
    let world = World::new();
    let accepted = accepted(&world).await;
    let next = accepted
        .challenge(plan(), unsigned(), asked(1), events(10), T0)
        .unwrap();
    let challenged = commit(&world, &accepted, next, "TransactWriteItems").await;
    let failure = Failure {
        code: FailureCode::InputSpent,
        message: "spent".to_owned(),
        outpoints: vec![outpoint(1)],
    };
    let next = challenged.fail(failure, events(11), T0.plus(LIFE)).unwrap();
    commit(&world, &challenged, next, "TransactWriteItems").await;
    assert_eq!(states(&world).await, BTreeMap::new());
    for party in PARTIES {
        assert_eq!(world.store.open_sessions_of(&key(party)).await.unwrap(), []);
    }
}

#[tokio::test]
async fn of_two_changes_from_one_version_the_first_is_written() {
    for answer_first in [true, false] {
        let world = World::new();
        let accepted = accepted(&world).await;
        let next = accepted
            .challenge(plan(), unsigned(), asked(1), events(10), T0)
            .unwrap();
        let challenged = commit(&world, &accepted, next, "TransactWriteItems").await;
        let answer = answered(&challenged, 1, Step::ArkTransaction, T0);
        let failure = Failure::new(FailureCode::Terminated, "ended");
        let end = challenged.fail(failure, events(12), T0).unwrap();
        let (first, second) = if answer_first { (answer, end) } else { (end, answer) };

        let change = async |transition| world.store.change_session(challenged.version, transition).await;
        change(&first).await.unwrap();
        let written = world.everything();
        let refused = change(&second).await;
        let Err(CommitError::Rejected(ChangeRefusal::Outdated(found))) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(*found, first.session);
        // What is there already was written by a call whose answer was lost.
        change(&first).await.unwrap();
        assert_eq!(world.everything(), written);
    }
}

#[tokio::test]
async fn a_session_that_is_not_there_cannot_change() {
    let world = World::new();
    let session = swap_session(&PARTIES, 1, "of-party-1");
    for holds in [Vec::new(), vec![super::world::release(1)]] {
        let refused = world
            .store
            .change_session(1, &super::world::touched(&session, T0, holds))
            .await;
        assert!(
            matches!(refused, Err(CommitError::Rejected(ChangeRefusal::Gone))),
            "{refused:?}"
        );
    }
}
