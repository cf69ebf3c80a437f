//! How functions are called: now and then twice, too late, or by a source that does not hear that it was done.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use nanoark_local::{FunctionError, InProcess, Invocation, Invoke};
use nanoark_testkit::arkd::Arkd;
use nanoark_testkit::dynamodb::InProcessDynamoDb;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use nanoark_ark::exchange::Exchange;

use super::effects::{Effects, Service, Strike};
use super::ways::{ToOperator, Way};
use crate::ceremonies::house::Between;

/// What happens to a call of a function by its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Once,
    /// Twice, one after the other.
    Twice,
    /// It is done, and the source does not hear of it.
    Unheard,
    /// It is not made; the source tries later, when others have overtaken it.
    Overtaken,
}

/// Decides about a call of this function.
pub(crate) type Courier = Box<dyn FnMut(&str) -> Delivery + Send>;

/// The functions of the gateway whose calls are played with: those that change something.
pub(crate) const CHANGING: [&str; 8] = [
    "post-event",
    "open-session",
    "terminate-session",
    "take-event",
    "publish-event",
    "advance-session",
    "relay-session-changes",
    "sweep-sessions",
];

/// Those that only read, and that look at relays.
const OTHERS: [&str; 4] = ["get-session", "get-quote", "poll-relays", "get-info"];

/// Stands between the functions and the world. Clones are the same.
#[derive(Clone)]
pub(crate) struct Storm {
    pub(crate) effects: Effects,
    courier: Arc<Mutex<Option<Courier>>>,
    twice: Arc<Mutex<Option<Twice>>>,
}

/// What came of doing every step twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Twice {
    pub(crate) writes: usize,
    pub(crate) calls: usize,
}

impl Storm {
    pub(crate) fn new() -> Self {
        Self {
            effects: Effects::default(),
            courier: Arc::default(),
            twice: Arc::default(),
        }
    }

    /// From here on, this decides how functions are called; nobody if it is `None`.
    pub(crate) fn courier(&self, courier: Option<Courier>) {
        *self.courier.lock().unwrap() = courier;
    }

    /// From here on every change is begun, given up before it is written, and made again from the same state.
    pub(crate) fn do_everything_twice(&self) {
        *self.twice.lock().unwrap() = Some(Twice::default());
    }

    pub(crate) fn done_twice(&self) -> Twice {
        self.twice.lock().unwrap().clone().unwrap_or_default()
    }

    async fn call(&self, invocation: Invocation) -> Result<Box<RawValue>, FunctionError> {
        let function = invocation.function.clone();
        if !CHANGING.contains(&function.as_str()) && !OTHERS.contains(&function.as_str()) {
            // The job relay's functions have nothing to do here.
            return Ok(to_raw_value(&Value::Null).unwrap());
        }
        self.effects.entered(&function);
        let answer = if CHANGING.contains(&function.as_str()) {
            self.effects.remember(&invocation);
            if self.twice.lock().unwrap().is_some() {
                self.do_twice(invocation).await
            } else {
                self.deliver(invocation).await
            }
        } else {
            self.effects.linked().invoke(invocation).await
        };
        self.effects.left();
        answer
    }

    async fn deliver(&self, invocation: Invocation) -> Result<Box<RawValue>, FunctionError> {
        let decide = |courier: &mut Option<Courier>| match courier {
            Some(courier) => courier(&invocation.function),
            None => Delivery::Once,
        };
        let delivery = decide(&mut self.courier.lock().unwrap());
        let linked = self.effects.linked();
        let unheard = || FunctionError::new("Unheard", "the source hears nothing");
        match delivery {
            Delivery::Once => linked.invoke(invocation).await,
            Delivery::Twice => {
                drop(linked.invoke(invocation.clone()).await);
                linked.invoke(invocation).await
            }
            Delivery::Unheard => {
                drop(linked.invoke(invocation).await);
                Err(unheard())
            }
            Delivery::Overtaken => Err(unheard()),
        }
    }

    /// Once up to the first write, which is given up; once to the end; and once more after that.
    async fn do_twice(&self, invocation: Invocation) -> Result<Box<RawValue>, FunctionError> {
        let linked = self.effects.linked();
        let run = async |kill: bool| {
            self.effects.judge(move |_, effect| {
                let is_write = ["PutItem", "UpdateItem", "TransactWriteItems"]
                    .iter()
                    .any(|write| effect.what.starts_with(write));
                if kill && is_write {
                    Strike::KilledBefore
                } else {
                    Strike::Nothing
                }
            });
            self.effects.capture();
            let answer = linked.invoke(invocation.clone()).await;
            self.effects.calm();
            let writes: Vec<Value> = self.effects.captured().iter().map(|body| comparable(body)).collect();
            (answer, writes)
        };
        let (_, given_up) = run(true).await;
        let (answer, written) = run(false).await;
        assert_eq!(
            given_up.first(),
            written.first(),
            "{}: the same step from the same state writes other bytes",
            invocation.function
        );
        let (again, once_more) = run(false).await;
        // An intent that is posted again is refused by the condition of its write; everything else is not even tried.
        assert!(
            once_more.is_empty() || ["post-event", "take-event"].contains(&invocation.function.as_str()),
            "{}: it writes again what it has written",
            invocation.function
        );
        let told = |answer: &Result<Box<RawValue>, FunctionError>| match answer {
            Ok(answer) => answer.get().to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(told(&again), told(&answer), "{}: another answer", invocation.function);
        if let Some(twice) = &mut *self.twice.lock().unwrap() {
            twice.calls += 1;
            twice.writes += written.len().min(1);
        }
        answer
    }
}

/// A write without the token by which DynamoDB tells tries of one call apart.
fn comparable(body: &str) -> Value {
    let mut body: Value = serde_json::from_str(body).unwrap();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("ClientRequestToken");
    }
    body
}

impl Invoke for Storm {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Box<RawValue>, FunctionError>> {
        Box::pin(self.call(invocation))
    }
}

impl Between for Storm {
    fn tables(&self, function: &str, database: &InProcessDynamoDb) -> SharedHttpClient {
        SharedHttpClient::new(Way {
            inner: database.http_client(),
            effects: self.effects.clone(),
            service: Service::Tables,
            function: function.to_owned(),
            faults: Some(database.faults().clone()),
        })
    }

    fn queues(&self, function: &str, queues: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Way {
            inner: queues,
            effects: self.effects.clone(),
            service: Service::Queues,
            function: function.to_owned(),
            faults: None,
        })
    }

    fn operator(&self, arkd: &Arkd) -> Arc<dyn Exchange> {
        Arc::new(ToOperator {
            arkd: arkd.clone(),
            effects: self.effects.clone(),
        })
    }

    fn functions(&self, functions: InProcess) -> Arc<dyn Invoke> {
        self.effects.functions(functions);
        Arc::new(self.clone())
    }
}
