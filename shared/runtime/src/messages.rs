//! What the gateway's queues carry.

use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::hash::EventId;
use nanoark_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A session in which the gateway has something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CeremonyStep {
    /// The session.
    pub session_id: SessionId,
    /// How often it was tried before.
    pub attempt: u32,
}

/// What the queue of events from relays carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromRelays {
    /// An event.
    Event(InboxEvent),
    /// Not yet one: the relays are to be looked at.
    Look(QuickLook),
}

/// A look at what is new on the relays, between two full ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuickLook {
    /// When the next full look comes, and this one is of no more use.
    pub until: Timestamp,
}

/// An event that a relay handed out. It is not verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxEvent {
    /// The relay.
    pub relay: String,
    /// The event's JSON.
    pub event: String,
}

/// A signed event that is to be published on one relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The relay.
    pub relay: String,
    /// The event's id.
    pub id: EventId,
    /// The event's JSON, the same bytes for every relay and every try.
    pub event: String,
}
