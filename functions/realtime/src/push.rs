//! The jobs table's stream, pushed: every new version of a job becomes a hint to all connections of buyer and seller.
//!
//! A hint is never the truth, so nothing here is tried again and nothing is reported as failed: a record must not hold up
//! the stream because somebody's connection does not take it.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::DynamoDbEventResponse;
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use nanoark_domain::bot::BotId;
use nanoark_domain::job::Status;
use nanoark_domain::time::Seconds;
use nanoark_http::wire::realtime::SocketMessage;
use nanoark_runtime::{Function, NotSent, Relay, Sockets, Trigger};
use serde_dynamo::{AttributeValue, Item};

/// A bot's connections beyond these get no hints. Nobody needs as many, and one bot must not cost everybody's time.
const MOST_CONNECTIONS: i32 = 50;

/// How many bots are served at once.
const BOTS_AT_ONCE: usize = 8;

/// For so long after its handshake API Gateway may say of a connection that it is gone when it has not begun yet.
const HANDSHAKE: Seconds = Seconds(60);

/// The function.
pub const FUNCTION: Function = Function {
    name: "push-hints",
    trigger: Trigger::Stream(|relay, event| Box::pin(handle(relay, event))),
};

async fn handle(relay: &Relay, event: Event) -> DynamoDbEventResponse {
    let changes = event
        .records
        .iter()
        .filter_map(|record| hint_in(&record.change.old_image, &record.change.new_image));
    let hints = by_bot(changes);
    match relay.sockets() {
        Ok(sockets) => {
            stream::iter(hints)
                .for_each_concurrent(BOTS_AT_ONCE, |(bot, texts)| push(relay, sockets, bot, texts))
                .await;
        }
        Err(error) => tracing::error!(%error, "hints cannot be pushed"),
    }
    DynamoDbEventResponse::default()
}

/// A hint and those whom it concerns.
#[derive(Debug, PartialEq)]
struct Hint {
    parties: [BotId; 2],
    message: SocketMessage,
}

/// The hint that a change calls for: the job has a version that it did not have before.
fn hint_in(old: &Item, new: &Item) -> Option<Hint> {
    let version: u64 = number(new, "version")?;
    if number(old, "version") == Some(version) {
        return None;
    }
    let message = SocketMessage::JobHint {
        job_id: text(new, "job_id")?.parse().ok()?,
        version,
        status: Status::named(text(new, "status")?)?,
    };
    let party = |role| text(new, role)?.parse().ok();
    Some(Hint {
        parties: [party("buyer")?, party("seller")?],
        message,
    })
}

fn text<'a>(image: &'a Item, attribute: &str) -> Option<&'a str> {
    if let AttributeValue::S(text) = image.get(attribute)? {
        Some(text)
    } else {
        None
    }
}

fn number(image: &Item, attribute: &str) -> Option<u64> {
    if let AttributeValue::N(number) = image.get(attribute)? {
        number.parse().ok()
    } else {
        None
    }
}

/// The texts for every bot, in the order of the stream.
fn by_bot(hints: impl Iterator<Item = Hint>) -> BTreeMap<BotId, Vec<String>> {
    let mut texts: BTreeMap<BotId, Vec<String>> = BTreeMap::new();
    for hint in hints {
        let Ok(text) = serde_json::to_string(&hint.message) else {
            continue;
        };
        for bot in BTreeSet::from(hint.parties) {
            texts.entry(bot).or_default().push(text.clone());
        }
    }
    texts
}

/// Sends a bot its hints, to all its connections at once.
async fn push(relay: &Relay, sockets: &Sockets, bot: BotId, texts: Vec<String>) {
    match relay.store().connections_of(bot, MOST_CONNECTIONS).await {
        Ok(found) => {
            let sent = found.iter().map(|connection| send(relay, sockets, connection, &texts));
            join_all(sent).await;
        }
        Err(error) => tracing::warn!(%error, "connections cannot be looked up"),
    }
}

/// Sends to one connection, in order; the first hint that does not arrive ends it, because the next would not either.
async fn send(relay: &Relay, sockets: &Sockets, connection: &str, texts: &[String]) {
    for text in texts {
        match sockets.send(connection, text.clone()).await {
            Ok(()) => {}
            Err(NotSent::Gone) => {
                let before = relay.now().minus(HANDSHAKE);
                if let Err(error) = relay.store().drop_connection(connection, before).await {
                    tracing::warn!(%error, "a connection that is gone stays on record");
                }
                return;
            }
            Err(error @ NotSent::Failed(_)) => {
                tracing::warn!(%error, "a hint was not sent");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nanoark_domain::id::JobId;
    use serde_json::json;

    fn bot(byte: u8) -> BotId {
        BotId::from_bytes([byte; 32])
    }

    fn image(version: u64, status: &str) -> Item {
        let image = json!({
            "job_id": {"S": JobId::from_bytes([7; 16])}, "version": {"N": version.to_string()}, "status": {"S": status},
            "buyer": {"S": bot(1)}, "seller": {"S": bot(2)}, "lock_token": {"S": "secret"}
        });
        serde_json::from_value(image).unwrap()
    }

    fn nothing() -> Item {
        Item::from(std::collections::HashMap::new())
    }

    #[test]
    fn every_new_version_is_a_hint_to_both_parties_with_nothing_else_in_it() {
        let hint = hint_in(&image(1, "requested"), &image(2, "quoted")).unwrap();
        assert_eq!(hint.parties, [bot(1), bot(2)]);
        let texts = by_bot([hint].into_iter());
        let id = JobId::from_bytes([7; 16]);
        let text = format!(r#"{{"type":"hint.job","job_id":"{id}","version":2,"status":"quoted"}}"#);
        assert_eq!(
            texts,
            BTreeMap::from([(bot(1), vec![text.clone()]), (bot(2), vec![text])])
        );
        assert!(hint_in(&nothing(), &image(1, "requested")).is_some(), "a new job too");
    }

    #[test]
    fn what_changes_no_version_or_cannot_be_read_is_no_hint() {
        assert_eq!(hint_in(&image(2, "quoted"), &image(2, "quoted")), None);
        assert_eq!(hint_in(&image(2, "quoted"), &nothing()), None);
        assert_eq!(hint_in(&image(1, "quoted"), &image(2, "unheard of")), None);
    }
}
