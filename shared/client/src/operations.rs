//! Calls about the relay itself.

use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::client::Client;
use crate::error::ClientError;
use crate::transport::Transport;

impl<T: Transport> Client<T> {
    /// Whether the relay answers at all. Not signed.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn health(&self) -> Result<Answer<Value>, ClientError> {
        self.ask(&Call::public("/v1/health".to_owned())).await
    }

    /// Whether table, queue and Nano nodes answer. Not signed.
    ///
    /// # Errors
    /// See [`ClientError`]; a relay that is not ready answers 503.
    pub async fn ready(&self) -> Result<Answer<Value>, ClientError> {
        self.ask(&Call::public("/v1/ready".to_owned())).await
    }
}
