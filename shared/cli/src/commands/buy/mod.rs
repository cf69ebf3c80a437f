//! `nanoark buy`: request, check the signed quote, accept, pay once, wait, check the receipt.

mod narrator;
mod plan;
mod purchased;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use nanoark_bots::Durability;
use nanoark_bots::buyer::{Book, BuyError, Buyer, Patience, Policy, PurchaseKey, Settings, Until, Wish};
use nanoark_client::realtime::{Hints, WebSocketTransport, connect};
use nanoark_client::{Client, HttpTransport};
use nanoark_domain::id::OfferId;
use nanoark_domain::payload::Input;
use nanoark_nano::RawAmount;
use nanoark_wallet::{AccountIndex, Wallet, WalletError};

use crate::amount;
use crate::failure::Failure;
use crate::input;
use crate::session::{Session, Unlocked};

pub(crate) use narrator::{Narrator, Told};
pub(crate) use plan::Plan;
pub(crate) use purchased::Purchased;
pub(crate) use verdict::verdict;

/// What to buy.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nanoark buy OFFER --input '{\"text\":\"hello\"}' --max 0.01XNO --wait
  nanoark -q buy OFFER --input @input.json --max 0.01XNO --wait > result.json
  nanoark buy OFFER --input - --max 0.01XNO --dry-run < input.json
  nanoark --json buy OFFER --input '{}' --max 0.01XNO --wait --key report-2026-11

It never pays twice: an unfinished purchase of the same offer and input goes on where it was, whatever ended it, also \
without --key. With --key that is so for ever: the same command gives the same job and the same result.

Exit codes: 0 there is a result with a good receipt (without --wait: it is paid), 4 policy or --max forbid it, \
5 refused, 6 try again, 7 no result and no money gone, 8 still going, 9 not enough money, 10 a signature does not hold, \
11 money was sent and bought nothing: `nanoark jobs show` says where it is.")]
pub(crate) struct Arguments {
    /// The offer
    offer: OfferId,
    /// What to work on, as JSON: the text itself, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    input: String,
    /// The most that it may cost, such as 0.01XNO
    #[arg(long, value_name = "AMOUNT", value_parser = amount::parse)]
    max: RawAmount,
    /// Wait for the result; otherwise end when it is paid
    #[arg(long)]
    wait: bool,
    /// The purchase's name: one name is one job for ever
    #[arg(long, value_name = "NAME")]
    key: Option<PurchaseKey>,
    /// Show what would be bought, and buy nothing
    #[arg(long)]
    dry_run: bool,
    /// How many seconds to wait in all
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    patience: u64,
}

pub(crate) async fn run(session: &Session, arguments: Arguments) -> Result<(), Failure> {
    let wish = Wish {
        offer: arguments.offer,
        input: Input::Json(input::json(&arguments.input)?),
        max: arguments.max,
        refund_account: None,
        key: arguments.key,
    };
    if arguments.dry_run {
        return plan::show(session, &wish).await;
    }
    let bench = Bench::open(session, Some(session.policy()?))?;
    bench.prepare_work();
    let narrator = Narrator::begin(session);
    let patience = || -> Result<Patience, Failure> {
        Ok(Patience {
            until: if arguments.wait { Until::Over } else { Until::Named },
            limit: Some(Duration::from_secs(arguments.patience)),
            hints: hints(session, &bench.client)?,
        })
    };
    let bought = match bench.buyer.buy(wish.clone(), patience()?, &narrator).await {
        Err(BuyError::Wallet(WalletError::Insufficient { .. })) if bench.receive(session, wish.max).await? => {
            bench.buyer.buy(wish, patience()?, &narrator).await?
        }
        bought => bought?,
    };
    session.progress.done();
    session.output.result(&Purchased::of(&bought))?;
    verdict(&bought)
}

/// A buyer and what it is made of.
pub(crate) struct Bench {
    pub(crate) buyer: Buyer<HttpTransport>,
    pub(crate) client: Client<HttpTransport>,
    wallet: Wallet,
}

impl Bench {
    /// The buyer of this home. Only what spends nothing may do without a policy.
    pub(crate) fn open(session: &Session, policy: Option<Policy>) -> Result<Self, Failure> {
        let Unlocked { client, wallet, nodes } = session.unlock()?;
        let book = Book::open(&session.home.buyer_state(), Durability::Full)?;
        let settings = Settings {
            policy,
            ..Settings::default()
        };
        let buyer = Buyer::new(client.clone(), Arc::new(wallet.clone()), nodes, book, settings)?;
        Ok(Self { buyer, client, wallet })
    }

    /// Makes the work of the payment while the seller thinks about its quote.
    fn prepare_work(&self) {
        let wallet = self.wallet.clone();
        tokio::spawn(async move {
            // The payment makes its own work where there is none.
            if let Err(error) = wallet.prepare_work(AccountIndex::MAIN).await {
                tracing::debug!(%error, "no work made ahead");
            }
        });
    }

    /// Takes in what waits, but for dust; whether anything did.
    async fn receive(&self, session: &Session, price: RawAmount) -> Result<bool, Failure> {
        const DUST: u128 = 10;
        session.progress.say("receiving what waits for the account");
        let least = RawAmount::from_raw(price.raw() / DUST);
        let received = self.wallet.receive(AccountIndex::MAIN, least).await?;
        Ok(!received.is_empty())
    }
}

/// Hints, if the home knows a WebSocket API; polling alone will do otherwise.
pub(crate) fn hints(session: &Session, client: &Client<HttpTransport>) -> Result<Hints, Failure> {
    let Some(url) = session.socket_url()? else {
        return Ok(Hints::none());
    };
    let (hints, task) = connect(client, url, WebSocketTransport::new()?);
    tokio::spawn(task);
    Ok(hints)
}
