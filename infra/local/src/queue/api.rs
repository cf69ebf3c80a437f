//! The JSON protocol of SQS (`awsJson1_0`): one operation per `x-amz-target`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::attributes::Attribute;
use super::error::QueueError;
use super::message::{Message, Outgoing};
use super::{Queues, limits};
use crate::template::Queue;

/// An answer of the JSON protocol.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The error's name in the query protocol, for the header that carries it.
    pub(super) query_error: Option<String>,
    pub(super) body: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OnQueue {
    queue_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Send {
    #[serde(default)]
    message_body: String,
    delay_seconds: Option<u64>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Attribute>,
    message_deduplication_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<E> {
    queue_url: String,
    #[serde(default = "Vec::new")]
    entries: Vec<Entry<E>>,
}

#[derive(Deserialize)]
struct Entry<E> {
    #[serde(rename = "Id")]
    id: String,
    #[serde(flatten)]
    content: E,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    queue_url: String,
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
    #[serde(default, alias = "MessageSystemAttributeNames")]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receipt {
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Visibility {
    receipt_handle: String,
    visibility_timeout: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetAttributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUrl {
    queue_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    #[serde(default)]
    queue_name_prefix: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Move {
    source_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
    code: &'static str,
    message: String,
    sender_fault: bool,
}

impl Queues {
    /// Answers one request of the JSON protocol.
    pub(super) async fn answer(&self, target: &str, body: &[u8]) -> Answer {
        match self.dispatch(target, body).await {
            Ok(value) => Answer {
                status: 200,
                query_error: None,
                body: value.to_string().into_bytes(),
            },
            Err(error) => {
                let (status, party) = if error.is_senders_fault() {
                    (400, "Sender")
                } else {
                    (500, "Receiver")
                };
                let kind = format!("com.amazonaws.sqs#{}", error.code());
                Answer {
                    status,
                    query_error: Some(format!("{};{party}", error.query_code())),
                    body: json!({"__type": kind, "message": error.to_string()})
                        .to_string()
                        .into_bytes(),
                }
            }
        }
    }

    async fn dispatch(&self, target: &str, body: &[u8]) -> Result<Value, QueueError> {
        match target.strip_prefix("AmazonSQS.").unwrap_or_default() {
            "SendMessage" => {
                let request: Send = parse(body)?;
                let OnQueue { queue_url } = parse(body)?;
                self.send_one(&queue_url, request)
            }
            "SendMessageBatch" => self.send_batch(parse(body)?),
            "ReceiveMessage" => self.receive_some(parse(body)?).await,
            "DeleteMessage" => {
                let Receipt { receipt_handle } = parse(body)?;
                let OnQueue { queue_url } = parse(body)?;
                self.delete(&queue_url, &receipt_handle).map(|()| json!({}))
            }
            "DeleteMessageBatch" => {
                let batch: Batch<Receipt> = parse(body)?;
                self.each(batch, |queue, entry: Receipt| {
                    self.delete(queue, &entry.receipt_handle).map(|()| json!({}))
                })
            }
            "ChangeMessageVisibility" => {
                let request: Visibility = parse(body)?;
                let OnQueue { queue_url } = parse(body)?;
                self.show_later(&queue_url, &request)
            }
            "ChangeMessageVisibilityBatch" => {
                let batch: Batch<Visibility> = parse(body)?;
                self.each(batch, |queue, entry: Visibility| self.show_later(queue, &entry))
            }
            "GetQueueAttributes" => self.attributes(&parse(body)?),
            "GetQueueUrl" => {
                let GetUrl { queue_name } = parse(body)?;
                self.definition(&queue_name).map(|queue| json!({"QueueUrl": queue.url}))
            }
            "ListQueues" => {
                let List { queue_name_prefix } = parse(body)?;
                let queues = self
                    .definitions()
                    .iter()
                    .filter(|queue| queue.name.starts_with(&queue_name_prefix));
                Ok(json!({"QueueUrls": queues.map(|queue| queue.url.as_str()).collect::<Vec<_>>()}))
            }
            "PurgeQueue" => {
                let OnQueue { queue_url } = parse(body)?;
                self.purge(&queue_url).map(|()| json!({}))
            }
            "StartMessageMoveTask" => {
                let Move { source_arn } = parse(body)?;
                self.redrive(&source_arn).map(|_| json!({"TaskHandle": source_arn}))
            }
            _ => Err(QueueError::NoSuchAction(target.into())),
        }
    }

    fn send_one(&self, queue: &str, request: Send) -> Result<Value, QueueError> {
        if request.message_deduplication_id.is_some() {
            return Err(QueueError::InvalidValue(
                "MessageDeduplicationId is for FIFO queues only.".into(),
            ));
        }
        let message = self.send(queue, outgoing(request))?;
        let mut sent = json!({"MessageId": message.id(), "MD5OfMessageBody": message.body_digest()});
        insert(&mut sent, "MD5OfMessageAttributes", message.attributes_digest());
        Ok(sent)
    }

    fn send_batch(&self, batch: Batch<Send>) -> Result<Value, QueueError> {
        let total = batch.entries.iter().fold(0_usize, |sum, entry| {
            let attributes = entry.content.message_attributes.iter();
            let sizes = attributes.map(|(name, attribute)| name.len().saturating_add(attribute.size()));
            sizes.fold(
                sum.saturating_add(entry.content.message_body.len()),
                usize::saturating_add,
            )
        });
        if total > limits::MAX_BYTES {
            return Err(QueueError::BatchTooLong(total));
        }
        self.each(batch, |queue, entry: Send| self.send_one(queue, entry))
    }

    /// Does `action` for every entry; one that fails does not keep the others from succeeding.
    fn each<E>(
        &self,
        batch: Batch<E>,
        action: impl Fn(&str, E) -> Result<Value, QueueError>,
    ) -> Result<Value, QueueError> {
        limits::batch(batch.entries.iter().map(|entry| entry.id.as_str()))?;
        let queue = self.definition(&batch.queue_url)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for Entry { id, content } in batch.entries {
            match action(&queue.name, content) {
                Ok(mut done) => {
                    insert(&mut done, "Id", Some(id));
                    successful.push(done);
                }
                Err(error) => failed.push(Failed {
                    id,
                    code: error.code(),
                    message: error.to_string(),
                    sender_fault: error.is_senders_fault(),
                }),
            }
        }
        Ok(json!({"Successful": successful, "Failed": failed}))
    }

    async fn receive_some(&self, request: Receive) -> Result<Value, QueueError> {
        let messages = self
            .receive_waiting(
                &request.queue_url,
                request.max_number_of_messages.unwrap_or(1),
                request.visibility_timeout.map(Duration::from_secs),
                request.wait_time_seconds.map(Duration::from_secs),
            )
            .await?;
        let messages: Vec<_> = messages
            .iter()
            .map(|message| self.received(message, &request))
            .collect();
        Ok(if messages.is_empty() {
            json!({})
        } else {
            json!({"Messages": messages})
        })
    }

    fn received(&self, message: &Message, request: &Receive) -> Value {
        let mut value = json!({
            "MessageId": message.id(),
            "ReceiptHandle": message.receipt(),
            "Body": message.body,
            "MD5OfBody": message.body_digest(),
        });
        let mut system = self.system_attributes(message);
        system.retain(|name, _| asked_for(&request.attribute_names, name));
        if !system.is_empty() {
            insert(&mut value, "Attributes", Some(system));
        }
        let mut own = message.attributes.clone();
        own.retain(|name, _| asked_for(&request.message_attribute_names, name));
        if !own.is_empty() {
            insert(
                &mut value,
                "MD5OfMessageAttributes",
                Some(super::attributes::digest(&own)),
            );
            insert(&mut value, "MessageAttributes", Some(own));
        }
        value
    }

    /// What SQS itself says about a message that was received.
    pub(super) fn system_attributes(&self, message: &Message) -> Map<String, Value> {
        let first = message.first_received_at.unwrap_or(message.sent_at);
        let mut attributes = Map::from_iter([
            (
                "ApproximateReceiveCount".to_owned(),
                Value::from(message.receives.to_string()),
            ),
            ("SentTimestamp".to_owned(), Value::from(message.sent_at.to_string())),
            ("SenderId".to_owned(), Value::from("AIDALOCAL")),
            (
                "ApproximateFirstReceiveTimestamp".to_owned(),
                Value::from(first.to_string()),
            ),
        ]);
        let origin = message.origin.as_ref().and_then(|origin| self.definition(origin).ok());
        if let Some(origin) = origin {
            attributes.insert("DeadLetterQueueSourceArn".into(), Value::from(origin.arn.as_str()));
        }
        attributes
    }

    fn show_later(&self, queue: &str, request: &Visibility) -> Result<Value, QueueError> {
        let visibility = Duration::from_secs(request.visibility_timeout);
        self.change_visibility(queue, &request.receipt_handle, visibility)
            .map(|()| json!({}))
    }

    fn attributes(&self, request: &GetAttributes) -> Result<Value, QueueError> {
        let queue = self.definition(&request.queue_url)?;
        let depth = self.depth(&queue.name)?;
        let mut attributes = Map::new();
        for (name, value) in [
            ("ApproximateNumberOfMessages", depth.visible.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string()),
            ("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string()),
            ("DelaySeconds", queue.delay.as_secs().to_string()),
            ("MaximumMessageSize", limits::MAX_BYTES.to_string()),
            ("MessageRetentionPeriod", queue.retention.as_secs().to_string()),
            ("QueueArn", queue.arn.clone()),
            (
                "ReceiveMessageWaitTimeSeconds",
                queue.receive_wait.as_secs().to_string(),
            ),
            ("VisibilityTimeout", queue.visibility_timeout.as_secs().to_string()),
        ] {
            attributes.insert(name.into(), value.into());
        }
        if let Some(policy) = self.redrive_policy(queue) {
            attributes.insert("RedrivePolicy".into(), policy.into());
        }
        attributes.retain(|name, _| asked_for(&request.attribute_names, name));
        Ok(if attributes.is_empty() {
            json!({})
        } else {
            json!({"Attributes": attributes})
        })
    }

    fn redrive_policy(&self, queue: &Queue) -> Option<String> {
        let redrive = queue.redrive.as_ref()?;
        let target = self.definition(&redrive.target).ok()?;
        let policy = json!({"deadLetterTargetArn": target.arn, "maxReceiveCount": redrive.max_receive_count});
        Some(policy.to_string())
    }
}

/// Whether a list of wanted names covers this one: by itself, by `All`, or by a prefix such as `trace.*`.
fn asked_for(wanted: &[String], name: &str) -> bool {
    wanted.iter().any(|wanted| {
        let prefix = wanted.strip_suffix(".*");
        wanted == name || wanted == "All" || prefix.is_some_and(|prefix| name.starts_with(prefix))
    })
}

fn outgoing(request: Send) -> Outgoing {
    Outgoing {
        body: request.message_body,
        attributes: request.message_attributes,
        delay: request.delay_seconds.map(Duration::from_secs),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, QueueError> {
    Ok(serde_json::from_slice(body)?)
}

fn insert(object: &mut Value, key: &str, value: Option<impl Serialize>) {
    if let (Some(map), Some(value)) = (object.as_object_mut(), value) {
        map.insert(key.into(), json!(value));
    }
}
