//! Every stage and everything that may happen at it.

use super::{EXPIRY, Happening, alone, answer, at, at_stage_of, coins, joined, keys, other_answer, payload, soon};
use super::{failure, ring, to_all, told};
use crate::ceremony::order::samples::key;
use crate::ceremony::{
    AnswerRefusal, Expected, FailureCode, HoldChange, JoinRefusal, Progress, Received, Session, Stage, Timing,
};
use nanoark_ark_verifier::challenge::Step;

/// What comes of a happening.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The session reaches this stage, or stays at it with something more on record.
    Reaches(Stage),
    /// The session has it already.
    Had,
    /// It is refused, in these words.
    Refused(String),
}

/// The rule, pair by pair.
fn expected(stage: Stage, happening: Happening) -> Outcome {
    use Outcome::{Had, Reaches};
    use Stage::{Accepted, Challenged, Countersigned, Failed, Finalized, Gathering, Signed, Submitted};
    let refused = |words: &str| Outcome::Refused(words.to_owned());
    let wrong_stage = || refused(&format!("the session is {}", stage.as_str()));
    let answered_otherwise = || refused("this step was answered before, differently");
    match happening {
        Happening::Join | Happening::JoinSignedAnew => match stage {
            Gathering => Reaches(Accepted),
            Accepted | Challenged | Signed | Submitted | Countersigned | Finalized | Failed => Had,
        },
        Happening::JoinWithAnother => match stage {
            Gathering => Reaches(Accepted),
            Accepted | Challenged | Signed | Submitted | Countersigned | Finalized | Failed => {
                refused("the author joined this swap with another intent")
            }
        },
        Happening::JoinOfStranger => match stage {
            Gathering | Accepted | Challenged | Signed | Submitted | Countersigned | Finalized | Failed => {
                refused("the author is no party to this swap")
            }
        },
        Happening::Challenge => match stage {
            Accepted => Reaches(Challenged),
            Gathering | Challenged | Signed | Submitted | Countersigned | Finalized | Failed => wrong_stage(),
        },
        Happening::FirstAnswer => match stage {
            Challenged => Reaches(Signed),
            Signed | Submitted | Countersigned | Finalized => Had,
            Gathering | Accepted | Failed => wrong_stage(),
        },
        Happening::OtherFirstAnswer => match stage {
            Challenged => Reaches(Signed),
            Signed | Submitted | Countersigned => answered_otherwise(),
            Finalized => Had,
            Gathering | Accepted | Failed => wrong_stage(),
        },
        Happening::SecondAnswer => match stage {
            Submitted => Reaches(Countersigned),
            Countersigned | Finalized => Had,
            Gathering | Accepted | Challenged | Signed | Failed => wrong_stage(),
        },
        Happening::OtherSecondAnswer => match stage {
            Submitted => Reaches(Countersigned),
            Countersigned => answered_otherwise(),
            Finalized => Had,
            Gathering | Accepted | Challenged | Signed | Failed => wrong_stage(),
        },
        Happening::AnswerOfStranger => match stage {
            Gathering | Accepted | Challenged | Signed | Submitted | Countersigned | Finalized | Failed => {
                refused("the author is no party to this session")
            }
        },
        Happening::AnswerToOtherPayload => match stage {
            Challenged | Submitted => refused("the answer is to another payload"),
            Signed | Countersigned => answered_otherwise(),
            Finalized => Had,
            Gathering | Accepted | Failed => wrong_stage(),
        },
        Happening::Submitted => match stage {
            Signed => Reaches(Submitted),
            Gathering | Accepted | Challenged | Submitted | Countersigned | Finalized | Failed => wrong_stage(),
        },
        Happening::Remind => match stage {
            Submitted => Reaches(Submitted),
            Gathering | Accepted | Challenged | Signed | Countersigned | Finalized | Failed => wrong_stage(),
        },
        Happening::Finalized => match stage {
            Signed | Submitted | Countersigned => Reaches(Finalized),
            Gathering | Accepted | Challenged | Finalized | Failed => wrong_stage(),
        },
        Happening::Fail => match stage {
            Gathering | Accepted | Challenged | Signed => Reaches(Failed),
            Submitted | Countersigned | Finalized | Failed => wrong_stage(),
        },
    }
}

