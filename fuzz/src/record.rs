//! The record of a session, as the table and its stream have it.

use nanoark_ark_verifier::challenge::Step;
use nanoark_domain::ceremony::Session;
use nanoark_store::read_session;

use crate::Outcome;
use crate::scene::{now, owner};

/// A record is read, written and read to the same; and what is asked of it has an answer.
pub(crate) fn session(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let Ok(session) = read_session(&text) else {
        return Outcome::Refused;
    };
    let written = serde_json::to_string(&session).expect("a session has a JSON form");
    assert_eq!(serde_json::from_str::<Session>(&written).as_ref().ok(), Some(&session));
    let _ = (
        session.due_at(),
        session.overdue(now()),
        session.intent_events(),
        session.stage_since(),
    );
    let _ = (
        session.progress.ark_txid(),
        session.progress.underway(),
        session.receipt(now()),
    );
    for party in 0..session.parties.len() {
        for step in [Step::ArkTransaction, Step::Checkpoints] {
            let _ = (session.asked(party, step), session.answered(party, step));
        }
    }
    let _ = session.party_of(&owner());
    Outcome::Taken
}
