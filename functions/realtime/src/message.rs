//! `$default`: what a bot sends over its connection. The answer goes back over the same connection.

use http::StatusCode;
use nanoark_http::problem::{Code, Problem};
use nanoark_http::request::Response;
use nanoark_http::wire::realtime::{SocketCommand, SocketError, SocketMessage, parse_command};
use nanoark_runtime::{Function, Relay, SocketCall, Trigger};

/// The function.
pub const FUNCTION: Function = Function {
    name: "socket-message",
    trigger: Trigger::Socket(|relay, call| Box::pin(handle(relay, call))),
};

async fn handle(relay: &Relay, call: &SocketCall) -> Result<Response, Problem> {
    let answer = match parse_command(&call.text) {
        Ok(SocketCommand::Ping {}) => SocketMessage::Pong {},
        Ok(SocketCommand::Subscribe {}) => subscribe(relay, call).await,
        Err(code) => SocketMessage::Error { code },
    };
    // A refused command is an answer too: over a connection there is no status, and a failure would be API Gateway's to word.
    Response::json(StatusCode::OK, &answer).map_err(|error| Problem::new(Code::Internal, error.to_string()))
}

/// The handshake has put the connection on record, and every connection on record gets hints; what is left to say is
/// whether it still is.
async fn subscribe(relay: &Relay, call: &SocketCall) -> SocketMessage {
    match relay.store().is_connected(&call.connection_id, relay.now()).await {
        Ok(true) => SocketMessage::Subscribed {},
        Ok(false) => SocketMessage::Error {
            code: SocketError::NotConnected,
        },
        Err(error) => {
            tracing::error!(%error, "a connection cannot be looked up");
            SocketMessage::Error {
                code: SocketError::Unavailable,
            }
        }
    }
}
