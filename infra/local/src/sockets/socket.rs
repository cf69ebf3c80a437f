//! One connection from its client's side, with or without a real socket around it.

use std::fmt;

use http::{Response, StatusCode, header};
use tokio::sync::mpsc;

use super::{Frame, Sockets};

/// A connection to the WebSocket API. Dropping it ends it, as a client that vanishes would.
pub struct Socket {
    id: String,
    sockets: Sockets,
    incoming: mpsc::Receiver<Frame>,
}

/// A handshake that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the handshake was refused with {status}")]
pub struct Refused {
    /// The status of the answer.
    pub status: StatusCode,
}

impl Refused {
    pub(super) const fn new(status: StatusCode) -> Self {
        Self { status }
    }

    /// The answer: the function's status, and a body of API Gateway's own.
    pub(super) fn response<B: From<String>>(self) -> Response<B> {
        let message = self.status.canonical_reason().unwrap_or_default();
        let mut response = Response::new(B::from(serde_json::json!({"message": message}).to_string()));
        *response.status_mut() = self.status;
        let json = header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }
}

impl Socket {
    pub(super) const fn new(id: String, sockets: Sockets, incoming: mpsc::Receiver<Frame>) -> Self {
        Self { id, sockets, incoming }
    }

    /// API Gateway's name for the connection.
    #[must_use]
    pub fn connection_id(&self) -> &str {
        &self.id
    }

    /// Sends a message, and waits until it was dealt with.
    pub async fn send(&self, text: &str) {
        self.sockets.message(&self.id, text).await;
    }

    /// The next frame; waits for it, and is nothing after the last one.
    pub async fn next(&mut self) -> Option<Frame> {
        self.incoming.recv().await
    }

    /// The frames that are there already.
    pub fn received(&mut self) -> Vec<Frame> {
        std::iter::from_fn(|| self.incoming.try_recv().ok()).collect()
    }

    /// Ends the connection with this status, and waits until that was dealt with.
    pub async fn close(self, code: u16, reason: &str) {
        self.end(code, reason).await;
    }

    /// As [`Socket::close`], for whoever still reads the last frames.
    pub(super) async fn end(&self, code: u16, reason: &str) {
        if self.sockets.connections().end(&self.id, code, reason) {
            self.sockets.step().await;
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // The function is told at the next step of the stack: there is nobody here to wait for it.
        self.sockets
            .connections()
            .end(&self.id, 1_006, "Connection closed abnormally");
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Socket").field(&self.id).finish()
    }
}
