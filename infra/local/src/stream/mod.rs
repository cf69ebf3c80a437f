//! Table streams as event sources: every change of a table reaches its functions, in order, at least once.

mod checkpoints;
mod filter;
mod pump;
mod record;

pub use checkpoints::CheckpointError;
pub(crate) use checkpoints::Checkpoints;
pub use filter::{Filter, FilterError};
pub use pump::StreamError;
pub(crate) use pump::{StreamPump, Surroundings};
