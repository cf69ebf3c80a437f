//! Events to send. Everything in them follows from the input, the signature and the encryption's nonce included: who
//! composes an event again, after a crash or beside somebody else, has the same bytes and the same id.

mod gateway;
mod relay;
mod wallet;

use bitcoin::XOnlyPublicKey;
use nanoark_domain::time::Timestamp;
use serde::Serialize;

pub(crate) use gateway::challenge_name;
pub use gateway::{announcement, challenge, confirmation, failure, notice, service_response};
pub use relay::relay_authentication;
pub use wallet::{Secrecy, answer, binding, intent, service_request};

use crate::encryption::{EncryptError, Purpose, Scheme, encrypt};
use crate::event::{MAX_EVENT_BYTES, SignedEvent};
use crate::key::NostrKey;
use crate::kinds::GatewayKind;

/// Why an event was not composed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The content has no JSON.
    #[error("the content has no JSON: {0}")]
    Content(String),
    /// The content cannot be encrypted.
    #[error("the content cannot be encrypted")]
    Encrypt(#[from] EncryptError),
    /// The event would be larger than relays carry.
    #[error("the event has {0} bytes, at most {MAX_EVENT_BYTES} are carried")]
    TooLarge(usize),
    /// The event cannot be signed.
    #[error("the event cannot be signed")]
    Signing,
}

/// An event in the making.
struct Draft {
    kind: u16,
    tags: Vec<Vec<String>>,
    content: String,
}

impl Draft {
    /// An event that everybody can read.
    fn open(kind: GatewayKind, d: &str, content: &impl Serialize) -> Result<Self, ComposeError> {
        Ok(Self::of(kind, d, json(content)?))
    }

    /// An event that only its receiver can read.
    fn sealed(
        kind: GatewayKind,
        d: &str,
        content: &impl Serialize,
        (key, to, scheme): (&NostrKey, &XOnlyPublicKey, Scheme),
    ) -> Result<Self, ComposeError> {
        let purpose = Purpose { kind: kind.number(), d };
        let content = encrypt(key, to, scheme, purpose, &json(content)?)?;
        Ok(Self::of(kind, d, content).tag("p", to.to_string()))
    }

    fn of(kind: GatewayKind, d: &str, content: String) -> Self {
        let draft = Self {
            kind: kind.number(),
            tags: Vec::new(),
            content,
        };
        draft.tag("d", d)
    }

    fn tag(mut self, name: &str, value: impl Into<String>) -> Self {
        self.tags.push(vec![name.to_owned(), value.into()]);
        self
    }

    fn tags(mut self, name: &str, values: impl IntoIterator<Item = impl ToString>) -> Self {
        let tags = values.into_iter().map(|value| vec![name.to_owned(), value.to_string()]);
        self.tags.extend(tags);
        self
    }

    /// NIP-40, in seconds since the Unix epoch.
    fn expires(self, at: Option<u64>) -> Self {
        self.tags("expiration", at)
    }

    fn sign(self, key: &NostrKey, created_at: Timestamp) -> Result<SignedEvent, ComposeError> {
        let event = SignedEvent::sign(key, self.kind, self.tags, self.content, created_at);
        let event = event.ok_or(ComposeError::Signing)?;
        if event.json().len() > MAX_EVENT_BYTES {
            return Err(ComposeError::TooLarge(event.json().len()));
        }
        Ok(event)
    }
}

fn json(content: &impl Serialize) -> Result<String, ComposeError> {
    serde_json::to_string(content).map_err(|error| ComposeError::Content(error.to_string()))
}
