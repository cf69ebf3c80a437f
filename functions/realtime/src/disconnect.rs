//! `$disconnect`: the connection has ended, whoever ended it. API Gateway does its best to say so; where it does not, the
//! next hint finds out, or the record expires.

use http::StatusCode;
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_runtime::{Function, Relay, SocketCall, Trigger, read_failed};

/// The function.
pub const FUNCTION: Function = Function {
    name: "disconnect-socket",
    trigger: Trigger::Socket(|relay, call| Box::pin(handle(relay, call))),
};

async fn handle(relay: &Relay, call: &SocketCall) -> Result<Response, Problem> {
    let closed = relay.store().close_connection(&call.connection_id).await;
    closed.map_err(read_failed)?;
    Ok(Response::empty(StatusCode::OK))
}
