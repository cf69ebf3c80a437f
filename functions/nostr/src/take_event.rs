//! The queue of events that relays handed out. What `POST /v1/events` answers is published instead.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use nanoark_ark_gateway::Refusal;
use nanoark_ark_gateway::intake::{Incoming, Taken};
use nanoark_domain::time::Seconds;
use nanoark_nostr::content::{Failure, FailureStatus};
use nanoark_nostr::{Scheme, SignedEvent, compose};
use nanoark_runtime::messages::{InboxEvent, Publication};
use nanoark_runtime::{Function, Relay, Trigger};
use serde_json::Value;

/// The function.
pub const FUNCTION: Function = Function {
    name: "take-event",
    trigger: Trigger::Queue(|relay, event| Box::pin(handle(relay, event))),
};

async fn handle(relay: &Relay, event: SqsEvent) -> SqsBatchResponse {
    let mut answer = SqsBatchResponse::default();
    for message in event.records {
        if let Err(error) = take(relay, &message).await {
            tracing::warn!(error, message_id = message.message_id, "event not taken");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.unwrap_or_default();
            answer.batch_item_failures.push(failure);
        }
    }
    answer
}

async fn take(relay: &Relay, message: &SqsMessage) -> Result<(), String> {
    let body = message.body.as_deref().unwrap_or("");
    let found: InboxEvent = serde_json::from_str(body).map_err(|error| format!("unreadable message: {error}"))?;
    let incoming = match Incoming::verify(relay, found.event.as_bytes()) {
        Ok(incoming) => incoming,
        // What does not verify has no author to be told. Relays hand out much that is none of ours, and lie.
        Err(Refusal::Event(refusal)) => {
            tracing::info!(%refusal, "event refused");
            return Ok(());
        }
        Err(refusal) => return Err(refusal.to_string()),
    };
    match incoming.take(relay).await {
        Ok(Taken::Session(_) | Taken::Bound) => Ok(()),
        Ok(Taken::Response(response)) => publish(relay, &found.relay, &response).await,
        Err(refusal) if refusal.is_passing() => Err(refusal.to_string()),
        Err(refusal) => {
            let told = failure(relay, incoming.event(), &refusal)?;
            publish(relay, &found.relay, &told).await
        }
    }
}

/// The failure by which an author learns that its event was refused.
fn failure(relay: &Relay, event: &SignedEvent, refusal: &Refusal) -> Result<SignedEvent, String> {
    let (code, name) = refusal.code();
    let content = Failure {
        status: FailureStatus::Failure,
        code,
        name: name.to_owned(),
        message: refusal.to_string(),
        ref_action_id: None,
        session_id: None,
        details: Value::Null,
    };
    let gateway = relay.gateway().map_err(|error| error.to_string())?;
    let keys = gateway.keys().map_err(|error| error.to_string())?;
    let key = event
        .addressed()
        .find_map(|addressee| keys.find(&addressee))
        .unwrap_or_else(|| keys.current());
    // Of the event's own instant, so that an event which comes twice is answered by the same bytes.
    compose::failure(
        key,
        &event.author(),
        event.id(),
        &content,
        Scheme::Nip44,
        event.created_at(),
    )
    .map_err(|error| error.to_string())
}

/// Publishes an answer on the gateway's relays, and on the one that the event came from.
async fn publish(relay: &Relay, from: &str, event: &SignedEvent) -> Result<(), String> {
    let gateway = relay.gateway().map_err(|error| error.to_string())?;
    let queue = relay.nostr_outbox().map_err(|error| error.to_string())?;
    let own = gateway.relays().iter().map(String::as_str);
    let others = (!gateway.relays().iter().any(|own| own == from)).then_some(from);
    for url in own.chain(others) {
        let publication = Publication {
            relay: url.to_owned(),
            id: event.id(),
            event: event.json().to_owned(),
        };
        queue
            .send(&publication, Seconds(0))
            .await
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}
