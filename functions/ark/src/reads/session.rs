//! `GET /v1/sessions/{session_id}`: a session, for its parties.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_domain::ceremony::{FailureCode, Session};
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::wire::gateway::SessionView;
use nanoark_runtime::{Function, Relay, Trigger, WalletCall, path};

use crate::refusal::Refusal;
use crate::view;

/// The function.
pub const FUNCTION: Function = Function {
    name: "get-session",
    trigger: Trigger::Wallet(|relay, call| Box::pin(handle(relay, call))),
};

async fn handle(relay: &Relay, call: &WalletCall) -> Result<Response, Problem> {
    let id: SessionId = path(call.request(), "session_id")?;
    let session = of_party(relay, id, &call.author()).await?;
    super::ok(&view::session(&session, &call.author()))
}

/// The session, if the caller is a party to it. A stranger learns nothing, not even that there is such a session.
pub(crate) async fn of_party(relay: &Relay, id: SessionId, caller: &XOnlyPublicKey) -> Result<Session, Refusal> {
    let session = relay.store().session(id).await?;
    session
        .filter(|session| session.party_of(caller).is_some())
        .ok_or_else(|| {
            Refusal::failed(
                FailureCode::UnknownSession,
                "There is no such session, or you are no party to it.",
            )
        })
}

/// The open sessions of a wallet, oldest first.
pub(crate) async fn open_of(relay: &Relay, caller: &XOnlyPublicKey) -> Result<Vec<SessionView>, Refusal> {
    let mut open = Vec::new();
    for id in relay.store().open_sessions_of(caller).await? {
        if let Some(session) = relay.store().session(id).await? {
            open.push(view::session(&session, caller));
        }
    }
    open.sort_by_key(|session| session.created_at);
    Ok(open)
}
