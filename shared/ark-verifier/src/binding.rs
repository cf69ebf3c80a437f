//! Bindings of a Nostr key to the owner key of VTXOs (key mode B): an event of kind 31520 by the Nostr key, in which the
//! owner key agrees.
//!
//! The event's `d` tag is the Ark address, its content `{"owner": "<x-only key>", "proof": "<signature>"}`. The proof is
//! the owner key's BIP-340 signature over [`attestation_digest`]. So neither key can claim the other without its consent.

use alloc::string::String;

use bitcoin::XOnlyPublicKey;
use bitcoin::hashes::{Hash as _, HashEngine as _, sha256t_hash_newtype};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::secp256k1::{Message, Secp256k1};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::ArkAddress;
use crate::challenge::OperatorTerms;
use crate::event::{Event, InvalidEvent};
use crate::script::default_address;

/// The kind of a binding event.
pub const KIND: u16 = 31520;

sha256t_hash_newtype! {
    struct AttestationTag = hash_str("nanoark/bind/v1");
    struct Attestation(_);
}

/// What the owner key signs: the tagged hash (BIP-340) with the tag `nanoark/bind/v1` over the Nostr key (32 bytes) and
/// the text of the address.
#[must_use]
pub fn attestation_digest(nostr: &XOnlyPublicKey, address: &ArkAddress) -> [u8; 32] {
    let mut engine = Attestation::engine();
    engine.input(&nostr.serialize());
    engine.input(alloc::format!("{address}").as_bytes());
    Attestation::from_engine(engine).to_byte_array()
}

/// The content of a binding event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// The key that owns the VTXOs.
    pub owner: XOnlyPublicKey,
    /// Its signature over [`attestation_digest`].
    pub proof: Signature,
}

/// A Nostr key, an owner key that agrees, and the owner's address at an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The Nostr key.
    pub nostr: XOnlyPublicKey,
    /// The owner key.
    pub owner: XOnlyPublicKey,
    /// The default address of the owner key.
    pub address: ArkAddress,
    /// When it was made, in seconds since the Unix epoch. Of several, the latest holds.
    pub created_at: u64,
}

/// An event that is no [`Binding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBinding {
    /// It is no valid event.
    #[error("it is no valid event: {0}")]
    Event(#[from] InvalidEvent),
    /// It is of another kind.
    #[error("it is of kind {0}, not 31520")]
    Kind(u16),
    /// Its `d` tag is missing, repeated, or no Ark address.
    #[error("its d tag is no Ark address")]
    Address,
    /// Its content is not an owner and a proof.
    #[error("its content is not an owner and a proof")]
    Content,
    /// The address is not the owner's default address at this operator.
    #[error("its address is not the owner's at this operator")]
    NotTheOwners,
    /// The owner key has not signed.
    #[error("its owner has not signed it")]
    Proof,
}

impl Binding {
    /// The binding in this event, at this operator.
    ///
    /// # Errors
    ///
    /// [`InvalidBinding`].
    pub fn verify(event: &Value, terms: &OperatorTerms) -> Result<Self, InvalidBinding> {
        let event = Event::verify(event)?;
        if event.kind != KIND {
            return Err(InvalidBinding::Kind(event.kind));
        }
        let tag = event.only_tag("d").ok_or(InvalidBinding::Address)?;
        let address: ArkAddress = tag.parse().map_err(|_| InvalidBinding::Address)?;
        // An address may be written in capitals; the event's name may not.
        if alloc::format!("{address}") != tag {
            return Err(InvalidBinding::Address);
        }
        let Content { owner, proof } = serde_json::from_str(&event.content).map_err(|_| InvalidBinding::Content)?;
        if address != default_address(terms, owner) {
            return Err(InvalidBinding::NotTheOwners);
        }
        let digest = Message::from_digest(attestation_digest(&event.author, &address));
        Secp256k1::verification_only()
            .verify_schnorr(&proof, &digest, &owner)
            .map_err(|_| InvalidBinding::Proof)?;
        Ok(Self {
            nostr: event.author,
            owner,
            address,
            created_at: event.created_at,
        })
    }
}

impl Content {
    /// Its text.
    #[must_use]
    pub fn to_json(&self) -> String {
        alloc::format!(r#"{{"owner":"{}","proof":"{}"}}"#, self.owner, self.proof)
    }
}

#[cfg(test)]
mod tests;
