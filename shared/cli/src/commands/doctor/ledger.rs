//! The Nano nodes, their quorum, and the wallet.

use nanoark_nano_rpc::NodeState;
use nanoark_wallet::{AccountIndex, Secret};

use super::Check;
use crate::amount;
use crate::session::Session;

/// Each node, and whether enough of them are usable.
pub(super) async fn nodes(session: &Session) -> Vec<Check> {
    const NAME: &str = "nodes";
    let nodes = match session.nodes() {
        Ok(nodes) => nodes,
        Err(failure) => return vec![Check::of_failure(NAME, failure)],
    };
    let health = nodes.health().await;
    let network = session.settings.network().as_str();
    let mut checks: Vec<Check> = health
        .nodes
        .iter()
        .map(|node| {
            let name = &node.node;
            match &node.state {
                NodeState::Usable { block_count } => Check::ok(
                    "node",
                    format!("{name} is on the {network} network with {} blocks", block_count.count),
                ),
                NodeState::WrongNetwork => Check::failed(
                    "node",
                    format!("{name} is not on the {network} network"),
                    "name another node with --nano-rpc, or the network with --nano-network",
                ),
                NodeState::Failing(error) => Check::failed(
                    "node",
                    format!("{name}: {error}"),
                    "name another node with --nano-rpc URL,URL",
                ),
            }
        })
        .collect();
    let (usable, quorum, all) = (health.usable(), health.quorum, health.nodes.len());
    let found = format!("{usable} of {all} nodes are usable, {quorum} must agree");
    checks.push(if health.is_ready() {
        Check::ok("quorum", found)
    } else {
        Check::failed(
            "quorum",
            found,
            "name more nodes with --nano-rpc, or lower --nano-quorum",
        )
    });
    checks
}

/// The state file opens, and what the main account holds.
pub(super) async fn wallet(session: &Session, secret: Option<Secret>, offline: bool) -> Check {
    const NAME: &str = "wallet";
    let Some(secret) = secret else {
        return Check::failed(NAME, "there is no key", "mend the key first");
    };
    let opened = session.nodes().and_then(|nodes| session.wallet_of(secret, &nodes));
    let wallet = match opened {
        Ok(wallet) => wallet,
        Err(failure) => return Check::of_failure(NAME, failure),
    };
    let account = wallet.account(AccountIndex::MAIN);
    if offline {
        return Check::ok(NAME, format!("{account}"));
    }
    match wallet.balance().await {
        Ok(balance) => {
            let main = balance.accounts.iter().find(|one| one.index == AccountIndex::MAIN);
            let held = main.map_or_else(|| "nothing".to_owned(), |main| amount::show(main.balance));
            Check::ok(NAME, format!("{account} holds {held}"))
        }
        Err(error) => Check::of_failure(NAME, error.into()),
    }
}
