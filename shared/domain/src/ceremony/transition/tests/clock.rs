//! What time does to a session, and what it does not.

use nanoark_ark_verifier::challenge::Step;

use super::{BEGIN, EXPIRY, Happening, alone, answer, at, changed, joined, keys, ring, soon, told};
use crate::ceremony::{AnswerRefusal, FailureCode, JoinRefusal, Progress, Session, Stage};
use crate::time::{Seconds, Timestamp};

/// The last moment there is.
const END_OF_TIME: Timestamp = Timestamp::from_millis(u64::MAX);

fn just_before(instant: Timestamp) -> Timestamp {
    Timestamp::from_millis(instant.as_millis() - 1)
}

#[test]
fn a_party_joins_until_the_expiry_and_not_at_it() {
    let session = at(Stage::Gathering);
    let join = |now| session.join(&keys(2)[1], joined(1, ring(2)), now);
    assert_eq!(changed(join(just_before(EXPIRY))).session.progress, Progress::Accepted);
    assert_eq!(join(EXPIRY), Err(JoinRefusal::Expired));
    assert_eq!(join(END_OF_TIME), Err(JoinRefusal::Expired));
}

#[test]
fn the_first_expiry_of_the_intents_is_the_session_s() {
    let all = keys(3);
    let expiring = |party, expires_at| {
        let mut intent = ring(3);
        intent.expires_at = expires_at;
        joined(party, intent)
    };
    let session = Session::open(all[1], expiring(1, 700), &all, BEGIN);
    assert_eq!(session.expires_at, Timestamp::from_seconds(700));
    let session = changed(session.join(&all[0], expiring(0, 800), soon())).session;
    assert_eq!(session.expires_at, Timestamp::from_seconds(700));
    let session = changed(session.join(&all[2], expiring(2, 600), soon())).session;
    assert_eq!(session.expires_at, Timestamp::from_seconds(600));
}

#[test]
fn a_first_answer_counts_until_the_expiry_and_a_second_one_always() {
    let author = keys(2)[1];
    let session = at(Stage::Challenged);
    let give = |session: &Session, step, now| session.answer(&author, answer(session, 1, step), now);
    assert!(give(&session, Step::ArkTransaction, just_before(EXPIRY)).is_ok());
    let late = Err(AnswerRefusal::Expired);
    assert_eq!(give(&session, Step::ArkTransaction, EXPIRY), late);
    assert_eq!(give(&session, Step::ArkTransaction, END_OF_TIME), late);
    let session = at(Stage::Submitted);
    assert!(give(&session, Step::Checkpoints, END_OF_TIME).is_ok());
    // What is on record is on record, however late it is said again.
    let had = give(&session, Step::ArkTransaction, END_OF_TIME);
    assert_eq!(had, Ok(crate::ceremony::Received::Before));
}

#[test]
fn sessions_expire_until_every_wallet_has_signed_and_never_after() {
    let missing = |stage| match stage {
        Stage::Gathering => Some("a party did not order in time"),
        Stage::Accepted => Some("the transaction could not be built in time"),
        Stage::Challenged => Some("a wallet did not sign in time"),
        Stage::Signed | Stage::Submitted | Stage::Countersigned | Stage::Finalized | Stage::Failed => None,
    };
    for stage in Stage::ALL {
        let session = at(stage);
        assert_eq!(session.overdue(just_before(EXPIRY)), None, "{stage:?}");
        for now in [EXPIRY, END_OF_TIME] {
            let failure = session.overdue(now);
            assert_eq!(failure.as_ref().map(|failure| failure.message.as_str()), missing(stage));
            assert!(failure.is_none_or(|failure| failure.code == FailureCode::Expired));
        }
    }
}

#[test]
fn after_the_last_signature_nothing_is_too_late() {
    for stage in [Stage::Signed, Stage::Submitted, Stage::Countersigned] {
        for happening in Happening::ALL {
            let (then, later) = (
                happening.happens(&at(stage), soon()),
                happening.happens(&at(stage), END_OF_TIME),
            );
            let reached = |outcome: &Result<Option<super::Transition>, String>| {
                let transition = outcome.clone()?;
                Ok::<_, String>(transition.map(|transition| transition.session.progress.stage()))
            };
            assert_eq!(reached(&then), reached(&later), "{stage:?} {happening:?}");
        }
    }
}

#[test]
fn somebody_looks_again_at_whatever_is_not_over() {
    let since = soon();
    let minute = since.plus(Seconds(60));
    for stage in Stage::ALL {
        let due = match stage {
            Stage::Gathering | Stage::Challenged => Some(EXPIRY),
            Stage::Accepted | Stage::Signed | Stage::Countersigned => Some(minute),
            Stage::Submitted => Some(since.plus(Seconds(600))),
            Stage::Finalized | Stage::Failed => None,
        };
        assert_eq!(at(stage).due_at(), due, "{stage:?}");
        assert_eq!(due.is_none(), stage.is_over());
    }
    // What waits to be built is looked at when it expires, at the latest.
    let mut session = alone();
    session.expires_at = BEGIN.plus(Seconds(20));
    assert_eq!(session.due_at(), Some(BEGIN.plus(Seconds(20))));
}

#[test]
fn reminders_come_after_ten_minutes_an_hour_six_hours_and_then_daily() {
    let mut session = at(Stage::Submitted);
    let since = session.stage_since();
    let day = 86_400;
    for wait in [600, 3_600, 21_600, day, 2 * day, 3 * day, 4 * day] {
        assert_eq!(session.due_at(), Some(since.plus(Seconds(wait))));
        let events = session.outbox.len();
        session = session.remind(vec![told(1)]).unwrap().session;
        assert_eq!((session.stage_since(), session.outbox.len()), (since, events + 1));
    }
}

#[test]
fn a_session_that_was_reminded_for_ever_is_still_due() {
    let mut session = at(Stage::Submitted);
    let Progress::Submitted(submitted) = &mut session.progress else {
        panic!("it is submitted");
    };
    submitted.reminders = u32::MAX;
    assert_eq!(session.due_at(), Some(session.stage_since().plus(Seconds(u32::MAX))));
    assert!(session.remind(Vec::new()).is_ok());
}
