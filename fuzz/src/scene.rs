//! A wallet, its gateway and its operator in the middle of a ceremony, as a test of the whole gateway recorded them.

use std::sync::LazyLock;

use bitcoin::XOnlyPublicKey;
use nanoark_ark_verifier::challenge::OperatorTerms;
use nanoark_ark_verifier::check::{Approved, Coin};
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::Intent;
use nanoark_domain::time::Timestamp;
use nanoark_nostr::{GatewayKeys, NostrKey};
use serde::{Deserialize, Serialize};

/// What was recorded.
#[derive(Debug, Serialize, Deserialize)]
pub struct Scene {
    /// The wallet's secret key, of its Nostr events and of its coins. Worth nothing.
    pub wallet: String,
    /// The gateway's. Worth nothing either.
    pub gateway: String,
    /// When it was, in seconds since the Unix epoch.
    pub now: u64,
    /// What the wallet ordered.
    pub intent: Intent,
    /// The event that says so.
    pub event: EventId,
    /// What the wallet held then.
    pub coins: Vec<Coin>,
    /// The operator's terms.
    pub terms: OperatorTerms,
    /// What the wallet approved at the first step.
    pub approved: Approved,
    /// The ark transaction as the wallet signed it at the first step, a PSBT in base64.
    pub ark_tx: String,
    /// Its checkpoints, PSBTs in base64.
    pub checkpoints: Vec<String>,
    /// The proof of ownership, a PSBT in base64.
    pub proof: String,
}

static SCENE: LazyLock<Scene> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../seeds/scene.json")).expect("seeds/scene.json is of this form")
});

static WALLET: LazyLock<NostrKey> = LazyLock::new(|| NostrKey::parse(&SCENE.wallet).expect("a key"));

static GATEWAY: LazyLock<GatewayKeys> =
    LazyLock::new(|| GatewayKeys::new(NostrKey::parse(&SCENE.gateway).expect("a key"), Vec::new()));

/// The scene.
#[must_use]
pub fn scene() -> &'static Scene {
    &SCENE
}

pub(crate) fn wallet() -> &'static NostrKey {
    &WALLET
}

pub(crate) fn gateway() -> &'static GatewayKeys {
    &GATEWAY
}

pub(crate) fn owner() -> XOnlyPublicKey {
    WALLET.public()
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(SCENE.now)
}
