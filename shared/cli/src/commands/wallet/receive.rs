//! `nanoark wallet receive` and `sweep`.

use nanoark_nano::{Account, BlockHash, RawAmount};
use nanoark_wallet::AccountIndex;
use schemars::JsonSchema;
use serde::Serialize;

use crate::amount;
use crate::failure::Failure;
use crate::output::Report;
use crate::session::Session;

/// What was taken in.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Pocketed {
    /// Each send that was taken in.
    received: Vec<Taken>,
}

/// A send that was taken in.
#[derive(Debug, Serialize, JsonSchema)]
struct Taken {
    /// The send block.
    #[schemars(with = "String")]
    source_hash: BlockHash,
    /// The receive block.
    #[schemars(with = "String")]
    block_hash: BlockHash,
    /// How much, in raw.
    #[schemars(with = "String")]
    amount_raw: RawAmount,
}

/// What was brought to the main account.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Swept {
    /// Each send to the main account.
    sent: Vec<Moved>,
}

/// A send to the main account.
#[derive(Debug, Serialize, JsonSchema)]
struct Moved {
    /// The invoice account that it came from.
    from_index: u32,
    /// The main account.
    #[schemars(with = "String")]
    to: Account,
    /// How much, in raw.
    #[schemars(with = "String")]
    amount_raw: RawAmount,
    /// The send block.
    #[schemars(with = "String")]
    block_hash: BlockHash,
}

pub(super) async fn receive(session: &Session, least: RawAmount) -> Result<(), Failure> {
    let wallet = session.wallet()?;
    session.progress.say("receiving");
    let received = wallet.receive(AccountIndex::MAIN, least).await?;
    session.progress.done();
    let taken = received.into_iter().map(|one| Taken {
        source_hash: one.source,
        block_hash: one.hash,
        amount_raw: one.amount,
    });
    session.output.result(&Pocketed {
        received: taken.collect(),
    })
}

pub(super) async fn sweep(session: &Session) -> Result<(), Failure> {
    let wallet = session.wallet()?;
    session.progress.say("sweeping invoice accounts");
    let sent = wallet.sweep(&[]).await?;
    session.progress.done();
    let moved = sent.into_iter().map(|one| Moved {
        from_index: one.order.from.0,
        to: one.order.to,
        amount_raw: one.order.amount,
        block_hash: one.hash,
    });
    session.output.result(&Swept { sent: moved.collect() })
}

impl Report for Pocketed {
    fn text(&self) -> String {
        if self.received.is_empty() {
            return "Nothing waits.".to_owned();
        }
        let line = |one: &Taken| format!("received {}  block {}", amount::show(one.amount_raw), one.block_hash);
        self.received.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Report for Swept {
    fn text(&self) -> String {
        if self.sent.is_empty() {
            return "Invoice accounts hold nothing.".to_owned();
        }
        let line = |one: &Moved| {
            format!(
                "swept {} from invoice {}  block {}",
                amount::show(one.amount_raw),
                one.from_index,
                one.block_hash
            )
        };
        self.sent.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
