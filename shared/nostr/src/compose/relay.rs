//! What is sent to relays themselves.

use nanoark_domain::time::Timestamp;

use super::{ComposeError, Draft};
use crate::event::SignedEvent;
use crate::key::NostrKey;

/// NIP-42.
const CLIENT_AUTHENTICATION: u16 = 22_242;

/// The answer to a relay's question who is there (NIP-42).
///
/// # Errors
/// [`ComposeError`].
pub fn relay_authentication(
    key: &NostrKey,
    relay: &str,
    challenge: &str,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    let draft = Draft {
        kind: CLIENT_AUTHENTICATION,
        tags: Vec::new(),
        content: String::new(),
    };
    (draft.tag("relay", relay).tag("challenge", challenge)).sign(key, created_at)
}
