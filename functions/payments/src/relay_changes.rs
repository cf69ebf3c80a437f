//! The jobs table's stream: every block that was named is queued for a check. The stream is the outbox; a change that was
//! committed reaches the queue at least once, and a check that comes twice changes nothing.

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use nanoark_domain::time::Seconds;
use nanoark_runtime::checks::{CheckPurpose, PaymentCheck};
use nanoark_runtime::{Function, Relay, Trigger};
use serde_dynamo::{AttributeValue, Item};

/// The function.
pub const FUNCTION: Function = Function {
    name: "relay-job-changes",
    trigger: Trigger::Stream(|relay, event| Box::pin(handle(relay, event))),
};

async fn handle(relay: &Relay, event: Event) -> DynamoDbEventResponse {
    let mut answer = DynamoDbEventResponse::default();
    for record in event.records {
        if let Err(error) = pass_on(relay, &record).await {
            tracing::error!(error, "a change could not be passed on");
            // The stream starts again here: what comes after would otherwise overtake.
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = record.change.sequence_number;
            answer.batch_item_failures.push(failure);
            break;
        }
    }
    answer
}

async fn pass_on(relay: &Relay, record: &EventRecord) -> Result<(), String> {
    for check in checks_in(&record.change.old_image, &record.change.new_image) {
        let queue = relay.payment_checks().map_err(|error| error.to_string())?;
        queue
            .send(&check, Seconds(0))
            .await
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The checks that a change calls for: a payment or refund that stands as submitted now and did not before.
fn checks_in(old: &Item, new: &Item) -> Vec<PaymentCheck> {
    let Some(job_id) = text(new, "job_id").and_then(|id| id.parse().ok()) else {
        return Vec::new();
    };
    let check = |purpose, hash: &str| {
        hash.parse().ok().map(|block_hash| PaymentCheck {
            job_id,
            purpose,
            block_hash,
            attempt: 0,
        })
    };
    let submitted = |image| {
        text(image, "payment_status")
            .filter(|status| *status == "submitted")
            .and(text(image, "payment_hash"))
    };
    let payment = submitted(new).filter(|hash| submitted(old) != Some(*hash));
    let refunds = open_refunds(new).filter(|hash| !open_refunds(old).any(|before| before == *hash));
    payment
        .and_then(|hash| check(CheckPurpose::Payment, hash))
        .into_iter()
        .chain(refunds.filter_map(|hash| check(CheckPurpose::Refund, hash)))
        .collect()
}

fn text<'a>(image: &'a Item, attribute: &str) -> Option<&'a str> {
    string(image.get(attribute)?)
}

fn string(value: &AttributeValue) -> Option<&str> {
    if let AttributeValue::S(text) = value {
        Some(text)
    } else {
        None
    }
}

/// The hashes of refunds that stand as submitted.
fn open_refunds(image: &Item) -> impl Iterator<Item = &str> {
    let refunds = image.get("refunds").and_then(|value| {
        if let AttributeValue::M(map) = value {
            Some(map)
        } else {
            None
        }
    });
    refunds.into_iter().flatten().filter_map(|(hash, refund)| {
        let AttributeValue::M(refund) = refund else { return None };
        (refund.get("state").and_then(string) == Some("submitted")).then_some(hash.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn image(payment: Option<(&str, &str)>, refunds: &[(&str, &str)]) -> Item {
        let mut image = json!({ "job_id": {"S": format!("job_{}", "ab".repeat(16))} });
        if let Some((status, hash)) = payment {
            image["payment_status"] = json!({ "S": status });
            image["payment_hash"] = json!({ "S": hash.repeat(32) });
        }
        let refunds: serde_json::Map<String, serde_json::Value> = refunds
            .iter()
            .map(|(state, hash)| (hash.repeat(32), json!({"M": {"state": {"S": state}}})))
            .collect();
        image["refunds"] = json!({ "M": refunds });
        serde_json::from_value(image).unwrap()
    }

    fn found(old: &Item, new: &Item) -> Vec<(CheckPurpose, String)> {
        checks_in(old, new)
            .into_iter()
            .map(|check| (check.purpose, check.block_hash.to_string()))
            .collect()
    }

    #[test]
    fn a_block_is_checked_once_when_it_is_named() {
        let (none, one, two) = (
            Item::from(std::collections::HashMap::new()),
            ("submitted", "AA"),
            ("submitted", "BB"),
        );
        let payment = |hash: &str| vec![(CheckPurpose::Payment, hash.repeat(32))];
        assert_eq!(found(&none, &image(None, &[])), []);
        assert_eq!(found(&none, &image(Some(one), &[])), payment("AA"));
        assert_eq!(found(&image(None, &[]), &image(Some(one), &[])), payment("AA"));
        assert_eq!(found(&image(Some(one), &[]), &image(Some(one), &[])), []);
        assert_eq!(found(&image(Some(one), &[]), &image(Some(two), &[])), payment("BB"));
        assert_eq!(
            found(&image(Some(("short", "AA")), &[]), &image(Some(one), &[])),
            payment("AA")
        );
        assert_eq!(
            found(&image(Some(one), &[]), &image(Some(("confirmed", "AA")), &[])),
            []
        );
    }

    #[test]
    fn each_refund_is_checked_once_when_it_is_named() {
        let before = image(None, &[("submitted", "AA")]);
        let after = image(None, &[("submitted", "AA"), ("submitted", "BB"), ("confirmed", "CC")]);
        assert_eq!(found(&before, &after), vec![(CheckPurpose::Refund, "BB".repeat(32))]);
        assert_eq!(found(&after, &Item::from(std::collections::HashMap::new())), []);
    }
}
