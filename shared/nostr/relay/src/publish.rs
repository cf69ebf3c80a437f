//! Giving a relay an event.

use nanoark_nostr::SignedEvent;
use nanoark_nostr::event::MAX_EVENT_BYTES;

use crate::authentication::{Authentication, is_required};
use crate::collect::{MAX_BYTES, MAX_REFUSED};
use crate::message::{RelayMessage, parse, shortened};
use crate::talk::{Asked, Next, Talk};

/// Why a relay does not have an event, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// It is no event, so no relay was asked.
    #[error("it is no event: {0}")]
    NotAnEvent(String),
    /// The relay refuses it.
    #[error("the relay refuses the event: {message}")]
    Rejected {
        /// The relay's words, cut short.
        message: String,
        /// Whether it may take it later.
        retryable: bool,
    },
    /// The relay did not say in time whether it has it.
    #[error("the relay did not answer in time")]
    Timeout,
    /// The connection ended before the relay said whether it has it.
    #[error("the relay ended the connection: {0}")]
    Disconnected(String),
    /// There is no connection to be had.
    #[error("the relay cannot be reached: {0}")]
    Unreachable(String),
}

impl PublishError {
    /// Whether to try again.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NotAnEvent(_) => false,
            Self::Rejected { retryable, .. } => *retryable,
            Self::Timeout | Self::Disconnected(_) | Self::Unreachable(_) => true,
        }
    }
}

/// Why a relay refuses an event, by the first word of what it says (NIP-01, NIP-42).
fn rejection(message: String) -> PublishError {
    let prefix = message.split_once(':').map_or("", |(prefix, _)| prefix);
    let final_word = matches!(
        prefix,
        "pow" | "blocked" | "invalid" | "restricted" | "unsupported" | "auth-required"
    );
    PublishError::Rejected {
        // `rate-limited:`, `error:` and whatever no document names may pass.
        retryable: !final_word,
        message: shortened(message),
    }
}

/// The conversation.
#[derive(Debug)]
pub(crate) struct Publishing {
    event: SignedEvent,
    authentication: Authentication,
    asked: Asked,
    bytes: usize,
    garbage: usize,
    outcome: Option<Result<(), PublishError>>,
}

impl Publishing {
    pub(crate) fn new(json: &str, authentication: Authentication) -> Result<Self, PublishError> {
        let event = SignedEvent::parse(json.as_bytes(), MAX_EVENT_BYTES);
        Ok(Self {
            event: event.map_err(|refusal| PublishError::NotAnEvent(refusal.to_string()))?,
            authentication,
            asked: Asked::Once,
            bytes: 0,
            garbage: 0,
            outcome: None,
        })
    }

    /// What came of it, if the conversation came to its end.
    pub(crate) fn into_outcome(self) -> Option<Result<(), PublishError>> {
        self.outcome
    }

    fn done(&mut self, outcome: Result<(), PublishError>) -> Next {
        self.outcome = Some(outcome);
        Next::Done
    }

    fn again(&mut self) -> Next {
        self.asked = Asked::Again;
        Next::Say(self.opening())
    }

    fn heard_of(&mut self, accepted: bool, message: String) -> Next {
        if accepted || message.starts_with("duplicate:") {
            return self.done(Ok(()));
        }
        if !is_required(&message) || self.asked != Asked::Once || !self.authentication.is_possible() {
            return self.done(Err(rejection(message)));
        }
        if self.authentication.is_accepted() {
            return self.again();
        }
        self.asked = Asked::Waiting;
        Next::Wait
    }
}

impl Talk for Publishing {
    fn opening(&self) -> String {
        format!("[\"EVENT\",{}]", self.event.json())
    }

    fn hear(&mut self, frame: &str) -> Next {
        self.bytes = self.bytes.saturating_add(frame.len());
        match parse(frame) {
            Some(RelayMessage::Ok { id, accepted, message }) => {
                if id == self.event.id().to_string() {
                    return self.heard_of(accepted, message);
                }
                match (self.authentication.answered(&id, accepted), self.asked) {
                    (Some(true), Asked::Waiting) => return self.again(),
                    (Some(false), Asked::Waiting) => return self.done(Err(rejection(message))),
                    (Some(_), Asked::Once | Asked::Again) | (None, _) => {}
                }
            }
            Some(RelayMessage::Auth { challenge }) => {
                if let Some(answer) = self.authentication.asked(&challenge) {
                    return Next::Say(answer);
                }
            }
            Some(
                RelayMessage::Event { .. }
                | RelayMessage::EndOfStored { .. }
                | RelayMessage::Closed { .. }
                | RelayMessage::Notice(_),
            )
            | None => self.garbage = self.garbage.saturating_add(1),
        }
        if self.bytes > MAX_BYTES || self.garbage > MAX_REFUSED {
            let flood = PublishError::Disconnected("it talks of other things".to_owned());
            return self.done(Err(flood));
        }
        Next::Wait
    }

    fn closing(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests;
