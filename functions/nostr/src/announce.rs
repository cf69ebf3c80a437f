//! The announcement (kind 31530), once a day: what the gateway is, and by which keys it goes. After a change of keys every
//! retired key announces its successor, so that a wallet which trusts the one comes to the other.

use nanoark_domain::time::{Seconds, Timestamp};
use nanoark_nostr::content::{AcceptedEncryption, AnnouncedKeys, Announcement, Endpoints, Successor};
use nanoark_nostr::{GatewayKind, NostrKey, compose};
use nanoark_runtime::messages::Publication;
use nanoark_runtime::{Function, InvocationError, Relay, Trigger};

/// The function.
pub const FUNCTION: Function = Function {
    name: "announce-gateway",
    trigger: Trigger::Schedule(|relay| Box::pin(handle(relay))),
};

async fn handle(relay: &Relay) -> Result<String, InvocationError> {
    let try_again = |error: &dyn std::error::Error| InvocationError::TryAgain(error.to_string());
    let gateway = relay.gateway().map_err(|error| try_again(&error))?;
    let keys = gateway.keys().map_err(|error| try_again(&error))?;
    let arkd = gateway.arkd().map_err(|error| try_again(&error))?;
    let info = arkd.info().await.map_err(|error| try_again(&error))?;
    let now = relay.now();
    let about = |keys: AnnouncedKeys| Announcement {
        network: info.network(),
        keys,
        kinds: GatewayKind::TO_GATEWAY.iter().map(|kind| kind.number()).collect(),
        encryption: if gateway.nip04() {
            AcceptedEncryption::Nip44AndNip04
        } else {
            AcceptedEncryption::Nip44
        },
        endpoints: Endpoints {
            https: gateway.public_url().map(str::to_owned).into_iter().collect(),
            relays: gateway.relays().to_vec(),
        },
    };
    let current = keys.current();
    let retired: Vec<&NostrKey> = keys
        .publics()
        .iter()
        .filter(|public| **public != current.public())
        .filter_map(|public| keys.find(public))
        .collect();
    let present = AnnouncedKeys {
        current: current.public(),
        successor: None,
        retired: retired.iter().map(|key| key.public()).collect(),
    };
    publish(relay, current, &about(present), now).await?;
    for key in &retired {
        let past = AnnouncedKeys {
            current: key.public(),
            successor: Some(Successor {
                key: current.public(),
                from: now.as_seconds(),
            }),
            retired: Vec::new(),
        };
        publish(relay, key, &about(past), now).await?;
    }
    Ok(format!("{} keys announced", retired.len().saturating_add(1)))
}

async fn publish(
    relay: &Relay,
    key: &NostrKey,
    announcement: &Announcement,
    now: Timestamp,
) -> Result<(), InvocationError> {
    let try_again = |error: &dyn std::error::Error| InvocationError::TryAgain(error.to_string());
    let gateway = relay.gateway().map_err(|error| try_again(&error))?;
    let queue = relay.nostr_outbox().map_err(|error| try_again(&error))?;
    let event = compose::announcement(key, announcement, now).map_err(|error| try_again(&error))?;
    for url in gateway.relays() {
        let publication = Publication {
            relay: url.clone(),
            id: event.id(),
            event: event.json().to_owned(),
        };
        let queued = queue.send(&publication, Seconds(0)).await;
        queued.map_err(|error| try_again(&error))?;
    }
    Ok(())
}
