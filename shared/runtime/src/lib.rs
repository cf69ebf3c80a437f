//! What every function starts with: configuration, clients, clock, logging, and the way of a request through them.
//!
//! A function's `main` is [`lambda::serve`] with the [`Function`] its library defines; the local stack and the tests
//! call [`Function::invoke`] on the very same value.

pub mod checks;
mod clients;
mod config;
mod edge;
mod event;
mod function;
mod gateway;
mod http_call;
pub mod lambda;
mod logging;
pub mod messages;
mod mutation;
pub mod query;
mod queue;
mod relay;
mod socket_call;
mod sockets;
mod wallet_call;

pub use clients::{AwsAccess, AwsClients, MissingAccess};
pub use config::{Config, InvalidConfig, NanoConfig};
pub use edge::{Clock, Entropy, NoEntropy, SystemClock, SystemEntropy, system_setting};
pub use function::{Function, Invocation, InvocationError, Pending, Trigger};
pub use gateway::{ArkdAccess, Gateway, GatewayConfig, InvalidGateway, KeySource};
pub use logging::start as start_logging;
pub use mutation::{Mutation, path, read_failed, refused_statement};
pub use queue::{NotQueued, Queue};
pub use relay::{CannotStart, NotConfigured, Relay};
pub use socket_call::SocketCall;
pub use sockets::{NotSent, Sockets};
pub use wallet_call::WalletCall;

/// The JSON that a function is invoked with, unread.
pub type Event = serde_json::value::RawValue;
