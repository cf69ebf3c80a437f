//! The whole house on this machine: the template, a Nano ledger unless real nodes are named, and the Ark side.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use nanoark_local::{ArkGateway, Clock, Invoke, Listen, Options, Processes, Stack, functions};
use nanoark_nano::Network;
use nanoark_nano_rpc::Url;
use nanoark_runtime::{Entropy, SystemEntropy, system_setting};
use nanoark_testkit::dynamodb::InProcessDynamoDb;
use nanoark_testkit::nano_ledger::{LedgerOptions, NanoLedger, NanoNode, RunningNode};
use tokio::net::TcpListener;

use crate::Failure;
use crate::ark::{ArkChoice, ArkPorts, ArkSide};

/// How many sandboxes of one function may run at once.
const CONCURRENCY: usize = 10;

/// Which Nano nodes the relay asks.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct NanoChoice {
    /// RPC addresses of Nano nodes, separated by commas; also `NANOARK_NANO_RPC_URLS`. Without any, a strict ledger of
    /// the dev network runs here.
    #[arg(long, value_name = "URLS")]
    nano_rpc: Option<String>,
    /// How many of the nodes must agree; 0 for more than half.
    #[arg(long, default_value_t = 0)]
    nano_quorum: u32,
    /// The nodes' network: live, beta or dev.
    #[arg(long, default_value = "dev")]
    nano_network: Network,
}

/// How the house is run.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where everything is kept.
    pub(crate) data: Option<PathBuf>,
    /// The ports.
    pub(crate) listen: Listen,
    /// The port of the Nano ledger; 0 for any that is free.
    pub(crate) nano_port: u16,
    /// The ports of the Ark side.
    pub(crate) ark_ports: ArkPorts,
    /// Another template.
    pub(crate) template: Option<PathBuf>,
    /// Run the binaries in this folder instead of the functions linked into this program.
    pub(crate) binaries: Option<PathBuf>,
    /// The Nano nodes.
    pub(crate) nano: NanoChoice,
    /// The Ark operator and the Nostr relays.
    pub(crate) ark: ArkChoice,
}

impl Settings {
    /// In memory, on any free ports.
    pub(crate) fn for_demo(nano: NanoChoice) -> Self {
        Self {
            data: None,
            listen: Listen::default(),
            nano_port: 0,
            ark_ports: ArkPorts::default(),
            template: None,
            binaries: None,
            nano,
            ark: ArkChoice::default(),
        }
    }
}

/// The house, running.
#[derive(Debug)]
pub(crate) struct Running {
    stack: Stack,
    ledger: Option<RunningNode>,
    ark: ArkSide,
    nano_urls: String,
    network: Network,
}

impl Running {
    pub(crate) async fn start(settings: Settings) -> Result<Self, Failure> {
        let clock = Clock::system();
        let named = settings
            .nano
            .nano_rpc
            .clone()
            .or_else(|| system_setting("NANOARK_NANO_RPC_URLS"));
        let (ledger, nano_urls, network) = match named {
            Some(urls) => (None, urls, settings.nano.nano_network),
            None => {
                let ledger = serve_ledger(&clock, &settings).await?;
                let url = ledger.url();
                (Some(ledger), url, Network::Dev)
            }
        };
        let ark = ArkSide::start(&settings.ark, settings.ark_ports, &clock).await?;
        let mut options = Options::new()
            .clock(clock)
            .listen(settings.listen)
            .background()
            .parameter("NanoRpcUrls", nano_urls.clone())
            .parameter("NanoQuorum", settings.nano.nano_quorum.to_string())
            .parameter("NanoNetwork", network.as_str())
            .ark_gateway(ark.gateway());
        if let Some(file) = settings.template {
            let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            options = options.template(text);
        }
        if let Some(folder) = settings.data {
            options = options.data_dir(folder);
        }
        let binaries = settings.binaries;
        let options = options.functions(move |services| {
            let invoke: Arc<dyn Invoke> = match &binaries {
                Some(folder) => Arc::new(Processes::new(folder, services.environments(), CONCURRENCY)?),
                None => {
                    let database = InProcessDynamoDb::over(services.database().clone());
                    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
                    Arc::new(functions::in_process(services, |_| database.http_client(), &entropy)?)
                }
            };
            Ok(invoke)
        });
        let stack = Stack::start(options).await?;
        Ok(Self {
            stack,
            ledger,
            ark,
            nano_urls,
            network,
        })
    }

    pub(crate) const fn stack(&self) -> &Stack {
        &self.stack
    }

    pub(crate) fn http_url(&self) -> String {
        self.stack.http_url().unwrap_or_default()
    }

    pub(crate) fn nano_urls(&self) -> &str {
        &self.nano_urls
    }

    pub(crate) fn nano_url_list(&self) -> Result<Vec<Url>, Failure> {
        self.nano_urls
            .split(',')
            .map(|url| Ok(Url::parse(url.trim())?))
            .collect()
    }

    pub(crate) const fn network(&self) -> Network {
        self.network
    }

    /// What the Ark gateway works with.
    pub(crate) const fn gateway(&self) -> &ArkGateway {
        self.ark.gateway()
    }

    pub(crate) async fn stop(self) {
        self.stack.stop().await;
        self.ark.stop();
        if let Some(ledger) = self.ledger {
            ledger.stop().await;
        }
    }
}

async fn serve_ledger(clock: &Clock, settings: &Settings) -> Result<RunningNode, Failure> {
    let now = {
        let clock = clock.clone();
        Arc::new(move || clock.now())
    };
    let ledger = match &settings.data {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            NanoLedger::open(&folder.join("nano-ledger.jsonl"), LedgerOptions::default(), now)?
        }
        None => NanoLedger::new(now),
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.nano_port)).await?;
    // Work is generated on request, as on a node that a developer runs for himself.
    Ok(NanoNode::new(&ledger).with_control(true).serve(listener)?)
}
