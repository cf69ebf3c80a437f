//! `nanoark wallet send`.

use std::time::Duration;

use nanoark_client::{Surroundings as _, System};
use nanoark_nano::{Account, BlockHash, RawAmount, StateBlock};
use nanoark_wallet::{AccountIndex, Purpose, SendOrder, Sent};
use schemars::JsonSchema;
use serde::Serialize;

use crate::amount;
use crate::failure::{Failure, Trouble};
use crate::output::Report;
use crate::session::Session;

/// What to send.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to
    account: Account,
    /// How much, such as 0.5XNO
    #[arg(value_parser = amount::parse)]
    amount: RawAmount,
    /// The payment's name: one name is one payment for ever
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Show the block that would be signed, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// How many seconds to wait for the block to be final
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
}

/// A send that a node took.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SentNow {
    /// The payment's name, for the same command again.
    key: String,
    /// The send block.
    #[schemars(with = "String")]
    block_hash: BlockHash,
    /// Where to.
    #[schemars(with = "String")]
    to: Account,
    /// How much, in raw.
    #[schemars(with = "String")]
    amount_raw: RawAmount,
    /// Whether a quorum of the nodes calls it final.
    confirmed: bool,
}

/// The block that would be signed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Draft {
    /// Always: nothing was signed or sent.
    dry_run: bool,
    /// The block's hash.
    #[schemars(with = "String")]
    hash: BlockHash,
    /// The paying account.
    #[schemars(with = "String")]
    account: Account,
    /// The block before.
    #[schemars(with = "String")]
    previous: BlockHash,
    /// Who votes with the account's weight.
    #[schemars(with = "String")]
    representative: Account,
    /// What the account holds afterwards, in raw.
    #[schemars(with = "String")]
    balance_raw: RawAmount,
    /// Where to.
    #[schemars(with = "String")]
    to: Account,
    /// How much, in raw.
    #[schemars(with = "String")]
    amount_raw: RawAmount,
}

pub(super) async fn run(session: &Session, arguments: Arguments) -> Result<(), Failure> {
    let wallet = session.wallet()?;
    let named = arguments.key.is_some();
    let key = match arguments.key {
        Some(key) => key,
        None => random_key()?,
    };
    let order = SendOrder {
        purpose: Purpose::new(format!("send:{key}"))?,
        from: AccountIndex::MAIN,
        to: arguments.account,
        amount: arguments.amount,
    };
    if arguments.dry_run {
        let block = wallet.draft(&order).await?;
        return session.output.result(&Draft::of(&block, &order));
    }
    if !named {
        session
            .output
            .remark(&format!("If this is interrupted, send the same with --key {key}"));
    }
    session.progress.say("sending");
    let Sent { hash, .. } = wallet.send(&order).await?;
    session.progress.say("waiting until the block is final");
    let confirmed = wallet
        .wait_confirmed(hash, Duration::from_secs(arguments.patience))
        .await?;
    session.progress.done();
    session.output.result(&SentNow {
        key: key.clone(),
        block_hash: hash,
        to: order.to,
        amount_raw: order.amount,
        confirmed,
    })?;
    if confirmed {
        return Ok(());
    }
    Err(Failure::new(
        Trouble::StillGoing,
        format!("block {hash} is sent and not final yet"),
        format!("the same command with --key {key} waits on and sends nothing twice"),
    ))
}

fn random_key() -> Result<String, Failure> {
    let mut bytes = [0; 8];
    System.fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

impl Draft {
    fn of(block: &StateBlock, order: &SendOrder) -> Self {
        Self {
            dry_run: true,
            hash: block.hash(),
            account: block.account,
            previous: block.previous,
            representative: block.representative,
            balance_raw: block.balance,
            to: order.to,
            amount_raw: order.amount,
        }
    }
}

impl Report for Draft {
    /// The block is for programs to read in either form.
    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Report for SentNow {
    fn text(&self) -> String {
        let state = if self.confirmed { "final" } else { "not final yet" };
        format!(
            "sent {} to {}\nblock {} ({state})",
            amount::show(self.amount_raw),
            self.to,
            self.block_hash
        )
    }
}
