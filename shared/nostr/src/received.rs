//! What a wallet takes from the gateway.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::challenge::Challenge;

use crate::compose::challenge_name;
use crate::content::{Announcement, Confirmation, Failure, Notice, ServiceResponse};
use crate::encryption::{Scheme, decrypt};
use crate::event::{MAX_EVENT_BYTES, SignedEvent};
use crate::key::NostrKey;
use crate::kinds::{Direction, GatewayKind, Readers};
use crate::opened::read;
use crate::refusal::EventRefusal;

/// An event of the gateway's, decrypted and read. What it asks for is still to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayEvent {
    /// The event.
    pub event: SignedEvent,
    /// What it says.
    pub message: GatewayMessage,
}

/// What the gateway says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayMessage {
    /// Sign this.
    Challenge(Box<Challenge>),
    /// An answer to a question.
    ServiceResponse(ServiceResponse),
    /// Something that was not asked for.
    Notice(Notice),
    /// It is done.
    Confirmation(Confirmation),
    /// It will not be done.
    Failure(Failure),
    /// What the gateway is.
    Announcement(Announcement),
}

/// Why a wallet does not take an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFromGateway {
    /// It is signed by somebody else.
    #[error("the event is signed by {0}, which is no key of the gateway")]
    Author(XOnlyPublicKey),
    /// The event itself is at fault.
    #[error(transparent)]
    Event(#[from] EventRefusal),
}

/// Verifies and decrypts an event of a gateway that goes by one of these keys.
///
/// # Errors
/// [`NotFromGateway`].
pub fn receive(json: &[u8], key: &NostrKey, gateway: &[XOnlyPublicKey]) -> Result<GatewayEvent, NotFromGateway> {
    let event = SignedEvent::parse(json, MAX_EVENT_BYTES)?;
    if !gateway.contains(&event.author()) {
        return Err(NotFromGateway::Author(event.author()));
    }
    let message = message(&event, key)?;
    Ok(GatewayEvent { event, message })
}

fn message(event: &SignedEvent, key: &NostrKey) -> Result<GatewayMessage, EventRefusal> {
    let wrong_kind = EventRefusal::WrongKind(event.kind());
    let kind = GatewayKind::from_number(event.kind()).ok_or_else(|| wrong_kind.clone())?;
    let opened;
    let text = match (kind.direction(), kind.readers()) {
        (Direction::FromGateway, Readers::Everybody) => event.content(),
        (Direction::FromGateway, Readers::Parties) => {
            if !event.addressed().any(|addressee| addressee == key.public()) {
                return Err(EventRefusal::NotAddressed);
            }
            let scheme = Scheme::of(event.content());
            opened =
                decrypt(key, &event.author(), scheme, event.content()).map_err(|_| EventRefusal::NotDecryptable)?;
            opened.as_str()
        }
        (Direction::FromGateway, Readers::AsSent)
        | (Direction::ToGateway, Readers::Everybody | Readers::Parties | Readers::AsSent) => return Err(wrong_kind),
    };
    Ok(match kind {
        GatewayKind::Challenge => {
            let challenge: Challenge = read(text)?;
            if event.exactly_one("d")? != challenge_name(&challenge, &key.public()) {
                return Err(EventRefusal::TagContradicts("d"));
            }
            GatewayMessage::Challenge(Box::new(challenge))
        }
        GatewayKind::ServiceResponse => GatewayMessage::ServiceResponse(read(text)?),
        GatewayKind::Notice => GatewayMessage::Notice(read(text)?),
        GatewayKind::Confirmation => GatewayMessage::Confirmation(read(text)?),
        GatewayKind::Failure => GatewayMessage::Failure(read(text)?),
        GatewayKind::Announcement => GatewayMessage::Announcement(read(text)?),
        GatewayKind::Commitment
        | GatewayKind::ServiceRequest
        | GatewayKind::Intent
        | GatewayKind::Answer
        | GatewayKind::Binding => return Err(wrong_kind),
    })
}
