//! What wallets send, by whatever way it comes: `POST /v1/events`, `POST /v1/sessions`, or a relay.

mod answer;
mod binding;
mod intent;
mod question;
mod relays;

use nanoark_ark_verifier::hash::EventId;
use nanoark_domain::ceremony::Session;
use nanoark_nostr::content::ServiceResponse;
use nanoark_nostr::{IncomingEvent, Opened, Rules, Scheme, SignedEvent};
use nanoark_runtime::Relay;

use crate::refusal::Refusal;

/// What became of an event.
#[derive(Debug)]
pub enum Taken {
    /// It is part of this session.
    Session(Box<Session>),
    /// It was a question, and this is the answer to publish or to return.
    Response(Box<SignedEvent>),
    /// It bound an address to its author.
    Bound,
}

/// An event that was verified.
#[derive(Debug)]
pub struct Incoming {
    event: IncomingEvent,
}

impl Incoming {
    /// Verifies an event: size, form, signature, addressee, window. Nothing was read or asked before.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn verify(relay: &Relay, json: &[u8]) -> Result<Self, Refusal> {
        let gateway = relay.gateway()?;
        let rules = Rules {
            nip04: gateway.nip04(),
            ..Rules::new(gateway.keys()?.publics(), relay.now())
        };
        let event = IncomingEvent::verify(json, &rules)?;
        Ok(Self { event })
    }

    /// The event.
    #[must_use]
    pub const fn event(&self) -> &SignedEvent {
        self.event.event()
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.event().id()
    }

    /// Does what it asks for. The same event may come any number of times, by any number of ways.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn take(&self, relay: &Relay) -> Result<Taken, Refusal> {
        let keys = relay.gateway()?.keys()?;
        let event = self.event();
        match self.event.open(keys, relay.now())? {
            Opened::Intent { intent, scheme, .. } => {
                let addressee = self
                    .addressee()
                    .ok_or_else(|| Refusal::Internal("no addressee".to_owned()))?;
                let taken = intent::take(relay, event, intent, addressee, scheme.unwrap_or(Scheme::Nip44)).await?;
                Ok(Taken::Session(Box::new(taken)))
            }
            Opened::Answer { answer, .. } => {
                let taken = answer::take(relay, &event.author(), &answer).await?;
                Ok(Taken::Session(Box::new(taken)))
            }
            Opened::ServiceRequest { request, scheme } => {
                let addressee = self
                    .addressee()
                    .ok_or_else(|| Refusal::Internal("no addressee".to_owned()))?;
                let key = keys
                    .find(&addressee)
                    .ok_or_else(|| Refusal::Internal("no key".to_owned()))?;
                let response = ServiceResponse {
                    action: request.service.name(),
                    outcome: question::answer(relay, &event.author(), &request.service).await?,
                    request_id: request.request_id,
                };
                let response = nanoark_nostr::compose::service_response(
                    key,
                    &event.author(),
                    event.id(),
                    &response,
                    scheme,
                    relay.now(),
                );
                let response = response.map_err(|error| Refusal::Internal(error.to_string()))?;
                Ok(Taken::Response(Box::new(response)))
            }
            Opened::Binding(_) => {
                binding::take(relay, event).await?;
                Ok(Taken::Bound)
            }
        }
    }

    /// The gateway's key that the event names.
    fn addressee(&self) -> Option<bitcoin::XOnlyPublicKey> {
        use nanoark_nostr::Topic;
        match self.event.topic() {
            Topic::ServiceRequest { gateway, .. } | Topic::Intent { gateway, .. } | Topic::Answer { gateway, .. } => {
                Some(*gateway)
            }
            Topic::Binding { .. } => None,
        }
    }
}
