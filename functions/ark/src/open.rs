//! `POST /v1/sessions`: an intent, as the signed event that orders it.

use http::StatusCode;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::{Request, Response};
use nanoark_runtime::{Function, Relay, Trigger};

use crate::intake::{Incoming, Taken};
use crate::refusal::Refusal;
use crate::view;

/// The function.
pub const FUNCTION: Function = Function {
    name: "open-session",
    trigger: Trigger::Public(|relay, request| Box::pin(handle(relay, request))),
};

async fn handle(relay: &Relay, request: &Request) -> Result<Response, Problem> {
    let incoming = Incoming::verify(relay, &request.body)?;
    let kind = incoming.event().kind();
    if kind != nanoark_nostr::GatewayKind::Intent.number() {
        return Err(Refusal::Event(nanoark_nostr::EventRefusal::WrongKind(kind)).into());
    }
    match incoming.take(relay).await? {
        Taken::Session(session) => Response::json(
            StatusCode::ACCEPTED,
            &view::session(&session, &incoming.event().author()),
        )
        .map_err(|error| Problem::new(Code::Internal, error.to_string())),
        Taken::Response(_) | Taken::Bound => Err(Problem::new(Code::Internal, "An intent made no session.")),
    }
}
