//! The limits of SQS, checked before anything is stored.

use std::collections::BTreeSet;
use std::time::Duration;

use super::error::QueueError;
use super::message::Outgoing;

/// The largest message, and the largest batch of them, with their attributes.
pub(super) const MAX_BYTES: usize = 1_048_576;
const MAX_DELAY: Duration = Duration::from_secs(900);
const MAX_VISIBILITY: Duration = Duration::from_secs(43_200);
const MAX_WAIT: Duration = Duration::from_secs(20);
const MAX_ENTRIES: usize = 10;
const MAX_ATTRIBUTES: usize = 10;

/// How many bytes a message counts.
pub(super) fn size(message: &Outgoing) -> usize {
    message
        .attributes
        .iter()
        .fold(message.body.len(), |sum, (name, attribute)| {
            sum.saturating_add(name.len()).saturating_add(attribute.size())
        })
}

pub(super) fn message(message: &Outgoing) -> Result<(), QueueError> {
    if message.body.is_empty() {
        return Err(QueueError::MissingParameter("MessageBody"));
    }
    if size(message) > MAX_BYTES {
        return Err(invalid(format!(
            "One or more parameters are invalid. Message must be shorter than {MAX_BYTES} bytes."
        )));
    }
    if message.delay.is_some_and(|delay| delay > MAX_DELAY) {
        return Err(invalid(
            "Value for parameter DelaySeconds is invalid. Must be between 0 and 900.".into(),
        ));
    }
    if !message.body.chars().all(is_allowed) {
        return Err(QueueError::InvalidContents);
    }
    if message.attributes.len() > MAX_ATTRIBUTES {
        return Err(invalid(format!(
            "Number of message attributes exceeds the allowed maximum of {MAX_ATTRIBUTES}."
        )));
    }
    match message
        .attributes
        .iter()
        .find(|(name, attribute)| name.is_empty() || !attribute.is_valid())
    {
        Some((name, _)) => Err(invalid(format!(
            "The message attribute '{name}' has an invalid type or value."
        ))),
        None => Ok(()),
    }
}

pub(super) fn receive(most: usize, visibility_timeout: Option<Duration>) -> Result<(), QueueError> {
    if !(1..=MAX_ENTRIES).contains(&most) {
        return Err(invalid(format!(
            "Value {most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."
        )));
    }
    visibility_timeout.map_or(Ok(()), visibility)
}

pub(super) fn visibility(visibility: Duration) -> Result<(), QueueError> {
    if visibility > MAX_VISIBILITY {
        return Err(invalid(
            "Value for parameter VisibilityTimeout is invalid. Must be between 0 and 43200.".into(),
        ));
    }
    Ok(())
}

pub(super) fn wait(wait: Option<Duration>) -> Result<(), QueueError> {
    if wait.is_some_and(|wait| wait > MAX_WAIT) {
        return Err(invalid(
            "Value for parameter WaitTimeSeconds is invalid. Must be between 0 and 20.".into(),
        ));
    }
    Ok(())
}

/// One to ten entries whose ids are well formed and differ.
pub(super) fn batch<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), QueueError> {
    match ids.len() {
        0 => return Err(QueueError::EmptyBatch),
        1..=MAX_ENTRIES => {}
        more => return Err(QueueError::TooManyEntries(more)),
    }
    let mut seen = BTreeSet::new();
    for id in ids {
        let well_formed = id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !(1..=80).contains(&id.len()) || !well_formed {
            return Err(QueueError::InvalidId);
        }
        if !seen.insert(id) {
            return Err(QueueError::RepeatedId(id.into()));
        }
    }
    Ok(())
}

fn invalid(why: String) -> QueueError {
    QueueError::InvalidValue(why)
}

/// The characters of XML 1.0, which is what a queue may hold.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
