//! The bots' Nano wallets: real blocks, signed here, published through a node's RPC. Nothing in it knows whether the node
//! is the development ledger or a real one.

use std::time::Duration;

use nanoark_nano::work::{self, Root};
use nanoark_nano::{Account, BlockHash, Network, PrivateKey, RawAmount, Seed, SignedBlock, StateBlock, Subtype, Work};
use nanoark_nano_rpc::{Node, NodeError, RpcError};

use super::Failure;

/// Enough tries for the thresholds of the dev network, which take a thousand hashes on average.
const MOST_TRIES: u64 = 100_000_000;

/// One account of a seed, and the node it is seen through.
#[derive(Debug, Clone)]
pub(super) struct Wallet {
    key: PrivateKey,
    node: Node,
    network: Network,
}

impl Wallet {
    pub(super) fn of_seed(seed: &Seed, index: u32, node: &Node, network: Network) -> Self {
        Self {
            key: seed.private_key(index),
            node: node.clone(),
            network,
        }
    }

    pub(super) fn of_key(key: PrivateKey, node: &Node, network: Network) -> Self {
        Self {
            key,
            node: node.clone(),
            network,
        }
    }

    pub(super) fn account(&self) -> Account {
        self.key.public()
    }

    /// Where the account stands: its frontier, balance and representative; `None` while it is unopened.
    async fn head(&self) -> Result<Option<(BlockHash, RawAmount, Option<Account>)>, Failure> {
        match self.node.account_info(&self.account()).await {
            Ok(info) => Ok(Some((info.frontier, info.balance, info.representative))),
            Err(RpcError::Node(NodeError::AccountNotFound)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends and waits until the block is confirmed.
    pub(super) async fn send(&self, to: Account, amount: RawAmount) -> Result<BlockHash, Failure> {
        let (frontier, balance, representative) = self.head().await?.ok_or("the paying account is unopened")?;
        let block = StateBlock::send(
            self.account(),
            frontier,
            balance,
            amount,
            to,
            representative.unwrap_or(self.account()),
        )?;
        self.publish(block, Subtype::Send).await
    }

    /// Takes a send in and waits until that is confirmed.
    pub(super) async fn receive(&self, source: BlockHash, amount: RawAmount) -> Result<BlockHash, Failure> {
        match self.head().await? {
            Some((frontier, balance, representative)) => {
                let block = StateBlock::receive(
                    self.account(),
                    frontier,
                    balance,
                    amount,
                    source,
                    representative.unwrap_or(self.account()),
                )?;
                self.publish(block, Subtype::Receive).await
            }
            None => {
                let block = StateBlock::open(self.account(), amount, source, self.account())?;
                self.publish(block, Subtype::Open).await
            }
        }
    }

    async fn publish(&self, block: StateBlock, subtype: Subtype) -> Result<BlockHash, Failure> {
        let work = self.work_for(block.root(), subtype)?;
        let signed: SignedBlock = block.sign(&self.key, work);
        let hash = self.node.process(&signed, subtype).await?;
        for _ in 0..200 {
            if self.node.block_info(&hash).await?.confirmed {
                return Ok(hash);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Err(format!("block {hash} is not confirmed after 5 s").into())
    }

    fn work_for(&self, root: Root, subtype: Subtype) -> Result<Work, Failure> {
        let threshold = self.network.thresholds().of(subtype);
        work::generate(&root, threshold, 0, MOST_TRIES).ok_or_else(|| "no work found".into())
    }
}
