//! One line in the log for every step that a session takes, of which the template makes metrics. No key, no amount.

use nanoark_domain::ceremony::{Progress, Session, Stage, Transition};

/// Tells what a change did to a session.
pub(crate) fn step(before: &Session, transition: &Transition) {
    let after = &transition.session;
    let (from, to) = (before.progress.stage(), after.progress.stage());
    if from == to {
        return;
    }
    let (outcome, code) = match &after.progress {
        Progress::Failed(failure) => ("failed", failure.code.name()),
        Progress::Finalized(_) => ("finalized", "none"),
        Progress::Gathering
        | Progress::Accepted
        | Progress::Challenged(_)
        | Progress::Signed(_)
        | Progress::Submitted(_)
        | Progress::Countersigned(_) => ("advanced", "none"),
    };
    let since =
        |start: nanoark_domain::time::Timestamp| after.stage_since().as_millis().saturating_sub(start.as_millis());
    let abandoned = outcome == "failed" && matches!(from, Stage::Gathering | Stage::Challenged);
    tracing::info!(
        event = "session_step",
        session_id = %after.id,
        action = after.action.as_str(),
        stage = from.as_str(),
        reached = to.as_str(),
        took_ms = since(before.stage_since()),
        total_ms = since(after.created_at),
        outcome,
        code,
        abandoned,
        "session step"
    );
}
