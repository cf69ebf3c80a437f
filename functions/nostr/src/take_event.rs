//! The queue of events that relays handed out. What `POST /v1/events` answers is published instead.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use nanoark_ark_gateway::Refusal;
use nanoark_ark_gateway::intake::{Incoming, Taken};
use nanoark_domain::ceremony::FailureCode;
use nanoark_domain::time::Seconds;
use nanoark_nostr::content::{Failure, FailureStatus};
use nanoark_nostr::event::MAX_EVENT_BYTES;
use nanoark_nostr::{EventRefusal, GatewayKind, Scheme, SignedEvent, compose};
use nanoark_runtime::messages::{FromRelays, InboxEvent, Publication, QuickLook};
use nanoark_runtime::{Function, Relay, Trigger};
use serde_json::Value;

use crate::look;

/// The function.
pub const FUNCTION: Function = Function {
    name: "take-event",
    trigger: Trigger::Queue(|relay, event| Box::pin(handle(relay, event))),
};

/// How long it is remembered that an event was answered: longer than relays are read back, and than it is fresh.
const REMEMBERED: Seconds = Seconds(3_600);

async fn handle(relay: &Relay, event: SqsEvent) -> SqsBatchResponse {
    let mut answer = SqsBatchResponse::default();
    let mut looks = Vec::new();
    for message in event.records {
        let outcome = match read(&message) {
            Ok(FromRelays::Event(found)) => take(relay, &found).await,
            Ok(FromRelays::Look(look)) => {
                looks.push(look);
                Ok(())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            tracing::warn!(error, message_id = message.message_id, "event not taken");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.unwrap_or_default();
            answer.batch_item_failures.push(failure);
        }
    }
    // Looks that have waited together are one.
    if looks.iter().any(|look: &QuickLook| look.until > relay.now())
        && let Err(error) = look::at_what_is_new(relay).await
    {
        tracing::warn!(error, "relays not looked at");
    }
    answer
}

fn read(message: &SqsMessage) -> Result<FromRelays, String> {
    let body = message.body.as_deref().unwrap_or("");
    serde_json::from_str(body).map_err(|error| format!("unreadable message: {error}"))
}

async fn take(relay: &Relay, found: &InboxEvent) -> Result<(), String> {
    let incoming = match Incoming::verify(relay, found.event.as_bytes()) {
        Ok(incoming) => incoming,
        Err(Refusal::Event(refusal)) => {
            tracing::info!(%refusal, "event refused");
            // What is no event has no author to be told. Relays hand out much that is none of ours, and lie.
            return match SignedEvent::parse(found.event.as_bytes(), MAX_EVENT_BYTES) {
                Ok(event) => refuse(relay, &found.relay, &event, &Refusal::Event(refusal)).await,
                Err(_) => Ok(()),
            };
        }
        Err(refusal) => return Err(refusal.to_string()),
    };
    let event = incoming.event();
    let is_question = event.kind() == GatewayKind::ServiceRequest.number();
    if is_question && was_answered(relay, event).await? {
        return Ok(());
    }
    match incoming.take(relay).await {
        Ok(Taken::Session(_) | Taken::Bound) => Ok(()),
        Ok(Taken::Response(response)) => {
            publish(relay, &found.relay, &response).await?;
            note_answered(relay, event).await
        }
        Err(refusal) if refusal.is_passing() => Err(refusal.to_string()),
        Err(refusal) => refuse(relay, &found.relay, event, &refusal).await,
    }
}

/// Tells an author once that its event was refused.
async fn refuse(relay: &Relay, from: &str, event: &SignedEvent, refusal: &Refusal) -> Result<(), String> {
    if !is_told(refusal) || was_answered(relay, event).await? {
        return Ok(());
    }
    let told = failure(relay, event, refusal)?;
    publish(relay, from, &told).await?;
    note_answered(relay, event).await
}

/// Whether a refusal is told to the event's author. Anybody may hand an old event around for ever, and a new one is taken
/// when its time comes: what is outside of its time is passed over in silence, as is what is not for this gateway. So is an
/// answer to a session that has moved on: what became of it was told then.
fn is_told(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Event(
            EventRefusal::TooLarge { .. }
            | EventRefusal::Malformed(_)
            | EventRefusal::WrongId
            | EventRefusal::WrongSignature
            | EventRefusal::WrongKind(_)
            | EventRefusal::NotAddressed
            | EventRefusal::TooOld { .. }
            | EventRefusal::TooNew { .. }
            | EventRefusal::Expired(_),
        ) => false,
        Refusal::Event(
            EventRefusal::NoTag(_)
            | EventRefusal::TagTwice(_)
            | EventRefusal::TagMalformed(_)
            | EventRefusal::TagContradicts(_)
            | EventRefusal::TooLong { .. }
            | EventRefusal::NotDecryptable
            | EventRefusal::EncryptionNotAllowed
            | EventRefusal::ContentMalformed(_),
        )
        | Refusal::Operator(_)
        | Refusal::Contended
        | Refusal::Unavailable(_)
        | Refusal::Internal(_) => true,
        Refusal::Session(failure) => failure.code != FailureCode::UnexpectedAnswer,
    }
}

async fn was_answered(relay: &Relay, event: &SignedEvent) -> Result<bool, String> {
    let answered = relay.store().was_answered(&event.author(), event.id()).await;
    answered.map_err(|error| error.to_string())
}

async fn note_answered(relay: &Relay, event: &SignedEvent) -> Result<(), String> {
    let until = relay.now().plus(REMEMBERED);
    let noted = relay.store().note_answered(&event.author(), event.id(), until).await;
    noted.map_err(|error| error.to_string())
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
    let scheme = match (Scheme::of(event.content()), gateway.nip04()) {
        (Scheme::Nip04, true) => Scheme::Nip04,
        (Scheme::Nip04, false) | (Scheme::Nip44, _) => Scheme::Nip44,
    };
    // Of the event's own instant, so that an event which comes twice is answered by the same bytes.
    compose::failure(key, &event.author(), event.id(), &content, scheme, event.created_at())
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
