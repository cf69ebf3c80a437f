//! The sending end of WebSocket connections: API Gateway's `@connections`.

use aws_sdk_apigatewaymanagement::error::DisplayErrorContext;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;

/// The connections of the WebSocket API.
#[derive(Debug, Clone)]
pub struct Sockets {
    client: aws_sdk_apigatewaymanagement::Client,
}

/// A message did not reach its connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// There is no such connection, or not yet, or no longer.
    #[error("the connection is gone")]
    Gone,
    /// It could not be sent for another reason.
    #[error("API Gateway did not take the message: {0}")]
    Failed(String),
}

impl Sockets {
    /// The connections that this client reaches.
    #[must_use]
    pub const fn new(client: aws_sdk_apigatewaymanagement::Client) -> Self {
        Self { client }
    }

    /// Sends one text frame, once: what is sent here is not worth a second try.
    ///
    /// # Errors
    /// When it did not arrive.
    pub async fn send(&self, connection_id: &str, text: String) -> Result<(), NotSent> {
        let sent = self
            .client
            .post_to_connection()
            .connection_id(connection_id)
            .data(Blob::new(text))
            .send()
            .await;
        sent.map(|_| ()).map_err(|error| match error.as_service_error() {
            Some(PostToConnectionError::GoneException(_)) => NotSent::Gone,
            Some(_) | None => NotSent::Failed(DisplayErrorContext(error).to_string()),
        })
    }
}
