//! What a wallet holds the gateway and the operator to: what it first saw of them.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::challenge::OperatorTerms;
use nanoark_http::wire::gateway::InfoView;

/// The gateway's key and the operator's terms, as the wallet keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The gateway's Nostr key.
    pub gateway: XOnlyPublicKey,
    /// The operator's terms.
    pub operator: OperatorTerms,
}

/// The gateway names another key, or other terms of the operator's, than the wallet keeps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the gateway's {} changed since this wallet first saw it", self.what())]
pub struct PinChange {
    /// What the wallet keeps.
    pub kept: Pin,
    /// What the gateway names.
    pub named: Pin,
}

impl Pin {
    /// What the gateway says of itself.
    #[must_use]
    pub fn of(info: &InfoView) -> Self {
        Self {
            gateway: info.pubkey,
            operator: info.operator.clone(),
        }
    }

    /// Whether the gateway still is what it was.
    ///
    /// # Errors
    /// [`PinChange`].
    pub(crate) fn hold(self, info: &InfoView) -> Result<Self, Box<PinChange>> {
        let named = Self::of(info);
        if self == named {
            return Ok(self);
        }
        Err(Box::new(PinChange { kept: self, named }))
    }
}

impl PinChange {
    /// What changed, in words.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match (
            self.kept.gateway == self.named.gateway,
            self.kept.operator == self.named.operator,
        ) {
            (false, true) => "key",
            (true, false) => "account of the operator's terms",
            (false, false) | (true, true) => "key and its account of the operator's terms",
        }
    }
}
