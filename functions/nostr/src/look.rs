//! Looks at relays: what wallets sent to the gateway goes to the queue.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use nanoark_ark_verifier::hash::EventId;
use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nostr::window::FUTURE;
use nanoark_nostr::{GatewayKind, SignedEvent};
use nanoark_nostr_relay::{Collected, End, Filter, RelayUrl};
use nanoark_runtime::messages::{FromRelays, InboxEvent};
use nanoark_runtime::{NotQueued, Relay};

use crate::reading::{Page, Reading};

/// How long one relay may take for a page.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may take for a page of what is new.
const SHORT_PATIENCE: Duration = Duration::from_secs(2);

/// How long pages are asked for: the rest of the minute belongs to the last page and to the queue.
const ASKED_FOR: Seconds = Seconds(30);

/// How far behind its cursor a full look begins: an event may be on its way for so long.
const OVERLAP: Seconds = Seconds(120);

/// How far back the first look at a relay goes: what is older cannot begin anything any more.
const FIRST_LOOK: Seconds = Seconds(900);

/// How far back a look at what is new goes. What takes longer to arrive is found by the next full look.
const NEW: Seconds = Seconds(10);

/// How many messages are given to the queue at a time.
const AT_ONCE: usize = 16;

/// Reads a relay from where it was left, and says how many events it found.
pub(crate) async fn in_full(relay: &Relay, address: &str) -> Result<usize, String> {
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
    let mut reading = Reading::new(since, now.plus(FUTURE));
    let mut seen = BTreeSet::new();
    let outcome = read(relay, address, &mut reading, &mut seen).await;
    // What was read is read, whatever ended it.
    let read_until = reading.read_until(now);
    if cursor.is_none_or(|cursor| cursor < read_until) && read_until >= since.as_seconds() {
        relay
            .store()
            .advance_relay_cursor(address, read_until)
            .await
            .map_err(|error| error.to_string())?;
    }
    outcome.map(|()| seen.len())
}

async fn read(relay: &Relay, address: &str, reading: &mut Reading, seen: &mut BTreeSet<EventId>) -> Result<(), String> {
    let begun = relay.now();
    while let Some(window) = reading.window() {
        if relay.now().since(begun) >= ASKED_FOR {
            break;
        }
        let since = Timestamp::from_seconds(window.since);
        let until = Timestamp::from_seconds(window.until);
        let collected = ask(relay, address, since, until, PATIENCE).await?;
        let count = collected.events.len();
        queue(relay, address, collected.events, seen)
            .await
            .map_err(|error| error.to_string())?;
        match collected.end {
            End::Complete => reading.heard(Page::Given(count)),
            End::TooMuch => reading.heard(Page::TooMuch),
            End::TimedOut => return Err("it did not finish in time".to_owned()),
            End::Closed(why) | End::Disconnected(why) | End::Unreachable(why) => return Err(why),
        }
    }
    if reading.is_done() {
        Ok(())
    } else {
        Err("it has more than can be read at once".to_owned())
    }
}

/// Looks at what is new on all relays, side by side. Nothing rests on it: a full look finds the same.
pub(crate) async fn at_what_is_new(relay: &Relay) -> Result<(), String> {
    let gateway = relay.gateway().map_err(|error| error.to_string())?;
    let (since, until) = (relay.now().minus(NEW), relay.now().plus(FUTURE));
    let looks = gateway.relays().iter().map(|address| async move {
        let outcome = match ask(relay, address, since, until, SHORT_PATIENCE).await {
            Ok(collected) => queue(relay, address, collected.events, &mut BTreeSet::new())
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            tracing::warn!(relay = address, error, "relay not looked at");
        }
    });
    join_all(looks).await;
    Ok(())
}

/// Asks a relay for what wallets sent to the gateway in these seconds.
async fn ask(
    relay: &Relay,
    address: &str,
    since: Timestamp,
    until: Timestamp,
    patience: Duration,
) -> Result<Collected, String> {
    let gateway = relay.gateway().map_err(|error| error.to_string())?;
    let keys = gateway.keys().map_err(|error| error.to_string())?;
    let url: RelayUrl = address.parse().map_err(|_| "no address of a relay".to_owned())?;
    let filter = Filter {
        kinds: GatewayKind::TO_GATEWAY.iter().map(|kind| kind.number()).collect(),
        addressed_to: keys.publics(),
        since: Some(since),
        until: Some(until),
        ..Filter::new()
    };
    Ok(gateway.links().collect(&url, &filter, patience).await)
}

async fn queue(
    relay: &Relay,
    address: &str,
    events: Vec<SignedEvent>,
    seen: &mut BTreeSet<EventId>,
) -> Result<(), String> {
    let queue = relay.nostr_inbox().map_err(|error| error.to_string())?;
    let fresh = events.into_iter().filter(|event| seen.insert(event.id()));
    let sending = fresh.map(|event| async move {
        let message = FromRelays::Event(InboxEvent {
            relay: address.to_owned(),
            event: event.json().to_owned(),
        });
        queue.send(&message, Seconds(0)).await
    });
    let sent: Result<(), NotQueued> = stream::iter(sending.collect::<Vec<_>>())
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await;
    sent.map_err(|error| error.to_string())
}
