//! Bodies of the Ark gateway's API. The answers to questions over Nostr (kind 31501) carry the same JSON.

use bitcoin::{Amount, OutPoint, Txid, XOnlyPublicKey};
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::asset::AssetAmount;
use nanoark_ark_verifier::challenge::{OperatorTerms, SessionId, Step};
use nanoark_ark_verifier::hash::EventId;
use nanoark_ark_verifier::intent::{ActionId, ActionType};
use nanoark_domain::ceremony::{Quote, Receipt, ReceiptHash, Stage};
use nanoark_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What became of an event that was posted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventTaken {
    /// The event.
    pub event_id: EventId,
    /// The session that it belongs to, for intents and answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionView>,
    /// The signed answer (kind 31501), for service requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
}

/// A session, as one of its parties sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionView {
    /// The session.
    pub session_id: SessionId,
    /// What is ordered.
    pub action: ActionType,
    /// How far it has come.
    pub stage: Stage,
    /// Which of the six steps is being done, or was done last; 0 when it failed.
    pub step_index: u8,
    /// How many steps there are.
    pub step_total: u8,
    /// The parties, in the order of their inputs.
    pub parties: Vec<PartyView>,
    /// When the first intent was taken.
    pub created_at: Timestamp,
    /// When it is over unless every wallet has signed the ark transaction by then.
    pub expires_at: Timestamp,
    /// When each stage was reached.
    pub history: Vec<StageView>,
    /// The ark transaction, once it is built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ark_txid: Option<Txid>,
    /// The step that the caller is asked to sign, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Step>,
    /// The signed challenge (kind 31511) that the caller is asked to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Value>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureView>,
    /// What it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptView>,
    /// Every event that it was told to the caller by, oldest first.
    pub events: Vec<Value>,
}

/// A party to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyView {
    /// Its Nostr key.
    pub pubkey: XOnlyPublicKey,
    /// Its intent, once it is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<EventId>,
    /// The party's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_id: Option<ActionId>,
}

/// When a stage was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageView {
    /// The stage.
    pub stage: Stage,
    /// When.
    pub at: Timestamp,
}

/// Why a session failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureView {
    /// The code.
    pub code: u16,
    /// Its name.
    pub name: String,
    /// What happened.
    pub message: String,
    /// The VTXOs that it was about: leave them out and try again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outpoints: Vec<OutPoint>,
}

/// What a session did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptView {
    /// The ark transaction.
    pub ark_txid: Txid,
    /// The receipt's hash: the leaf of a settlement's tree.
    pub receipt_hash: ReceiptHash,
    /// The receipt itself, unless a party keeps it from the public and it is the public that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// What can be done with a VTXO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VtxoStatus {
    /// It can be spent.
    Spendable,
    /// A session of this gateway holds it.
    Held,
    /// It has expired, was swept, is below dust, or stands under a key that the operator no longer signs with: it comes
    /// back through a batch only.
    Recoverable,
}

/// A VTXO of the caller's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VtxoView {
    /// Where it is.
    pub outpoint: OutPoint,
    /// How much it holds, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
    /// The assets on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetAmount>,
    /// What can be done with it.
    pub status: VtxoStatus,
    /// The session that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<SessionId>,
    /// When the operator may sweep it.
    pub expires_at: Timestamp,
    /// Whether an ark transaction made it, rather than a batch.
    pub preconfirmed: bool,
    /// The key that owns it.
    pub owner: XOnlyPublicKey,
    /// The operator's key in its script.
    pub signer: XOnlyPublicKey,
    /// The delay of its exit script, as a sequence number.
    pub exit_delay: u32,
}

/// `GET /v1/vtxos`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VtxosView {
    /// Where the caller receives.
    pub address: ArkAddress,
    /// The VTXOs that are not spent, soonest expiry first.
    pub vtxos: Vec<VtxoView>,
}

/// `GET /v1/balances`: sums of the caller's VTXOs, in satoshi.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalancesView {
    /// Where the caller receives.
    pub address: ArkAddress,
    /// What can be spent.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub spendable: Amount,
    /// What sessions of this gateway hold.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub held: Amount,
    /// What comes back through a batch only.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub recoverable: Amount,
    /// The assets on spendable VTXOs.
    pub assets: Vec<AssetAmount>,
    /// The first expiry of a spendable VTXO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_expiry: Option<Timestamp>,
}

/// `GET /v1/info`: what the gateway is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InfoView {
    /// The version of the software.
    pub version: String,
    /// The Bitcoin network.
    pub network: Network,
    /// The key that it goes by.
    pub pubkey: XOnlyPublicKey,
    /// The keys that it went by; what is sent to them is still read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired_pubkeys: Vec<XOnlyPublicKey>,
    /// The relays that it reads and publishes on.
    pub relays: Vec<String>,
    /// The encryption that it takes, as NIP-47 writes it.
    pub encryption: String,
    /// The kinds that it takes.
    pub kinds: Vec<u16>,
    /// The actions that it carries out.
    pub actions: Vec<ActionType>,
    /// The operator's terms.
    pub operator: OperatorTerms,
    /// The digest of the operator's configuration.
    pub operator_digest: String,
    /// What a session costs.
    pub quote: Quote,
    /// What it holds everybody to.
    pub limits: GatewayLimits,
}

/// What the gateway holds everybody to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayLimits {
    /// Inputs of one ark transaction.
    pub max_inputs: usize,
    /// Receivers of one intent.
    pub max_receivers: usize,
    /// Parties to one swap.
    pub max_parties: usize,
    /// Open sessions of one Nostr key.
    pub max_open_sessions: u32,
    /// Bytes of one event.
    pub max_event_bytes: usize,
    /// Seconds that an intent may be open for.
    pub max_intent_seconds: u32,
}

/// Everything that a restored wallet needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateView {
    /// Its VTXOs.
    #[serde(flatten)]
    pub vtxos: VtxosView,
    /// Its open sessions, with their challenges.
    pub sessions: Vec<SessionView>,
    /// What the gateway is.
    pub info: InfoView,
}
