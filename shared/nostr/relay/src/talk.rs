//! A conversation with a relay, without the connection that carries it.

/// One side of a conversation.
pub(crate) trait Talk: Send {
    /// What is said first.
    fn opening(&self) -> String;

    /// Hears a text frame.
    fn hear(&mut self, frame: &str) -> Next;

    /// What is said last.
    fn closing(&self) -> Option<String>;
}

/// What to do after hearing a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// Hear the next.
    Wait,
    /// Say this, and hear the next.
    Say(String),
    /// Hang up.
    Done,
}

/// Where something stands that a relay may do only for those it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It was asked for.
    Once,
    /// The relay wants to know who is there, and is being told.
    Waiting,
    /// It was asked for again.
    Again,
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use nanoark_domain::time::Timestamp;
    use nanoark_nostr::content::{Service, ServiceRequest};
    use nanoark_nostr::{NostrKey, Scheme, SignedEvent, compose};

    use crate::authentication::{Authentication, Identity};

    pub(crate) fn key(byte: u8) -> NostrKey {
        NostrKey::from_bytes(&[byte; 32]).unwrap()
    }

    /// A question of key 1 to key 2.
    pub(crate) fn event_at(created_at: u64) -> SignedEvent {
        let request = ServiceRequest {
            request_id: format!("ask-{created_at:06}").parse().unwrap(),
            service: Service::Balance,
        };
        let at = Timestamp::from_seconds(created_at);
        compose::service_request(&key(1), &key(2).public(), &request, Scheme::Nip44, at).unwrap()
    }

    pub(crate) fn identity() -> Identity {
        Identity {
            key: key(2),
            now: Arc::new(|| Timestamp::from_seconds(1_795_325_400)),
        }
    }

    pub(crate) fn known() -> Authentication {
        Authentication::new(Some(identity()), &"ws://relay.example".parse().unwrap())
    }

    pub(crate) fn unknown() -> Authentication {
        Authentication::new(None, &"ws://relay.example".parse().unwrap())
    }

    /// The id of the event in an `AUTH` message.
    pub(crate) fn id_in(message: &str) -> String {
        let parts: Vec<serde_json::Value> = serde_json::from_str(message).unwrap();
        assert_eq!(parts[0], "AUTH");
        let event = SignedEvent::parse(parts[1].to_string().as_bytes(), 4_096).unwrap();
        assert_eq!((event.kind(), event.author()), (22_242, key(2).public()));
        event.id().to_string()
    }
}
