//! The relays that an author reads.

use nanoark_nostr::SignedEvent;

/// How many of an author's relays the gateway publishes on.
const MOST: usize = 5;

/// The longest address of a relay.
const LONGEST: usize = 200;

/// The relays that an event's `relays` tag names (as in NIP-57), as far as the gateway connects to such: by `wss`, to a
/// public name. Anything else could make the gateway knock at doors inside its own house.
pub(super) fn named_in(event: &SignedEvent) -> Vec<String> {
    let tag = event
        .tags()
        .find(|tag| tag.first().is_some_and(|name| name == "relays"));
    let mut relays: Vec<String> = Vec::new();
    for relay in tag.into_iter().flatten().skip(1) {
        if relays.len() < MOST && is_public(relay) && !relays.contains(relay) {
            relays.push(relay.clone());
        }
    }
    relays
}

fn is_public(relay: &str) -> bool {
    let Some(rest) = relay.strip_prefix("wss://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    let labels = || host.split('.');
    relay.len() <= LONGEST
        && !authority.contains('@')
        && labels().count() >= 2
        && labels().all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
        // A name whose last label is a number is an IP address.
        && labels().next_back().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && !["local", "internal", "localhost", "lan", "home", "arpa"].contains(&labels().next_back().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn only_public_names_by_wss_are_connected_to() {
        for public in [
            "wss://relay.example.com",
            "wss://relay.example.com:4848/path",
            "wss://a-b.example",
        ] {
            assert!(is_public(public), "{public}");
        }
        let long = format!("wss://{}.example.com", "a".repeat(200));
        for private in [
            "ws://relay.example.com",
            "https://relay.example.com",
            "wss://localhost",
            "wss://relay.local",
            "wss://metadata.internal",
            "wss://127.0.0.1",
            "wss://169.254.169.254/latest",
            "wss://[::1]/",
            "wss://user@relay.example.com",
            "wss://.example.com",
            "wss://relay..com",
            "wss://",
            "wss://2130706433",
            "wss://relay.example.0x7f",
            &long,
        ] {
            assert!(!is_public(private), "{private}");
        }
    }
}
