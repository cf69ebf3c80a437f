//! Why something that a wallet asked for will not be done (kind 31341). Encrypted.

use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::intent::ActionId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The content of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Tells it from a confirmation.
    pub status: FailureStatus,
    /// A code of the published table; the event's `code` tag repeats it.
    pub code: u16,
    /// The code's name.
    pub name: String,
    /// For people.
    pub message: String,
    /// The author's name for what it had ordered, if it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ref_action_id: Option<ActionId>,
    /// The session, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// What a wallet needs to do better, by code; `null` when there is nothing.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub details: Value,
}

/// Always `failure`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureStatus {
    /// The only one.
    #[default]
    Failure,
}
