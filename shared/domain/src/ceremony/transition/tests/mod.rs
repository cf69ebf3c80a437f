//! Sessions at every stage, and everything that may happen to one.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "counts of parties and seconds in tests are small"
)]

mod clock;
mod swaps;
mod table;

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{OutPoint, Txid, XOnlyPublicKey};
use nanoark_ark_verifier::address::Network;
use nanoark_ark_verifier::challenge::{Answer, InputSignature, OperatorTerms, Recovery, Step};
use nanoark_ark_verifier::hash::{EventId, PayloadRef};
use nanoark_ark_verifier::intent::Intent;

use crate::ceremony::order::samples::{FEE, LegOf, address, coin, key, operator, sat, swap, transfer};
use crate::ceremony::{
    Asked, Cipher, Failure, FailureCode, HoldChange, Input, OperatorSigned, Outgoing, Output, OutputRole, PartyIntent,
    Plan, Received, Session, Stage, Transition, Unsigned,
};
use crate::time::{Seconds, Timestamp};

/// When every session of these tests begins. The samples' intents expire 800 seconds later.
pub(in crate::ceremony) const BEGIN: Timestamp = Timestamp::from_seconds(100);

/// When they expire.
pub(in crate::ceremony) const EXPIRY: Timestamp = Timestamp::from_seconds(900);

/// A moment before that.
pub(in crate::ceremony) fn soon() -> Timestamp {
    BEGIN.plus(Seconds(10))
}

/// A swap in a ring: everybody gives to the next.
pub(in crate::ceremony) fn ring(parties: usize) -> Intent {
    let number = |party: usize| u8::try_from(party % parties + 1).unwrap();
    let legs: Vec<LegOf<'_>> = (0..parties)
        .map(|party| (number(party), number(party + 1), 1_000, &[][..]))
        .collect();
    swap(&legs)
}

/// The Nostr keys of a ring's parties, in order.
pub(in crate::ceremony) fn keys(parties: usize) -> Vec<XOnlyPublicKey> {
    (1..=parties).map(|number| key(u8::try_from(number).unwrap())).collect()
}

/// What a party signs: an event of its own, named by its number.
pub(in crate::ceremony) fn joined(party: usize, intent: Intent) -> PartyIntent {
    PartyIntent {
        event: EventId::from_byte_array([u8::try_from(party + 1).unwrap(); 32]),
        intent,
        gateway: key(150),
        cipher: Cipher::Nip44,
        relays: vec!["wss://relay.example".to_owned()],
    }
}

/// A plan that spends one coin of every party.
pub(in crate::ceremony) fn plan(parties: usize) -> Plan {
    let numbers = 1..=u8::try_from(parties).unwrap();
    let inputs = (0..).zip(numbers.clone()).map(|(party, number)| Input {
        party,
        coin: coin(u32::from(number), number, 5_000, 9_000, &[(7, 3)]),
    });
    let to = |role, number, amount| Output {
        role,
        address: address(number),
        amount: sat(amount),
        assets: Vec::new(),
    };
    let ordered = numbers.clone().map(|number| to(OutputRole::Ordered, number, 1_000));
    let fee = to(OutputRole::Fee, 100, FEE * u64::try_from(parties).unwrap());
    let change = numbers.map(|number| to(OutputRole::Change, number, 4_000 - FEE));
    Plan {
        inputs: inputs.collect(),
        outputs: ordered.chain([fee]).chain(change).collect(),
    }
}

/// The plan's coins.
pub(in crate::ceremony) fn coins(parties: usize) -> Vec<OutPoint> {
    plan(parties).outpoints().collect()
}

pub(in crate::ceremony) fn unsigned() -> Unsigned {
    Unsigned {
        ark_txid: Txid::from_byte_array([9; 32]),
        ark_tx: "cHNidP8=".to_owned(),
        checkpoints: vec!["cHNidP8B".to_owned()],
        operator: OperatorTerms {
            network: Network::Regtest,
            signer: operator(),
            checkpoint_tapscript: bitcoin::ScriptBuf::from_bytes(vec![0x51]),
            exit_delay: 144,
            dust: sat(330),
        },
        digest: "d1".to_owned(),
    }
}

fn operator_signed() -> OperatorSigned {
    OperatorSigned {
        ark_tx: "cHNidP8C".to_owned(),
        checkpoints: vec!["cHNidP8D".to_owned()],
    }
}

/// What a party is asked at a step: every payload is another.
pub(in crate::ceremony) fn payload(party: usize, step: Step) -> PayloadRef {
    PayloadRef::from_byte_array([u8::try_from(party).unwrap() * 2 + step.number(); 32])
}