/// What becomes of the coins of a session of two.
fn expected_holds(from: Stage, to: Stage) -> Vec<HoldChange> {
    match to {
        Stage::Challenged => to_all(2, |outpoint| HoldChange::Reserve {
            outpoint,
            lease_until: EXPIRY,
        }),
        Stage::Signed => to_all(2, |outpoint| HoldChange::Submit { outpoint }),
        Stage::Finalized => to_all(2, |outpoint| HoldChange::Spend { outpoint }),
        Stage::Failed => match from {
            Stage::Challenged | Stage::Signed => to_all(2, |outpoint| HoldChange::Release { outpoint }),
            Stage::Gathering
            | Stage::Accepted
            | Stage::Submitted
            | Stage::Countersigned
            | Stage::Finalized
            | Stage::Failed => Vec::new(),
        },
        Stage::Gathering | Stage::Accepted | Stage::Submitted | Stage::Countersigned => Vec::new(),
    }
}

/// Whether the next record is the one before with what has changed, and nothing else.
fn assert_continues(before: &Session, after: &Session, happening: Happening) {
    assert_eq!(after.version, before.version + 1);
    assert_eq!(
        (after.id, after.action, after.created_at),
        (before.id, before.action, before.created_at)
    );
    assert_eq!(after.outbox.len(), before.outbox.len() + happening.tells());
    assert!(after.outbox.starts_with(&before.outbox));
    assert!(after.timings.starts_with(&before.timings));
    let (from, to) = (before.progress.stage(), after.progress.stage());
    let reached = (from != to).then_some(Timing { stage: to, at: soon() });
    assert_eq!(after.timings[before.timings.len()..], Vec::from_iter(reached));
}

#[test]
fn every_happening_at_every_stage_has_its_outcome() {
    for stage in Stage::ALL {
        let session = at(stage);
        assert_eq!(session.progress.stage(), stage);
        for happening in Happening::ALL {
            let outcome = happening.happens(&session, soon());
            let found = match &outcome {
                Ok(Some(transition)) => Outcome::Reaches(transition.session.progress.stage()),
                Ok(None) => Outcome::Had,
                Err(words) => Outcome::Refused(words.clone()),
            };
            assert_eq!(found, expected(stage, happening), "{stage:?} {happening:?}");
            let Ok(Some(transition)) = outcome else { continue };

            let to = transition.session.progress.stage();
            assert_continues(&session, &transition.session, happening);
            assert_eq!(transition.holds, expected_holds(stage, to), "{stage:?} {happening:?}");
            assert_eq!(transition.receipt.is_some(), to == Stage::Finalized);
            // Whoever has ordered has one open session fewer when it is over, and not before.
            let joined: Vec<_> = session
                .parties
                .iter()
                .filter(|party| party.intent.is_some())
                .map(|party| party.nostr)
                .collect();
            let closed_for = if to.is_over() { joined } else { Vec::new() };
            assert_eq!(transition.closed_for, closed_for, "{stage:?} {happening:?}");
        }
    }
}

#[test]
fn what_happens_twice_changes_nothing_more() {
    for stage in Stage::ALL {
        for happening in Happening::ALL {
            let Ok(Some(transition)) = happening.happens(&at(stage), soon()) else {
                continue;
            };
            let again = happening.happens(&transition.session, soon());
            let once_more = matches!(again, Ok(Some(_)));
            // Only reminders add up.
            assert_eq!(
                once_more,
                happening == Happening::Remind,
                "{stage:?} {happening:?}: {again:?}"
            );
        }
    }
}

#[test]
fn a_session_of_one_waits_for_nobody() {
    let session = alone();
    assert_eq!((session.progress.clone(), session.version), (Progress::Accepted, 1));
    assert_eq!(
        session.timings,
        [Timing {
            stage: Stage::Accepted,
            at: super::BEGIN
        }]
    );
    assert_eq!(session.expires_at, EXPIRY);
    let again = session.join(&key(1), session.parties[0].intent.clone().unwrap(), soon());
    assert_eq!(again, Ok(Received::Before));
}

