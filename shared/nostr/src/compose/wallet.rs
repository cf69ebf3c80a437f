//! What a wallet sends.

use bitcoin::XOnlyPublicKey;
use bitcoin::secp256k1::Keypair;
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::challenge::Answer;
use nanoark_ark_verifier::intent::Intent;
use nanoark_domain::time::Timestamp;

use super::gateway::scheme_of_step;
use super::{ComposeError, Draft};
use crate::binding::consent;
use crate::content::ServiceRequest;
use crate::encryption::Scheme;
use crate::event::SignedEvent;
use crate::key::NostrKey;
use crate::kinds::GatewayKind;

/// Who can read an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// Everybody.
    Public,
    /// The gateway only.
    Sealed(Scheme),
}

/// An order (kind 31510): `d` is its `action_id`, `expiration` its `expires_at`. The tag `encrypted` names the encryption,
/// if there is any.
///
/// # Errors
/// [`ComposeError`].
pub fn intent(
    key: &NostrKey,
    gateway: &XOnlyPublicKey,
    intent: &Intent,
    secrecy: Secrecy,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    let d = intent.action_id.as_str();
    let draft = match secrecy {
        Secrecy::Public => Draft::open(GatewayKind::Intent, d, intent)?.tag("p", gateway.to_string()),
        Secrecy::Sealed(scheme) => {
            Draft::sealed(GatewayKind::Intent, d, intent, (key, gateway, scheme))?.tag("encrypted", scheme.as_str())
        }
    };
    draft.expires(Some(intent.expires_at)).sign(key, created_at)
}

/// Signatures (kind 31512): `d` is `<session>:<step>`. Those of the checkpoints are encrypted with NIP-44 whatever the
/// scheme.
///
/// # Errors
/// [`ComposeError`].
pub fn answer(
    key: &NostrKey,
    gateway: &XOnlyPublicKey,
    answer: &Answer,
    scheme: Scheme,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    let d = format!("{}:{}", answer.session_id, answer.step.number());
    let scheme = scheme_of_step(answer.step, scheme);
    Draft::sealed(GatewayKind::Answer, &d, answer, (key, gateway, scheme))?.sign(key, created_at)
}

/// A question (kind 31500): `d` is its `request_id`.
///
/// # Errors
/// [`ComposeError`].
pub fn service_request(
    key: &NostrKey,
    gateway: &XOnlyPublicKey,
    request: &ServiceRequest,
    scheme: Scheme,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    let d = request.request_id.as_str();
    Draft::sealed(GatewayKind::ServiceRequest, d, request, (key, gateway, scheme))?.sign(key, created_at)
}

/// A binding (kind 31520) of an address, and of the owner key that agrees, to the wallet's Nostr key: `d` is the address.
/// It holds for everybody; `p` is the gateway that finds it on relays.
///
/// # Errors
/// [`ComposeError`].
pub fn binding(
    key: &NostrKey,
    gateway: &XOnlyPublicKey,
    address: &ArkAddress,
    owner: &Keypair,
    created_at: Timestamp,
) -> Result<SignedEvent, ComposeError> {
    let content = consent(&key.public(), address, owner);
    Draft::open(GatewayKind::Binding, &address.to_string(), &content)?
        .tag("p", gateway.to_string())
        .sign(key, created_at)
}
