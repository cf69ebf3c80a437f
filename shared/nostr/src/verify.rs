//! What the gateway takes from wallets: everything that can be checked without its secret and without knowing anything
//! else.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::challenge::{SessionId, Step};
use nanoark_ark_verifier::intent::ActionId;
use nanoark_domain::time::Timestamp;

use crate::encryption::Scheme;
use crate::event::{MAX_EVENT_BYTES, SignedEvent};
use crate::kinds::GatewayKind;
use crate::refusal::EventRefusal;
use crate::window;

/// What the gateway holds events against.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Its public keys, retired ones included.
    pub gateway: Vec<XOnlyPublicKey>,
    /// The most bytes that an event may have.
    pub max_bytes: usize,
    /// Now.
    pub now: Timestamp,
    /// Whether the operator allows NIP-04.
    pub nip04: bool,
}

/// An event of a wallet that may be acted on, as far as can be told without reading what is encrypted. Only
/// [`verify`](Self::verify) makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingEvent {
    event: SignedEvent,
    topic: Topic,
}

/// What an event is about, read from its kind and tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// A question.
    ServiceRequest {
        /// The key of the gateway that it is addressed to.
        gateway: XOnlyPublicKey,
        /// The author's name for it.
        request_id: ActionId,
        /// How its content is encrypted.
        scheme: Scheme,
    },
    /// An order.
    Intent {
        /// The key of the gateway that it is addressed to.
        gateway: XOnlyPublicKey,
        /// The author's name for it.
        action_id: ActionId,
        /// How its content is encrypted, if it is.
        scheme: Option<Scheme>,
    },
    /// Signatures.
    Answer {
        /// The key of the gateway that it is addressed to.
        gateway: XOnlyPublicKey,
        /// The session.
        session_id: SessionId,
        /// The step that is answered.
        step: Step,
        /// How its content is encrypted.
        scheme: Scheme,
    },
    /// An address that is the author's.
    Binding {
        /// The address.
        address: ArkAddress,
    },
}

impl Rules {
    /// The usual rules: [`MAX_EVENT_BYTES`], no NIP-04.
    #[must_use]
    pub const fn new(gateway: Vec<XOnlyPublicKey>, now: Timestamp) -> Self {
        Self {
            gateway,
            max_bytes: MAX_EVENT_BYTES,
            now,
            nip04: false,
        }
    }

    /// Whether this encryption is taken.
    const fn allow(&self, scheme: Scheme) -> Result<Scheme, EventRefusal> {
        match scheme {
            Scheme::Nip44 => Ok(scheme),
            Scheme::Nip04 if self.nip04 => Ok(scheme),
            Scheme::Nip04 => Err(EventRefusal::EncryptionNotAllowed),
        }
    }

    /// The first key of the gateway's that the event names.
    fn addressee(&self, event: &SignedEvent) -> Result<XOnlyPublicKey, EventRefusal> {
        (event.addressed())
            .find(|key| self.gateway.contains(key))
            .ok_or(EventRefusal::NotAddressed)
    }
}

impl IncomingEvent {
    /// Verifies an event, cheapest check first: size, form, id and signature, kind, then what its kind asks of tags and
    /// time.
    ///
    /// # Errors
    /// [`EventRefusal`].
    pub fn verify(json: &[u8], rules: &Rules) -> Result<Self, EventRefusal> {
        let event = SignedEvent::parse(json, rules.max_bytes)?;
        let kind = GatewayKind::from_number(event.kind()).ok_or(EventRefusal::WrongKind(event.kind()))?;
        let topic = match kind {
            GatewayKind::ServiceRequest => Topic::ServiceRequest {
                gateway: rules.addressee(&event)?,
                request_id: identifier(&event)?,
                scheme: rules.allow(Scheme::of(event.content()))?,
            },
            GatewayKind::Intent => Topic::Intent {
                gateway: rules.addressee(&event)?,
                action_id: identifier(&event)?,
                scheme: sealed(&event, rules)?,
            },
            GatewayKind::Answer => {
                let gateway = rules.addressee(&event)?;
                let (session_id, step) = session_and_step(event.exactly_one("d")?)?;
                let scheme = match (step, Scheme::of(event.content())) {
                    (Step::Checkpoints, Scheme::Nip04) => return Err(EventRefusal::EncryptionNotAllowed),
                    (Step::Checkpoints | Step::ArkTransaction, scheme) => rules.allow(scheme)?,
                };
                Topic::Answer {
                    gateway,
                    session_id,
                    step,
                    scheme,
                }
            }
            GatewayKind::Binding => Topic::Binding {
                address: bound_address(&event)?,
            },
            GatewayKind::Confirmation
            | GatewayKind::Failure
            | GatewayKind::Commitment
            | GatewayKind::ServiceResponse
            | GatewayKind::Notice
            | GatewayKind::Challenge
            | GatewayKind::Announcement => return Err(EventRefusal::WrongKind(event.kind())),
        };
        if let Some(expiration) = event.expiration()? {
            window::not_expired(expiration, rules.now)?;
        }
        match topic {
            Topic::ServiceRequest { .. } | Topic::Intent { .. } => window::fresh(event.created_at(), rules.now)?,
            Topic::Answer { .. } | Topic::Binding { .. } => window::not_ahead(event.created_at(), rules.now)?,
        }
        Ok(Self { event, topic })
    }

    /// The event.
    #[must_use]
    pub const fn event(&self) -> &SignedEvent {
        &self.event
    }

    /// What it is about.
    #[must_use]
    pub const fn topic(&self) -> &Topic {
        &self.topic
    }
}

fn identifier(event: &SignedEvent) -> Result<ActionId, EventRefusal> {
    (event.exactly_one("d")?)
        .parse()
        .map_err(|_| EventRefusal::TagMalformed("d"))
}

/// The address of a binding's `d` tag, as it is usually written: capitals would make it another event to relays.
pub(crate) fn bound_address(event: &SignedEvent) -> Result<ArkAddress, EventRefusal> {
    let text = event.exactly_one("d")?;
    let address: Option<ArkAddress> = text.parse().ok();
    address
        .filter(|address| address.to_string() == text)
        .ok_or(EventRefusal::TagMalformed("d"))
}

/// How an intent is encrypted. It has to say so, because it need not be.
fn sealed(event: &SignedEvent, rules: &Rules) -> Result<Option<Scheme>, EventRefusal> {
    const NAME: &str = "encrypted";
    let Some(name) = event.at_most_one(NAME)? else {
        return Ok(None);
    };
    let scheme = Scheme::named(name).ok_or(EventRefusal::EncryptionNotAllowed)?;
    if Scheme::of(event.content()) != scheme {
        return Err(EventRefusal::TagContradicts(NAME));
    }
    rules.allow(scheme).map(Some)
}

/// The session and step of an answer's `d` tag: `<session>:<step>`.
fn session_and_step(d: &str) -> Result<(SessionId, Step), EventRefusal> {
    let malformed = EventRefusal::TagMalformed("d");
    let parsed = d.split_once(':').and_then(|(session, step)| {
        let step = match step {
            "1" => Step::ArkTransaction,
            "2" => Step::Checkpoints,
            _ => return None,
        };
        Some((session.parse().ok()?, step))
    });
    parsed.ok_or(malformed)
}
