//! Events whose id and signature hold.

use bitcoin::XOnlyPublicKey;
use bitcoin::hashes::Hash as _;
use nanoark_ark_verifier::hash::EventId;
use nanoark_domain::time::Timestamp;
use nostr::event::{Event, Kind, Signature, Tag, UnsignedEvent};
use serde::Deserialize;

use crate::key::{NostrKey, parse_hex};
use crate::refusal::EventRefusal;

/// The most bytes that an event may have, as JSON. Relays commonly carry no more either.
pub const MAX_EVENT_BYTES: usize = 64 << 10;

/// An event whose id and signature hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedEvent {
    id: EventId,
    author: XOnlyPublicKey,
    event: Event,
    json: String,
}

/// The JSON of NIP-01: these fields, each once, and no others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    id: String,
    pubkey: String,
    created_at: u64,
    kind: u16,
    tags: Vec<Vec<String>>,
    content: String,
    sig: String,
}

impl SignedEvent {
    /// Reads an event and checks its id and signature.
    ///
    /// # Errors
    /// [`EventRefusal::TooLarge`] before anything is read, [`EventRefusal::Malformed`], [`EventRefusal::WrongId`],
    /// [`EventRefusal::WrongSignature`].
    pub fn parse(json: &[u8], most: usize) -> Result<Self, EventRefusal> {
        if json.len() > most {
            return Err(EventRefusal::TooLarge {
                bytes: json.len(),
                most,
            });
        }
        let wire: Wire = serde_json::from_slice(json).map_err(|error| EventRefusal::Malformed(error.to_string()))?;
        let malformed = |field| EventRefusal::Malformed(format!("{field} is not lower-case hex of the right length"));
        let id: [u8; 32] = lower_hex(&wire.id).ok_or_else(|| malformed("id"))?;
        let pubkey: [u8; 32] = lower_hex(&wire.pubkey).ok_or_else(|| malformed("pubkey"))?;
        let signature: [u8; 64] = lower_hex(&wire.sig).ok_or_else(|| malformed("sig"))?;
        let tags: Vec<Tag> = (wire.tags.into_iter())
            .map(Tag::parse::<_, String>)
            .collect::<Result<_, _>>()
            .map_err(|_| EventRefusal::Malformed("a tag is empty".to_owned()))?;
        let event = Event::new(
            nostr::event::EventId::from_byte_array(id),
            nostr::key::PublicKey::from_byte_array(pubkey),
            nostr::types::Timestamp::from_secs(wire.created_at),
            Kind::from_u16(wire.kind),
            tags,
            wire.content,
            Signature::from_byte_array(signature),
        );
        if !event.verify_id() {
            return Err(EventRefusal::WrongId);
        }
        if !event.verify_signature() {
            return Err(EventRefusal::WrongSignature);
        }
        Self::of(event)
    }

    /// Signs an event. The same input gives the same bytes.
    pub(crate) fn sign(
        key: &NostrKey,
        kind: u16,
        tags: Vec<Vec<String>>,
        content: String,
        created_at: Timestamp,
    ) -> Option<Self> {
        let tags: Vec<Tag> = (tags.into_iter())
            .map(Tag::parse::<_, String>)
            .collect::<Result<_, _>>()
            .ok()?;
        let unsigned = UnsignedEvent::new(
            crate::key::for_nostr(&key.public()),
            nostr::types::Timestamp::from_secs(created_at.as_seconds()),
            Kind::from_u16(kind),
            tags,
            content,
        );
        let signature = key.sign(unsigned.compute_id().to_bytes()).ok()?;
        // Checks the signature.
        let event = unsigned.add_signature(Signature::from_byte_array(signature)).ok()?;
        Self::of(event).ok()
    }

    fn of(event: Event) -> Result<Self, EventRefusal> {
        Ok(Self {
            id: EventId::from_byte_array(event.id.to_bytes()),
            author: XOnlyPublicKey::from_slice(event.pubkey.as_bytes()).map_err(|_| EventRefusal::WrongSignature)?,
            json: serde_json::to_string(&event).map_err(|error| EventRefusal::Malformed(error.to_string()))?,
            event,
        })
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// Who signed it.
    #[must_use]
    pub const fn author(&self) -> XOnlyPublicKey {
        self.author
    }

    /// When it says that it was created. Times after the year 9999 are clamped to its end.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        Timestamp::from_seconds(self.event.created_at.as_secs())
    }

    /// The number of its kind.
    #[must_use]
    pub fn kind(&self) -> u16 {
        self.event.kind.as_u16()
    }

    /// Its content, as sent.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.event.content
    }

    /// Its JSON, without blanks and in NIP-01's order of fields.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Its tags, each a name and values.
    pub fn tags(&self) -> impl Iterator<Item = &[String]> {
        self.event.tags.iter().map(Tag::as_slice)
    }

    /// The first values of the tags with this name. A tag without one counts as empty.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        (self.event.tags.iter())
            .filter(move |tag| tag.kind() == name)
            .map(|tag| tag.content().unwrap_or_default())
    }

    /// The value of a tag that may be there once.
    ///
    /// # Errors
    /// [`EventRefusal::TagTwice`].
    pub fn at_most_one(&self, name: &'static str) -> Result<Option<&str>, EventRefusal> {
        let mut values = self.values(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(EventRefusal::TagTwice(name));
        }
        Ok(first)
    }

    /// The value of a tag that must be there once, and say something.
    ///
    /// # Errors
    /// [`EventRefusal::TagTwice`], [`EventRefusal::NoTag`] also when it is empty.
    pub fn exactly_one(&self, name: &'static str) -> Result<&str, EventRefusal> {
        (self.at_most_one(name)?)
            .filter(|value| !value.is_empty())
            .ok_or(EventRefusal::NoTag(name))
    }

    /// The keys that `p` tags name. Values that are no keys are left out.
    pub fn addressed(&self) -> impl Iterator<Item = XOnlyPublicKey> {
        self.values("p").filter_map(parse_hex)
    }

    /// The events that `e` tags name. Values that are no ids are left out.
    pub fn refers_to(&self) -> impl Iterator<Item = EventId> {
        self.values("e")
            .filter_map(|text| Some(EventId::from_byte_array(lower_hex(text)?)))
    }

    /// When it expires (NIP-40).
    ///
    /// # Errors
    /// [`EventRefusal::TagTwice`], [`EventRefusal::TagMalformed`].
    pub fn expiration(&self) -> Result<Option<Timestamp>, EventRefusal> {
        const NAME: &str = "expiration";
        let Some(text) = self.at_most_one(NAME)? else {
            return Ok(None);
        };
        let seconds = text
            .parse()
            .ok()
            .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let seconds = seconds.ok_or(EventRefusal::TagMalformed(NAME))?;
        Ok(Some(Timestamp::from_seconds(seconds)))
    }
}

fn lower_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N.saturating_mul(2) || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
