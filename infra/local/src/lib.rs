//! The whole template on one machine, in one process.
//!
//! [`Stack`] reads `infra/template.yaml` and runs what it says: the HTTP API with API Gateway's payloads, the queues
//! and table streams that call functions, the schedules, and a DynamoDB engine that the real SDK talks to. What the
//! template does not say does not happen here either.
//!
//! Functions are called through [`Invoke`]: as library handlers in this process, or as the release binaries behind
//! the Lambda Runtime API. All time comes from one [`Clock`], so that a test moves it instead of sleeping, and
//! [`Stack::settle`] drives everything that is due without a background task.

pub mod clock;
pub mod functions;
pub mod gateway;
pub mod invoke;
pub mod queue;
mod schedule;
pub mod sockets;
pub mod stack;
pub mod stream;
pub mod template;

pub use clock::{Clock, ManualClock};
pub use invoke::{FunctionError, InProcess, Invocation, Invoke, Processes};
pub use queue::Queues;
pub use sockets::{Connections, Socket};
pub use stack::{ArkGateway, Listen, Options, Remains, Services, Stack, StackError};
pub use template::Template;
