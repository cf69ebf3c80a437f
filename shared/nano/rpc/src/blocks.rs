//! `block_info` and `blocks_info`: a block and what the node says about it.

use std::collections::BTreeMap;

use nanoark_nano::legacy::LegacyBlock;
use nanoark_nano::{Account, BlockHash, RawAmount, SignedBlock};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Collection};
use crate::error::RpcError;
use crate::node::Node;

/// A block as a node tells it. Nothing in it is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// Whose chain it is on.
    pub account: Account,
    /// What it moves, in raw. Absent when the block before it is pruned.
    pub amount: Option<RawAmount>,
    /// What the account holds after it, in raw.
    pub balance: Option<RawAmount>,
    /// Its position on the chain, from 1.
    pub height: u64,
    /// When this node first saw it, in Unix seconds; 0 if it does not know.
    pub local_timestamp: u64,
    /// Whether it is final on this node.
    pub confirmed: bool,
    /// The block itself.
    pub contents: Contents,
}

/// The block inside of a [`BlockInfo`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// A state block.
    State(SignedBlock),
    /// A block from before state blocks.
    Legacy(LegacyBlock),
    /// A block of a type that this release does not know.
    UnknownType(String),
}

impl Contents {
    /// The hash that the fields give. `None` for a type that is not known.
    #[must_use]
    pub fn hash(&self) -> Option<BlockHash> {
        match self {
            Self::State(signed) => Some(signed.block.hash()),
            Self::Legacy(legacy) => Some(legacy.hash()),
            Self::UnknownType(_) => None,
        }
    }

    /// Reads an object, or a string that holds one (the C++ node without `json_block`, and proxies that drop it).
    fn read(value: &Value) -> Option<Self> {
        let unquoted: Value;
        let value = if let Some(text) = value.as_str() {
            unquoted = serde_json::from_str(text).ok()?;
            &unquoted
        } else {
            value
        };
        match value.get("type")?.as_str()? {
            "state" => SignedBlock::deserialize(value).ok().map(Self::State),
            "send" | "receive" | "open" | "change" => LegacyBlock::deserialize(value).ok().map(Self::Legacy),
            other => Some(Self::UnknownType(other.chars().take(40).collect())),
        }
    }
}

impl BlockInfo {
    fn read(action: &'static str, value: &Value) -> Result<Self, RpcError> {
        let answer = Answer::new(action, value)?;
        Ok(Self {
            account: answer.parse("block_account")?,
            amount: answer.parse_optional("amount")?,
            balance: answer.parse_optional("balance")?,
            height: answer.count("height")?,
            local_timestamp: answer.count_optional("local_timestamp")?.unwrap_or(0),
            confirmed: answer.flag("confirmed")?,
            contents: Contents::read(answer.value("contents")?).ok_or_else(|| answer.unexpected("contents"))?,
        })
    }
}

impl Node {
    /// The block with this hash.
    ///
    /// # Errors
    ///
    /// [`RpcError`]; `Node(BlockNotFound)` if the node does not have it.
    pub async fn block_info(&self, hash: &BlockHash) -> Result<BlockInfo, RpcError> {
        const ACTION: &str = "block_info";
        let request = json!({ "action": ACTION, "json_block": "true", "hash": hash });
        BlockInfo::read(ACTION, &self.post(ACTION, &request).await?)
    }

    /// Those of the blocks that the node has.
    ///
    /// # Errors
    ///
    /// [`RpcError`]. A node too old for `include_not_found` answers `Node(BlockNotFound)` when one of them is missing.
    pub async fn blocks_info(&self, hashes: &[BlockHash]) -> Result<BTreeMap<BlockHash, BlockInfo>, RpcError> {
        const ACTION: &str = "blocks_info";
        let request = json!({ "action": ACTION, "json_block": "true", "include_not_found": "true", "hashes": hashes });
        let value = self.post(ACTION, &request).await?;
        let answer = Answer::new(ACTION, &value)?;
        match answer.collection("blocks")? {
            Collection::Empty => Ok(BTreeMap::new()),
            Collection::List(_) => Err(answer.unexpected("blocks")),
            Collection::Map(blocks) => blocks
                .iter()
                .map(|(hash, block)| {
                    let hash = hash.parse().map_err(|_| answer.unexpected("blocks"))?;
                    Ok((hash, BlockInfo::read(ACTION, block)?))
                })
                .collect(),
        }
    }
}
