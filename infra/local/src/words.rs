//! What is sold: counting words, a thousandth of a XNO per started ten.

use nanoark_bots::seller::{OfferFile, Stop, Task, TaskKind, Tool, ToolFailure, ToolOutput};
use nanoark_client::{OffersQuery, Pending};
use serde_json::{Value, json};

use crate::Failure;

/// Counts words, and names the price of counting them.
#[derive(Debug)]
pub(crate) struct CountWords;

impl Tool for CountWords {
    fn run<'a>(&'a self, task: &'a Task, _: Stop) -> Pending<'a, Result<ToolOutput, ToolFailure>> {
        Box::pin(async move {
            let given: Value = serde_json::from_slice(&task.input).map_err(|_| ToolFailure::NotJson)?;
            Ok(ToolOutput(match task.kind {
                TaskKind::Work { .. } => json!({ "words": count(&given) }),
                TaskKind::Quote => {
                    let steps = count(given.get("input").unwrap_or(&Value::Null)).div_ceil(10).max(1);
                    json!({ "amount_xno": format!("{}.{:03}", steps / 1_000, steps % 1_000) })
                }
            }))
        })
    }
}

fn count(input: &Value) -> usize {
    let text = input.get("text").and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().count()
}

/// The offer.
pub(crate) fn offer() -> Result<OfferFile, Failure> {
    let file = json!({
        "title": "Count words",
        "description": "Counts the words of a text. The price depends on its length.",
        "tags": ["text", "demo"],
        "price_per_job": true,
        "turnaround_seconds": 60,
        "input_schema": {
            "type": "object", "required": ["text"], "properties": { "text": { "type": "string" } }
        },
        "output_schema": {
            "type": "object", "required": ["words"], "properties": { "words": { "type": "integer" } }
        },
        "example": { "input": { "text": "to be or not to be" }, "output": { "words": 6 } },
    });
    Ok(OfferFile::parse(&file.to_string())?)
}

/// How a buyer looks for it.
pub(crate) fn query() -> OffersQuery {
    OffersQuery::for_words("count words")
}
