//! Who the client speaks for.

use std::fmt;
use std::sync::Arc;

use nanoark_domain::bot::BotId;
use nanoark_domain::id::{JobId, OfferId};
use nanoark_domain::statement::{Statement, StatementSignature};
use nanoark_http::idempotency::IdempotencyKey;
use nanoark_http::signature::{Ed25519Signer, Signer, StatementError, sign_statement};

/// A bot: its key, which is also its name. Clones share the key.
#[derive(Clone)]
pub struct Bot {
    signer: Arc<dyn Signer + Send + Sync>,
}

impl Bot {
    /// The bot that this signer speaks for: a key in memory, a hardware token.
    #[must_use]
    pub fn new(signer: impl Signer + Send + Sync + 'static) -> Self {
        Self {
            signer: Arc::new(signer),
        }
    }

    /// The bot of this 32-byte seed (RFC 8032's private key).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self::new(Ed25519Signer::from_seed(seed))
    }

    /// The bot's id: its public key.
    #[must_use]
    pub fn id(&self) -> BotId {
        self.signer.bot()
    }

    /// The id that an offer of this bot gets when it is published with this key.
    #[must_use]
    pub fn offer_id(&self, key: &IdempotencyKey) -> OfferId {
        OfferId::derive(&self.id(), key.as_str())
    }

    /// The id that a job gets when this bot requests it with this key.
    #[must_use]
    pub fn job_id(&self, key: &IdempotencyKey) -> JobId {
        JobId::derive(&self.id(), key.as_str())
    }

    /// The bot's signature over a statement.
    ///
    /// # Errors
    /// When the statement could be taken for a request, which none that this crate makes can.
    pub fn sign(&self, statement: &Statement) -> Result<StatementSignature, StatementError> {
        sign_statement(self.signer(), statement.as_bytes()).map(StatementSignature::from_bytes)
    }

    pub(crate) fn signer(&self) -> &(dyn Signer + Send + Sync) {
        &*self.signer
    }
}

impl fmt::Debug for Bot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Bot({}, key hidden)", self.id())
    }
}
