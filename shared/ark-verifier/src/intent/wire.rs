//! The JSON of an intent: a type and parameters beside the common fields. Nothing unknown, nothing twice: what one reader
//! would leave out, or take the last of, another might act upon.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bitcoin::{Amount, XOnlyPublicKey};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{Action, ActionId, ActionType, Destination, Network, ReceiptMode};
use crate::address::ArkAddress;
use crate::asset::AssetAmount;
use crate::single::Single;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Intent {
    action_id: ActionId,
    #[serde(rename = "type")]
    kind: ActionType,
    network: Network,
    expires_at: u64,
    #[serde(default, skip_serializing_if = "is_full")]
    receipt: ReceiptMode,
    params: Single,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_full(mode: &ReceiptMode) -> bool {
    *mode == ReceiptMode::Full
}

impl TryFrom<Intent> for super::Intent {
    type Error = String;

    fn try_from(wire: Intent) -> Result<Self, String> {
        let Single(params) = wire.params;
        let action = match wire.kind {
            ActionType::Transfer => serde_json::from_value(params).map(Action::Transfer),
            ActionType::Split => serde_json::from_value(params).map(Action::Split),
            ActionType::Consolidate => serde_json::from_value(params).map(Action::Consolidate),
            ActionType::Swap => serde_json::from_value(params).map(Action::Swap),
            ActionType::AssetTransfer => serde_json::from_value(params).map(Action::AssetTransfer),
        };
        Ok(Self {
            action_id: wire.action_id,
            network: wire.network,
            expires_at: wire.expires_at,
            receipt: wire.receipt,
            action: action.map_err(|error| error.to_string())?,
        })
    }
}

impl From<super::Intent> for Intent {
    fn from(intent: super::Intent) -> Self {
        let kind = intent.action.kind();
        let params = match intent.action {
            Action::Transfer(params) => serde_json::to_value(params),
            Action::Split(params) => serde_json::to_value(params),
            Action::Consolidate(params) => serde_json::to_value(params),
            Action::Swap(params) => serde_json::to_value(params),
            Action::AssetTransfer(params) => serde_json::to_value(params),
        };
        Self {
            action_id: intent.action_id,
            kind,
            network: intent.network,
            expires_at: intent.expires_at,
            receipt: intent.receipt,
            // Structs of texts and numbers always have a JSON value.
            params: Single(params.unwrap_or(Value::Null)),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Receiver {
    #[serde(default, deserialize_with = "present")]
    address: Option<ArkAddress>,
    #[serde(default, deserialize_with = "present")]
    pubkey: Option<XOnlyPublicKey>,
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    amount: Amount,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssetReceiver {
    #[serde(default, deserialize_with = "present")]
    address: Option<ArkAddress>,
    #[serde(default, deserialize_with = "present")]
    pubkey: Option<XOnlyPublicKey>,
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    amount: Amount,
    assets: Vec<AssetAmount>,
}

/// Left out or there; null is neither.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn destination(address: Option<ArkAddress>, pubkey: Option<XOnlyPublicKey>) -> Result<Destination, &'static str> {
    match (address, pubkey) {
        (Some(address), None) => Ok(Destination::Address(address)),
        (None, Some(pubkey)) => Ok(Destination::Pubkey(pubkey)),
        (None, None) | (Some(_), Some(_)) => Err("a receiver has an address or a pubkey"),
    }
}

impl TryFrom<Receiver> for super::Receiver {
    type Error = &'static str;

    fn try_from(wire: Receiver) -> Result<Self, &'static str> {
        Ok(Self {
            to: destination(wire.address, wire.pubkey)?,
            amount: wire.amount,
        })
    }
}

impl TryFrom<AssetReceiver> for super::AssetReceiver {
    type Error = &'static str;

    fn try_from(wire: AssetReceiver) -> Result<Self, &'static str> {
        Ok(Self {
            to: destination(wire.address, wire.pubkey)?,
            amount: wire.amount,
            assets: wire.assets,
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use crate::intent::Receiver;

    const ADDRESS: &str = "tark1qpmtu3d5yp6z79f37qktdqtdchysvd4fjq4lews0ke8p3mu7wsg0j9gjkuu0yu5dxppk2dv7yje9dqgykmlsp23x3ua0a8srp8r8mc8ypq9lmn";
    const KEY: &str = "1b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f";

    #[test]
    fn a_receiver_has_one_name_an_amount_and_nothing_else() {
        let key = format!(r#""pubkey":"{KEY}""#);
        for (text, fits) in [
            (format!(r#"{{{key},"amount":1}}"#), true),
            (format!(r#"{{"address":"{ADDRESS}","amount":1}}"#), true),
            (r#"{"amount":1}"#.into(), false),
            (format!(r#"{{{key}}}"#), false),
            (format!(r#"{{{key},"amount":1,"memo":""}}"#), false),
            (format!(r#"{{{key},"amount":1,"address":null}}"#), false),
            (format!(r#"{{{key},{key},"amount":1}}"#), false),
            (format!(r#"{{{key},"address":"{ADDRESS}","amount":1}}"#), false),
        ] {
            assert_eq!(serde_json::from_str::<Receiver>(&text).is_ok(), fits, "{text}");
        }
    }
}
