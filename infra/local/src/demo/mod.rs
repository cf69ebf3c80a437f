//! `demo`: one paid job between two bots that use nothing but the relay's API and the Nano ledger, and then two wallets that
//! use nothing but the Ark gateway. They are the very bots and wallets of the `nanoark` command line.

mod ceremonies;
mod log;
mod purchase;
mod timeline;

use std::sync::Arc;
use std::time::Duration;

use nanoark_bots::buyer::{Patience, Standing, Until, Wish};
use nanoark_bots::seller::StopHandle;
use nanoark_client::verify_receipt;
use nanoark_client::wire::jobs::JobView;
use nanoark_domain::job::Status;
use nanoark_domain::payload::{Input, Output};
use nanoark_local::Clock;
use nanoark_nano::{Network, RawAmount};
use nanoark_wallet::{AccountIndex, Wallet};
use serde_json::json;

use crate::bot::Bot;
use crate::running::{NanoChoice, Running, Settings};
use crate::{Failure, faucet, words};
use timeline::{Timeline, Who};

/// How long bots and wallets may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often the buyer looks for the offer.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How the demo is to be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One JSON object per step instead of a timeline.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    nano: NanoChoice,
}

/// Plays both acts.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let clock = Clock::system();
    let running = Running::start(Settings::for_demo(arguments.nano)).await?;
    let headline = format!(
        "Two bots, one job. Relay {}, Nano ({}) {}",
        running.http_url(),
        running.network().as_str(),
        running.nano_urls()
    );
    let told = Arc::new(Timeline::begin(clock, arguments.json, &headline)?);
    log::tell(&told)?;
    let acts = async {
        play(&running, &told).await?;
        told.headline(&format!(
            "Two wallets, three ceremonies. Operator {}, relay {}",
            running.gateway().arkd_url,
            running.gateway().nostr_relays.join(", ")
        ))?;
        let folder = tempfile::tempdir()?;
        ceremonies::play(&running, &told, folder.path()).await
    };
    let outcome = tokio::time::timeout(PATIENCE, acts).await;
    running.stop().await;
    outcome.map_err(|_| "the bots and wallets did not finish within a minute")?
}

/// The first act: a paid job.
async fn play(running: &Running, told: &Arc<Timeline>) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let buyer = Bot::open(running, &folder.path().join("buyer"))?;
    fund(told, &buyer.wallet, running.network()).await?;
    let seller = Bot::open(running, &folder.path().join("seller"))?;
    let worker = seller.worker()?;
    let (stop, stopped) = StopHandle::new();
    let selling = worker.run(seller.hints()?, stopped);
    let buying = async {
        let offer = loop {
            let found = buyer.client.search_offers(&words::query()).await?.value.offers;
            match found.into_iter().next() {
                Some(offer) => break offer,
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
        };
        let words = format!("finds the offer \"{}\"", offer.terms.title);
        told.step(
            "search-offers",
            Who::Buyer,
            &words,
            &json!({ "offer_id": offer.offer_id }),
        )?;
        let text = "A seller bot sells it, a buyer bot buys it, and nobody in between ever holds the money.";
        let wish = Wish {
            offer: offer.offer_id,
            input: Input::Json(json!({ "text": text })),
            max: RawAmount::from_xno("0.01")?,
            refund_account: None,
            key: None,
        };
        let patience = Patience {
            hints: buyer.hints()?,
            ..Patience::until(Until::Over)
        };
        let bought = buyer
            .buyer()?
            .buy(wish, patience, &purchase::Told(Arc::clone(told)))
            .await?;
        if bought.standing != Standing::Over {
            return Err("the purchase is not over".into());
        }
        // The seller takes its money in before the house is closed.
        while told.has_not_told("receive") {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        stop.stop();
        Ok::<_, Failure>(bought.job.ok_or("a purchase that is over has a job")?)
    };
    let job = tokio::select! {
        job = async { tokio::join!(buying, selling) } => { job.1?; job.0? }
    };
    end(told, &job)
}

/// Says what came of it.
fn end(told: &Timeline, job: &JobView) -> Result<(), Failure> {
    if job.status != Status::Delivered {
        return Err(format!("the job is {}", job.status).into());
    }
    verify_receipt(job)?;
    let quote = job.quote.as_ref().ok_or("a delivered job has no quote")?;
    let result = match &job.result {
        Some(Output::Json(result)) => result,
        Some(Output::Sealed(_) | Output::Link(_)) | None => return Err("the result is not in the clear".into()),
    };
    let facts = json!({
        "outcome": job.status,
        "job_id": job.job_id,
        "payment_hash": job.payment.block_hash,
        "invoice_account": quote.invoice_account,
        "amount_raw": quote.amount_raw,
        "result": result,
        "quote": quote,
        "receipt": job.receipt,
    });
    let took = told.elapsed();
    let words = format!(
        "Delivered in {}.{:03} s for {} XNO. Nobody but the two bots could have moved the money.",
        took / 1_000,
        took % 1_000,
        quote.amount_raw.to_xno()
    );
    told.end(&words, &facts)
}

/// Gives the buyer something to spend.
async fn fund(told: &Timeline, wallet: &Wallet, network: Network) -> Result<(), Failure> {
    if network != Network::Dev {
        return Err("the demo pays with the dev network's public genesis key and plays on no other network".into());
    }
    let amount = RawAmount::from_xno("1")?;
    let account = wallet.account(AccountIndex::MAIN);
    let node = wallet.nodes().nodes().first().ok_or("there is no Nano node")?;
    faucet::give(node, account, amount).await?;
    let received = wallet.receive(AccountIndex::MAIN, amount).await?;
    let last = received.last().ok_or("the money did not arrive")?;
    wallet.wait_confirmed(last.hash, PATIENCE).await?;
    let words = format!(
        "gives the buyer {} XNO from the dev network's genesis account",
        amount.to_xno()
    );
    told.step(
        "fund",
        Who::Ledger,
        &words,
        &json!({ "account": account, "amount_raw": amount }),
    )
}
