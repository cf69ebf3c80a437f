//! `demo`: one paid job between two bots that use nothing but the HTTP API and the Nano ledger.

mod buyer;
mod seller;
mod timeline;
mod wallet;

use std::time::Duration;

use nanoark_client::{Bot, Client, HttpTransport, System, TransportLimits};
use nanoark_domain::job::Status;
use nanoark_local::Clock;
use nanoark_nano::{Network, RawAmount, Seed};
use nanoark_nano_rpc::{Limits, Node, NodeSet};
use serde_json::json;

use crate::Failure;
use crate::running::{NanoChoice, Running, Settings};
use buyer::Buyer;
use seller::Seller;
use timeline::{Timeline, Who};
use wallet::Wallet;

/// How often the bots look.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// How the demo is to be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One JSON object per step instead of a timeline.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    nano: NanoChoice,
}

/// Plays the job.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let clock = Clock::system();
    let running = Running::start(Settings::for_demo(arguments.nano)).await?;
    let headline = format!(
        "Two bots, one job. Relay {}, Nano ({}) {}",
        running.http_url(),
        running.network().as_str(),
        running.nano_urls()
    );
    let told = Timeline::begin(clock, arguments.json, &headline)?;
    let outcome = tokio::time::timeout(seller::PATIENCE, play(&running, &told)).await;
    running.stop().await;
    outcome.map_err(|_| "the bots did not finish within a minute")?
}

async fn play(running: &Running, told: &Timeline) -> Result<(), Failure> {
    let (network, urls) = (running.network(), running.nano_url_list()?);
    let nodes = NodeSet::new(urls, 1, network, Limits::default())?;
    let node = nodes.nodes().first().ok_or("there is no Nano node")?.clone();
    let client = |bot| -> Result<_, Failure> {
        Ok(Client::new(
            &running.http_url(),
            HttpTransport::new(TransportLimits::default())?,
            bot,
            System,
        )?)
    };
    let seller = Seller {
        client: client(Bot::from_seed(&random()?))?,
        seed: Seed::from_bytes(random()?),
        nodes: nodes.clone(),
        network,
    };
    let buyer = Buyer {
        client: client(Bot::from_seed(&random()?))?,
        wallet: Wallet::of_seed(&Seed::from_bytes(random()?), 0, &node, network),
        budget: RawAmount::from_xno("0.01")?,
    };
    fund(told, &buyer.wallet, &node, network).await?;
    seller.publish(told).await?;

    let text = "A seller bot sells it, a buyer bot buys it, and nobody in between ever holds the money.";
    let (job, worked) = tokio::join!(buyer.buy(told, json!({ "text": text })), seller.work(told));
    worked?;
    let job = job?;
    if job.status != Status::Delivered {
        return Err(format!("the job is {}", job.status).into());
    }
    let quote = job.quote.ok_or("a delivered job has no quote")?;
    let facts = json!({
        "outcome": job.status,
        "job_id": job.job_id,
        "payment_hash": job.payment.block_hash,
        "invoice_account": quote.invoice_account,
        "amount_raw": quote.amount_raw,
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

/// Gives the buyer something to spend: the dev network's genesis key is public.
async fn fund(told: &Timeline, wallet: &Wallet, node: &Node, network: Network) -> Result<(), Failure> {
    if network != Network::Dev {
        return Err("the demo pays with the dev network's public genesis key and plays on no other network".into());
    }
    let amount = RawAmount::from_xno("1")?;
    let faucet = Wallet::of_key(nanoark_testkit::nano_ledger::genesis_key(), node, network);
    let hash = faucet.send(wallet.account(), amount).await?;
    wallet.receive(hash, amount).await?;
    let words = format!(
        "gives the buyer {} XNO from the dev network's genesis account",
        amount.to_xno()
    );
    told.step(
        "fund",
        Who::Ledger,
        &words,
        &json!({ "account": wallet.account(), "amount_raw": amount }),
    )
}

fn random<const N: usize>() -> Result<[u8; N], Failure> {
    use nanoark_runtime::Entropy as _;
    let mut bytes = [0; N];
    nanoark_runtime::SystemEntropy.fill(&mut bytes)?;
    Ok(bytes)
}
