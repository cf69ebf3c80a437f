//! The other calls: network, accounts, receivable and history, publishing, work.

use nanoark_nano::work::{Difficulty, Root, Work, is_valid};
use nanoark_nano::{Account, BlockHash, Link, RawAmount, SignedBlock, Subtype};
use serde_json::{Value, json};

use crate::answer::{Answer, Collection};
use crate::error::RpcError;
use crate::node::Node;

/// Which software a node runs and on which network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Name and version of the software.
    pub node_vendor: String,
    /// The hash of the network's first block. Compare it with `Network::genesis`, never the network's name.
    pub network_identifier: BlockHash,
}

/// How far a node's ledger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockCount {
    /// Blocks in the ledger.
    pub count: u64,
    /// Blocks that wait for another one.
    pub unchecked: u64,
    /// Blocks that are final. A node that is behind has fewer than others.
    pub cemented: Option<u64>,
}

/// The state of an account's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// The last block, which may not be final.
    pub frontier: BlockHash,
    /// The first block.
    pub open_block: BlockHash,
    /// What the account holds after the last block, in raw: **may not be final**.
    pub balance: RawAmount,
    /// How many blocks the chain has.
    pub block_count: u64,
    /// The last final block.
    pub confirmed_frontier: Option<BlockHash>,
    /// What the account holds after the last final block, in raw.
    pub confirmed_balance: Option<RawAmount>,
    /// Who votes with its weight, as of the last block.
    pub representative: Option<Account>,
}

/// What an account holds and what waits for it, final blocks only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountBalance {
    /// What it holds, in raw.
    pub balance: RawAmount,
    /// What was sent to it and not received yet, in raw.
    pub receivable: RawAmount,
}

/// Which sends [`Node::receivable`] is to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivableFilter {
    /// At most so many.
    pub count: u16,
    /// Only sends of at least so much, in raw: dust must not push a payment out of the list.
    pub threshold: RawAmount,
    /// Only final ones. Nodes before V22 list all by default, so this is always sent.
    pub only_confirmed: bool,
}

/// A send that its destination has not received yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receivable {
    /// The send's hash.
    pub hash: BlockHash,
    /// What it moves, in raw, if the node tells.
    pub amount: Option<RawAmount>,
    /// Who sent it, if the node tells.
    pub source: Option<Account>,
}

/// A block of an account's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The block's hash.
    pub hash: BlockHash,
    /// What the node calls it: the subtype of a state block, or the type of a legacy block.
    pub kind: String,
    /// What it moves, in raw. Absent for changes and when the block before it is pruned.
    pub amount: Option<RawAmount>,
    /// The send it takes in, if it is a receive.
    pub source: Option<BlockHash>,
    /// Its position on the chain, from 1.
    pub height: u64,
    /// Whether it is final, if the node tells.
    pub confirmed: Option<bool>,
}

/// The weight behind confirmations, in raw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfirmationQuorum {
    /// What a block needs to be confirmed.
    pub quorum_delta: RawAmount,
    /// The least online weight that is assumed.
    pub online_weight_minimum: RawAmount,
    /// The weight the node sees voting.
    pub online_stake_total: RawAmount,
    /// The weight of its peers. Below the two above it confirms nothing.
    pub peers_stake_total: RawAmount,
}

impl Node {
    /// Which software and which network.
    ///
    /// # Errors
    ///
    /// [`RpcError`].
    pub async fn version(&self) -> Result<Version, RpcError> {
        let value = self.post("version", &json!({ "action": "version" })).await?;
        let answer = Answer::new("version", &value)?;
        Ok(Version {
            node_vendor: answer.parse("node_vendor")?,
            network_identifier: answer.parse("network_identifier")?,
        })
    }

    /// How far the node's ledger is.
    ///
    /// # Errors
    ///
    /// [`RpcError`].
    pub async fn block_count(&self) -> Result<BlockCount, RpcError> {
        let value = self.post("block_count", &json!({ "action": "block_count" })).await?;
        let answer = Answer::new("block_count", &value)?;
        Ok(BlockCount {
            count: answer.count("count")?,
            unchecked: answer.count("unchecked")?,
            cemented: answer.count_optional("cemented")?,
        })
    }

