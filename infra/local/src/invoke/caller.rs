//! Calls on behalf of the event sources: who is called, under which request id, until when.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::value::RawValue;
use tokio::sync::Notify;

use super::{FunctionError, Invocation, Invoke};
use crate::clock::Clock;
use crate::template::Function;

/// Lambda's limit of an event.
pub(crate) const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;

/// The functions of a template and the way to call them.
pub(crate) struct Caller {
    functions: BTreeMap<String, Function>,
    invoke: Arc<dyn Invoke>,
    clock: Clock,
    started_at: u64,
    calls: AtomicU64,
    /// Signalled after every call: a function that ran may have written what a stream now carries.
    pub(crate) returned: Notify,
}

impl Caller {
    /// The functions of the template, called through `invoke`.
    #[must_use]
    pub(crate) fn new(functions: BTreeMap<String, Function>, invoke: Arc<dyn Invoke>, clock: Clock) -> Self {
        let started_at = clock.now();
        Self {
            functions,
            invoke,
            clock,
            started_at,
            calls: AtomicU64::new(0),
            returned: Notify::new(),
        }
    }

    /// A request id: a UUID in form, unique by the start of the stack and a count.
    pub(crate) fn request_id(&self) -> String {
        let count = self.calls.fetch_add(1, Ordering::Relaxed);
        let (high, low) = (self.started_at >> 16, self.started_at & 0xffff);
        format!("{high:08x}-{low:04x}-4000-8000-{count:012x}")
    }

    /// The ARN of a function, empty if the template has none of this name.
    pub(crate) fn arn(&self, function: &str) -> &str {
        self.functions.get(function).map_or("", |function| &function.arn)
    }

    /// Calls a function.
    ///
    /// # Errors
    ///
    /// When the function is not in the template, the event is too large, or the function fails.
    pub(crate) async fn call(
        &self,
        function: &str,
        request_id: String,
        event: Box<RawValue>,
    ) -> Result<Box<RawValue>, FunctionError> {
        let called = self.functions.get(function).ok_or_else(|| {
            FunctionError::new(
                "ResourceNotFoundException",
                format!("the template has no function {function}"),
            )
        })?;
        if event.get().len() > MAX_EVENT_BYTES {
            let message = format!("the event is longer than {MAX_EVENT_BYTES} bytes");
            return Err(FunctionError::new("RequestTooLargeException", message));
        }
        let timeout = u64::try_from(called.timeout.as_millis()).unwrap_or(u64::MAX);
        let invocation = Invocation {
            function: function.into(),
            arn: called.arn.clone(),
            request_id,
            event,
            timeout: called.timeout,
            deadline: self.clock.now().saturating_add(timeout),
        };
        let answer = self.invoke.invoke(invocation).await;
        self.returned.notify_waiters();
        answer
    }

    pub(crate) async fn stop(&self) {
        self.invoke.stop().await;
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Caller")
            .field("functions", &self.functions.keys())
            .finish_non_exhaustive()
    }
}
