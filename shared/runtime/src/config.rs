//! What a function is told by its environment.

use nanoark_domain::limits::{InvalidLimit, Limits};
use nanoark_nano::Network;
use nanoark_nano_rpc::Url;
use nanoark_store::TableNames;

use crate::gateway::{self, GatewayConfig};

/// A function's settings, read once when it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// The tables. A function is told only those it may touch; the others' names stay empty, which DynamoDB refuses.
    pub tables: TableNames,
    /// The queue of payment checks, for the functions that fill it.
    pub payment_checks_url: Option<String>,
    /// The queue of ceremony steps, for the functions that fill it.
    pub ceremony_steps_url: Option<String>,
    /// The queue of events that relays handed out, for the function that fills it.
    pub nostr_inbox_url: Option<String>,
    /// The queue of events to publish, for the functions that fill it.
    pub nostr_outbox_url: Option<String>,
    /// The Ark gateway, for its functions.
    pub gateway: Option<GatewayConfig>,
    /// The Nano nodes, for the functions that ask them.
    pub nano: Option<NanoConfig>,
    /// The hosts that requests may be signed for; empty for any, which is right behind API Gateway: it lets only its own
    /// host names through.
    pub authorities: Vec<String>,
    /// The limits in force.
    pub limits: Limits,
}

/// Which nodes are asked, and how many must agree.
#[derive(Debug, Clone)]
pub struct NanoConfig {
    /// RPC addresses. They come from configuration only, never from a caller.
    pub urls: Vec<Url>,
    /// How many must agree that a block is confirmed.
    pub quorum: usize,
    /// The network they must be on.
    pub network: Network,
}

/// Why a function cannot start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfig {
    /// A limit is out of bounds.
    #[error(transparent)]
    Limit(#[from] InvalidLimit),
    /// A setting cannot be read.
    #[error("{setting} is no {expected}")]
    Setting {
        /// Its name. Its value may be a secret and is not repeated.
        setting: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// When one of them cannot be used. It is better not to start than to run on a default nobody chose.
    pub fn from_settings(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, InvalidConfig> {
        let table = |name: &str| lookup(name).unwrap_or_default();
        let list = |name: &str| -> Vec<String> {
            let text = lookup(name).unwrap_or_default();
            text.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Ok(Self {
            tables: TableNames {
                offers: table("NANOARK_TABLE_OFFERS"),
                jobs: table("NANOARK_TABLE_JOBS"),
                payloads: table("NANOARK_TABLE_PAYLOADS"),
                claims: table("NANOARK_TABLE_CLAIMS"),
                idempotency: table("NANOARK_TABLE_IDEMPOTENCY"),
                connections: table("NANOARK_TABLE_CONNECTIONS"),
                sessions: table("NANOARK_TABLE_SESSIONS"),
                authors: table("NANOARK_TABLE_AUTHORS"),
                vtxos: table("NANOARK_TABLE_VTXOS"),
                relays: table("NANOARK_TABLE_RELAYS"),
                receipts: table("NANOARK_TABLE_RECEIPTS"),
            },
            payment_checks_url: lookup("NANOARK_QUEUE_PAYMENT_CHECKS"),
            ceremony_steps_url: lookup("NANOARK_QUEUE_CEREMONY_STEPS"),
            nostr_inbox_url: lookup("NANOARK_QUEUE_NOSTR_INBOX"),
            nostr_outbox_url: lookup("NANOARK_QUEUE_NOSTR_OUTBOX"),
            gateway: gateway::read_config(lookup, list("NANOARK_NOSTR_RELAYS"))?,
            nano: nano(&list("NANOARK_NANO_RPC_URLS"), lookup)?,
            authorities: list("NANOARK_AUTHORITIES"),
            limits: Limits::from_settings(lookup)?,
        })
    }
}

fn nano(urls: &[String], lookup: &dyn Fn(&str) -> Option<String>) -> Result<Option<NanoConfig>, InvalidConfig> {
    let invalid = |setting, expected| InvalidConfig::Setting { setting, expected };
    if urls.is_empty() {
        return Ok(None);
    }
    let urls = urls
        .iter()
        .map(|url| Url::parse(url).map_err(|_| invalid("NANOARK_NANO_RPC_URLS", "list of URLs")))
        .collect::<Result<Vec<_>, _>>()?;
    // More than half, unless the operator says otherwise: a single lying node of several decides nothing.
    let majority = (urls.len() / 2).saturating_add(1);
    let quorum = match lookup("NANOARK_NANO_QUORUM") {
        None => majority,
        Some(text) => match text.parse() {
            Ok(0) => majority,
            Ok(quorum) if quorum <= urls.len() => quorum,
            Ok(_) | Err(_) => {
                return Err(invalid(
                    "NANOARK_NANO_QUORUM",
                    "number from 0 (a majority) to that of the nodes",
                ));
            }
        },
    };
    let network = match lookup("NANOARK_NANO_NETWORK") {
        None => Network::Live,
        Some(text) => text
            .parse()
            .map_err(|_| invalid("NANOARK_NANO_NETWORK", "network: live, beta or dev"))?,
    };
    Ok(Some(NanoConfig { urls, quorum, network }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: &[(&str, &str)]) -> Result<Config, InvalidConfig> {
        let lookup = |name: &str| {
            settings
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::from_settings(&lookup)
    }

    #[test]
    fn more_than_half_of_the_nodes_must_agree_unless_told_otherwise() {
        let two = ("NANOARK_NANO_RPC_URLS", "https://a.example/, https://b.example/proxy");
        assert!(config(&[]).unwrap().nano.is_none());
        assert_eq!(config(&[two]).unwrap().nano.unwrap().quorum, 2);
        assert_eq!(
            config(&[two, ("NANOARK_NANO_QUORUM", "1")])
                .unwrap()
                .nano
                .unwrap()
                .quorum,
            1
        );
        assert_eq!(
            config(&[two, ("NANOARK_NANO_QUORUM", "0")])
                .unwrap()
                .nano
                .unwrap()
                .quorum,
            2
        );
        for wrong in ["3", "-1", "many"] {
            assert!(config(&[two, ("NANOARK_NANO_QUORUM", wrong)]).is_err(), "{wrong}");
        }
        assert!(config(&[two, ("NANOARK_NANO_NETWORK", "test")]).is_err());
        assert!(config(&[("NANOARK_NANO_RPC_URLS", "not a url")]).is_err());
    }

    #[test]
    fn a_wrong_setting_is_named_and_its_value_is_not_repeated() {
        let error = config(&[("NANOARK_NANO_RPC_URLS", "http//user:secret@node")]).unwrap_err();
        assert!(error.to_string().contains("NANOARK_NANO_RPC_URLS") && !error.to_string().contains("secret"));
    }
}
