//! Actions about single blocks and runs of them.

use nanoark_nano::{BlockHash, Link};
use serde_json::{Map, Value, json};

use super::request::{Refusal, Request};
use super::{NanoNode, one_or_zero, yes_or_no};
use crate::nano_ledger::block::LedgerBlock;
use crate::nano_ledger::ledger::{Effect, Entry, Ledger};

fn not_found() -> Refusal {
    Refusal::error("Block not found")
}

impl NanoNode {
    /// What `block_info` and `blocks_info` say about a block, lies included.
    fn describe(&self, ledger: &Ledger, entry: &Entry, request: &Request<'_>) -> Map<String, Value> {
        let lie = self.faults.lie_about(&entry.hash);
        let facts = &entry.facts;
        let previous = entry.block.previous();
        let mut fields = Map::new();
        let mut say = |field: &str, value: Value| drop(fields.insert(field.to_owned(), value));
        say("block_account", json!(facts.account));
        // Without the block before, the node cannot tell the difference of the balances.
        if previous.is_zero() || self.find(ledger, &previous).is_some() || lie.amount.is_some() {
            say("amount", json!(lie.amount.unwrap_or(facts.amount)));
        }
        say("balance", json!(lie.balance.unwrap_or(facts.balance)));
        say("height", json!(entry.height.to_string()));
        say(
            "local_timestamp",
            json!(lie.local_timestamp.unwrap_or(entry.local_timestamp).to_string()),
        );
        say("successor", json!(entry.successor.unwrap_or(BlockHash::ZERO)));
        say("confirmed", json!(yes_or_no(lie.confirmed.unwrap_or(entry.confirmed))));
        say("contents", self.contents(entry, request.flag("json_block", false)));
        if let Some(subtype) = lie.subtype {
            say("subtype", json!(subtype));
        } else if matches!(entry.block, LedgerBlock::State(_)) {
            say("subtype", json!(facts.effect.word()));
        }
        fields
    }

    /// The block's own fields, lies included.
    fn contents(&self, entry: &Entry, as_object: bool) -> Value {
        let lie = self.faults.lie_about(&entry.hash);
        let mut contents = entry.block.to_json();
        let mut say = |field: &str, value: Option<Value>| {
            if let (Some(place), Some(value)) = (contents.get_mut(field), value) {
                *place = value;
            }
        };
        say(
            "link",
            lie.destination.map(|destination| json!(Link::from(destination))),
        );
        say("destination", lie.destination.map(|destination| json!(destination)));
        say(
            "link_as_account",
            lie.link_as_account.or(lie.destination).map(|account| json!(account)),
        );
        say("signature", lie.signature.map(|signature| json!(signature)));
        self.dialect.contents(contents, entry.block.work(), as_object)
    }
}

pub(super) fn block_info(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let hash = request.hash("hash", "Invalid block hash")?;
    node.ledger.with(|ledger, _| {
        let entry = node.find(ledger, &hash).ok_or_else(not_found)?;
        let mut fields = node.describe(ledger, entry, request);
        if request.flag("include_linked_account", false) {
            let linked = match entry.facts.effect {
                Effect::Send { to } => to.to_string(),
                Effect::Receive { from, .. } => from.to_string(),
                Effect::Change | Effect::Epoch => "0".to_owned(),
            };
            fields.insert("linked_account".to_owned(), json!(linked));
        }
        Ok(Value::Object(fields))
    })
}

pub(super) fn blocks_info(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let hashes = request.hashes("hashes")?;
    let include_not_found = request.flag("include_not_found", false);
    node.ledger.with(|ledger, _| {
        let (mut blocks, mut missing) = (Map::new(), Vec::new());
        for hash in hashes {
            let Some(entry) = node.find(ledger, &hash) else {
                missing.push(json!(hash));
                continue;
            };
            let mut fields = node.describe(ledger, entry, request);
            if request.flag("receivable", false) || request.flag("pending", false) {
                let receivable = match entry.facts.effect {
                    Effect::Send { to } => ledger.receivable(to, hash).is_some(),
                    Effect::Receive { .. } | Effect::Change | Effect::Epoch => false,
                };
                fields.insert("receivable".to_owned(), json!(one_or_zero(receivable)));
            }
            if request.flag("receive_hash", false) {
                let receive = ledger.received_by(&hash).unwrap_or(BlockHash::ZERO);
                fields.insert("receive_hash".to_owned(), json!(receive));
            }
            if request.flag("source", false) {
                let source = match entry.facts.effect {
                    Effect::Receive { from, .. } => from.to_string(),
                    Effect::Send { .. } | Effect::Change | Effect::Epoch => "0".to_owned(),
                };
                fields.insert("source_account".to_owned(), json!(source));
            }
            blocks.insert(hash.to_string(), Value::Object(fields));
        }
        if include_not_found {
            Ok(json!({ "blocks": blocks, "blocks_not_found": missing }))
        } else if missing.is_empty() {
            Ok(json!({ "blocks": blocks }))
        } else {
            Err(not_found())
        }
    })
}

pub(super) fn block_account(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let hash = request.hash("hash", "Invalid block hash")?;
    node.ledger.with(|ledger, _| {
        let entry = node.find(ledger, &hash).ok_or_else(not_found)?;
        Ok(json!({ "account": entry.facts.account }))
    })
}

/// Asks for an election and never says how it went; a confirmed block is answered like any other.
pub(super) fn block_confirm(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let hash = request.hash("hash", "Invalid block hash")?;
    node.ledger.with(|ledger, _| {
        node.find(ledger, &hash)
            .map(|_| json!({ "started": "1" }))
            .ok_or_else(not_found)
    })
}

pub(super) fn chain(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    walk(node, request, |entry| Some(entry.block.previous()))
}

pub(super) fn successors(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    walk(node, request, |entry| entry.successor)
}

fn walk(node: &NanoNode, request: &Request<'_>, step: impl Fn(&Entry) -> Option<BlockHash>) -> Result<Value, Refusal> {
    let mut next = Some(request.hash("block", "Invalid block hash")?);
    let count = request.count("count")?.unwrap_or(usize::MAX);
    node.ledger.with(|ledger, _| {
        let mut blocks = Vec::new();
        while let Some(entry) = next
            .and_then(|hash| node.find(ledger, &hash))
            .filter(|_| blocks.len() < count)
        {
            blocks.push(json!(entry.hash));
            next = step(entry);
        }
        Ok(json!({ "blocks": blocks }))
    })
}