fn asked(parties: usize, step: Step) -> Vec<Asked> {
    let recovery = |party| match step {
        Step::ArkTransaction => Some(Recovery {
            proof: format!("cHNidP8{party}"),
            message: r#"{"type":"get-pending-tx"}"#.to_owned(),
        }),
        Step::Checkpoints => None,
    };
    (0..parties)
        .map(|party| Asked {
            payload_ref: payload(party, step),
            recovery: recovery(party),
        })
        .collect()
}

/// A party's answer. The rules take signatures as verified, so any will do.
pub(in crate::ceremony) fn answer(session: &Session, party: usize, step: Step) -> Answer {
    let signature = Signature::from_slice(&[u8::try_from(party + 1).unwrap(); 64]).unwrap();
    Answer {
        session_id: session.id,
        step,
        payload_ref: payload(party, step),
        signatures: vec![InputSignature {
            input: u32::try_from(party).unwrap(),
            signature,
        }],
        recovery: match step {
            Step::ArkTransaction => vec![signature, signature],
            Step::Checkpoints => Vec::new(),
        },
    }
}

/// The same with another signature.
fn other_answer(session: &Session, party: usize, step: Step) -> Answer {
    let mut other = answer(session, party, step);
    other.signatures[0].signature = Signature::from_slice(&[77; 64]).unwrap();
    other
}

/// An event that tells of something.
pub(in crate::ceremony) fn told(number: u8) -> Outgoing {
    Outgoing {
        id: EventId::from_byte_array([number; 32]),
        kind: 31511,
        to: Some(key(1)),
        json: format!(r#"{{"content":"{number}"}}"#),
    }
}

fn failure() -> Failure {
    Failure {
        outpoints: vec![coins(1)[0]],
        ..Failure::new(FailureCode::OperatorRefused, "no")
    }
}

/// The next record, which must be one.
pub(in crate::ceremony) fn changed<E: std::fmt::Debug>(outcome: Result<Received, E>) -> Transition {
    match outcome.unwrap() {
        Received::Now(transition) => *transition,
        Received::Before => panic!("nothing changed"),
    }
}

/// A session of two parties at each stage. At the stages that wait for signatures the first party has answered.
pub(in crate::ceremony) fn at(stage: Stage) -> Session {
    at_stage_of(2, stage)
}

/// The same with this many parties.
pub(in crate::ceremony) fn at_stage_of(parties: usize, stage: Stage) -> Session {
    let (all, order) = (keys(parties), ring(parties));
    let mut session = Session::open(all[0], joined(0, order.clone()), &all, BEGIN);
    if stage == Stage::Gathering {
        return session;
    }
    for (party, author) in (0..).zip(&all).skip(1) {
        session = changed(session.join(author, joined(party, order.clone()), soon())).session;
    }
    if stage == Stage::Accepted {
        return session;
    }
    if stage == Stage::Failed {
        return session.fail(failure(), vec![told(9)], soon()).unwrap().session;
    }
    let first = asked(parties, Step::ArkTransaction);
    session = session
        .challenge(plan(parties), unsigned(), first, vec![told(1)], soon())
        .unwrap()
        .session;
    session = answer_all(session, parties - 1, Step::ArkTransaction);
    if stage == Stage::Challenged {
        return session;
    }
    let last = answer(&session, parties - 1, Step::ArkTransaction);
    session = changed(session.answer(&all[parties - 1], last, soon())).session;
    if stage == Stage::Signed {
        return session;
    }
    let second = asked(parties, Step::Checkpoints);
    session = session
        .submitted(operator_signed(), second, vec![told(2)], soon())
        .unwrap()
        .session;
    session = answer_all(session, parties - 1, Step::Checkpoints);
    if stage == Stage::Submitted {
        return session;
    }
    let last = answer(&session, parties - 1, Step::Checkpoints);
    session = changed(session.answer(&all[parties - 1], last, soon())).session;
    if stage == Stage::Countersigned {
        return session;
    }
    let receipt = session.receipt(soon()).unwrap();
    session.finalized(receipt, vec![told(3)], soon()).unwrap().session
}

fn answer_all(mut session: Session, parties: usize, step: Step) -> Session {
    for party in 0..parties {
        let given = answer(&session, party, step);
        let author = session.parties[party].nostr;
        session = changed(session.answer(&author, given, soon())).session;
    }
    session
}

/// A session of one party, which waits to be built.
pub(in crate::ceremony) fn alone() -> Session {
    let order = transfer(None, &[(crate::ceremony::order::samples::to(9), 1_000)]);
    Session::open(key(1), joined(0, order), &[key(1)], BEGIN)
}

/// Everything that may happen to a session of two. The second party is the one that is still waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happening {
    Join,
    JoinSignedAnew,
    JoinWithAnother,
    JoinOfStranger,
    Challenge,
    FirstAnswer,
    OtherFirstAnswer,
    SecondAnswer,
    OtherSecondAnswer,
    AnswerOfStranger,
    AnswerToOtherPayload,
    Submitted,
    Remind,
    Finalized,
    Fail,
}

