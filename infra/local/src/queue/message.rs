//! Messages, their identifiers and their receipts.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

use super::attributes::{self, Attribute};

/// A message to be sent.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// The text.
    pub body: String,
    /// The attributes that travel with it.
    pub attributes: BTreeMap<String, Attribute>,
    /// How long it stays hidden, instead of the queue's own delay.
    pub delay: Option<Duration>,
}

/// A message on a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number, which no other message of the same file ever had.
    pub number: i64,
    /// The text.
    pub body: String,
    /// The attributes that travel with it.
    pub attributes: BTreeMap<String, Attribute>,
    /// When it was sent, in milliseconds since the epoch.
    pub sent_at: u64,
    /// When it was received for the first time.
    pub first_received_at: Option<u64>,
    /// How often it was received.
    pub receives: u32,
    /// The queue that gave it up, on a dead-letter queue.
    pub origin: Option<String>,
}

/// The receipt handle is none that the local queues gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The input receipt handle is invalid.")]
pub struct InvalidReceipt;

impl From<&str> for Outgoing {
    fn from(body: &str) -> Self {
        Self {
            body: body.into(),
            ..Self::default()
        }
    }
}

impl Message {
    /// The identifier, in the form of a UUID.
    #[must_use]
    pub fn id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.number)
    }

    /// The receipt of the last receive.
    #[must_use]
    pub fn receipt(&self) -> String {
        URL_SAFE.encode(format!("nanoark.{}.{}", self.number, self.receives))
    }

    /// The MD5 of the text, in hex.
    #[must_use]
    pub fn body_digest(&self) -> String {
        format!("{:x}", md5::compute(&self.body))
    }

    /// The MD5 of the attributes, when there are any.
    #[must_use]
    pub fn attributes_digest(&self) -> Option<String> {
        (!self.attributes.is_empty()).then(|| attributes::digest(&self.attributes))
    }
}

/// The message's number and the count of receives that a receipt stands for.
pub(super) fn parse_receipt(receipt: &str) -> Result<(i64, u32), InvalidReceipt> {
    let bytes = URL_SAFE.decode(receipt).map_err(|_| InvalidReceipt)?;
    let text = String::from_utf8(bytes).map_err(|_| InvalidReceipt)?;
    let (number, receives) = text
        .strip_prefix("nanoark.")
        .and_then(|text| text.split_once('.'))
        .ok_or(InvalidReceipt)?;
    Ok((
        number.parse().map_err(|_| InvalidReceipt)?,
        receives.parse().map_err(|_| InvalidReceipt)?,
    ))
}
