//! Queues and where their dead letters go.

use std::time::Duration;

use serde_json::json;

use super::model::{Queue, Redrive};
use super::properties::Properties;
use super::reader::Resource;
use super::scope::Scope;
use super::{Template, TemplateError};

/// What of a queue has a meaning here.
const UNDERSTOOD: [&str; 6] = [
    "DelaySeconds",
    "MessageRetentionPeriod",
    "QueueName",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
];

/// Reads a queue; its dead-letter queue is found by [`connect`], once every queue is known.
pub(super) fn read(resource: &Resource<'_>, scope: &Scope) -> Result<Queue, TemplateError> {
    let place = format!("the queue {}", resource.id);
    let passed_over = ["KmsMasterKeyId", "SqsManagedSseEnabled", "Tags"];
    let queue = Properties::new(&place, resource.properties, scope, &UNDERSTOOD, &passed_over)?;
    let seconds = |key: &str, default: u64| -> Result<Duration, TemplateError> {
        Ok(Duration::from_secs(queue.natural(key)?.unwrap_or(default)))
    };
    Ok(Queue {
        id: resource.id.into(),
        name: scope.text(&json!({"Fn::GetAtt": [resource.id, "QueueName"]}))?,
        url: scope.text(&json!({"Ref": resource.id}))?,
        arn: scope.text(&json!({"Fn::GetAtt": [resource.id, "Arn"]}))?,
        visibility_timeout: seconds("VisibilityTimeout", 30)?,
        delay: seconds("DelaySeconds", 0)?,
        receive_wait: seconds("ReceiveMessageWaitTimeSeconds", 0)?,
        retention: seconds("MessageRetentionPeriod", 345_600)?,
        redrive: None,
    })
}

/// Joins every queue to its dead-letter queue.
pub(super) fn connect(resources: &[Resource<'_>], scope: &Scope, template: &mut Template) -> Result<(), TemplateError> {
    for resource in resources {
        let Some(policy) = resource.properties.get("RedrivePolicy") else {
            continue;
        };
        let place = format!("the redrive policy of {}", resource.id);
        let policy = Properties::new(&place, policy, scope, &["deadLetterTargetArn", "maxReceiveCount"], &[])?;
        let arn = policy.text("deadLetterTargetArn")?;
        let target = template
            .queues
            .iter()
            .find(|queue| queue.arn == arn)
            .map(|queue| queue.name.clone());
        let redrive = Redrive {
            target: target.ok_or(TemplateError::Unknown(arn))?,
            max_receive_count: policy
                .natural("maxReceiveCount")?
                .and_then(|count| u32::try_from(count).ok())
                .filter(|count| (1..=1_000).contains(count))
                .ok_or_else(|| policy.invalid("maxReceiveCount", "is not between 1 and 1000"))?,
        };
        if let Some(queue) = template.queues.iter_mut().find(|queue| queue.id == resource.id) {
            queue.redrive = Some(redrive);
        }
    }
    Ok(())
}