impl Happening {
    pub(super) const ALL: [Self; 15] = [
        Self::Join,
        Self::JoinSignedAnew,
        Self::JoinWithAnother,
        Self::JoinOfStranger,
        Self::Challenge,
        Self::FirstAnswer,
        Self::OtherFirstAnswer,
        Self::SecondAnswer,
        Self::OtherSecondAnswer,
        Self::AnswerOfStranger,
        Self::AnswerToOtherPayload,
        Self::Submitted,
        Self::Remind,
        Self::Finalized,
        Self::Fail,
    ];

    /// What comes of it: the transition, nothing as it was there before, or the refusal in words.
    pub(super) fn happens(self, session: &Session, now: Timestamp) -> Result<Option<Transition>, String> {
        let parties = session.parties.len();
        let last = parties - 1;
        let (author, stranger) = (session.parties[last].nostr, key(99));
        let taken = |received| match received {
            Received::Now(transition) => Some(*transition),
            Received::Before => None,
        };
        let join = |author: &XOnlyPublicKey, intent| {
            let joined = session.join(author, intent, now);
            joined.map(taken).map_err(|refusal| refusal.to_string())
        };
        let give = |author: &XOnlyPublicKey, answer: Answer| {
            let answered = session.answer(author, answer, now);
            answered.map(taken).map_err(|refusal| refusal.to_string())
        };
        let done = |transition: Result<Transition, super::TransitionRefusal>| {
            transition.map(Some).map_err(|refusal| refusal.to_string())
        };
        let (ark, checkpoints) = (Step::ArkTransaction, Step::Checkpoints);
        match self {
            Self::Join => join(&author, joined(last, ring(parties))),
            Self::JoinSignedAnew => join(&author, joined(40, ring(parties))),
            Self::JoinWithAnother => {
                let mut another = joined(40, ring(parties));
                another.intent.expires_at += 1;
                join(&author, another)
            }
            Self::JoinOfStranger => join(&stranger, joined(41, ring(parties))),
            Self::Challenge => {
                done(session.challenge(plan(parties), unsigned(), asked(parties, ark), vec![told(11)], now))
            }
            Self::FirstAnswer => give(&author, answer(session, last, ark)),
            Self::OtherFirstAnswer => give(&author, other_answer(session, last, ark)),
            Self::SecondAnswer => give(&author, answer(session, last, checkpoints)),
            Self::OtherSecondAnswer => give(&author, other_answer(session, last, checkpoints)),
            Self::AnswerOfStranger => give(&stranger, answer(session, last, ark)),
            Self::AnswerToOtherPayload => {
                let step = session.progress.asks_for().unwrap_or(ark);
                let payload_ref = payload(last + 1, step);
                let given = answer(session, last, step);
                give(&author, Answer { payload_ref, ..given })
            }
            Self::Submitted => {
                done(session.submitted(operator_signed(), asked(parties, checkpoints), vec![told(12)], now))
            }
            Self::Remind => done(session.remind(vec![told(13)])),
            Self::Finalized => {
                let receipt = at_stage_of(parties, Stage::Signed).receipt(now).unwrap();
                done(session.finalized(receipt, vec![told(14)], now))
            }
            Self::Fail => done(session.fail(failure(), vec![told(15)], now)),
        }
    }

    /// How many events it tells.
    pub(super) const fn tells(self) -> usize {
        match self {
            Self::Challenge | Self::Submitted | Self::Remind | Self::Finalized | Self::Fail => 1,
            Self::Join
            | Self::JoinSignedAnew
            | Self::JoinWithAnother
            | Self::JoinOfStranger
            | Self::FirstAnswer
            | Self::OtherFirstAnswer
            | Self::SecondAnswer
            | Self::OtherSecondAnswer
            | Self::AnswerOfStranger
            | Self::AnswerToOtherPayload => 0,
        }
    }
}

/// The same change to every one of the plan's coins.
pub(super) fn to_all(parties: usize, change: impl Fn(OutPoint) -> HoldChange) -> Vec<HoldChange> {
    coins(parties).into_iter().map(change).collect()
}
