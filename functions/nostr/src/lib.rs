//! Nostr in and out: events over HTTPS, events from relays, events to relays.

mod announce;
mod look;
mod poll_relays;
mod post_event;
mod publish_event;
mod reading;
mod take_event;

use nanoark_runtime::Function;

pub use announce::FUNCTION as ANNOUNCE;
pub use poll_relays::FUNCTION as POLL;
pub use post_event::FUNCTION as POST;
pub use publish_event::FUNCTION as PUBLISH;
pub use take_event::FUNCTION as TAKE;

/// Every function of this area.
pub const FUNCTIONS: [Function; 5] = [POST, POLL, TAKE, PUBLISH, ANNOUNCE];
