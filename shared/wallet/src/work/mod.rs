//! Where work comes from: a server, this machine, or the one and failing that the other, and what is made in advance.

mod advance;
mod first_of;
mod local;
mod node;
#[cfg(test)]
mod tests;

use std::time::Duration;

use nanoark_nano::work::Root;
use nanoark_nano::{Subtype, Work};
use nanoark_nano_rpc::RpcError;
use nanoark_surroundings::Pending;

pub use advance::{InAdvance, KeptWork};
pub use first_of::FirstOf;
pub use local::{LocalWork, Searching};
pub use node::NodeWork;

/// Where work comes from.
pub trait WorkSource: std::fmt::Debug + Send + Sync {
    /// Work for this root that reaches the threshold of `subtype` on the wallet's network.
    ///
    /// It may take minutes. Whoever drops it before it is done ends it.
    fn work(&self, root: Root, subtype: Subtype) -> Pending<'_, Result<Work, NoWork>>;
}

/// Why no work could be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWork {
    /// The server answered, or failed to, with this. A work that is not good enough is
    /// [`RpcError::UnexpectedShape`].
    #[error("no work from {server}: {error}")]
    Server {
        /// Host and port.
        server: String,
        /// What it was.
        error: RpcError,
    },
    /// The server took too long.
    #[error("no work from {server} within {patience:?}")]
    Late {
        /// Host and port.
        server: String,
        /// How long it was waited for.
        patience: Duration,
    },
    /// The search on this machine ended without finding any.
    #[error("no work: the search on this machine was stopped")]
    Stopped,
}
