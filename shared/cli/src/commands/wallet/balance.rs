//! `nanoark wallet balance`.

use nanoark_nano::{Account, RawAmount};
use nanoark_wallet::{AccountBalance, AccountIndex, Balance};
use schemars::JsonSchema;
use serde::Serialize;

use crate::amount;
use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

/// What the wallet has.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Holdings {
    /// The main account first, then invoice accounts.
    accounts: Vec<Holding>,
    /// What all accounts hold together, in raw.
    #[schemars(with = "String")]
    balance_raw: RawAmount,
    /// What waits to be received, in raw.
    #[schemars(with = "String")]
    receivable_raw: RawAmount,
}

/// What one account has.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Holding {
    /// 0 for the main account.
    index: u32,
    /// The account.
    #[schemars(with = "String")]
    account: Account,
    /// What it holds, in raw.
    #[schemars(with = "String")]
    balance_raw: RawAmount,
    /// What waits to be received, in raw.
    #[schemars(with = "String")]
    receivable_raw: RawAmount,
}

pub(super) async fn run(session: &Session) -> Result<(), Failure> {
    let balance = session.wallet()?.balance().await?;
    session.output.result(&Holdings::from(balance))
}

impl From<Balance> for Holdings {
    fn from(balance: Balance) -> Self {
        let sum = |of: fn(&AccountBalance) -> RawAmount| {
            balance.accounts.iter().map(of).fold(RawAmount::ZERO, |sum, amount| {
                // More than there is in all cannot be.
                sum.checked_add(amount).unwrap_or(RawAmount::MAX)
            })
        };
        Self {
            balance_raw: sum(|account| account.balance),
            receivable_raw: sum(|account| account.receivable),
            accounts: balance.accounts.into_iter().map(Holding::from).collect(),
        }
    }
}

impl From<AccountBalance> for Holding {
    fn from(account: AccountBalance) -> Self {
        Self {
            index: account.index.0,
            account: account.account,
            balance_raw: account.balance,
            receivable_raw: account.receivable,
        }
    }
}

impl Holding {
    /// The account for people.
    pub(super) fn line(&self) -> String {
        let name = if self.index == AccountIndex::MAIN.0 {
            "main".to_owned()
        } else {
            format!("invoice {}", self.index)
        };
        let waiting = if self.receivable_raw == RawAmount::ZERO {
            String::new()
        } else {
            format!("  (+ {} to receive)", amount::show(self.receivable_raw))
        };
        format!(
            "{name:<10} {}  {}{waiting}",
            self.account,
            amount::show(self.balance_raw)
        )
    }
}

impl Report for Holdings {
    fn text(&self) -> String {
        let mut lines: Vec<String> = self.accounts.iter().map(Holding::line).collect();
        if self.accounts.len() > 1 {
            lines.push(format!("{:<10} {}", "together", amount::show(self.balance_raw)));
        }
        if self.receivable_raw != RawAmount::ZERO {
            lines.push("`nanoark wallet receive` takes in what waits for the main account.".to_owned());
        }
        lines.join("\n")
    }
}
