//! `DELETE /v1/sessions/{session_id}`: a party ends a session while nothing has been submitted.

use nanoark_ark_verifier::challenge::SessionId;
use nanoark_domain::ceremony::{Failure, FailureCode, Progress};
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_runtime::{Function, Relay, Trigger, WalletCall, path};
use nanoark_store::{ChangeRefusal, CommitError};

use crate::measure;
use crate::reads;
use crate::refusal::Refusal;
use crate::tell;
use crate::view;

/// The function.
pub const FUNCTION: Function = Function {
    name: "terminate-session",
    trigger: Trigger::Wallet(|relay, call| Box::pin(handle(relay, call))),
};

/// How often the session is read anew when it changes at the same time.
const TRIES: u32 = 5;

async fn handle(relay: &Relay, call: &WalletCall) -> Result<Response, Problem> {
    let id: SessionId = path(call.request(), "session_id")?;
    let caller = call.author();
    for _ in 0..TRIES {
        let session = reads::session::of_party(relay, id, &caller).await?;
        if let Progress::Failed(failure) = &session.progress
            && failure.code == FailureCode::Terminated
        {
            return reads::ok(&view::session(&session, &caller));
        }
        if !session.progress.stage().can_end() {
            let message = format!(
                "The session is {}: it can no longer be ended.",
                session.progress.stage().as_str()
            );
            let refusal = Refusal::failed(FailureCode::PointOfNoReturn, message);
            return Err(Problem::from(refusal).with_current_state(session.progress.stage().as_str()));
        }
        let failure = Failure::new(FailureCode::Terminated, "A party ended the session.");
        let now = relay.now();
        let events = tell::failure(relay, &session, &failure, now)?;
        let ended = session.fail(failure, events, now);
        let ended = ended.map_err(|refusal| Refusal::Internal(refusal.to_string()))?;
        match relay.store().change_session(session.version, &ended).await {
            Ok(()) => {
                measure::step(&session, &ended);
                return reads::ok(&view::session(&ended.session, &caller));
            }
            Err(
                CommitError::Contended
                | CommitError::Rejected(ChangeRefusal::Outdated(_) | ChangeRefusal::Held(_) | ChangeRefusal::Gone),
            ) => {}
            Err(error) => return Err(Refusal::commit(error).into()),
        }
    }
    Err(Refusal::Contended.into())
}
