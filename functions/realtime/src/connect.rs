//! `$connect`: the handshake, signed like any `GET`. API Gateway refuses the connection with the status that is answered.

use http::StatusCode;
use nanoark_domain::time::Seconds;
use nanoark_http::problem::Problem;
use nanoark_http::request::Response;
use nanoark_http::signature;
use nanoark_runtime::{Function, Relay, SocketCall, Trigger, read_failed};
use nanoark_store::Connection;

/// API Gateway closes every connection after two hours; by then and a little its record is of no use.
const RECORD_LIFETIME: Seconds = Seconds(2 * 3_600 + 600);

/// The function.
pub const FUNCTION: Function = Function {
    name: "connect-socket",
    trigger: Trigger::Socket(|relay, call| Box::pin(handle(relay, call))),
};

async fn handle(relay: &Relay, call: &SocketCall) -> Result<Response, Problem> {
    let now = relay.now();
    let signed = signature::verify(call.handshake()?, now, relay.signature_rules())?;
    let connection = Connection {
        connection_id: call.connection_id.clone(),
        bot: signed.bot(),
        connected_at: now,
        expires_at: now.plus(RECORD_LIFETIME),
    };
    relay.store().open_connection(&connection).await.map_err(read_failed)?;
    Ok(Response::empty(StatusCode::OK))
}
