//! What a wallet orders: the content of an intent event (kind 31510). The signed intent is the wallet's policy; a challenge
//! that does anything else is refused.

mod wire;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use bitcoin::{Amount, OutPoint, XOnlyPublicKey};
use serde::{Deserialize, Serialize};

use crate::address::{ArkAddress, Network};
use crate::asset::AssetAmount;

/// The most inputs that one ark transaction may have. With more, its challenge outgrows what Nostr relays carry.
pub const MAX_INPUTS: usize = 10;

/// The most outputs to receivers that one intent may ask for.
pub const MAX_RECEIVERS: usize = 20;

/// The most parties that one swap may have.
pub const MAX_PARTIES: usize = 5;

/// The author's own name for what it orders: 8 to 64 characters of `A-Z a-z 0-9 _ -`. An author uses each once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ActionId(String);

/// A text that is no [`ActionId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an action id has 8 to 64 characters of A-Z a-z 0-9 _ -")]
pub struct InvalidActionId;

impl ActionId {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ActionId {
    type Error = InvalidActionId;

    fn try_from(text: String) -> Result<Self, InvalidActionId> {
        let fits = (8..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if fits { Ok(Self(text)) } else { Err(InvalidActionId) }
    }
}

impl core::str::FromStr for ActionId {
    type Err = InvalidActionId;

    fn from_str(text: &str) -> Result<Self, InvalidActionId> {
        Self::try_from(String::from(text))
    }
}

impl From<ActionId> for String {
    fn from(id: ActionId) -> Self {
        id.0
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The content of an intent event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "wire::Intent", into = "wire::Intent")]
pub struct Intent {
    /// The author's name for it; the event's `d` tag repeats it.
    pub action_id: ActionId,
    /// The Bitcoin network that it is meant for.
    pub network: Network,
    /// When it is of no more use, in seconds since the Unix epoch. A signature given later than this is not asked for.
    pub expires_at: u64,
    /// Whether the confirmation names amounts.
    pub receipt: ReceiptMode,
    /// What is ordered.
    pub action: Action,
}

/// What a confirmation (kind 31340) tells the public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptMode {
    /// Inputs, outputs and fee.
    #[default]
    Full,
    /// The hash of the receipt only; the receipt itself goes to the parties.
    Hash,
}

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `p2p:transfer`: bitcoin to one or more receivers.
    Transfer(Transfer),
    /// `vtxo:split`: own coins into VTXOs of given amounts.
    Split(Split),
    /// `vtxo:consolidate`: own coins into one VTXO.
    Consolidate(Consolidate),
    /// `swap:atomic`: two or more parties exchange in one ark transaction. Every party signs the same parameters.
    Swap(Swap),
    /// `asset:transfer`: Arkade assets to one or more receivers.
    AssetTransfer(AssetTransfer),
}

/// The name of an [`Action`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ActionType {
    /// [`Action::Transfer`].
    #[serde(rename = "p2p:transfer")]
    Transfer,
    /// [`Action::Split`].
    #[serde(rename = "vtxo:split")]
    Split,
    /// [`Action::Consolidate`].
    #[serde(rename = "vtxo:consolidate")]
    Consolidate,
    /// [`Action::Swap`].
    #[serde(rename = "swap:atomic")]
    Swap,
    /// [`Action::AssetTransfer`].
    #[serde(rename = "asset:transfer")]
    AssetTransfer,
}

/// Where value goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// An Ark address.
    Address(ArkAddress),
    /// A Nostr key: its bound address if it has published one, otherwise the address whose owner key it is.
    Pubkey(XOnlyPublicKey),
}

/// A receiver of bitcoin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "wire::Receiver")]
pub struct Receiver {
    /// Where it goes.
    #[serde(flatten)]
    pub to: Destination,
    /// How much, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
}

/// A receiver of assets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "wire::AssetReceiver")]
pub struct AssetReceiver {
    /// Where they go.
    #[serde(flatten)]
    pub to: Destination,
    /// The satoshi that carry them.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
    /// The assets, each named once.
    pub assets: Vec<AssetAmount>,
}

/// What the author pays the gateway: an output of the ark transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// The gateway's address, as quoted.
    pub address: ArkAddress,
    /// How much, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
}

/// The parameters of `p2p:transfer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The VTXOs to spend; left out, the gateway chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<OutPoint>>,
    /// Who gets how much.
    pub receivers: Vec<Receiver>,
    /// The gateway's fee.
    pub fee: Fee,
}

/// The parameters of `vtxo:split`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// The VTXOs to spend; left out, the gateway chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<OutPoint>>,
    /// The amounts of the new VTXOs, in satoshi. What is left over becomes one more.
    pub amounts: Vec<Satoshi>,
    /// The gateway's fee.
    pub fee: Fee,
}

/// The parameters of `vtxo:consolidate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consolidate {
    /// The VTXOs to spend; left out, the smallest ones, at most [`MAX_INPUTS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<OutPoint>>,
    /// The gateway's fee, which is taken from what they hold.
    pub fee: Fee,
}

/// The parameters of `swap:atomic`, the same for every party. The parties are those who give something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swap {
    /// The parties' common name for it. Equal parameters make it one swap.
    pub swap_id: ActionId,
    /// Who gives what to whom.
    pub legs: Vec<Leg>,
    /// What each party pays the gateway. The transaction has one output with the sum.
    pub fee: Fee,
}

/// A part of a swap. The giver's change and the receiver's gain go to the addresses of their Nostr keys (see
/// [`Destination::Pubkey`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// The Nostr key of who gives.
    pub from: XOnlyPublicKey,
    /// The Nostr key of who gets.
    pub to: XOnlyPublicKey,
    /// The satoshi that go over, or that carry the assets.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    pub amount: Amount,
    /// The assets that go over with them, each named once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<AssetAmount>,
}

/// The parameters of `asset:transfer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetTransfer {
    /// The VTXOs to spend; left out, the gateway chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<OutPoint>>,
    /// Who gets what.
    pub receivers: Vec<AssetReceiver>,
    /// The gateway's fee.
    pub fee: Fee,
}

/// An amount in a list, in satoshi.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Satoshi(#[serde(with = "bitcoin::amount::serde::as_sat")] pub Amount);

impl Action {
    /// Its name.
    #[must_use]
    pub const fn kind(&self) -> ActionType {
        match self {
            Self::Transfer(_) => ActionType::Transfer,
            Self::Split(_) => ActionType::Split,
            Self::Consolidate(_) => ActionType::Consolidate,
            Self::Swap(_) => ActionType::Swap,
            Self::AssetTransfer(_) => ActionType::AssetTransfer,
        }
    }

    /// What the author pays the gateway.
    #[must_use]
    pub const fn fee(&self) -> &Fee {
        match self {
            Self::Transfer(transfer) => &transfer.fee,
            Self::Split(split) => &split.fee,
            Self::Consolidate(consolidate) => &consolidate.fee,
            Self::Swap(swap) => &swap.fee,
            Self::AssetTransfer(transfer) => &transfer.fee,
        }
    }
}

impl ActionType {
    /// Every type there is.
    pub const ALL: [Self; 5] = [
        Self::Transfer,
        Self::Split,
        Self::Consolidate,
        Self::Swap,
        Self::AssetTransfer,
    ];

    /// Its name in an intent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transfer => "p2p:transfer",
            Self::Split => "vtxo:split",
            Self::Consolidate => "vtxo:consolidate",
            Self::Swap => "swap:atomic",
            Self::AssetTransfer => "asset:transfer",
        }
    }
}
