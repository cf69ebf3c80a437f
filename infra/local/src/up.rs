//! `up`: the template, kept running.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nanoark_bots::seller::{SellerError, Stop, StopHandle, Summary};
use nanoark_client::OffersQuery;
use nanoark_local::Listen;
use nanoark_nostr::key::npub;
use nanoark_runtime::{start_logging, system_setting};
use tokio::signal::unix::{SignalKind, signal};

use crate::ark::{ArkChoice, ArkPorts};
use crate::bot::Bot;
use crate::running::{NanoChoice, Running, Settings};
use crate::{Failure, words};

/// How often the seller's offer is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The seller at work.
type Selling = tokio::task::JoinHandle<Result<Summary, SellerError>>;

/// How the template is to be run.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Keep everything in this folder, over restarts; all but what the Ark operator and the Nostr relay here have.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The port of the HTTP API; 0 for any that is free.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The port of the WebSocket API; 0 for any that is free.
    #[arg(long, default_value_t = 8081)]
    websocket_port: u16,
    /// The port of DynamoDB; 0 for any that is free.
    #[arg(long, default_value_t = 0)]
    dynamodb_port: u16,
    /// The port of SQS; 0 for any that is free.
    #[arg(long, default_value_t = 0)]
    sqs_port: u16,
    /// The port of the Nano ledger; 0 for any that is free.
    #[arg(long, default_value_t = 17076)]
    nano_port: u16,
    /// The port of the Ark operator; 0 for any that is free.
    #[arg(long, default_value_t = 7070)]
    arkd_port: u16,
    /// The port of the Nostr relay; 0 for any that is free.
    #[arg(long, default_value_t = 7777)]
    nostr_port: u16,
    /// Another template than the one that was built in.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Run the binaries in this folder, as AWS Lambda would, instead of the functions linked into this program.
    #[arg(long, value_name = "DIR")]
    binaries: Option<PathBuf>,
    /// Run a seller bot as well, which counts words for a thousandth of a XNO per ten.
    #[arg(long)]
    seller: bool,
    #[command(flatten)]
    nano: NanoChoice,
    #[command(flatten)]
    ark: ArkChoice,
}

/// Runs the template until Ctrl-C or a signal to end.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    start_logging(system_setting("NANOARK_LOG").as_deref());
    let listen = Listen {
        http: arguments.port,
        websocket: arguments.websocket_port,
        dynamodb: arguments.dynamodb_port,
        sqs: arguments.sqs_port,
    };
    let temporary = tempfile::tempdir()?;
    let folder = arguments.data.as_deref().unwrap_or(temporary.path()).join("seller");
    let settings = Settings {
        data: arguments.data,
        listen,
        nano_port: arguments.nano_port,
        ark_ports: ArkPorts {
            arkd: arguments.arkd_port,
            nostr: arguments.nostr_port,
        },
        template: arguments.template,
        binaries: arguments.binaries,
        nano: arguments.nano,
        ark: arguments.ark,
    };
    let running = Running::start(settings).await?;
    print_addresses(&running)?;
    let (stop, stopped) = StopHandle::new();
    let selling = arguments.seller.then(|| sell(&running, &folder, stopped)).transpose()?;
    if let Some((seller, _)) = &selling {
        print_offer(seller).await?;
    }
    writeln!(std::io::stdout().lock(), "Ctrl-C stops the stack.")?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    stop.stop();
    if let Some((_, worker)) = selling {
        worker.await??;
    }
    running.stop().await;
    Ok(())
}

/// Starts the seller.
fn sell(running: &Running, folder: &Path, stopped: Stop) -> Result<(Bot, Selling), Failure> {
    let seller = Bot::open(running, folder)?;
    let (worker, hints) = (seller.worker()?, seller.hints()?);
    let selling = tokio::spawn(async move { worker.run(hints, stopped).await });
    Ok((seller, selling))
}

/// Waits until the seller's offer can be found, and says which it is.
async fn print_offer(seller: &Bot) -> Result<(), Failure> {
    let query = OffersQuery {
        seller: Some(seller.client.bot().id()),
        ..words::query()
    };
    let offer = loop {
        let found = seller.client.search_offers(&query).await?.value.offers;
        match found.into_iter().next() {
            Some(offer) => break offer,
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
    };
    writeln!(std::io::stdout().lock(), "{:<13}{}", "Offer", offer.offer_id)?;
    Ok(())
}

fn print_addresses(running: &Running) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let (stack, gateway) = (running.stack(), running.gateway());
    for (name, address) in [
        ("HTTP API", stack.http_url()),
        ("WebSocket", stack.websocket_url()),
        ("DynamoDB", stack.dynamodb_url()),
        ("SQS", stack.sqs_url()),
        ("Nano RPC", Some(running.nano_urls().to_owned())),
        ("arkd", Some(gateway.arkd_url.clone())),
        ("Nostr relay", Some(gateway.nostr_relays.join(","))),
        ("Gateway", Some(npub(&gateway.key.public()))),
    ] {
        writeln!(out, "{name:<13}{}", address.unwrap_or_default())?;
    }
    Ok(())
}
