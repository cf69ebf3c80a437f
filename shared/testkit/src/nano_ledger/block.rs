//! A block as the ledger keeps it, and as JSON.

use nanoark_nano::legacy::LegacyBlock;
use nanoark_nano::{Account, BlockHash, Signature, SignedBlock, Work};
use serde_json::{Value, json};

/// A block of any age.
#[derive(Clone, Debug)]
pub(super) enum LedgerBlock {
    /// The only kind that is still accepted.
    State(SignedBlock),
    /// A kind from before 2018: part of the chain below, never accepted again.
    Legacy {
        block: LegacyBlock,
        signature: Signature,
        work: Work,
    },
}

impl LedgerBlock {
    pub(super) fn hash(&self) -> BlockHash {
        match self {
            Self::State(signed) => signed.block.hash(),
            Self::Legacy { block, .. } => block.hash(),
        }
    }

    pub(super) fn previous(&self) -> BlockHash {
        match self {
            Self::State(signed) => signed.block.previous,
            Self::Legacy { block, .. } => match block {
                LegacyBlock::Send { previous, .. }
                | LegacyBlock::Receive { previous, .. }
                | LegacyBlock::Change { previous, .. } => *previous,
                LegacyBlock::Open { .. } => BlockHash::ZERO,
            },
        }
    }

    /// Who votes from this block on, if the block says so.
    pub(super) fn representative(&self) -> Option<Account> {
        match self {
            Self::State(signed) => Some(signed.block.representative),
            Self::Legacy { block, .. } => match block {
                LegacyBlock::Open { representative, .. } | LegacyBlock::Change { representative, .. } => {
                    Some(*representative)
                }
                LegacyBlock::Send { .. } | LegacyBlock::Receive { .. } => None,
            },
        }
    }

    pub(super) fn signature(&self) -> Signature {
        match self {
            Self::State(signed) => signed.signature,
            Self::Legacy { signature, .. } => *signature,
        }
    }

    pub(super) fn work(&self) -> Work {
        match self {
            Self::State(signed) => signed.work,
            Self::Legacy { work, .. } => *work,
        }
    }

    /// The word in the block's `type` field.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::State(_) => "state",
            Self::Legacy { block, .. } => match block {
                LegacyBlock::Send { .. } => "send",
                LegacyBlock::Receive { .. } => "receive",
                LegacyBlock::Open { .. } => "open",
                LegacyBlock::Change { .. } => "change",
            },
        }
    }

    /// The block as a node shows it; work in lower case.
    pub(super) fn to_json(&self) -> Value {
        let mut contents = match self {
            Self::State(signed) => {
                let block = &signed.block;
                json!({
                    "account": block.account,
                    "previous": block.previous,
                    "representative": block.representative,
                    "balance": block.balance,
                    "link": block.link,
                    "link_as_account": block.link.as_account(),
                })
            }
            Self::Legacy { block, .. } => match block {
                LegacyBlock::Send {
                    previous,
                    destination,
                    balance,
                } => json!({
                    "previous": previous,
                    "destination": destination,
                    "balance": format!("{:032X}", balance.raw()),
                }),
                LegacyBlock::Receive { previous, source } => json!({ "previous": previous, "source": source }),
                LegacyBlock::Open {
                    source,
                    representative,
                    account,
                } => {
                    json!({ "source": source, "representative": representative, "account": account })
                }
                LegacyBlock::Change {
                    previous,
                    representative,
                } => {
                    json!({ "previous": previous, "representative": representative })
                }
            },
        };
        if let Some(fields) = contents.as_object_mut() {
            fields.insert("type".to_owned(), json!(self.type_name()));
            fields.insert("signature".to_owned(), json!(self.signature()));
            fields.insert("work".to_owned(), json!(self.work()));
        }
        contents
    }
}
