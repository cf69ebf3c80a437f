//! Actions about proof of work.

use nanoark_nano::work::{self, Difficulty, Root};
use nanoark_nano_work::{Progress, search};
use serde_json::{Map, Value, json};

use super::request::{Refusal, Request};
use super::{NanoNode, one_or_zero};
use crate::nano_ledger::dialect::Dialect;

fn root_of(request: &Request<'_>) -> Result<Root, Refusal> {
    request.hash("hash", "Bad block hash").map(Root::from)
}

/// How many times harder than the base. Both are shares of 2<sup>64</sup> that are left above the value.
#[expect(clippy::cast_precision_loss, reason = "a multiplier is shown, not computed with")]
fn multiplier(difficulty: Difficulty, base: Difficulty) -> String {
    let above = |difficulty: Difficulty| difficulty.get().wrapping_neg() as f64;
    (above(base) / above(difficulty)).to_string()
}

pub(super) fn work_validate(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let root = root_of(request)?;
    let proof = request.work("work")?;
    // Hex for both kinds of node, though RsNano's `work_generate` reads decimal.
    let wanted = request.hex_difficulty("difficulty")?;
    let thresholds = node.ledger.with(|ledger, _| ledger.rules.since_epoch_2);
    let value = work::value(&root, proof);
    let mut fields = Map::new();
    let valid = wanted.map(|wanted| one_or_zero(value.get() >= wanted));
    if valid.is_some() || request.dialect() == Dialect::RsNano {
        fields.insert("valid".to_owned(), json!(valid));
    }
    fields.insert("valid_all".to_owned(), json!(one_or_zero(value >= thresholds.send)));
    fields.insert(
        "valid_receive".to_owned(),
        json!(one_or_zero(value >= thresholds.receive)),
    );
    fields.insert("difficulty".to_owned(), json!(node.dialect.difficulty(value)));
    fields.insert("multiplier".to_owned(), json!(multiplier(value, thresholds.send)));
    Ok(Value::Object(fields))
}

/// The most a node makes for others: 64 times its own threshold.
const GREATEST_MULTIPLIER: u64 = 64;

pub(super) fn work_generate(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    if !node.control {
        return Err(Refusal::error("RPC control is disabled"));
    }
    let root = root_of(request)?;
    let rules = node.ledger.with(|ledger, _| ledger.rules);
    let wanted = request
        .difficulty("difficulty")?
        .map_or(rules.since_epoch_2.send, Difficulty::from_value);
    request.check_multiplier()?;
    let greatest = (rules.since_epoch_2.send.get().wrapping_neg() / GREATEST_MULTIPLIER).wrapping_neg();
    if wanted < rules.entry() || wanted.get() > greatest {
        return Err(Refusal::error("Difficulty out of range"));
    }
    let found = search(&root, wanted, 0, 1, &Progress::default()).ok_or_else(|| Refusal::error("Cancelled"))?;
    let value = work::value(&root, found);
    Ok(json!({
        "work": node.dialect.work(found),
        "difficulty": node.dialect.difficulty(value),
        "multiplier": multiplier(value, rules.since_epoch_2.send),
        "hash": root.to_string(),
    }))
}
