//! Functions as library handlers in this very process.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::value::RawValue;

use super::{FunctionError, Invocation, Invoke};

/// A function: from the invocation to its response.
pub type Handler = Arc<dyn Fn(Invocation) -> BoxFuture<'static, Result<Box<RawValue>, FunctionError>> + Send + Sync>;

/// Functions by the name of their binary.
#[derive(Clone, Default)]
pub struct InProcess {
    handlers: BTreeMap<String, Handler>,
}

impl InProcess {
    /// No function yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With this function, in the place of any other of the same name.
    #[must_use]
    pub fn with<F, R>(mut self, function: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Invocation) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Box<RawValue>, FunctionError>> + Send + 'static,
    {
        self.handlers.insert(
            function.into(),
            Arc::new(move |invocation| Box::pin(handler(invocation))),
        );
        self
    }

    /// The names of the functions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.handlers.keys().map(String::as_str)
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.handlers.keys()).finish()
    }
}

impl Invoke for InProcess {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Box<RawValue>, FunctionError>> {
        Box::pin(async move {
            let Some(handler) = self.handlers.get(&invocation.function).cloned() else {
                let message = format!("no function {} is linked into this program", invocation.function);
                return Err(FunctionError::new("ResourceNotFoundException", message));
            };
            let timeout = invocation.timeout;
            // A task of its own: a panic ends the call and not the stack, and a function out of time is dropped.
            let mut call = tokio::spawn(async move { handler(invocation).await });
            match tokio::time::timeout(timeout, &mut call).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Err(FunctionError::new("Runtime.ExitError", "the function panicked")),
                Err(_) => {
                    call.abort();
                    Err(FunctionError::timed_out(timeout))
                }
            }
        })
    }
}
