//! Actions that take a block.

use serde_json::{Value, json};

use super::NanoNode;
use super::request::{Refusal, Request};
use crate::nano_ledger::process::ProcessError;

pub(super) fn process(node: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let subtype = request.subtype()?;
    // A legacy block would have to follow a legacy block, and the last of those was made in 2018.
    let block = request
        .block()?
        .ok_or_else(|| Refusal::Error(ProcessError::BlockPosition.to_string()))?;
    let accepted = node.ledger.process_as(&block, subtype, request.flag("force", false));
    if request.flag("async", false) {
        // The caller of an asynchronous `process` is never told how it went.
        return Ok(json!({ "started": "1" }));
    }
    accepted
        .map(|hash| json!({ "hash": hash }))
        .map_err(|error| Refusal::Error(error.to_string()))
}

pub(super) fn block_hash(_: &NanoNode, request: &Request<'_>) -> Result<Value, Refusal> {
    let block = request.block()?.ok_or_else(|| Refusal::error("Block is invalid"))?;
    Ok(json!({ "hash": block.block.hash() }))
}
