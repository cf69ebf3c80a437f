//! A change of a table as Lambda hands it to a function.
//!
//! The engine's own records are nearly that; what differs is the region, the stream's ARN, and who a deletion by
//! expiry is said to come from.

use dynoxide::actions::get_records::Record as Change;
use serde_json::{Value, json};

/// A change of a table.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) sequence: String,
    /// When the change was made, in milliseconds since the epoch.
    pub(super) made_at: u64,
    pub(super) event: Value,
}

impl Record {
    /// The change on the stream `arn`.
    pub(super) fn new(change: &Change, arn: &str, region: &str) -> Result<Self, serde_json::Error> {
        let mut event = json!({
            "eventID": change.event_id,
            "eventName": change.event_name,
            "eventVersion": change.event_version,
            "eventSource": "aws:dynamodb",
            "awsRegion": region,
            "dynamodb": serde_json::to_value(&change.dynamodb)?,
            "eventSourceARN": arn,
        });
        if let (Some(_), Some(map)) = (&change.user_identity, event.as_object_mut()) {
            let expiry = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
            map.insert("userIdentity".into(), expiry);
        }
        let sequence = change.dynamodb.sequence_number.clone();
        Ok(Self {
            sequence,
            made_at: milliseconds(change.dynamodb.approximate_creation_date_time),
            event,
        })
    }
}

/// The engine counts in seconds since the epoch.
fn milliseconds(seconds: f64) -> u64 {
    let span = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
