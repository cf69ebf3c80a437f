//! The queue of events to publish: each is given to one relay, again and again until the relay has it, refuses it for
//! good, or the queue gives up. The bytes were signed once.

use std::time::Duration;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use nanoark_nostr_relay::RelayUrl;
use nanoark_runtime::messages::Publication;
use nanoark_runtime::{Function, Relay, Trigger};

/// The function.
pub const FUNCTION: Function = Function {
    name: "publish-event",
    trigger: Trigger::Queue(|relay, event| Box::pin(handle(relay, event))),
};

/// How long a relay may take.
const PATIENCE: Duration = Duration::from_secs(5);

async fn handle(relay: &Relay, event: SqsEvent) -> SqsBatchResponse {
    let mut answer = SqsBatchResponse::default();
    for message in event.records {
        if let Err(error) = publish(relay, &message).await {
            tracing::warn!(error, message_id = message.message_id, "event not published");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.unwrap_or_default();
            answer.batch_item_failures.push(failure);
        }
    }
    answer
}

async fn publish(relay: &Relay, message: &SqsMessage) -> Result<(), String> {
    let body = message.body.as_deref().unwrap_or("");
    let publication: Publication =
        serde_json::from_str(body).map_err(|error| format!("unreadable message: {error}"))?;
    let Ok(url) = publication.relay.parse::<RelayUrl>() else {
        tracing::warn!(event_id = %publication.id, "an address that is no relay's");
        return Ok(());
    };
    let gateway = relay.gateway().map_err(|error| error.to_string())?;
    match gateway.links().publish(&url, &publication.event, PATIENCE).await {
        Ok(()) => Ok(()),
        Err(error) if error.is_retryable() => Err(error.to_string()),
        // It would refuse the same bytes again. The wallet has them from its session, and from other relays.
        Err(error) => {
            tracing::warn!(event_id = %publication.id, %error, "relay refuses the event");
            Ok(())
        }
    }
}
