//! `fund`: money that is worth nothing. A Nano account gets it from the genesis key of the dev network, which is public; an
//! Ark address gets a coin from the operator of a running `up`.

use std::io::Write as _;
use std::str::FromStr;

use bitcoin::Amount;
use nanoark_ark_verifier::address::ArkAddress;
use nanoark_nano::{Account, RawAmount};
use nanoark_nano_rpc::{Limits, Node, Url};
use nanoark_runtime::system_setting;

use crate::{Failure, faucet, operator};

/// The node of a running `up`.
const LOCAL_NODE: &str = "http://127.0.0.1:17076";

/// The Ark operator of a running `up`.
const LOCAL_ARKD: &str = "http://127.0.0.1:7070";

/// Whom to give how much.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The account that gets it, as `nanoark wallet address` shows one, or the Ark address, as `nanoark ark address` does.
    recipient: Recipient,
    /// How much: in XNO for an account, in satoshi for an Ark address.
    amount: String,
    /// The RPC address of a node of the dev network; also `NANOARK_NANO_RPC_URLS`, of which the first is taken. Without
    /// any, the node of a running `up`.
    #[arg(long, value_name = "URL")]
    nano_rpc: Option<String>,
    /// The address of the operator of a running `up`; also `NANOARK_ARKD_URL`. No real operator gives coins away.
    #[arg(long, value_name = "URL")]
    arkd: Option<String>,
}

/// Who gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Recipient {
    /// A Nano account.
    Nano(Account),
    /// An Ark address.
    Ark(ArkAddress),
}

impl FromStr for Recipient {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("tark1") || text.starts_with("ark1") {
            let address = text.parse().map_err(|error| format!("not an Ark address: {error}"))?;
            return Ok(Self::Ark(address));
        }
        let account = text.parse().map_err(|error| format!("not a Nano account: {error}"))?;
        Ok(Self::Nano(account))
    }
}

/// Gives, and prints the hash of the block once it is confirmed, or the outpoint of the coin.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let given = match arguments.recipient {
        Recipient::Nano(account) => {
            let amount = xno(&arguments.amount)?;
            let named = arguments.nano_rpc.or_else(|| system_setting("NANOARK_NANO_RPC_URLS"));
            let urls = named.as_deref().unwrap_or(LOCAL_NODE);
            let url = urls.split(',').next().unwrap_or(LOCAL_NODE).trim();
            let node = Node::new(Url::parse(url)?, Limits::default())?;
            faucet::give(&node, account, amount).await?.to_string()
        }
        Recipient::Ark(address) => {
            let amount = satoshi(&arguments.amount)?;
            let named = arguments.arkd.or_else(|| system_setting("NANOARK_ARKD_URL"));
            let url = named.as_deref().unwrap_or(LOCAL_ARKD);
            operator::give(url, address, amount).await?.to_string()
        }
    };
    writeln!(std::io::stdout(), "{given}")?;
    Ok(())
}

/// Reads `50000`, `50000sat` or `50000 sat`.
fn satoshi(text: &str) -> Result<Amount, String> {
    let number = text.strip_suffix("sat").unwrap_or(text).trim();
    let satoshi = number
        .parse()
        .map_err(|_| format!("{text:?} is no whole number of satoshi"))?;
    Ok(Amount::from_sat(satoshi))
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
                recipient: Recipient::Nano(account),
                amount: "0.5".to_owned(),
                nano_rpc: Some(node.url()),
                arkd: None,
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

    #[tokio::test]
    async fn an_ark_address_gets_its_coin_from_the_operator() {
        let operator = operator::serve(&nanoark_local::Clock::system(), 0).await.unwrap();
        let fund = |amount: &str| Arguments {
            recipient: Recipient::Ark(operator::tests::address()),
            amount: amount.to_owned(),
            nano_rpc: None,
            arkd: Some(operator.url()),
        };
        run(fund("50000")).await.unwrap();
        assert!(run(fund("0.5")).await.is_err());
        operator.stop();
    }

    #[test]
    fn the_recipient_says_which_money_it_is() {
        let (ark, nano) = (
            operator::tests::address(),
            nanoark_testkit::nano_ledger::genesis_account(),
        );
        assert_eq!(ark.to_string().parse(), Ok(Recipient::Ark(ark)));
        assert_eq!(nano.to_string().parse(), Ok(Recipient::Nano(nano)));
        for text in ["", "tark1", "nano_1", "bc1qxyz"] {
            assert!(text.parse::<Recipient>().is_err(), "{text}");
        }
    }

    #[test]
    fn satoshi_come_whole() {
        for (text, amount) in [
            ("50000", Some(50_000)),
            ("50000sat", Some(50_000)),
            ("50000 sat", Some(50_000)),
            ("0.5", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(satoshi(text).ok(), amount.map(Amount::from_sat), "{text}");
        }
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
