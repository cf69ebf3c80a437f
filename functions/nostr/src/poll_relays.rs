//! The look at relays, every minute: what wallets sent to the gateway since the last look goes to the queue.
//!
//! A relay may hand out an event long after it was created, several may share a second, and clocks differ. So each look
//! goes back behind the last one, and what comes twice is taken once where it is taken. The cursor moves only over what the
//! relay has given whole.
//!
//! While wallets are at it, looks at what is new follow every few seconds until the next minute. They are queued all at
//! once with their delays: there is no chain of them that could break, or multiply.

use futures::future::join_all;
use nanoark_domain::time::Seconds;
use nanoark_runtime::messages::{FromRelays, QuickLook};
use nanoark_runtime::{Function, InvocationError, Relay, Trigger};

use crate::look;

/// The function.
pub const FUNCTION: Function = Function {
    name: "poll-relays",
    trigger: Trigger::Schedule(|relay| Box::pin(handle(relay))),
};

/// From one full look to the next, as the template schedules it.
const MINUTE: Seconds = Seconds(60);

/// From one look at what is new to the next.
const EVERY: Seconds = Seconds(3);

/// How many of them there are in a minute, besides the full one.
const QUICK_LOOKS: u32 = 19;

/// Longer than a session waits for anything.
const EVER: Seconds = Seconds(u32::MAX);

async fn handle(relay: &Relay) -> Result<String, InvocationError> {
    let try_again = |error: &dyn std::error::Error| InvocationError::TryAgain(error.to_string());
    let gateway = relay.gateway().map_err(|error| try_again(&error))?;
    let looks = gateway.relays().iter().map(|url| look::in_full(relay, url));
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
    let quick = if gateway.relays().is_empty() || (queued == 0 && !any_open(relay).await?) {
        0
    } else {
        look_more_often(relay).await?
    };
    Ok(format!(
        "{queued} events queued, {failed} relays not read, {quick} quick looks"
    ))
}

/// Whether any session is open.
async fn any_open(relay: &Relay) -> Result<bool, InvocationError> {
    let due = relay.store().due_sessions(relay.now().plus(EVER), 1).await;
    let due = due.map_err(|error| InvocationError::TryAgain(error.to_string()))?;
    Ok(!due.is_empty())
}

/// Queues the looks until the next minute, and says how many.
async fn look_more_often(relay: &Relay) -> Result<usize, InvocationError> {
    let try_again = |error: &dyn std::error::Error| InvocationError::TryAgain(error.to_string());
    let queue = relay.nostr_inbox().map_err(|error| try_again(&error))?;
    let message = FromRelays::Look(QuickLook {
        until: relay.now().plus(MINUTE),
    });
    let sending = (1..=QUICK_LOOKS).map(|number| queue.send(&message, Seconds(EVERY.0.saturating_mul(number))));
    let sent = join_all(sending).await;
    let count = sent.len();
    for outcome in sent {
        outcome.map_err(|error| try_again(&error))?;
    }
    Ok(count)
}
