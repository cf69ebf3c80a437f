//! Calling functions: one trait, in this process or as processes of their own.

mod caller;
mod in_process;
mod processes;
mod runtime_api;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) use caller::Caller;
pub use in_process::{Handler, InProcess};
pub use processes::{Processes, ProcessesError};

/// One call of a function.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The name of the function's binary.
    pub function: String,
    /// The function's ARN.
    pub arn: String,
    /// The identifier of this call.
    pub request_id: String,
    /// The event as JSON.
    pub event: Box<RawValue>,
    /// How long the function may take.
    pub timeout: Duration,
    /// When the function is out of time, in milliseconds since the epoch.
    pub deadline: u64,
}

/// A function that failed, as AWS Lambda reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{error_type}: {message}")]
pub struct FunctionError {
    /// The kind of failure.
    #[serde(rename = "errorType")]
    pub error_type: String,
    /// What happened.
    #[serde(rename = "errorMessage")]
    pub message: String,
}

/// Something that can call the functions of a template.
pub trait Invoke: Send + Sync {
    /// Calls the function and returns its response as JSON.
    ///
    /// Implementations MUST return within the invocation's timeout and MUST NOT panic when the function does.
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Box<RawValue>, FunctionError>>;

    /// Ends whatever was started to run functions.
    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

impl FunctionError {
    /// A failure of this kind.
    pub fn new(error_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error_type: error_type.into(),
            message: message.into(),
        }
    }

    /// The function did not answer in time.
    #[must_use]
    pub fn timed_out(timeout: Duration) -> Self {
        Self::new(
            "Sandbox.Timedout",
            format!("Task timed out after {:.2} seconds", timeout.as_secs_f64()),
        )
    }
}

impl<T: Invoke + ?Sized> Invoke for Arc<T> {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Box<RawValue>, FunctionError>> {
        self.as_ref().invoke(invocation)
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        self.as_ref().stop()
    }
}
