//! What an event of a wallet says, once its content is decrypted and read.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::challenge::Answer;
use nanoark_ark_verifier::intent::Intent;
use nanoark_domain::time::Timestamp;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::binding::Binding;
use crate::content::ServiceRequest;
use crate::encryption::{Scheme, decrypt};
use crate::key::GatewayKeys;
use crate::refusal::EventRefusal;
use crate::verify::{IncomingEvent, Topic};
use crate::window;

/// What an event of a wallet says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// A question.
    ServiceRequest {
        /// The question.
        request: ServiceRequest,
        /// How it was encrypted; so is the answer.
        scheme: Scheme,
    },
    /// An order.
    Intent {
        /// The order.
        intent: Intent,
        /// How it was encrypted, if it was; so are the challenges, except that of the checkpoints.
        scheme: Option<Scheme>,
    },
    /// Signatures.
    Answer {
        /// The signatures.
        answer: Answer,
        /// How they were encrypted.
        scheme: Scheme,
    },
    /// An address that is the author's.
    Binding(Binding),
}

impl IncomingEvent {
    /// Decrypts the content and reads it.
    ///
    /// # Errors
    /// [`EventRefusal::NotDecryptable`], [`EventRefusal::ContentMalformed`], [`EventRefusal::TagContradicts`], and for an
    /// intent [`EventRefusal::Expired`] and [`EventRefusal::TooLong`].
    pub fn open(&self, keys: &GatewayKeys, now: Timestamp) -> Result<Opened, EventRefusal> {
        match self.topic() {
            Topic::ServiceRequest {
                gateway,
                request_id,
                scheme,
            } => {
                let request: ServiceRequest = read(&self.decrypt(keys, gateway, *scheme)?)?;
                agree(request.request_id == *request_id)?;
                Ok(Opened::ServiceRequest {
                    request,
                    scheme: *scheme,
                })
            }
            Topic::Intent {
                gateway,
                action_id,
                scheme,
            } => {
                let text = match scheme {
                    Some(scheme) => self.decrypt(keys, gateway, *scheme)?,
                    None => Zeroizing::new(self.event().content().to_owned()),
                };
                let intent: Intent = read(&text)?;
                agree(intent.action_id == *action_id)?;
                window::intent(Timestamp::from_seconds(intent.expires_at), now)?;
                Ok(Opened::Intent {
                    intent,
                    scheme: *scheme,
                })
            }
            Topic::Answer {
                gateway,
                session_id,
                step,
                scheme,
            } => {
                let answer: Answer = read(&self.decrypt(keys, gateway, *scheme)?)?;
                agree(answer.session_id == *session_id && answer.step == *step)?;
                Ok(Opened::Answer {
                    answer,
                    scheme: *scheme,
                })
            }
            Topic::Binding { .. } => Binding::verify(self.event()).map(Opened::Binding),
        }
    }

    fn decrypt(
        &self,
        keys: &GatewayKeys,
        gateway: &XOnlyPublicKey,
        scheme: Scheme,
    ) -> Result<Zeroizing<String>, EventRefusal> {
        let key = keys.find(gateway).ok_or(EventRefusal::NotDecryptable)?;
        decrypt(key, &self.event().author(), scheme, self.event().content()).map_err(|_| EventRefusal::NotDecryptable)
    }
}

pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, EventRefusal> {
    serde_json::from_str(text).map_err(|error| EventRefusal::ContentMalformed(error.to_string()))
}

const fn agree(agrees: bool) -> Result<(), EventRefusal> {
    if agrees {
        Ok(())
    } else {
        Err(EventRefusal::TagContradicts("d"))
    }
}
