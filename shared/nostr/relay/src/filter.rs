//! What a relay is asked for (NIP-01).

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::hash::EventId;
use nanoark_domain::time::Timestamp;
use nanoark_nostr::SignedEvent;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

/// What a relay is asked for: events that fit in every respect that is not left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The numbers of their kinds; empty for any.
    pub kinds: Vec<u16>,
    /// Who signed them; empty for anybody.
    pub authors: Vec<XOnlyPublicKey>,
    /// Whom they are addressed to (`p` tags); empty for anybody.
    pub addressed_to: Vec<XOnlyPublicKey>,
    /// The events that they refer to (`e` tags); empty for any.
    pub refer_to: Vec<EventId>,
    /// What they are called (`d` tags); empty for anything.
    pub called: Vec<String>,
    /// When they were created at the earliest.
    pub since: Option<Timestamp>,
    /// When they were created at the latest.
    pub until: Option<Timestamp>,
    /// How many are wanted at most; a relay gives the newest.
    pub limit: u32,
}

impl Filter {
    /// As many events as relays commonly give at once, of any kind.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            kinds: Vec::new(),
            authors: Vec::new(),
            addressed_to: Vec::new(),
            refer_to: Vec::new(),
            called: Vec::new(),
            since: None,
            until: None,
            limit: 500,
        }
    }

    /// Whether an event is what was asked for.
    #[must_use]
    pub fn matches(&self, event: &SignedEvent) -> bool {
        // Seconds, as the wire has them.
        let at = event.created_at().as_seconds();
        (self.kinds.is_empty() || self.kinds.contains(&event.kind()))
            && (self.authors.is_empty() || self.authors.contains(&event.author()))
            && (self.addressed_to.is_empty() || event.addressed().any(|key| self.addressed_to.contains(&key)))
            && (self.refer_to.is_empty() || event.refers_to().any(|id| self.refer_to.contains(&id)))
            && (self.called.is_empty()
                || event
                    .values("d")
                    .any(|name| self.called.iter().any(|called| called == name)))
            && self.since.is_none_or(|since| at >= since.as_seconds())
            && self.until.is_none_or(|until| at <= until.as_seconds())
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self::new()
    }
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn list<M: serde::ser::SerializeMap, T: Serialize>(
            map: &mut M,
            name: &str,
            values: &[T],
        ) -> Result<(), M::Error> {
            if values.is_empty() {
                return Ok(());
            }
            map.serialize_entry(name, values)
        }
        let mut map = serializer.serialize_map(None)?;
        list(&mut map, "kinds", &self.kinds)?;
        list(&mut map, "authors", &self.authors)?;
        list(&mut map, "#p", &self.addressed_to)?;
        list(&mut map, "#e", &self.refer_to)?;
        list(&mut map, "#d", &self.called)?;
        for (name, at) in [("since", self.since), ("until", self.until)] {
            if let Some(at) = at {
                map.serialize_entry(name, &at.as_seconds())?;
            }
        }
        map.serialize_entry("limit", &self.limit)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::talk::tests::{event_at, key};

    #[test]
    fn a_filter_is_written_as_nip_01_has_it() {
        let filter = Filter {
            kinds: vec![31_510],
            addressed_to: vec![key(2).public()],
            since: Some(Timestamp::from_seconds(7)),
            ..Filter::new()
        };
        let expected = format!(
            r##"{{"kinds":[31510],"#p":["{}"],"since":7,"limit":500}}"##,
            key(2).public()
        );
        assert_eq!(serde_json::to_string(&filter).unwrap(), expected);
    }

    #[test]
    fn an_event_has_to_fit_in_every_respect() {
        let event = event_at(1_000);
        let fits = Filter {
            kinds: vec![1, event.kind()],
            authors: vec![event.author()],
            addressed_to: event.addressed().collect(),
            refer_to: Vec::new(),
            called: event.values("d").map(str::to_owned).collect(),
            since: Some(Timestamp::from_seconds(1_000)),
            until: Some(Timestamp::from_seconds(1_000)),
            limit: 1,
        };
        assert!(fits.matches(&event) && Filter::default().matches(&event));
        let changes: [fn(&mut Filter); 7] = [
            |filter| filter.kinds = vec![1],
            |filter| filter.authors = vec![key(9).public()],
            |filter| filter.addressed_to = vec![key(9).public()],
            |filter| filter.refer_to = vec!["00".repeat(32).parse().unwrap()],
            |filter| filter.called = vec!["another".to_owned()],
            |filter| filter.since = Some(Timestamp::from_seconds(1_001)),
            |filter| filter.until = Some(Timestamp::from_seconds(999)),
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut filter = fits.clone();
            change(&mut filter);
            assert!(!filter.matches(&event), "{index}");
        }
    }
}
