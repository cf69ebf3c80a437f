//! Money of the dev network: its genesis key is public, and what it gives is worth nothing.

use std::time::Duration;

use nanoark_nano::{Account, BlockHash, Network, RawAmount, StateBlock, Subtype};
use nanoark_nano_rpc::Node;
use nanoark_nano_work::{Progress, search};
use nanoark_testkit::nano_ledger::{genesis_account, genesis_key};

use crate::Failure;

/// How long a block may take to be confirmed.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Sends from the genesis account and waits until the block is confirmed.
pub(crate) async fn give(node: &Node, to: Account, amount: RawAmount) -> Result<BlockHash, Failure> {
    let version = node.version().await?;
    if version.network_identifier != Network::Dev.genesis() {
        return Err(format!(
            "{} is not on the dev network, where alone the genesis key is public",
            node.name()
        )
        .into());
    }
    let head = node.account_info(&genesis_account()).await?;
    let representative = head.representative.unwrap_or(genesis_account());
    let block = StateBlock::send(
        genesis_account(),
        head.frontier,
        head.balance,
        amount,
        to,
        representative,
    )?;
    let threshold = Network::Dev.thresholds().of(Subtype::Send);
    let work = search(&block.root(), threshold, 0, 1, &Progress::default()).ok_or("no work was found")?;
    let hash = node.process(&block.sign(&genesis_key(), work), Subtype::Send).await?;
    let confirmed = async {
        while !node.block_info(&hash).await?.confirmed {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(hash)
    };
    tokio::time::timeout(PATIENCE, confirmed)
        .await
        .map_err(|_| format!("block {hash} is not confirmed after {} s", PATIENCE.as_secs()))?
}
