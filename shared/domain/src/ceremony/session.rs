//! The record of a session.

use bitcoin::XOnlyPublicKey;
use bitcoin::hashes::{Hash as _, sha256t_hash_newtype};
use nanoark_ark_verifier::challenge::SessionId;
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::{Action, ActionType, Intent};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::progress::{Progress, Stage};
use crate::canonical;
use crate::time::Timestamp;

sha256t_hash_newtype! {
    /// The domain of [`IntentDigest`].
    pub struct IntentTag = hash_str("nanoark/intent/v1");

    /// What an intent says, whichever event says it: a tagged hash of its canonical JSON (RFC 8785).
    #[hash_newtype(forward)]
    pub struct IntentDigest(_);
}

/// A session: who wants what, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The gateway's name for it. Follows from the intent, so that the same intent never makes two.
    pub id: SessionId,
    /// What is ordered.
    pub action: ActionType,
    /// Who orders it, in the order in which their inputs stand in the transaction.
    pub parties: Vec<Party>,
    /// When the first intent was taken.
    pub created_at: Timestamp,
    /// When it is over unless every wallet has signed the ark transaction by then: the first of the intents' expiries.
    pub expires_at: Timestamp,
    /// Grows by one with every write.
    pub version: u64,
    /// How far it has come.
    pub progress: Progress,
    /// When each stage was reached.
    pub timings: Vec<Timing>,
    /// What is to be told by Nostr events, oldest first. Signed once; every relay gets the same bytes.
    pub outbox: Vec<Outgoing>,
}

/// A party to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its Nostr key.
    pub nostr: XOnlyPublicKey,
    /// Its intent, once it is here.
    pub intent: Option<PartyIntent>,
}

/// A party's intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyIntent {
    /// The event's id.
    pub event: EventId,
    /// What it orders.
    pub intent: Intent,
    /// The key of the gateway's that it was sent to, which everything about it is signed by.
    pub gateway: XOnlyPublicKey,
    /// How the author wants to be written to.
    #[serde(default)]
    pub cipher: Cipher,
    /// The relays that the author reads, besides the gateway's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relays: Vec<String>,
}

/// How messages to a wallet are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cipher {
    /// NIP-44, version 2.
    #[default]
    Nip44,
    /// NIP-04, where the operator of the gateway allows it, and never for checkpoints.
    Nip04,
}

/// When a stage was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// The stage.
    pub stage: Stage,
    /// When.
    pub at: Timestamp,
}

/// A signed event that is to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Its id.
    pub id: EventId,
    /// Its kind.
    pub kind: u16,
    /// Who it is for; nobody in particular when it is public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<XOnlyPublicKey>,
    /// The event, as it was signed.
    pub json: String,
}

impl IntentDigest {
    /// What this intent says.
    #[must_use]
    pub fn of(intent: &Intent) -> Self {
        Self::hash(&canonical::json(intent))
    }
}

impl Session {
    /// The id of the session that this author's intent belongs to. A swap's parties all get the same one, because it
    /// follows from what they agree on.
    #[must_use]
    pub fn id_for(author: &XOnlyPublicKey, intent: &Intent) -> SessionId {
        let mut hasher = Sha256::new();
        match &intent.action {
            Action::Swap(swap) => {
                hasher.update(b"nanoark/session/swap/v1");
                // Two swaps that differ in anything but their expiry are two sessions. Structs of texts and numbers always
                // have a JSON form.
                hasher.update(serde_json::to_vec(swap).unwrap_or_default());
                hasher.update(intent.network.as_str());
            }
            Action::Transfer(_) | Action::Split(_) | Action::Consolidate(_) | Action::AssetTransfer(_) => {
                hasher.update(b"nanoark/session/v1");
                hasher.update(author.serialize());
                hasher.update(intent.action_id.as_str());
            }
        }
        let digest: [u8; 32] = hasher.finalize().into();
        let mut id = [0; 16];
        id.copy_from_slice(digest.first_chunk::<16>().unwrap_or(&[0; 16]));
        SessionId::from_bytes(id)
    }

    /// The number of the party with this Nostr key.
    #[must_use]
    pub fn party_of(&self, nostr: &XOnlyPublicKey) -> Option<usize> {
        self.parties.iter().position(|party| party.nostr == *nostr)
    }

    /// The intents that are here, in party order.
    pub fn intents(&self) -> impl Iterator<Item = &PartyIntent> + '_ {
        self.parties.iter().filter_map(|party| party.intent.as_ref())
    }

    /// The intents' events in party order: what the transaction's packet holds.
    #[must_use]
    pub fn intent_events(&self) -> Vec<EventId> {
        self.intents().map(|intent| intent.event).collect()
    }

    /// When the present stage was reached.
    #[must_use]
    pub fn stage_since(&self) -> Timestamp {
        self.timings.last().map_or(self.created_at, |timing| timing.at)
    }
}

#[cfg(test)]
mod tests;
