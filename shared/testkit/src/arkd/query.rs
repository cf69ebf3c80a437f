//! What is asked: the path and the query.

use super::faults::Endpoint;
use super::refusal::{Grpc, Refusal};

/// A path that the operator knows, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Info,
    SubmitTx,
    FinalizeTx,
    PendingTx,
    Vtxos,
    VirtualTxs {
        txids: &'a str,
    },
    VtxoChain {
        txid: &'a str,
        vout: &'a str,
    },
    Asset {
        id: &'a str,
    },
    /// arkd has it, the double does not play it.
    NotPlayed,
    /// The path with another method.
    WrongMethod,
    Nowhere,
}

impl<'a> Route<'a> {
    pub(super) fn of(method: &http::Method, path: &'a str) -> Self {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let (wanted, route) = match parts.as_slice() {
            ["v1", "info"] => (http::Method::GET, Self::Info),
            ["v1", "tx", "submit"] => (http::Method::POST, Self::SubmitTx),
            ["v1", "tx", "finalize"] => (http::Method::POST, Self::FinalizeTx),
            ["v1", "tx", "pending"] => (http::Method::POST, Self::PendingTx),
            ["v1", "indexer", "vtxos"] => (http::Method::GET, Self::Vtxos),
            ["v1", "indexer", "virtualTx", txids] => (http::Method::GET, Self::VirtualTxs { txids }),
            ["v1", "indexer", "vtxo", txid, vout, "chain"] => (http::Method::GET, Self::VtxoChain { txid, vout }),
            ["v1", "indexer", "asset", id] => (http::Method::GET, Self::Asset { id }),
            ["v1", "batch" | "txs" | "intent" | "indexer", ..] => return Self::NotPlayed,
            [..] => return Self::Nowhere,
        };
        if *method == wanted { route } else { Self::WrongMethod }
    }

    pub(super) fn endpoint(&self) -> Endpoint {
        match self {
            Self::Info => Endpoint::Info,
            Self::SubmitTx => Endpoint::SubmitTx,
            Self::FinalizeTx => Endpoint::FinalizeTx,
            Self::PendingTx => Endpoint::PendingTx,
            Self::Vtxos => Endpoint::Vtxos,
            Self::VirtualTxs { .. } => Endpoint::VirtualTxs,
            Self::VtxoChain { .. } => Endpoint::VtxoChain,
            Self::Asset { .. } => Endpoint::Asset,
            Self::NotPlayed | Self::WrongMethod | Self::Nowhere => Endpoint::Unknown,
        }
    }

    /// Whether `X-Digest` is looked at: arkd does so for its `ArkService`, but for GetInfo, and not for its indexer.
    pub(super) fn is_guarded(&self) -> bool {
        match self {
            Self::SubmitTx | Self::FinalizeTx | Self::PendingTx => true,
            Self::Info
            | Self::Vtxos
            | Self::VirtualTxs { .. }
            | Self::VtxoChain { .. }
            | Self::Asset { .. }
            | Self::NotPlayed
            | Self::WrongMethod
            | Self::Nowhere => false,
        }
    }
}

/// The query's parameters.
#[derive(Clone, Debug)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Every value of a list: the parameter may be repeated, and a value may hold several with commas between.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.values(name)
            .flat_map(|value| value.split(','))
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// 0 if it is not given.
    pub(super) fn integer(&self, name: &str) -> Result<i64, Refusal> {
        match self.values(name).last() {
            None => Ok(0),
            Some(value) => value.parse().map_err(|_| mismatch(name, value)),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.values(name).last() {
            None | Some("false" | "0" | "f" | "F" | "FALSE" | "False") => Ok(false),
            Some("true" | "1" | "t" | "T" | "TRUE" | "True") => Ok(true),
            Some(value) => Err(mismatch(name, value)),
        }
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }
}

fn mismatch(name: &str, value: &str) -> Refusal {
    Refusal::plain(
        Grpc::InvalidArgument,
        format!("type mismatch, parameter: {name}, error: parsing {value:?}: invalid syntax"),
    )
}
