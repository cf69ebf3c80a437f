//! The look at relays, every minute: what wallets sent to the gateway since the last look goes to the queue.
//!
//! A relay may hand out an event long after it was created, several may share a second, and clocks differ. So each look
//! goes back behind the last one, and what comes twice is taken once where it is taken. The cursor moves only when a relay
//! has said that it has given everything.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nostr::GatewayKind;
use nanoark_nostr_relay::{Collected, Filter, RelayUrl};
use nanoark_runtime::messages::InboxEvent;
use nanoark_runtime::{Function, InvocationError, Relay, Trigger};

/// The function.
pub const FUNCTION: Function = Function {
    name: "poll-relays",
    trigger: Trigger::Schedule(|relay| Box::pin(handle(relay))),
};

/// How long one relay may take, of the minute that there is for all, which are asked side by side.
const PATIENCE: Duration = Duration::from_secs(10);

/// How far behind its cursor a look begins.
const OVERLAP: Seconds = Seconds(120);

/// How far back the first look at a relay goes: what is older cannot begin anything any more.
const FIRST_LOOK: Seconds = Seconds(900);

/// The most pages that are asked for in one look.
const PAGES: u32 = 10;

async fn handle(relay: &Relay) -> Result<String, InvocationError> {
    let try_again = |error: &dyn std::error::Error| InvocationError::TryAgain(error.to_string());
    let gateway = relay.gateway().map_err(|error| try_again(&error))?;
    let looks = gateway.relays().iter().map(|url| look(relay, url));
    let (mut queued, mut failed) = (0_usize, 0_u32);
    for (url, outcome) in gateway.relays().iter().zip(join_all(looks).await) {
        match outcome {
            Ok(count) => queued = queued.saturating_add(count),
            // One relay that is away must not keep the others waiting.
            Err(error) => {
                tracing::warn!(relay = url, error, "relay not read");
                failed = failed.saturating_add(1);
            }
        }
    }
    Ok(format!("{queued} events queued, {failed} relays not read"))
}

async fn look(relay: &Relay, address: &str) -> Result<usize, String> {
    let gateway = relay.gateway().map_err(|error| error.to_string())?;
    let keys = gateway.keys().map_err(|error| error.to_string())?;
    let url: RelayUrl = address.parse().map_err(|_| "no address of a relay".to_owned())?;
    let now = relay.now();
    let cursor = relay
        .store()
        .relay_cursor(address)
        .await
        .map_err(|error| error.to_string())?;
    let since = match cursor {
        Some(seconds) => Timestamp::from_seconds(seconds).minus(OVERLAP),
        None => now.minus(FIRST_LOOK),
    };
    let mut filter = Filter {
        kinds: GatewayKind::TO_GATEWAY.iter().map(|kind| kind.number()).collect(),
        addressed_to: keys.publics(),
        since: Some(since),
        ..Filter::new()
    };
    let mut seen = BTreeSet::new();
    let mut is_complete = false;
    for _ in 0..PAGES {
        let collected = gateway.links().collect(&url, &filter, PATIENCE).await;
        let fresh: Vec<_> = collected
            .events
            .iter()
            .filter(|event| seen.insert(event.id()))
            .collect();
        for event in &fresh {
            let message = InboxEvent {
                relay: address.to_owned(),
                event: event.json().to_owned(),
            };
            let queue = relay.nostr_inbox().map_err(|error| error.to_string())?;
            queue
                .send(&message, Seconds(0))
                .await
                .map_err(|error| error.to_string())?;
        }
        if collected.is_complete(&filter) {
            is_complete = true;
            break;
        }
        // A relay gives the newest: the older ones of the same second are asked for again with the rest.
        let oldest = oldest(&collected);
        match oldest {
            Some(oldest) if !fresh.is_empty() && filter.until != Some(oldest) => filter.until = Some(oldest),
            Some(_) | None => return Err(format!("it did not finish: {:?}", collected.end)),
        }
    }
    if is_complete {
        // To the look's own time, not to what the relay handed out: an event from the future must not hide the others.
        let looked_at = now.as_seconds();
        relay
            .store()
            .advance_relay_cursor(address, looked_at)
            .await
            .map_err(|error| error.to_string())?;
    }
    Ok(seen.len())
}

fn oldest(collected: &Collected) -> Option<Timestamp> {
    collected
        .events
        .iter()
        .map(nanoark_nostr::SignedEvent::created_at)
        .min()
}
