//! What the gateway tells a wallet unasked (kind 31502). Encrypted.

use nanoark_ark_verifier::challenge::{SessionId, Step};
use serde::{Deserialize, Serialize};

/// The content of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The gateway's name for it; the event's `d` tag repeats it.
    pub notification_id: String,
    /// What it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// For people.
    pub message: String,
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Subject {
    /// A session waits for the wallet's answer to a challenge that was sent before.
    AnswerWanted {
        /// The session.
        session_id: SessionId,
        /// The challenge's step.
        step: Step,
    },
}
