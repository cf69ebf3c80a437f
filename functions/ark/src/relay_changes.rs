//! The sessions table's stream, which is the outbox: a session in which the gateway has something to do is queued, and so
//! is every event for every relay that should carry it. A change that was committed reaches the queues at least once.

use std::collections::BTreeSet;

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use nanoark_domain::ceremony::{Outgoing, Session};
use nanoark_domain::time::Seconds;
use nanoark_runtime::messages::{CeremonyStep, Publication};
use nanoark_runtime::{Function, Relay, Trigger};
use nanoark_store::read_session;
use serde_dynamo::{AttributeValue, Item};

/// The function.
pub const FUNCTION: Function = Function {
    name: "relay-session-changes",
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
    let Some(new) = session_in(&record.change.new_image)? else {
        return Ok(());
    };
    let old = session_in(&record.change.old_image)?;
    let stage = new.progress.stage();
    if stage.is_ours() && old.as_ref().is_none_or(|old| old.progress.stage() != stage) {
        let step = CeremonyStep {
            session_id: new.id,
            attempt: 0,
        };
        let queue = relay.ceremony_steps().map_err(|error| error.to_string())?;
        queue.send(&step, Seconds(0)).await.map_err(|error| error.to_string())?;
    }
    let gateway = relay.gateway().map_err(|error| error.to_string());
    for outgoing in to_publish(old.as_ref(), &new) {
        // A gateway without relays is spoken to by HTTPS alone.
        let own = gateway.as_ref().map(|gateway| gateway.relays()).unwrap_or_default();
        for relay_url in readers(&new, outgoing, own) {
            let publication = Publication {
                relay: relay_url,
                id: outgoing.id,
                event: outgoing.json.clone(),
            };
            let queue = relay.nostr_outbox().map_err(|error| error.to_string())?;
            queue
                .send(&publication, Seconds(0))
                .await
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

fn session_in(image: &Item) -> Result<Option<Session>, String> {
    match image.get("record") {
        Some(AttributeValue::S(record)) => read_session(record).map(Some).map_err(|error| error.to_string()),
        Some(_) | None => Ok(None),
    }
}

/// The events that this change added.
fn to_publish<'a>(old: Option<&Session>, new: &'a Session) -> impl Iterator<Item = &'a Outgoing> {
    let before: BTreeSet<_> = old
        .into_iter()
        .flat_map(|session| session.outbox.iter().map(|outgoing| outgoing.id))
        .collect();
    new.outbox.iter().filter(move |outgoing| !before.contains(&outgoing.id))
}

/// The relays that should carry an event: the gateway's own, and those that its readers named.
fn readers(session: &Session, outgoing: &Outgoing, own: &[String]) -> BTreeSet<String> {
    let named = session
        .parties
        .iter()
        .filter(|party| outgoing.to.is_none_or(|to| to == party.nostr))
        .filter_map(|party| party.intent.as_ref())
        .flat_map(|intent| &intent.relays);
    own.iter().chain(named).cloned().collect()
}
