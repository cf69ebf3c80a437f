//! Nano node RPC client and the k-of-n payment verifier.
//!
//! A [`Node`] speaks to one node, in the dialects of the C++ node and of RsNano. A [`NodeSet`] asks several and believes
//! them as little as possible: of a payment everything but `confirmed` is recomputed from the block's own bytes, and
//! `confirmed` counts only when a quorum of nodes says so ([`NodeSet::observe_send`]).
//!
//! Where the nodes are comes only from the operator's configuration, never from a bot: a URL of a bot's choice would let
//! it lie about payments and reach into the operator's network.

#![forbid(unsafe_code)]

mod accounts;
mod answer;
mod blocks;
mod calls;
mod conclude;
#[cfg(test)]
mod double;
mod error;
mod exchange;
mod health;
#[cfg(test)]
mod hostile;
mod node;
mod observe;
#[cfg(test)]
mod replay;
mod sends;
mod set;

pub use blocks::{BlockInfo, Contents};
pub use calls::{
    AccountBalance, AccountInfo, BlockCount, ConfirmationQuorum, HistoryEntry, Receivable, ReceivableFilter, Version,
};
pub use error::{NodeError, RpcError};
pub use exchange::{Exchange, Exchanging, Reply};
pub use health::{Health, NodeHealth, NodeState};
pub use node::{InvalidNode, Limits, Node};
pub use observe::Observed;
pub use reqwest::Url;
pub use sends::Unavailable;
pub use set::{InvalidNodeSet, NodeSet};
