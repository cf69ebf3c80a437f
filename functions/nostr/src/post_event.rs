//! `POST /v1/events`: a signed event of a wallet's. The answer says what became of it; the same event may be sent again.

use http::StatusCode;
use nanoark_ark_gateway::intake::{Incoming, Taken};
use nanoark_ark_gateway::view;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::{Request, Response};
use nanoark_http::wire::gateway::EventTaken;
use nanoark_runtime::{Function, Relay, Trigger};

/// The function.
pub const FUNCTION: Function = Function {
    name: "post-event",
    trigger: Trigger::Public(|relay, request| Box::pin(handle(relay, request))),
};

async fn handle(relay: &Relay, request: &Request) -> Result<Response, Problem> {
    let incoming = Incoming::verify(relay, &request.body)?;
    let (mut session, mut response) = (None, None);
    match incoming.take(relay).await? {
        Taken::Session(taken) => session = Some(view::session(&taken, &incoming.event().author())),
        Taken::Response(event) => {
            response = Some(
                serde_json::from_str(event.json()).map_err(|error| Problem::new(Code::Internal, error.to_string()))?,
            );
        }
        Taken::Bound => {}
    }
    let taken = EventTaken {
        event_id: incoming.id(),
        session,
        response,
    };
    Response::json(StatusCode::ACCEPTED, &taken).map_err(|error| Problem::new(Code::Internal, error.to_string()))
}
