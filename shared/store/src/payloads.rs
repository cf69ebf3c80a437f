//! The `payloads` table: inputs and results, apart from their jobs so that a change of a job does not rewrite them.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use nanoark_domain::id::JobId;
use nanoark_domain::payload::{Input, Output};
use nanoark_domain::time::Timestamp;

use crate::item::{Item, ItemError, Reader, Writer, instant, text};
use crate::transaction::{BuildError, built};

/// Something a party handed in.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// The buyer's input.
    Input(Input),
    /// The seller's result.
    Output(Output),
    /// Why the seller has none.
    Failure(Failure),
}

/// Why a job failed, in the seller's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub String);

/// The sort key of inputs.
pub(crate) const INPUT: &str = "input";
/// The sort key of results and failures: a job has one of the two.
pub(crate) const RESULT: &str = "result";

impl Payload {
    pub(crate) fn put(&self, table: &str, job: JobId, now: Timestamp) -> Result<TransactWriteItem, BuildError> {
        let (kind, form, body) = match self {
            Self::Input(input) => (INPUT, "input", serde_json::to_string(input)),
            Self::Output(output) => (RESULT, "output", serde_json::to_string(output)),
            Self::Failure(failure) => (RESULT, "failure", Ok(failure.0.clone())),
        };
        let mut item = Writer::default();
        item.put("job_id", text(job));
        item.put("kind", text(kind));
        item.put("form", text(form));
        // Serialising JSON values has no failing case.
        item.put("body", AttributeValue::S(body.unwrap_or_default()));
        item.put("created_at", instant(now));
        let put = Put::builder().table_name(table).set_item(Some(item.finish()));
        Ok(TransactWriteItem::builder().put(built(put.build())?).build())
    }

    pub(crate) fn read(item: &Item) -> Result<Self, ItemError> {
        let reader = Reader(item);
        let body = reader.text("body")?;
        let malformed = |_| ItemError::new("body", "malformed");
        match reader.text("form")? {
            "input" => serde_json::from_str(body).map(Self::Input).map_err(malformed),
            "output" => serde_json::from_str(body).map(Self::Output).map_err(malformed),
            "failure" => Ok(Self::Failure(Failure(body.to_owned()))),
            _ => Err(ItemError::new("form", "an unknown name")),
        }
    }
}