    /// The weight behind confirmations.
    ///
    /// # Errors
    ///
    /// [`RpcError`].
    pub async fn confirmation_quorum(&self) -> Result<ConfirmationQuorum, RpcError> {
        const ACTION: &str = "confirmation_quorum";
        let value = self.post(ACTION, &json!({ "action": ACTION })).await?;
        let answer = Answer::new(ACTION, &value)?;
        Ok(ConfirmationQuorum {
            quorum_delta: answer.parse("quorum_delta")?,
            online_weight_minimum: answer.parse("online_weight_minimum")?,
            online_stake_total: answer.parse("online_stake_total")?,
            peers_stake_total: answer.parse("peers_stake_total")?,
        })
    }

    /// The state of an account's chain.
    ///
    /// # Errors
    ///
    /// [`RpcError`]; `Node(AccountNotFound)` if the account has no block yet.
    pub async fn account_info(&self, account: &Account) -> Result<AccountInfo, RpcError> {
        const ACTION: &str = "account_info";
        let request = json!({
            "action": ACTION, "account": account, "representative": "true", "include_confirmed": "true",
        });
        let value = self.post(ACTION, &request).await?;
        let answer = Answer::new(ACTION, &value)?;
        Ok(AccountInfo {
            frontier: answer.parse("frontier")?,
            open_block: answer.parse("open_block")?,
            balance: answer.parse("balance")?,
            block_count: answer.count("block_count")?,
            confirmed_frontier: match answer.parse_optional("confirmed_frontier")? {
                Some(frontier) => Some(frontier),
                None => answer.parse_optional("confirmation_height_frontier")?,
            },
            confirmed_balance: answer.parse_optional("confirmed_balance")?,
            representative: answer.parse_optional("representative")?,
        })
    }

    /// What an account holds and what waits for it. Zero for an account without blocks.
    ///
    /// # Errors
    ///
    /// [`RpcError`].
    pub async fn account_balance(&self, account: &Account) -> Result<AccountBalance, RpcError> {
        const ACTION: &str = "account_balance";
        let request = json!({ "action": ACTION, "account": account, "include_only_confirmed": "true" });
        let value = self.post(ACTION, &request).await?;
        AccountBalance::read(&Answer::new(ACTION, &value)?)
    }

    /// The last `count` blocks of an account, newest first. The node's own names for them are in [`HistoryEntry::kind`].
    ///
    /// # Errors
    ///
    /// [`RpcError`]; `Node(AccountNotFound)` if the account has no block yet.
    pub async fn account_history(&self, account: &Account, count: u16) -> Result<Vec<HistoryEntry>, RpcError> {
        const ACTION: &str = "account_history";
        let request = json!({ "action": ACTION, "account": account, "count": count.to_string(), "raw": "true" });
        let value = self.post(ACTION, &request).await?;
        let history = Answer::new(ACTION, &value)?;
        history
            .list("history")?
            .iter()
            .map(|entry| HistoryEntry::read(&Answer::new(ACTION, entry)?))
            .collect()
    }

    /// Sends to `account` that it has not received yet. Empty for an account that nobody paid.
    ///
    /// # Errors
    ///
    /// [`RpcError`].
    pub async fn receivable(&self, account: &Account, filter: ReceivableFilter) -> Result<Vec<Receivable>, RpcError> {
        const ACTION: &str = "receivable";
        let request = json!({
            "action": ACTION,
            "account": account,
            "count": filter.count.to_string(),
            "threshold": filter.threshold,
            "source": "true",
            // The largest first: what `count` cuts off is dust.
            "sorting": "true",
            "include_only_confirmed": filter.only_confirmed.to_string(),
        });
        let value = self.post(ACTION, &request).await?;
        let answer = Answer::new(ACTION, &value)?;
        let unexpected = || answer.unexpected("blocks");
        match answer.collection("blocks")? {
            Collection::Empty => Ok(Vec::new()),
            Collection::List(hashes) => {
                let bare = |hash: &Value| {
                    let hash = hash
                        .as_str()
                        .and_then(|hash| hash.parse().ok())
                        .ok_or_else(unexpected)?;
                    Ok(Receivable {
                        hash,
                        amount: None,
                        source: None,
                    })
                };
                hashes.iter().map(bare).collect()
            }
            Collection::Map(blocks) => {
                let detailed =
                    |(hash, details): (&String, &Value)| Receivable::read(hash, details).ok_or_else(unexpected);
                blocks.iter().map(detailed).collect()
            }
        }
    }

