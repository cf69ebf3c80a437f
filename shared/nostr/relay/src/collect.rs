//! Asking a relay for stored events.

use std::collections::BTreeSet;

use nanoark_ark_verifier::hash::EventId;
use nanoark_nostr::SignedEvent;
use nanoark_nostr::event::MAX_EVENT_BYTES;

use crate::authentication::{Authentication, is_required};
use crate::filter::Filter;
use crate::message::{RelayMessage, parse, shortened};
use crate::talk::{Asked, Next, Talk};

/// The most bytes that are heard of one relay in one call.
pub const MAX_BYTES: usize = 16 << 20;

/// The most events and other frames of one relay that are refused before the call ends.
pub const MAX_REFUSED: usize = 1_000;

/// The most words for people that are kept.
const MAX_NOTICES: usize = 8;

/// There is one subscription to a connection.
const SUBSCRIPTION: &str = "nanoark";

/// What a relay gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// Events that were asked for, whose signatures hold, each once, in the order in which they came.
    pub events: Vec<SignedEvent>,
    /// How many events were refused: forged, too large, or not asked for.
    pub refused: usize,
    /// How many frames were no message of a relay's.
    pub garbage: usize,
    /// What the relay has to say to people, cut short.
    pub notices: Vec<String>,
    /// Why there are no more.
    pub end: End,
}

/// Why a relay gave no more events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It said that it has no more. If there are as many as were asked for, it may have older ones.
    Complete,
    /// It gave more than was asked for, or than is heard.
    TooMuch,
    /// It did not finish in time.
    TimedOut,
    /// It will not answer, and says why.
    Closed(String),
    /// It ended the connection, or said something that no WebSocket says.
    Disconnected(String),
    /// There is no connection to be had.
    Unreachable(String),
}

impl Collected {
    /// Whether these are all the events that the relay has and that were asked for.
    #[must_use]
    pub fn is_complete(&self, filter: &Filter) -> bool {
        self.end == End::Complete && self.events.len() < usize::try_from(filter.limit).unwrap_or(usize::MAX)
    }
}

/// The conversation.
#[derive(Debug)]
pub(crate) struct Collecting<'a> {
    filter: &'a Filter,
    authentication: Authentication,
    asked: Asked,
    bytes: usize,
    seen: BTreeSet<EventId>,
    is_done: bool,
    collected: Collected,
}

impl<'a> Collecting<'a> {
    pub(crate) fn new(filter: &'a Filter, authentication: Authentication) -> Self {
        Self {
            filter,
            authentication,
            asked: Asked::Once,
            bytes: 0,
            seen: BTreeSet::new(),
            is_done: false,
            collected: Collected {
                events: Vec::new(),
                refused: 0,
                garbage: 0,
                notices: Vec::new(),
                end: End::TimedOut,
            },
        }
    }

    /// What was given, and if the conversation did not come to its end, why.
    pub(crate) fn into_collected(mut self, broken: Option<End>) -> Collected {
        if let (false, Some(end)) = (self.is_done, broken) {
            self.collected.end = end;
        }
        self.collected
    }

    fn done(&mut self, end: End) -> Next {
        self.collected.end = end;
        self.is_done = true;
        Next::Done
    }

    /// Takes an event. Its signature is checked before its id is noted: otherwise a forged event would hide the real one.
    fn take(&mut self, json: &str) -> Next {
        let event = SignedEvent::parse(json.as_bytes(), MAX_EVENT_BYTES);
        match event {
            Ok(event) if self.filter.matches(&event) => {
                if self.seen.contains(&event.id()) {
                    return Next::Wait;
                }
                if self.collected.events.len() >= usize::try_from(self.filter.limit).unwrap_or(usize::MAX) {
                    return self.done(End::TooMuch);
                }
                self.seen.insert(event.id());
                self.collected.events.push(event);
                Next::Wait
            }
            Ok(_) | Err(_) => {
                self.collected.refused = self.collected.refused.saturating_add(1);
                self.patience()
            }
        }
    }

    fn patience(&mut self) -> Next {
        if self.collected.refused.saturating_add(self.collected.garbage) > MAX_REFUSED {
            return self.done(End::TooMuch);
        }
        Next::Wait
    }

    fn again(&mut self) -> Next {
        self.asked = Asked::Again;
        Next::Say(self.opening())
    }
}

impl Talk for Collecting<'_> {
    fn opening(&self) -> String {
        let filter = serde_json::to_string(self.filter).unwrap_or_default();
        format!("[\"REQ\",\"{SUBSCRIPTION}\",{filter}]")
    }

    fn hear(&mut self, frame: &str) -> Next {
        self.bytes = self.bytes.saturating_add(frame.len());
        if self.bytes > MAX_BYTES {
            return self.done(End::TooMuch);
        }
        match parse(frame) {
            Some(RelayMessage::Event { subscription, event }) if subscription == SUBSCRIPTION => self.take(event.get()),
            Some(RelayMessage::EndOfStored { subscription }) if subscription == SUBSCRIPTION => {
                self.done(End::Complete)
            }
            Some(RelayMessage::Closed { subscription, message }) if subscription == SUBSCRIPTION => {
                if !is_required(&message) || self.asked != Asked::Once || !self.authentication.is_possible() {
                    return self.done(End::Closed(shortened(message)));
                }
                if self.authentication.is_accepted() {
                    return self.again();
                }
                self.asked = Asked::Waiting;
                Next::Wait
            }
            Some(RelayMessage::Auth { challenge }) => {
                self.authentication.asked(&challenge).map_or(Next::Wait, Next::Say)
            }
            Some(RelayMessage::Ok { id, accepted, message }) => {
                match (self.authentication.answered(&id, accepted), self.asked) {
                    (Some(true), Asked::Waiting) => self.again(),
                    (Some(false), Asked::Waiting) => self.done(End::Closed(shortened(message))),
                    (Some(_), Asked::Once | Asked::Again) | (None, _) => Next::Wait,
                }
            }
            Some(RelayMessage::Notice(message)) => {
                if self.collected.notices.len() < MAX_NOTICES {
                    self.collected.notices.push(shortened(message));
                }
                Next::Wait
            }
            Some(RelayMessage::Event { .. } | RelayMessage::EndOfStored { .. } | RelayMessage::Closed { .. })
            | None => {
                self.collected.garbage = self.collected.garbage.saturating_add(1);
                self.patience()
            }
        }
    }

    fn closing(&self) -> Option<String> {
        Some(format!("[\"CLOSE\",\"{SUBSCRIPTION}\"]"))
    }
}

#[cfg(test)]
mod tests;
