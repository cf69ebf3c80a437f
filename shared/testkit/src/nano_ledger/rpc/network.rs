//! Actions about the node and its network.

use nanoark_nano::{Network, RawAmount};
use serde_json::{Value, json};

use super::NanoNode;
use super::request::{Refusal, Request};
use crate::nano_ledger::dialect::Dialect;
use crate::nano_ledger::genesis::genesis_account;

/// What must be online at the least for a vote to count, on every network.
const ONLINE_WEIGHT_MINIMUM: u128 = 60_000_000_000_000_000_000_000_000_000_000_000_000;

const QUORUM_PERCENT: u128 = 67;

pub(super) fn version(node: &NanoNode, _: &Request<'_>) -> Result<Value, Refusal> {
    let network = node.faults.network_identifier().unwrap_or(Network::Dev.genesis());
    let (store, vendor, store_vendor) = match node.dialect {
        Dialect::NanoNode => ("24", "Nano V28.2", "LMDB 0.9.70"),
        Dialect::RsNano => ("10001", "RsNano V2.0", "lmdb-rkv 0.14.0"),
    };
    Ok(json!({
        "rpc_version": "1",
        "store_version": store,
        "protocol_version": "21",
        "node_vendor": vendor,
        "store_vendor": store_vendor,
        "network": if network == Network::Live.genesis() { "live" } else { "dev" },
        "network_identifier": network,
        "build_info": "nanoark-testkit",
    }))
}

pub(super) fn block_count(node: &NanoNode, _: &Request<'_>) -> Result<Value, Refusal> {
    node.ledger.with(|ledger, _| {
        let cemented = ledger.block_count().saturating_sub(ledger.unconfirmed.len());
        // Blocks with a gap are refused and not kept for later, so none is ever unchecked.
        Ok(json!({
            "count": ledger.block_count().to_string(),
            "unchecked": "0",
            "cemented": cemented.to_string(),
        }))
    })
}

/// A node counts what is outside the genesis account when the network begins; on dev that is nothing.
pub(super) fn available_supply(_: &NanoNode, _: &Request<'_>) -> Result<Value, Refusal> {
    Ok(json!({ "available": "0" }))
}

pub(super) fn active_difficulty(node: &NanoNode, _: &Request<'_>) -> Result<Value, Refusal> {
    let thresholds = node.ledger.with(|ledger, _| ledger.rules.since_epoch_2);
    let (send, receive) = (
        node.dialect.threshold(thresholds.send),
        node.dialect.threshold(thresholds.receive),
    );
    Ok(json!({
        "deprecated": "1",
        "network_minimum": send,
        "network_receive_minimum": receive,
        "network_current": send,
        "network_receive_current": receive,
        "multiplier": "1",
        "difficulty_trend": "1",
    }))
}

/// The genesis account is the only representative, and always online.
pub(super) fn confirmation_quorum(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let online = node.ledger.with(|ledger, _| ledger.weight(genesis_account()));
    let base = online.max(ONLINE_WEIGHT_MINIMUM);
    // 67 % without overflow: whole hundreds first, then the rest.
    let hundreds = (base / 100).saturating_mul(QUORUM_PERCENT);
    let delta = hundreds.saturating_add((base % 100).saturating_mul(QUORUM_PERCENT) / 100);
    let mut answer = json!({
        "quorum_delta": delta.to_string(),
        "online_weight_quorum_percent": QUORUM_PERCENT.to_string(),
        "online_weight_minimum": ONLINE_WEIGHT_MINIMUM.to_string(),
        "online_stake_total": online.to_string(),
        "peers_stake_total": online.to_string(),
        "trended_stake_total": ONLINE_WEIGHT_MINIMUM.to_string(),
    });
    if let Some(fields) = answer.as_object_mut().filter(|_| request.flag("peer_details", false)) {
        let peer = json!({ "account": genesis_account(), "ip": "[::1]:0", "weight": online.to_string() });
        fields.insert("peers".to_owned(), json!([peer]));
    }
    Ok(answer)
}

pub(super) fn representatives_online(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let representative = genesis_account();
    if !request.flag("weight", false) {
        return Ok(json!({ "representatives": [representative] }));
    }
    let weight = RawAmount::from_raw(node.ledger.with(|ledger, _| ledger.weight(representative)));
    Ok(json!({ "representatives": { representative.to_string(): { "weight": weight } } }))
}

pub(super) fn telemetry(node: &NanoNode, _: &Request<'_>) -> Result<Value, Refusal> {
    node.ledger.with(|ledger, now_ms| {
        let cemented = ledger.block_count().saturating_sub(ledger.unconfirmed.len());
        Ok(json!({
            "block_count": ledger.block_count().to_string(),
            "cemented_count": cemented.to_string(),
            "unchecked_count": "0",
            "account_count": ledger.chains().count().to_string(),
            "bandwidth_cap": "10485760",
            "uptime": "0",
            "peer_count": "0",
            "protocol_version": "21",
            "genesis_block": node.faults.network_identifier().unwrap_or(Network::Dev.genesis()),
            "major_version": "28",
            "minor_version": "2",
            "patch_version": "0",
            "pre_release_version": "0",
            "maker": "0",
            "timestamp": (now_ms / 1_000).to_string(),
            "active_difficulty": node.dialect.threshold(ledger.rules.since_epoch_2.send),
        }))
    })
}

/// The double keeps no time of its own; it says that it has just begun.
pub(super) fn uptime(_: &NanoNode, _: &Request<'_>) -> Result<Value, Refusal> {
    Ok(json!({ "seconds": "0" }))
}
