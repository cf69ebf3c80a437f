//! A wallet whose coins belong to another key than its Nostr key: the two keys name each other (kind 31520).
//!
//! The event's author says that the address is its own; the owner key's signature inside says that it agrees. Neither can
//! claim the other alone.

use bitcoin::XOnlyPublicKey;
use bitcoin::secp256k1::{Keypair, Message, Secp256k1};
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_ark_verifier::binding::{Content, attestation_digest};
use nanoark_domain::time::Timestamp;

use crate::event::SignedEvent;
use crate::kinds::GatewayKind;
use crate::refusal::EventRefusal;
use crate::verify::bound_address;

/// A binding whose two signatures hold. Whether the address is made of the owner key and the operator's terms is for whoever
/// knows those terms to check, as [`nanoark_ark_verifier::binding::Binding`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The Nostr key.
    pub author: XOnlyPublicKey,
    /// The key that owns what the address receives.
    pub owner: XOnlyPublicKey,
    /// The address.
    pub address: ArkAddress,
    /// When it was made. Of two bindings of one author the later one counts.
    pub created_at: Timestamp,
}

/// The owner's consent to be bound to this Nostr key.
#[must_use]
pub fn consent(nostr: &XOnlyPublicKey, address: &ArkAddress, owner: &Keypair) -> Content {
    let digest = Message::from_digest(attestation_digest(nostr, address));
    Content {
        owner: owner.x_only_public_key().0,
        proof: Secp256k1::signing_only().sign_schnorr_no_aux_rand(&digest, owner),
    }
}

impl Binding {
    /// Checks what a binding event says.
    ///
    /// # Errors
    /// [`EventRefusal::WrongKind`], a tag's error when `d` is no Ark address, [`EventRefusal::ContentMalformed`] also when
    /// the owner has not signed.
    pub fn verify(event: &SignedEvent) -> Result<Self, EventRefusal> {
        if event.kind() != GatewayKind::Binding.number() {
            return Err(EventRefusal::WrongKind(event.kind()));
        }
        let address = bound_address(event)?;
        let content: Content =
            serde_json::from_str(event.content()).map_err(|error| EventRefusal::ContentMalformed(error.to_string()))?;
        let digest = Message::from_digest(attestation_digest(&event.author(), &address));
        Secp256k1::verification_only()
            .verify_schnorr(&content.proof, &digest, &content.owner)
            .map_err(|_| EventRefusal::ContentMalformed("the proof is not the owner's".to_owned()))?;
        Ok(Self {
            author: event.author(),
            owner: content.owner,
            address,
            created_at: event.created_at(),
        })
    }
}
