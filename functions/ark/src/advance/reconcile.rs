//! A session that waits for the second signatures: a wallet may have finished it by itself, and otherwise is reminded. It
//! never expires.

use nanoark_domain::ceremony::{Session, Submitted};
use nanoark_runtime::Relay;

use super::finalize;
use super::outcome::Outcome;
use crate::refusal::Refusal;
use crate::tell;

pub(super) async fn look(relay: &Relay, session: &Session, submitted: &Submitted) -> Result<Outcome, Refusal> {
    let arkd = relay.gateway()?.arkd()?;
    if finalize::is_final(arkd, &submitted.first).await? {
        return finalize::done(relay, session);
    }
    let now = relay.now();
    if session.due_at().is_none_or(|due| now < due) {
        return Ok(Outcome::Nothing);
    }
    let events = tell::reminder(relay, session, submitted.reminders, now)?;
    Outcome::change(session.remind(events))
}
