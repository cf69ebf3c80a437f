//! `fund`: money of the dev network for an account, from the genesis key, which is public and worth nothing.

use std::io::Write as _;

use nanoark_nano::{Account, RawAmount};
use nanoark_nano_rpc::{Limits, Node, Url};
use nanoark_runtime::system_setting;

use crate::{Failure, faucet};

/// The node of a running `up`.
const LOCAL_NODE: &str = "http://127.0.0.1:17076";

/// Whom to give how much.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The account that gets it; `nanoark wallet address` shows one.
    account: Account,
    /// How much, in XNO.
    #[arg(value_parser = xno)]
    amount: RawAmount,
    /// The RPC address of a node of the dev network; also `NANOARK_NANO_RPC_URLS`, of which the first is taken. Without
    /// any, the node of a running `up`.
    #[arg(long, value_name = "URL")]
    nano_rpc: Option<String>,
}

/// Sends, and prints the block's hash once it is confirmed.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let named = arguments.nano_rpc.or_else(|| system_setting("NANOARK_NANO_RPC_URLS"));
    let urls = named.as_deref().unwrap_or(LOCAL_NODE);
    let url = urls.split(',').next().unwrap_or(LOCAL_NODE).trim();
    let node = Node::new(Url::parse(url)?, Limits::default())?;
    let hash = faucet::give(&node, arguments.account, arguments.amount).await?;
    writeln!(std::io::stdout(), "{hash}")?;
    Ok(())
}

/// Reads `1`, `0.5XNO` or `0.5 XNO`.
fn xno(text: &str) -> Result<RawAmount, String> {
    let number = text.strip_suffix("XNO").unwrap_or(text).trim();
    RawAmount::from_xno(number).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use nanoark_testkit::nano_ledger::{DevWallet, NanoLedger, NanoNode};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_money_waits_for_the_account_and_is_final() {
        let clock = nanoark_local::Clock::system();
        let ledger = NanoLedger::new(Arc::new(move || clock.now()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let node = NanoNode::new(&ledger).serve(listener).unwrap();
        let account = DevWallet::numbered(1, 0, &ledger).account();
        let amount = RawAmount::from_xno("0.5").unwrap();
        for so_far in [1, 2] {
            let arguments = Arguments {
                account,
                amount,
                nano_rpc: Some(node.url()),
            };
            run(arguments).await.unwrap();
            let waiting = ledger.receivable(&account);
            assert_eq!(waiting.len(), so_far);
            assert!(
                waiting
                    .iter()
                    .all(|(hash, waits)| *waits == amount && ledger.is_confirmed(hash))
            );
        }
        node.stop().await;
    }

    #[test]
    fn an_amount_is_in_xno() {
        let one = RawAmount::from_xno("1").unwrap();
        for (text, amount) in [
            ("1", Some(one)),
            ("1XNO", Some(one)),
            ("1 XNO", Some(one)),
            ("1raw", None),
            ("", None),
        ] {
            assert_eq!(xno(text).ok(), amount, "{text}");
        }
    }
}
