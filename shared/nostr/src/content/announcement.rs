//! What the gateway is, and by which keys it goes (kind 31530). For everybody to read.
//!
//! When the gateway's key changes, the old key names its successor in its own last announcement, and the successor names
//! the old one as retired: a wallet that trusts the one comes to the other without asking anybody else.

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::address::Network;
use serde::{Deserialize, Serialize};

/// The content of an announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The Bitcoin network that it works on.
    pub network: Network,
    /// Its keys.
    pub keys: AnnouncedKeys,
    /// The numbers of the kinds that it takes.
    pub kinds: Vec<u16>,
    /// The encryption that it takes.
    pub encryption: AcceptedEncryption,
    /// Where it is to be found.
    pub endpoints: Endpoints,
}

/// The gateway's keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnouncedKeys {
    /// The key that it goes by; the announcement's author.
    pub current: XOnlyPublicKey,
    /// The key that it will go by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Successor>,
    /// The keys that it went by. What is sent to them is still read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<XOnlyPublicKey>,
}

/// The key that the gateway will go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// The key.
    pub key: XOnlyPublicKey,
    /// From when on, in seconds since the Unix epoch.
    pub from: u64,
}

/// The encryption that the gateway takes, written as NIP-47 writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AcceptedEncryption {
    /// NIP-44 version 2.
    #[serde(rename = "nip44_v2")]
    Nip44,
    /// NIP-44 version 2, and NIP-04 except for checkpoints.
    #[serde(rename = "nip44_v2 nip04")]
    Nip44AndNip04,
}

/// Where the gateway is to be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// Addresses of its HTTP API.
    pub https: Vec<String>,
    /// The relays that it reads and publishes on.
    pub relays: Vec<String>,
}

impl AcceptedEncryption {
    /// As in announcements and their `encryption` tag.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nip44 => "nip44_v2",
            Self::Nip44AndNip04 => "nip44_v2 nip04",
        }
    }
}
