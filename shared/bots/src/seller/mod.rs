//! A seller's worker: keeps an offer published, quotes, checks payments itself, runs a tool, delivers, takes the money
//! in and pays back what is owed. Everything goes out from here; nobody needs to reach it.
//!
//! A [`Worker`] follows its jobs and, for each, asks a pure rule ([`plan`]) what to do next, does that one step, writes
//! down what came of it and asks again. What must survive a kill is in the state file ([`State`]) before it is acted
//! upon: the signed quote before it is sent, the counter of a lock before it is asked for, the lock's token before the
//! tool runs, the tool's result before it is delivered, a refund before it is signed. Every request's idempotency key
//! follows from what is meant by it, so a step that was done and not written down is done again without effect.
//!
//! Several workers may serve one offer. In several processes on one machine they share the state file and the wallet.
//! On several machines they have the bot's key in common and nothing else: each has a state file, and a wallet with a
//! secret of its own. There the worker that quoted a job also takes its money in and refunds it, and any of them may do
//! the work. The relay's lock decides who works.

mod error;
mod exec;
mod keys;
mod ledger;
mod metrics;
mod offer;
mod offer_file;
pub mod plan;
mod policy;
mod price;
pub mod record;
mod refund;
#[cfg(test)]
mod samples;
mod serve;
mod state;
mod stop;
#[cfg(test)]
mod tests;
mod tool;
mod worker;

pub use error::{QuoteFailure, SellerError, StepError};
pub use exec::{ExecLimits, ExecTool};
pub use metrics::{Count, Metrics};
pub use offer_file::{InvalidOfferFile, OfferFile, OfferedPrice};
pub use policy::{AtStop, OwnWord, Policy, QUOTE_SLACK, Refunds, Resume};
pub use price::Price;
pub use serve::serve_metrics;
pub use state::{Claimed, NextLook, OfferRecord, State, StateError};
pub use stop::{Stop, StopHandle};
pub use tool::{Task, TaskKind, Tool, ToolFailure, ToolOutput};
pub use worker::{NoQuoter, Refunded, Summary, Worker, WorkerParts};
