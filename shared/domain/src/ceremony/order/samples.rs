//! Keys, addresses, coins and intents for tests.

use std::sync::OnceLock;

use bitcoin::hashes::Hash as _;
use bitcoin::key::{Keypair, Secp256k1, TweakedPublicKey};
use bitcoin::{Amount, OutPoint, Txid, XOnlyPublicKey};
use nanoark_ark_verifier::address::{ArkAddress, Network};
use nanoark_ark_verifier::asset::{AssetAmount, AssetId};
use nanoark_ark_verifier::intent::{
    Action, AssetReceiver, AssetTransfer, Consolidate, Destination, Fee, Intent, Leg, ReceiptMode, Receiver, Satoshi,
    Split, Swap, Transfer,
};

use crate::ceremony::{Coin, Quote};
use crate::time::Timestamp;

pub(in crate::ceremony) const FEE: u64 = 330;

/// Assets by their numbers, with their units.
pub(in crate::ceremony) type Units<'a> = &'a [(u8, u64)];

/// A leg of a swap: the keys of who gives and who gets, satoshi, assets.
pub(in crate::ceremony) type LegOf<'a> = (u8, u8, u64, Units<'a>);

/// A receiver of assets: where they go, satoshi, assets.
pub(in crate::ceremony) type ReceiverOf<'a> = (Destination, u64, Units<'a>);

pub(in crate::ceremony) fn key(number: u8) -> XOnlyPublicKey {
    /// Costly to make, and coins by the thousand want some.
    static KEYS: [OnceLock<XOnlyPublicKey>; 256] = [const { OnceLock::new() }; 256];
    *KEYS[usize::from(number)].get_or_init(|| {
        let pair = Keypair::from_seckey_slice(&Secp256k1::new(), &[number; 32]).unwrap();
        pair.x_only_public_key().0
    })
}

pub(in crate::ceremony) fn operator() -> XOnlyPublicKey {
    key(200)
}

pub(in crate::ceremony) fn address_at(network: Network, operator: XOnlyPublicKey, number: u8) -> ArkAddress {
    ArkAddress::new(
        network,
        operator,
        TweakedPublicKey::dangerous_assume_tweaked(key(number)),
    )
}

pub(in crate::ceremony) fn address(number: u8) -> ArkAddress {
    address_at(Network::Regtest, operator(), number)
}

pub(in crate::ceremony) fn sat(amount: u64) -> Amount {
    Amount::from_sat(amount)
}

pub(in crate::ceremony) fn outpoint(number: u32) -> OutPoint {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    OutPoint::new(Txid::from_byte_array(bytes), number % 3)
}

pub(in crate::ceremony) fn units(asset: u8, amount: u64) -> AssetAmount {
    AssetAmount {
        asset_id: AssetId::from_bytes([asset; 34]),
        amount,
    }
}

pub(in crate::ceremony) fn coin(number: u32, owner: u8, amount: u64, expires_at: u64, assets: Units<'_>) -> Coin {
    Coin {
        outpoint: outpoint(number),
        amount: sat(amount),
        owner: key(owner),
        signer: operator(),
        exit_delay: 144,
        expires_at: Timestamp::from_seconds(expires_at),
        assets: assets.iter().map(|(asset, amount)| units(*asset, *amount)).collect(),
    }
}

pub(in crate::ceremony) fn fee() -> Fee {
    Fee {
        address: address(100),
        amount: sat(FEE),
    }
}

pub(in crate::ceremony) fn quote() -> Quote {
    Quote {
        address: address(100),
        amount: sat(FEE),
        minimum_output: sat(330),
        maximum_output: None,
        valid_until: Timestamp::from_seconds(1_000),
    }
}

pub(in crate::ceremony) fn intent(action: Action) -> Intent {
    Intent {
        action_id: "payment-1".parse().unwrap(),
        network: Network::Regtest,
        expires_at: 900,
        receipt: ReceiptMode::Full,
        action,
    }
}

pub(in crate::ceremony) fn to(number: u8) -> Destination {
    Destination::Address(address(number))
}

pub(in crate::ceremony) fn named(inputs: &[u32]) -> Option<Vec<OutPoint>> {
    Some(inputs.iter().copied().map(outpoint).collect())
}

pub(in crate::ceremony) fn transfer(inputs: Option<Vec<OutPoint>>, receivers: &[(Destination, u64)]) -> Intent {
    let receivers = receivers.iter().map(|(to, amount)| Receiver {
        to: to.clone(),
        amount: sat(*amount),
    });
    intent(Action::Transfer(Transfer {
        inputs,
        receivers: receivers.collect(),
        fee: fee(),
    }))
}

pub(in crate::ceremony) fn split(inputs: Option<Vec<OutPoint>>, amounts: &[u64]) -> Intent {
    intent(Action::Split(Split {
        inputs,
        amounts: amounts.iter().map(|amount| Satoshi(sat(*amount))).collect(),
        fee: fee(),
    }))
}

pub(in crate::ceremony) fn consolidate(inputs: Option<Vec<OutPoint>>) -> Intent {
    intent(Action::Consolidate(Consolidate { inputs, fee: fee() }))
}

pub(in crate::ceremony) fn send_assets(receivers: &[ReceiverOf<'_>]) -> Intent {
    let receivers = receivers.iter().map(|(to, amount, assets)| AssetReceiver {
        to: to.clone(),
        amount: sat(*amount),
        assets: assets.iter().map(|(asset, amount)| units(*asset, *amount)).collect(),
    });
    intent(Action::AssetTransfer(AssetTransfer {
        inputs: None,
        receivers: receivers.collect(),
        fee: fee(),
    }))
}

pub(in crate::ceremony) fn swap(legs: &[LegOf<'_>]) -> Intent {
    let legs = legs.iter().map(|(from, to, amount, assets)| Leg {
        from: key(*from),
        to: key(*to),
        amount: sat(*amount),
        assets: assets.iter().map(|(asset, amount)| units(*asset, *amount)).collect(),
    });
    intent(Action::Swap(Swap {
        swap_id: "swap-0001".parse().unwrap(),
        legs: legs.collect(),
        fee: fee(),
    }))
}
