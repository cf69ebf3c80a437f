//! What goes over a WebSocket connection: text frames with one JSON object each.
//!
//! Nothing here is the truth: whoever hears a hint reads the job. A bot that never connects misses nothing but speed.

use nanoark_domain::id::JobId;
use nanoark_domain::job::Status;
use nanoark_domain::object;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a bot sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum SocketCommand {
    /// Keeps the connection from idling out. The answer is [`SocketMessage::Pong`].
    Ping {},
    /// Asks whether hints come over this connection. The answer is [`SocketMessage::Subscribed`]; asking again changes
    /// nothing.
    Subscribe {},
}

/// What the relay sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum SocketMessage {
    /// A job of the bot has changed: read it.
    #[serde(rename = "hint.job")]
    JobHint {
        /// The job.
        job_id: JobId,
        /// Its version after the change. Hints may come twice or in another order; the greatest version counts.
        version: u64,
        /// Its status then.
        status: Status,
    },
    /// The answer to a ping.
    #[serde(rename = "pong")]
    Pong {},
    /// Hints come over this connection.
    #[serde(rename = "subscribed")]
    Subscribed {},
    /// The last command was not done.
    #[serde(rename = "error")]
    Error {
        /// Why.
        code: SocketError,
    },
}

/// Why a command was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketError {
    /// It is no JSON object with an `action`, or has a field that does not belong there.
    Malformed,
    /// No action is called so.
    UnknownAction,
    /// The relay does not know this connection any more: connect anew.
    NotConnected,
    /// The relay could not look it up; ask again in a while.
    Unavailable,
}

/// Reads a text frame of a bot.
///
/// # Errors
/// [`SocketError::Malformed`] or [`SocketError::UnknownAction`].
pub fn parse_command(text: &str) -> Result<SocketCommand, SocketError> {
    #[derive(Deserialize)]
    struct Action {
        action: String,
    }
    fn read<T: DeserializeOwned>(text: &str) -> Result<T, SocketError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let read = object::required(&mut json).and_then(|read| json.end().map(|()| read));
        read.map_err(|_| SocketError::Malformed)
    }
    let Action { action } = read(text)?;
    if !["ping", "subscribe"].contains(&action.as_str()) {
        return Err(SocketError::UnknownAction);
    }
    read(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_strictly() {
        for (text, read) in [
            (r#"{"action":"ping"}"#, Ok(SocketCommand::Ping {})),
            (r#" {"action": "subscribe"} "#, Ok(SocketCommand::Subscribe {})),
            (r#"{"action":"shout"}"#, Err(SocketError::UnknownAction)),
            (r#"{"action":"Ping"}"#, Err(SocketError::UnknownAction)),
            (r#"{"action":"ping","data":1}"#, Err(SocketError::Malformed)),
            (r#"{"action":1}"#, Err(SocketError::Malformed)),
            (r#"{"type":"ping"}"#, Err(SocketError::Malformed)),
            (r#"["ping"]"#, Err(SocketError::Malformed)),
            ("ping", Err(SocketError::Malformed)),
            ("", Err(SocketError::Malformed)),
        ] {
            assert_eq!(parse_command(text), read, "{text}");
        }
    }

    #[test]
    fn messages_have_the_documented_form() {
        let job_id = JobId::from_bytes([0xab; 16]);
        let hint = SocketMessage::JobHint {
            job_id,
            version: 3,
            status: Status::Accepted,
        };
        for (message, text) in [
            (
                hint,
                format!(r#"{{"type":"hint.job","job_id":"{job_id}","version":3,"status":"accepted"}}"#),
            ),
            (SocketMessage::Pong {}, r#"{"type":"pong"}"#.to_owned()),
            (
                SocketMessage::Error {
                    code: SocketError::NotConnected,
                },
                r#"{"type":"error","code":"not_connected"}"#.to_owned(),
            ),
        ] {
            assert_eq!(serde_json::to_string(&message).unwrap(), text);
            assert_eq!(serde_json::from_str::<SocketMessage>(&text).unwrap(), message);
        }
    }
}
