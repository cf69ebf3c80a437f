//! Where relay and ledger are: from the command line, else the environment, else what `init` wrote.

use nanoark_nano::{Account, Network};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Trouble};

/// What `init` writes, and what each command's options override.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The relay, such as `https://relay.example`
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "NANOARK_RELAY_URL",
        value_name = "URL"
    )]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) relay: Option<String>,
    /// The relay's WebSocket API, for hints; without it, bots poll
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "NANOARK_WEBSOCKET_URL",
        value_name = "URL"
    )]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) websocket: Option<String>,
    /// RPC addresses of Nano nodes, separated by commas
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "NANOARK_NANO_RPC_URLS",
        value_name = "URLS",
        value_delimiter = ','
    )]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nano_rpc: Option<Vec<String>>,
    /// How many of the nodes must agree; more than half if not said
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "NANOARK_NANO_QUORUM",
        value_name = "N"
    )]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nano_quorum: Option<usize>,
    /// The Nano network: live, beta or dev
    #[arg(long, global = true, hide_short_help = true, env = "NANOARK_NANO_NETWORK", value_name = "NETWORK", value_parser = named_network)]
    #[serde(default, skip_serializing_if = "Option::is_none", with = "network")]
    pub(crate) nano_network: Option<Network>,
    /// A server that is asked for proof of work before it is computed here
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "NANOARK_WORK_URL",
        value_name = "URL"
    )]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) work_server: Option<String>,
    /// The representative of new accounts
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "NANOARK_REPRESENTATIVE",
        value_name = "ACCOUNT"
    )]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) representative: Option<Account>,
}

impl Settings {
    /// What `cargo run -- up` serves on this machine.
    pub(crate) fn local() -> Self {
        Self {
            relay: Some("http://127.0.0.1:8080".to_owned()),
            websocket: Some("ws://127.0.0.1:8081/v1".to_owned()),
            nano_rpc: Some(vec!["http://127.0.0.1:17076".to_owned()]),
            nano_quorum: None,
            nano_network: Some(Network::Dev),
            work_server: None,
            representative: None,
        }
    }

    /// These, and what they leave open from the others.
    pub(crate) fn over(self, others: Self) -> Self {
        Self {
            relay: self.relay.or(others.relay),
            websocket: self.websocket.or(others.websocket),
            nano_rpc: self.nano_rpc.or(others.nano_rpc),
            nano_quorum: self.nano_quorum.or(others.nano_quorum),
            nano_network: self.nano_network.or(others.nano_network),
            work_server: self.work_server.or(others.work_server),
            representative: self.representative.or(others.representative),
        }
    }

    /// The network: live unless another was said.
    pub(crate) fn network(&self) -> Network {
        self.nano_network.unwrap_or(Network::Live)
    }

    pub(crate) fn relay(&self) -> Result<&str, Failure> {
        self.relay
            .as_deref()
            .ok_or_else(|| missing("relay", "--relay URL", "NANOARK_RELAY_URL"))
    }

    pub(crate) fn nano_rpc(&self) -> Result<&[String], Failure> {
        self.nano_rpc
            .as_deref()
            .filter(|urls| !urls.is_empty())
            .ok_or_else(|| missing("Nano node", "--nano-rpc URL,URL", "NANOARK_NANO_RPC_URLS"))
    }
}

fn missing(what: &str, option: &str, variable: &str) -> Failure {
    Failure::new(
        Trouble::NoSetting,
        format!("no {what} is set"),
        format!("run `nanoark init {option}`, or set {variable}"),
    )
}

fn named_network(name: &str) -> Result<Network, String> {
    name.parse()
        .map_err(|_| "the networks are live, beta and dev".to_owned())
}

/// Networks by their names.
mod network {
    use nanoark_nano::Network;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[expect(clippy::ref_option, reason = "the signature is serde's")]
    pub(super) fn serialize<S: Serializer>(network: &Option<Network>, serializer: S) -> Result<S::Ok, S::Error> {
        network.map(Network::as_str).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Network>, D::Error> {
        let name = Option::<String>::deserialize(deserializer)?;
        name.map(|name| name.parse().map_err(serde::de::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_last_wins_and_the_file_is_read_back() {
        let said = Settings {
            relay: Some("https://other".to_owned()),
            ..Settings::default()
        };
        let both = said.over(Settings::local());
        assert_eq!(both.relay().unwrap(), "https://other");
        assert_eq!(both.network(), Network::Dev);
        let text = serde_json::to_string(&both).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), both);
        assert!(serde_json::from_str::<Settings>(r#"{"relays":"x"}"#).is_err());
    }

    #[test]
    fn what_nobody_said_is_asked_for_by_name() {
        let nothing = Settings::default();
        assert!(nothing.relay().unwrap_err().next.contains("NANOARK_RELAY_URL"));
        assert!(nothing.nano_rpc().unwrap_err().next.contains("--nano-rpc"));
    }
}