#[test]
fn an_answer_is_asked_for_taken_once_and_remembered_while_the_session_is_open() {
    let parties = keys(2);
    let session = at(Stage::Challenged);
    let (first, second) = (Step::ArkTransaction, Step::Checkpoints);
    // The first party has answered.
    assert_eq!(
        session.expects(&parties[0], &answer(&session, 0, first), soon()),
        Ok(Expected::Had)
    );
    assert_eq!(
        session.expects(&parties[0], &other_answer(&session, 0, first), soon()),
        Err(AnswerRefusal::AnsweredBefore)
    );
    assert_eq!(
        session.expects(&parties[1], &answer(&session, 1, first), soon()),
        Ok(Expected::From(1))
    );
    // Another party's payload is another payload.
    assert_eq!(
        session.expects(&parties[1], &answer(&session, 0, first), soon()),
        Err(AnswerRefusal::WrongPayload)
    );
    for stage in Stage::ALL {
        let session = at(stage);
        for party in 0..2 {
            let waits = session.progress.asks_for();
            for step in [first, second] {
                let asked = session.asked(party, step).map(|asked| asked.payload_ref);
                assert_eq!(asked, (waits == Some(step)).then(|| payload(party, step)), "{stage:?}");
            }
            let remembers = |step| session.answered(party, step).is_some();
            let (one, two) = match stage {
                Stage::Gathering | Stage::Accepted | Stage::Finalized | Stage::Failed => (false, false),
                Stage::Challenged => (party == 0, false),
                Stage::Signed => (true, false),
                Stage::Submitted => (true, party == 0),
                Stage::Countersigned => (true, true),
            };
            assert_eq!((remembers(first), remembers(second)), (one, two), "{stage:?} {party}");
        }
        assert!(session.asked(2, first).is_none() && session.asked(2, second).is_none());
    }
}

#[test]
fn who_did_not_join_a_failed_swap_cannot_join_it_any_more() {
    let failed = at(Stage::Gathering).fail(failure(), vec![told(1)], soon()).unwrap();
    // Only who had joined has one open session fewer.
    assert_eq!(failed.closed_for, [key(1)]);
    let late = failed.session.join(&key(2), joined(1, ring(2)), soon());
    assert_eq!(late, Err(JoinRefusal::Over(Stage::Failed)));
}

#[test]
fn a_failure_frees_what_was_reserved_as_long_as_the_operator_has_not_signed() {
    for stage in [Stage::Challenged, Stage::Signed] {
        let failed = at_stage_of(3, stage).fail(failure(), Vec::new(), soon()).unwrap();
        let freed: Vec<_> = failed.holds.iter().map(HoldChange::outpoint).collect();
        assert_eq!(freed, coins(3));
        assert_eq!(failed.session.progress, Progress::Failed(failure()));
    }
}

#[test]
fn refusals_have_their_codes() {
    let answers = [
        (AnswerRefusal::NoParty, FailureCode::UnknownSession),
        (AnswerRefusal::Unexpected(Stage::Signed), FailureCode::UnexpectedAnswer),
        (AnswerRefusal::WrongPayload, FailureCode::WrongPayload),
        (AnswerRefusal::AnsweredBefore, FailureCode::AnsweredBefore),
        (AnswerRefusal::Expired, FailureCode::Expired),
    ];
    for (refusal, code) in answers {
        assert_eq!(refusal.code(), code);
    }
    let joins = [
        (JoinRefusal::NoParty, FailureCode::BatchInvalid),
        (JoinRefusal::JoinedBefore, FailureCode::ActionIdReused),
        (JoinRefusal::Over(Stage::Failed), FailureCode::BatchInvalid),
        (JoinRefusal::Expired, FailureCode::Expired),
    ];
    for (refusal, code) in joins {
        assert_eq!(refusal.code(), code);
    }
}

#[test]
fn the_first_answer_of_all_is_the_last_moment_to_end() {
    for stage in Stage::ALL {
        let session = at(stage);
        let underway = session.progress.underway().is_some();
        assert!(!(stage.can_end() && underway), "{stage:?}");
        assert!(
            stage.can_end() || underway || stage.is_over(),
            "{stage:?} is none of the three"
        );
        assert_eq!(session.receipt(soon()).is_some(), underway || stage == Stage::Finalized);
        let known = !matches!(stage, Stage::Gathering | Stage::Accepted | Stage::Failed);
        assert_eq!(session.progress.ark_txid().is_some(), known, "{stage:?}");
    }
}
