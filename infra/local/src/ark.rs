//! The Ark side of the house: an operator and a Nostr relay, real ones where they are named, and doubles here where not.

use std::net::Ipv4Addr;

use nanoark_local::{ArkGateway, Clock};
use nanoark_runtime::system_setting;
use nostr_relay_builder::builder::{RateLimit, RelayBuilder};
use nostr_relay_builder::local::LocalRelay;

use crate::Failure;
use crate::operator::{self, RunningOperator};

/// Far more than a wallet on this machine sends or asks in a minute.
const UNHURRIED: RateLimit = RateLimit {
    max_reqs: 10_000,
    notes_per_minute: 100_000,
};

/// Which Ark operator and which Nostr relays the gateway talks to.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ArkChoice {
    /// The address of an arkd; also `NANOARK_ARKD_URL`. Without one, a strict operator on regtest runs here. It keeps its
    /// coins in memory, also with `--data`.
    #[arg(long, value_name = "URL")]
    arkd: Option<String>,
    /// Addresses of Nostr relays, separated by commas; also `NANOARK_NOSTR_RELAYS`. Without any, a relay runs here, which
    /// keeps its events in memory.
    #[arg(long, value_name = "URLS")]
    nostr_relays: Option<String>,
}

/// The ports of what runs here; 0 for any that is free.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ArkPorts {
    /// The operator's.
    pub(crate) arkd: u16,
    /// The Nostr relay's.
    pub(crate) nostr: u16,
}

/// The Ark side, running.
#[derive(Debug)]
pub(crate) struct ArkSide {
    operator: Option<RunningOperator>,
    relay: Option<LocalRelay>,
    gateway: ArkGateway,
}

impl ArkSide {
    pub(crate) async fn start(choice: &ArkChoice, ports: ArkPorts, clock: &Clock) -> Result<Self, Failure> {
        let named = choice.arkd.clone().or_else(|| system_setting("NANOARK_ARKD_URL"));
        let (operator, arkd_url) = match named {
            Some(url) => (None, url),
            None => {
                let operator = operator::serve(clock, ports.arkd).await?;
                let url = operator.url();
                (Some(operator), url)
            }
        };
        let named = choice.nostr_relays.clone();
        let (relay, nostr_relays) = match named.or_else(|| system_setting("NANOARK_NOSTR_RELAYS")) {
            Some(urls) => (None, urls.split(',').map(|url| url.trim().to_owned()).collect()),
            None => {
                let relay = serve_relay(ports.nostr).await?;
                let url = relay.url().await.to_string();
                (Some(relay), vec![url])
            }
        };
        let gateway = ArkGateway {
            arkd_url,
            nostr_relays,
            ..ArkGateway::default()
        };
        Ok(Self {
            operator,
            relay,
            gateway,
        })
    }

    pub(crate) const fn gateway(&self) -> &ArkGateway {
        &self.gateway
    }

    pub(crate) fn stop(self) {
        if let Some(relay) = self.relay {
            relay.shutdown();
        }
        if let Some(operator) = self.operator {
            operator.stop();
        }
    }
}

async fn serve_relay(port: u16) -> Result<LocalRelay, Failure> {
    let builder = RelayBuilder::default()
        .addr(Ipv4Addr::LOCALHOST.into())
        .rate_limit(UNHURRIED);
    // Without a port it looks for a free one itself.
    let builder = match port {
        0 => builder,
        port => builder.port(port),
    };
    let relay = LocalRelay::new(builder);
    relay.run().await?;
    Ok(relay)
}