    /// Publishes a block. `subtype` makes the node refuse a block that would do something else than it is meant to.
    ///
    /// A block that the node has already is no error but success; it answers so in two ways, and both are seen through
    /// by looking whether the block is there.
    ///
    /// # Errors
    ///
    /// [`RpcError`]; `Node(…)` says what is wrong with the block.
    pub async fn process(&self, block: &SignedBlock, subtype: Subtype) -> Result<BlockHash, RpcError> {
        const ACTION: &str = "process";
        let request = json!({ "action": ACTION, "json_block": "true", "subtype": subtype, "block": block });
        match self.post(ACTION, &request).await {
            Ok(value) => Answer::new(ACTION, &value)?.parse("hash"),
            Err(RpcError::Node(refusal)) => {
                let hash = block.block.hash();
                let known = self
                    .block_info(&hash)
                    .await
                    .is_ok_and(|info| info.contents.hash() == Some(hash));
                if known { Ok(hash) } else { Err(RpcError::Node(refusal)) }
            }
            Err(error) => Err(error),
        }
    }

    /// Asks the node to hold an election on a block that stays unconfirmed. Harmless for one that is confirmed.
    ///
    /// # Errors
    ///
    /// [`RpcError`].
    pub async fn block_confirm(&self, hash: &BlockHash) -> Result<bool, RpcError> {
        const ACTION: &str = "block_confirm";
        let value = self.post(ACTION, &json!({ "action": ACTION, "hash": hash })).await?;
        Answer::new(ACTION, &value)?.flag("started")
    }

    /// Has the node make work of at least `difficulty` for `root`. Needs `enable_control` on the node.
    ///
    /// # Errors
    ///
    /// [`RpcError`]; `UnexpectedShape` if the work is not what was asked for.
    pub async fn work_generate(&self, root: &Root, difficulty: Difficulty) -> Result<Work, RpcError> {
        const ACTION: &str = "work_generate";
        let request =
            |difficulty: String| json!({ "action": ACTION, "hash": root.to_string(), "difficulty": difficulty });
        let value = match self.post(ACTION, &request(difficulty.to_string())).await {
            // RsNano reads the difficulty in decimal only, and calls hex unprocessable.
            Err(RpcError::Http { status: 422 }) => self.post(ACTION, &request(difficulty.get().to_string())).await?,
            other => other?,
        };
        let answer = Answer::new(ACTION, &value)?;
        let work: Work = answer.parse("work")?;
        if is_valid(root, work, difficulty) {
            Ok(work)
        } else {
            Err(answer.unexpected("work"))
        }
    }
}

impl AccountBalance {
    pub(crate) fn read(answer: &Answer<'_>) -> Result<Self, RpcError> {
        // Nodes before V23 know "pending" only.
        let receivable = answer.parse_optional("receivable")?;
        let receivable = receivable.map_or_else(|| answer.parse("pending"), Ok)?;
        Ok(Self {
            balance: answer.parse("balance")?,
            receivable,
        })
    }
}

impl Receivable {
    /// `details` is the amount alone, or an object, depending on what was asked and who answers.
    fn read(hash: &str, details: &Value) -> Option<Self> {
        let hash = hash.parse().ok()?;
        if let Some(amount) = details.as_str() {
            return Some(Self {
                hash,
                amount: Some(amount.parse().ok()?),
                source: None,
            });
        }
        let details = Answer::new("receivable", details).ok()?;
        let (amount, source) = (
            details.parse_optional("amount").ok()?,
            details.parse_optional("source").ok()?,
        );
        Some(Self { hash, amount, source })
    }
}

impl HistoryEntry {
    fn read(entry: &Answer<'_>) -> Result<Self, RpcError> {
        let kind: String = entry.parse("type")?;
        let kind = if kind == "state" {
            entry.parse_optional("subtype")?.unwrap_or(kind)
        } else {
            kind
        };
        // A state block's source is its link; legacy blocks have a field of that name.
        let source = match (kind.as_str(), entry.parse_optional::<Link>("link")?) {
            ("receive" | "open", Some(link)) => Some(link.as_hash()),
            ("receive" | "open", None) => entry.parse_optional("source")?,
            _ => None,
        };
        Ok(Self {
            hash: entry.parse("hash")?,
            amount: entry.parse_optional("amount")?,
            source,
            height: entry.count_optional("height")?.unwrap_or(0),
            confirmed: entry.flag_optional("confirmed")?,
            kind,
        })
    }
}
