//! Actions about sends that nobody has received yet. The shape of the answer follows from the request.

use nanoark_nano::{Account, BlockHash, RawAmount};
use serde_json::{Map, Value, json};

use super::request::{Refusal, Request};
use super::{NanoNode, one_or_zero};
use crate::nano_ledger::ledger::{Effect, Ledger};

/// What a caller wants to see.
struct Wish {
    count: usize,
    offset: usize,
    threshold: RawAmount,
    source: bool,
    sorting: bool,
    only_confirmed: bool,
}

impl Wish {
    fn of(request: &Request<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            count: request.count("count")?.unwrap_or(usize::MAX),
            offset: request.count("offset")?.unwrap_or(0),
            threshold: request
                .amount("threshold", "Bad threshold number")?
                .unwrap_or(RawAmount::ZERO),
            source: request.flag("source", false),
            sorting: request.flag("sorting", false),
            only_confirmed: request.flag("include_only_confirmed", true),
        })
    }
}

impl NanoNode {
    /// A list of hashes; a map to amounts with `threshold` or `sorting`; a map to amount and sender with `source`.
    fn receivable_of(&self, ledger: &Ledger, account: Account, wish: &Wish) -> Option<Value> {
        let mut sends: Vec<(BlockHash, RawAmount, Account)> = ledger
            .receivable_by(account)
            .filter(|(hash, _)| {
                let known = self.find(ledger, hash);
                known.is_some_and(|entry| !wish.only_confirmed || self.calls_confirmed(entry))
            })
            .map(|(hash, send)| {
                (
                    hash,
                    self.faults.lie_about(&hash).amount.unwrap_or(send.amount),
                    send.from,
                )
            })
            .filter(|(_, amount, _)| *amount >= wish.threshold)
            .collect();
        if wish.sorting {
            // The largest first; decides what `count` leaves over, as the order of a JSON map is nobody's promise.
            sends.sort_by_key(|(_, amount, _)| std::cmp::Reverse(*amount));
        }
        let shown = sends.into_iter().skip(wish.offset).take(wish.count);
        let listed: Value = if wish.source {
            let entry = |(hash, amount, from): (BlockHash, _, _)| {
                (hash.to_string(), json!({ "amount": amount, "source": from }))
            };
            Value::Object(shown.map(entry).collect())
        } else if wish.threshold != RawAmount::ZERO || wish.sorting {
            Value::Object(
                shown
                    .map(|(hash, amount, _)| (hash.to_string(), json!(amount)))
                    .collect(),
            )
        } else {
            Value::Array(shown.map(|(hash, _, _)| json!(hash)).collect())
        };
        let empty = listed.as_array().is_some_and(Vec::is_empty) || listed.as_object().is_some_and(Map::is_empty);
        (!empty).then_some(listed)
    }
}

pub(super) fn receivable(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let account = request.account("account")?;
    let wish = Wish::of(request)?;
    node.ledger.with(|ledger, _| {
        let as_map = wish.source || wish.sorting || wish.threshold != RawAmount::ZERO;
        let nothing = || if as_map { json!({}) } else { json!([]) };
        Ok(json!({ "blocks": node.receivable_of(ledger, account, &wish).unwrap_or_else(nothing) }))
    })
}

/// Accounts with nothing to receive are left out.
pub(super) fn accounts_receivable(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let accounts = request.accounts("accounts")?;
    let wish = Wish::of(request)?;
    node.ledger.with(|ledger, _| {
        let listed = |account: Account| Some((account.to_string(), node.receivable_of(ledger, account, &wish)?));
        let blocks: Map<String, Value> = accounts.into_iter().filter_map(listed).collect();
        Ok(json!({ "blocks": blocks }))
    })
}

/// An unconfirmed send is answered `0` even with `include_only_confirmed=false`, unless `include_active` says that
/// blocks under vote count: that is what was recorded.
pub(super) fn receivable_exists(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let hash = request.hash("hash", "Invalid block hash")?;
    let counts_unconfirmed = request.flag("include_active", false) && !request.flag("include_only_confirmed", true);
    node.ledger.with(|ledger, _| {
        let entry = node
            .find(ledger, &hash)
            .ok_or_else(|| Refusal::error("Block not found"))?;
        let waiting = match entry.facts.effect {
            Effect::Send { to } => ledger.receivable(to, hash).is_some(),
            Effect::Receive { .. } | Effect::Change | Effect::Epoch => false,
        };
        let exists = waiting && (counts_unconfirmed || node.calls_confirmed(entry));
        Ok(json!({ "exists": one_or_zero(exists) }))
    })
}

pub(super) fn pending(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    receivable(node, request).map(deprecated)
}

pub(super) fn accounts_pending(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    accounts_receivable(node, request).map(deprecated)
}

pub(super) fn pending_exists(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    receivable_exists(node, request).map(deprecated)
}

fn deprecated(mut answer: Value) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("deprecated".to_owned(), json!("1"));
    }
    answer
}
